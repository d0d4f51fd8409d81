"""Apprise against a real HTTP server on this machine."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from agents.notifier.adapters import open_channels
from agents.notifier.adapters.apprise_channel import AppriseChannel
from agents.notifier.adapters.maildir import file_name
from agents.notifier.channels import ChannelError, ChannelRefused, Delivered, send_through
from agents.notifier.domain import Letter

SENDER = "notices@irops.example"

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""Apprise loads all its services at first use, and below Python 3.13 one of them imports that."""


class Hook(ThreadingHTTPServer):
    """Records the JSON it receives, and answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        self.status = 200
        self.got: list[dict[str, object]] = []
        super().__init__(("127.0.0.1", 0), _Answer)

    def url(self, *, extra: str = "") -> str:
        return f"json://agent:s3cret@127.0.0.1:{self.server_address[1]}/hook{extra}"


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Hook)
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def never(_: timedelta) -> None:
    raise AssertionError("unexpected pause")


async def always() -> bool:
    """The letter is current."""
    return True


async def test_a_letter_reaches_the_service_with_the_facts_id(hook: Hook, letter: Letter) -> None:
    """Subject and text arrive, and the last line is the id by which a receiver recognises a repeat."""
    await AppriseChannel(hook.url()).send(letter)
    (got,) = hook.got
    assert got["title"] == letter.subject
    assert got["message"] == f"{letter.body}\n[{letter.id}]"


async def test_the_url_is_filled_in_for_each_letter(hook: Hook, letter: Letter) -> None:
    """A hook can receive the address, the id and the language as fields."""
    channel = AppriseChannel(hook.url(extra="?:to={to}&:id={id}&:language={language}"))
    await channel.send(letter)
    await channel.send(msgspec.structs.replace(letter, to="eve+x&y=z@example.com", id="two", language="fr"))
    assert [(got["to"], got["id"], got["language"]) for got in hook.got] == [
        ("ana@example.com", letter.id, "es"),
        ("eve+x&y=z@example.com", "two", "fr"),
    ]


async def test_a_refusing_service_is_a_channel_error_without_secrets(
    hook: Hook, letter: Letter, caplog: pytest.LogCaptureFixture
) -> None:
    """The error names the scheme; neither it nor the log has the password, the address or the text."""
    hook.status = 500
    with caplog.at_level(logging.DEBUG), pytest.raises(ChannelError, match=r"^json: ") as caught:
        await AppriseChannel(hook.url()).send(letter)
    for secret in ("s3cret", "ana@example.com", "mañana"):
        assert secret not in str(caught.value)
        assert secret not in caplog.text


async def test_an_unreachable_service_is_a_channel_error(letter: Letter) -> None:
    """No server listens on port 1."""
    with pytest.raises(ChannelError, match=r"^json: "):
        await AppriseChannel("json://127.0.0.1:1/").send(letter)


async def test_a_url_that_wants_an_address_refuses_a_party_without_one(hook: Hook, letter: Letter) -> None:
    """Without an address this channel can never reach the party."""
    with pytest.raises(ChannelRefused):
        await AppriseChannel(hook.url(extra="?:to={to}")).send(msgspec.structs.replace(letter, to=""))
    assert hook.got == []


@pytest.mark.parametrize(
    ("url", "one_at_a_time"),
    [("mailto://user:pass@irops.example/?to=b@irops.example", True), ("json://127.0.0.1:1/", False)],
    ids=["limited", "unlimited"],
)
async def test_a_service_that_limits_its_rate_is_given_one_letter_at_a_time(url: str, *, one_at_a_time: bool) -> None:
    """The other letters wait where they can still be superseded."""
    channel = AppriseChannel(url)
    async with channel.turn:
        assert channel.turn.locked() is one_at_a_time


async def test_when_apprise_fails_the_maildir_takes_the_letter(hook: Hook, letter: Letter, tmp_path: Path) -> None:
    """After a failure the next channel is tried."""
    hook.status = 503
    channels = open_channels(tmp_path / "mail", sender=SENDER, apprise_urls=(hook.url(),))
    delivered = await send_through(
        channels, letter, retries=0, pause=timedelta(seconds=1), wait=never, is_current=always
    )
    assert delivered == Delivered("maildir")
    assert len(hook.got) == 1
    assert (tmp_path / "mail/new" / file_name(letter.id)).exists()


def test_channels_are_in_order_and_their_names_differ(hook: Hook, tmp_path: Path) -> None:
    """The URLs as given, then the Maildir; two of one scheme have different names."""
    channels = open_channels(tmp_path / "mail", sender=SENDER, apprise_urls=(hook.url(), hook.url()))
    assert [channel.name for channel in channels] == ["json", "json-2", "maildir"]


@pytest.mark.parametrize("url", ["nosuch://user:s3cret@host", "mailto://"], ids=["unknown", "incomplete"])
def test_a_url_apprise_does_not_know_is_an_error_at_start(url: str) -> None:
    """It is found before the first letter, and reported without its secrets."""
    with pytest.raises(ValueError, match="Apprise knows no service") as caught:
        AppriseChannel(url)
    assert "s3cret" not in str(caught.value)
