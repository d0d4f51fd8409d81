"""A letter goes to exactly the address in the booking, however Apprise reads its URL, or it is refused."""

import logging
from collections.abc import AsyncIterator
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agents.notifier.adapters.apprise_channel import AppriseChannel
from agents.notifier.adapters.apprise_url import service_for
from agents.notifier.channels import ChannelError, ChannelRefused
from agents.notifier.domain import Letter, Writer
from bus import Bus
from contracts.contacts import deliverable
from tests.agents.notifier.mail_server import MailServer, mail_server
from tests.agents.notifier.notifier_world import Booker, notifier_of, sent
from tests.agents.notifier.samples import changed

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""Apprise loads all its services at first use, and below Python 3.13 one of them imports that."""

SIGNS = "!#$&'*+-/=?^_`{|}~"
ADDRESSES = [f"o{sign}neil@example.org" for sign in SIGNS] + [f"{sign}@example.org" for sign in SIGNS]


def mail_url(mail: MailServer, *, target: str = "&to={to}") -> str:
    path, query = ("{to}", "") if target == "path" else ("", target)
    return f"mailto://127.0.0.1:{mail.port}/{path}?from=notices@irops.example&mode=insecure{query}"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.mark.parametrize("target", ["&to={to}", "path"], ids=["parameter", "path"])
async def test_every_address_reaches_the_mail_server_as_it_is(mail: MailServer, letter: Letter, target: str) -> None:
    """`o'neil@example.org` is not `o` at neil@example.org."""
    channel = AppriseChannel(mail_url(mail, target=target))
    for to in ADDRESSES:
        await channel.send(msgspec.structs.replace(letter, to=to))
    assert mail.recipients == ADDRESSES


@pytest.mark.parametrize(
    ("contact", "recipient"),
    [
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@example.xn--p1ai", "ana@example.xn--p1ai"),
        (" ana@example.org ", "ana@example.org"),
    ],
    ids=["domain outside ASCII", "encoded top-level domain", "blanks"],
)
async def test_a_domain_is_addressed_in_ascii(mail: MailServer, letter: Letter, contact: str, recipient: str) -> None:
    """A mail server knows it by its `xn--` form, and Apprise does not shorten that."""
    await AppriseChannel(mail_url(mail)).send(msgspec.structs.replace(letter, to=contact))
    assert mail.recipients == [recipient]
    assert f"To: {recipient}" in mail.messages[0]


@pytest.mark.parametrize(
    "contact",
    ["", "Ana <ana@example.org>", "ana@example.org, eve@example.org", "zoë@example.org", "json://example.org/hook"],
    ids=["none", "a name", "two", "local part outside ASCII", "a hook"],
)
async def test_a_contact_that_is_not_one_address_is_refused(mail: MailServer, letter: Letter, contact: str) -> None:
    """No letter is sent, and the reason does not repeat the contact."""
    with pytest.raises(ChannelRefused) as refused:
        await AppriseChannel(mail_url(mail)).send(msgspec.structs.replace(letter, to=contact))
    assert mail.recipients == []
    assert not contact or contact not in str(refused.value)


async def test_a_copy_goes_to_the_address_as_it_is(mail: MailServer, letter: Letter) -> None:
    """The party may stand in `cc` or `bcc`, beside a recipient of the URL's own."""
    for copy in ("cc", "bcc"):
        channel = AppriseChannel(mail_url(mail, target=f"&to=desk@irops.example&{copy}={{to}}"))
        await channel.send(msgspec.structs.replace(letter, to="o'neil@example.org"))
    assert sorted(mail.recipients) == 2 * ["desk@irops.example"] + 2 * ["o'neil@example.org"]


async def test_a_fact_reaches_the_mail_server_and_is_recorded_as_sent(
    bus: Bus, writer: Writer, mail: MailServer
) -> None:
    """From the booker's fact to RCPT TO, with the whole notifier in between."""
    fact = msgspec.structs.replace(changed(), contact="o'neil@example.org")
    notifier = notifier_of(bus, writer, AppriseChannel(mail_url(mail)))
    await notifier.hear([await Booker(bus).say(fact)])
    assert mail.recipients == ["o'neil@example.org"]
    assert "Subject: Flight B6 1017 is cancelled: your new trip" in mail.messages[0]
    notice = await sent(bus, fact)
    assert notice is not None
    assert notice.channel == "mailto"


async def test_a_service_that_misreads_an_address_is_not_given_it(letter: Letter) -> None:
    """Sendgrid's reader takes the same address for another; the next channel is tried instead."""
    channel = AppriseChannel("sendgrid://apikey:notices@irops.example/{to}")
    with pytest.raises(ChannelRefused, match=r"^sendgrid: Apprise reads another recipient"):
        await channel.send(msgspec.structs.replace(letter, to="o'neil@example.org"))


def test_a_url_that_makes_no_use_of_the_address_is_an_error_at_start() -> None:
    """Its letters would go to another recipient."""
    with pytest.raises(ValueError, match=r"another recipient .* than the address in \{to\}$"):
        AppriseChannel("mailto://127.0.0.1/?from=notices@irops.example&to=desk@irops.example&name={to}")


async def test_a_refused_address_is_in_no_log(
    mail: MailServer, letter: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    """Apprise's warnings name the recipient; ours are without."""
    mail.refuses = True
    with caplog.at_level(logging.WARNING), pytest.raises(ChannelError):
        await AppriseChannel(mail_url(mail)).send(letter)
    assert caplog.records
    assert letter.to not in caplog.text


URLS = {
    "mail": "mailto://127.0.0.1/?from=notices@irops.example&to={to}",
    "mail, path": "mailto://127.0.0.1/{to}?from=notices@irops.example",
    "field": "json://127.0.0.1/?:to={to}",
    "header": "json://127.0.0.1/?+X-To={to}",
    "path": "json://127.0.0.1/{to}",
    "sendgrid": "sendgrid://apikey:notices@irops.example/{to}",
    "mailgun": "mailgun://notices@irops.example/abcdefghijklmnopqrstuvwxyz012345-abcdefgh-ijklmnop/{to}",
}


@pytest.mark.parametrize("url", URLS.values(), ids=URLS.keys())
@given(local=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=12))
@example(local="o'neil")
@example(local="'o")
@example(local="a+o'neil")
@example(local="{id}")
@example(local="a/b?c=d&e#f")
def test_apprise_reads_the_address_it_is_given_or_none(url: str, local: str) -> None:
    """For all printable characters: what Apprise says it understood, read by its own parser again, is that address."""
    try:
        to = deliverable(f"{local}@example.org")
        service = service_for(url, to=to)
    except ValueError:
        return
    understood = unquote(service.url(privacy=False))  # type: ignore[no-untyped-call]
    assert understood.count("@example.org") == 1
    assert to in understood
    if url.startswith("mailto"):
        assert vars(service)["targets"] == [(False, to)]


@given(local=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=12))
def test_mail_can_be_sent_to_every_deliverable_contact(local: str) -> None:
    """No contact that was accepted at import is first refused on the day."""
    try:
        to = deliverable(f"{local}@example.org")
    except ValueError:
        return
    assert vars(service_for(URLS["mail"], to=to))["targets"] == [(False, to)]
