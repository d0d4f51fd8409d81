"""The Maildir: one message a fact, whatever happens, and one that any mail reader can read."""

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

from agents.notifier.adapters import Maildir, letter
from agents.notifier.channels import ChannelError, ChannelRefused
from agents.notifier.domain import Notice
from tests.agents.notifier.samples import DECIDED

SENDER = "Travel notices <notices@irops.example>"

DIES_BEFORE_LINKING = """
import asyncio, os, signal, sys
from pathlib import Path
import msgspec
from agents.notifier.adapters import Maildir
from agents.notifier.domain import Notice

os.link = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
notice = msgspec.json.decode(sys.stdin.buffer.read(), type=Notice)
asyncio.run(Maildir(Path(sys.argv[1]), sender="a@b.example").send(notice))
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


async def test_a_message_is_a_file_named_by_the_facts_id(maildir: Maildir, notice: Notice, tmp_path: Path) -> None:
    """What was sent is found under the id, and nothing is left in `tmp/`."""
    await maildir.send(notice)
    assert (names(tmp_path / "mail/new"), names(tmp_path / "mail/tmp")) == ([notice.id], [])


async def test_a_redelivered_fact_makes_no_second_message(maildir: Maildir, notice: Notice, tmp_path: Path) -> None:
    """However often it comes, by however many notifiers, there is one file."""
    another = Maildir(tmp_path / "mail", sender=SENDER)
    for channel in (maildir, maildir, another):
        await channel.send(notice)
    assert names(tmp_path / "mail/new") == [notice.id]


async def test_a_message_already_read_is_not_sent_again(maildir: Maildir, notice: Notice, tmp_path: Path) -> None:
    """A mail reader moves it to `cur/` and adds its flags: it still counts as sent."""
    other = msgspec.structs.replace(notice, id="other")
    for each in (notice, other):
        await maildir.send(each)
    for each in (notice, other):
        (tmp_path / "mail/new" / each.id).rename(tmp_path / f"mail/cur/{each.id}:2,S")
        await maildir.send(each)
        assert names(tmp_path / "mail/new") == ([other.id] if each is notice else [])


def test_a_crash_before_linking_leaves_nothing_in_new(notice: Notice, tmp_path: Path) -> None:
    """The process is killed between writing the file and making it visible: no reader sees half a message."""
    died = subprocess.run(
        [sys.executable, "-c", DIES_BEFORE_LINKING, str(tmp_path / "mail")],
        input=msgspec.json.encode(notice),
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert (names(tmp_path / "mail/new"), len(names(tmp_path / "mail/tmp"))) == ([], 1)


async def test_after_a_crash_the_message_is_sent_once(maildir: Maildir, notice: Notice, tmp_path: Path) -> None:
    """What an earlier life left in `tmp/` neither hinders nor harms."""
    for writer in ("elsewhere-7", f"{os.uname().nodename}-{os.getpid()}"):
        (tmp_path / "mail/tmp" / f"{notice.id}.{writer}").write_bytes(b"From: half a mess" * 1000)
    await maildir.send(notice)
    assert (tmp_path / "mail/new" / notice.id).read_bytes() == letter(notice, sender=SENDER)


async def test_the_standard_librarys_mailbox_reads_it_back(maildir: Maildir, notice: Notice, tmp_path: Path) -> None:
    """Headers and text come out of `mailbox.Maildir` as they went in."""
    await maildir.send(notice)
    box = mailbox.Maildir(tmp_path / "mail", factory=None, create=False)
    message = parse(box.get_bytes(notice.id))
    box.close()
    assert not message.defects
    assert {key: message[key] for key in ("From", "To", "Subject", "Message-ID", "Content-Language")} == {
        "From": SENDER,
        "To": "ana@example.com",
        "Subject": notice.subject,
        "Message-ID": "<abcDEF_123-x@irops.example>",
        "Content-Language": "es",
    }
    assert message["Date"].datetime == DECIDED
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message.get_content() == notice.body


async def test_a_durable_maildir_delivers_alike(notice: Notice, tmp_path: Path) -> None:
    """Waiting for the disk changes nothing about what is written."""
    await Maildir(tmp_path / "mail", sender=SENDER, durable=True).send(notice)
    assert names(tmp_path / "mail/new") == [notice.id]


async def test_a_maildir_that_cannot_be_written_is_a_channel_error(
    maildir: Maildir, notice: Notice, tmp_path: Path
) -> None:
    """A file system's refusal is retried or goes to the next channel, and the error does not name the person."""
    (tmp_path / "mail/tmp").rmdir()
    with pytest.raises(ChannelError, match="No such file or directory") as caught:
        await maildir.send(notice)
    assert "ana" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        pytest.param("", "is empty", id="none"),
        pytest.param("eve-at-home", "is no e-mail address", id="no domain"),
        pytest.param("ana@example.com\nBcc: all@example.com", "is a URL or has a label", id="a header of its own"),
        pytest.param("ana@example.com\nBcc", "is no e-mail address", id="a line break"),
        pytest.param("ana@example.com, eve@example.com", "is more than one address", id="two"),
        pytest.param("Ana <ana@example.com>", "has a name beside the address", id="a name"),
        pytest.param("añá@example.com", "has letters outside ASCII", id="not ASCII"),
        pytest.param("a" * 250 + "@example.com", "is no e-mail address", id="too long"),
    ],
)
def test_a_contact_that_is_no_address_is_refused(notice: Notice, contact: str, reason: str) -> None:
    """Nothing but one plain address gets into the headers; the error does not repeat it."""
    with pytest.raises(ChannelRefused, match=f"^the booking's contact {reason}") as refused:
        letter(msgspec.structs.replace(notice, to=contact), sender=SENDER)
    assert not contact or contact not in str(refused.value)


def test_a_contact_is_written_in_its_deliverable_form(notice: Notice) -> None:
    """Without blanks or line breaks around it, its domain in ASCII."""
    written = letter(msgspec.structs.replace(notice, to=" o'neil@bücher.example\n"), sender=SENDER)
    assert parse(written)["To"] == "o'neil@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "subject",
    ["Plain", "Votre vol est annulé : " + "très long, " * 30 + "fin", "x" * 300, "=?utf-8?q?looks_encoded?="],
    ids=["short", "long, with accents", "long, without a break", "like an encoded word"],
)
def test_every_subject_comes_back_as_it_was(notice: Notice, subject: str) -> None:
    """Encoding and folding are undone by the reader, and no header line passes the 78 characters RFC 5322 recommends."""
    written = letter(msgspec.structs.replace(notice, subject=subject), sender=SENDER)
    assert parse(written)["Subject"] == subject
    assert max(map(len, written.partition(b"\n\n")[0].split(b"\n"))) <= 78


def test_a_line_no_mail_server_would_take_is_refused(notice: Notice) -> None:
    """RFC 5322 allows 998 bytes a line."""
    with pytest.raises(ChannelRefused, match="998"):
        letter(msgspec.structs.replace(notice, body="é" * 500), sender=SENDER)


async def test_a_forgotten_partys_letters_go_read_or_not(maildir: Maildir, notice: Notice, tmp_path: Path) -> None:
    """In every language, and half-written ones; no other party's letter does."""
    references = {
        "en": "Booking reference: QX7K2M",
        "es": "Código de reserva: QX7K2M",
        "fr": "Référence de réservation : QX7K2M",
        "other": "Booking reference: QX7K2MM\nHello QX7K2M",
    }
    for id_, line in references.items():
        await maildir.send(msgspec.structs.replace(notice, id=id_, body=f"Hello\n\n{line}\n"))
    mail = tmp_path / "mail"
    (mail / "new/es").rename(mail / "cur/es:2,S")
    (mail / "tmp/fr.host-7").write_bytes((mail / "new/fr").read_bytes())
    assert await maildir.forget("QX7K2M") == 3
    assert [names(mail / folder) for folder in ("tmp", "new", "cur")] == [[], ["other"], []]
