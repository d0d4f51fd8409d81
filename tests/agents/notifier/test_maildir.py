"""The Maildir: one letter for each fact, even after crashes, in a form that any mail reader can read."""

import asyncio
import mailbox
import os
import signal
import subprocess
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from agents.notifier.adapters import Maildir, email
from agents.notifier.adapters.maildir import file_name
from agents.notifier.channels import ChannelError, ChannelRefused
from agents.notifier.domain import Letter
from tests.agents.notifier.samples import DECIDED

SENDER = "Travel notices <notices@irops.example>"

DIES_BEFORE_LINKING = """
import asyncio, os, signal, sys
from pathlib import Path
import msgspec
from agents.notifier.adapters import Maildir
from agents.notifier.domain import Letter

os.link = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
letter = msgspec.json.decode(sys.stdin.buffer.read(), type=Letter)
asyncio.run(Maildir(Path(sys.argv[1]), sender="a@b.example").send(letter))
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def parse(content: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def maildir(tmp_path: Path) -> Maildir:
    return Maildir(tmp_path / "mail", sender=SENDER)


async def test_a_letter_is_a_file_named_by_the_facts_id(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """A letter is found under its id, and nothing is left in `tmp/`."""
    await maildir.send(letter)
    assert (names(tmp_path / "mail/new"), names(tmp_path / "mail/tmp")) == ([file_name(letter.id)], [])


async def test_the_name_of_a_letter_is_no_option_of_a_command(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """One id of 64 begins with `-`: `cat *` in the folder has to work all the same."""
    await maildir.send(structs.replace(letter, id="-Z5DUUBLMfGWDiDgSL5d"))
    cat = await asyncio.create_subprocess_shell("cat *", cwd=tmp_path / "mail/new", stdout=asyncio.subprocess.PIPE)
    shown, _ = await cat.communicate()
    assert (cat.returncode, b"Subject: " in shown) == (0, True)


async def test_a_redelivered_fact_makes_no_second_letter(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """There is one file, however often and to however many notifiers the fact is delivered."""
    another = Maildir(tmp_path / "mail", sender=SENDER)
    for channel in (maildir, maildir, another):
        await channel.send(letter)
    assert names(tmp_path / "mail/new") == [file_name(letter.id)]


async def test_a_letter_already_read_is_not_sent_again(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """A mail reader moves it to `cur/` and adds its flags; it still counts as sent."""
    other = msgspec.structs.replace(letter, id="other")
    for each in (letter, other):
        await maildir.send(each)
    for each in (letter, other):
        (tmp_path / "mail/new" / file_name(each.id)).rename(tmp_path / f"mail/cur/{file_name(each.id)}:2,S")
        await maildir.send(each)
        assert names(tmp_path / "mail/new") == ([file_name(other.id)] if each is letter else [])


def test_a_crash_before_linking_leaves_nothing_in_new(letter: Letter, tmp_path: Path) -> None:
    """The process is killed between writing the file and making it visible: no reader sees half a letter."""
    died = subprocess.run(
        [sys.executable, "-c", DIES_BEFORE_LINKING, str(tmp_path / "mail")],
        input=msgspec.json.encode(letter),
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert (names(tmp_path / "mail/new"), len(names(tmp_path / "mail/tmp"))) == ([], 1)


async def test_after_a_crash_the_letter_is_sent_once(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """What an earlier process left in `tmp/` does no harm."""
    for writer in ("elsewhere-7", f"{os.uname().nodename}-{os.getpid()}"):
        (tmp_path / "mail/tmp" / f"{file_name(letter.id)}.{writer}").write_bytes(b"From: half a mess" * 1000)
    await maildir.send(letter)
    assert (tmp_path / "mail/new" / file_name(letter.id)).read_bytes() == email(letter, sender=SENDER)


async def test_the_standard_librarys_mailbox_reads_it_back(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """`mailbox.Maildir` returns headers and text as they were written."""
    await maildir.send(letter)
    box = mailbox.Maildir(tmp_path / "mail", factory=None, create=False)
    message = parse(box.get_bytes(file_name(letter.id)))
    box.close()
    assert not message.defects
    assert {key: message[key] for key in ("From", "To", "Subject", "Message-ID", "Content-Language")} == {
        "From": SENDER,
        "To": "ana@example.com",
        "Subject": letter.subject,
        "Message-ID": "<abcDEF_123-x@irops.example>",
        "Content-Language": "es",
    }
    assert message["Date"].datetime == DECIDED
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message.get_content() == letter.body


async def test_a_durable_maildir_delivers_alike(letter: Letter, tmp_path: Path) -> None:
    """Waiting for the disk does not change what is written."""
    await Maildir(tmp_path / "mail", sender=SENDER, durable=True).send(letter)
    assert names(tmp_path / "mail/new") == [file_name(letter.id)]


async def test_a_maildir_that_cannot_be_written_is_a_channel_error(
    maildir: Maildir, letter: Letter, tmp_path: Path
) -> None:
    """The letter is retried or goes to the next channel; the error contains neither the contact nor a path."""
    (tmp_path / "mail/tmp").rmdir()
    with pytest.raises(ChannelError, match="No such file or directory") as caught:
        await maildir.send(letter)
    assert "ana" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        pytest.param("", "is empty", id="none"),
        pytest.param("eve-at-home", "is no e-mail address", id="no domain"),
        pytest.param("ana@example.com\nBcc: all@example.com", "is a URL or has a label", id="a second header"),
        pytest.param("ana@example.com\nBcc", "is no e-mail address", id="a line break"),
        pytest.param("ana@example.com, eve@example.com", "is more than one address", id="two"),
        pytest.param("Ana <ana@example.com>", "has a name beside the address", id="a name"),
        pytest.param("añá@example.com", "has letters outside ASCII", id="not ASCII"),
        pytest.param("a" * 250 + "@example.com", "is no e-mail address", id="too long"),
    ],
)
def test_a_contact_that_is_no_address_is_refused(letter: Letter, contact: str, reason: str) -> None:
    """Only one plain address gets into the headers; the error does not repeat the contact."""
    with pytest.raises(ChannelRefused, match=f"^the booking's contact {reason}") as refused:
        email(msgspec.structs.replace(letter, to=contact), sender=SENDER)
    assert not contact or contact not in str(refused.value)


def test_a_contact_is_written_in_its_deliverable_form(letter: Letter) -> None:
    """Without blanks or line breaks around it, its domain in ASCII."""
    written = email(msgspec.structs.replace(letter, to=" o'neil@bücher.example\n"), sender=SENDER)
    assert parse(written)["To"] == "o'neil@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "subject",
    ["Plain", "Votre vol est annulé : " + "très long, " * 30 + "fin", "x" * 300, "=?utf-8?q?looks_encoded?="],
    ids=["short", "long, with accents", "long, without a break", "like an encoded word"],
)
def test_every_subject_comes_back_as_it_was(letter: Letter, subject: str) -> None:
    """A reader undoes encoding and folding; no header line exceeds the 78 characters that RFC 5322 recommends."""
    written = email(msgspec.structs.replace(letter, subject=subject), sender=SENDER)
    assert parse(written)["Subject"] == subject
    assert max(map(len, written.partition(b"\n\n")[0].split(b"\n"))) <= 78


def test_a_line_too_long_for_mail_servers_is_refused(letter: Letter) -> None:
    """RFC 5322 allows 998 bytes a line."""
    with pytest.raises(ChannelRefused, match="998"):
        email(msgspec.structs.replace(letter, body="é" * 500), sender=SENDER)


async def test_a_forgotten_partys_letters_are_removed(maildir: Maildir, letter: Letter, tmp_path: Path) -> None:
    """Read or not, and half-written ones; no other party's letter is, though it may have the same reference for its reader."""
    body = "Hello\n\nBooking reference: QX7K2M\n"
    for id_ in ("new", "read", "half"):
        await maildir.send(msgspec.structs.replace(letter, id=id_, body=body))
    await maildir.send(msgspec.structs.replace(letter, id="other", pnr="DL-QX7K2M-20130117", body=body))
    await maildir.send(msgspec.structs.replace(letter, id="longer", pnr="QX7K2MM", body=body))
    mail = tmp_path / "mail"
    (mail / "new" / file_name("read")).rename(mail / "cur" / f"{file_name('read')}:2,S")
    (mail / "tmp" / f"{file_name('half')}.host-7").write_bytes((mail / "new" / file_name("half")).read_bytes())
    assert await maildir.forget("QX7K2M") == 3
    assert [names(mail / folder) for folder in ("tmp", "new", "cur")] == [
        [],
        [file_name("longer"), file_name("other")],
        [],
    ]
