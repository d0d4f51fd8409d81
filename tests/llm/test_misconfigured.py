"""An endpoint that fails every question alike opens the breaker at once, and says why."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llm.failures import failure_of_connection
from tests.llm.clients import OXYGEN, SOON, WEDDING, Time, Wish, client_of, failure_of, reason_of
from tests.llm.replies import Reply, Sends, Status, says
from tests.llm.scripted import ADDRESSES, Scripted

CERTIFICATES = Path(__file__).with_name("certificates")
"""A private authority, and an endpoint's key and certificate by it. For these tests only: `openssl ca`, 2010 to 2100."""
AUTHORITY = CERTIFICATES / "authority.pem"

MISFITS: dict[str, tuple[Reply, str]] = {
    "a wrong key": (Status(401), "HTTP 401: the key is not accepted (IROPS_LLM_API_KEY)"),
    "no credit": (Status(402), "HTTP 402: the account has no credit"),
    "no right": (Status(403), "HTTP 403: the key has no right to this (IROPS_LLM_API_KEY)"),
    "a base URL without /v1": (
        Sends('{"detail": "Not Found"}', code=404),
        "HTTP 404: nothing at this address; IROPS_LLM_BASE_URL usually ends in /v1",
    ),
    "a page that takes no questions": (
        Sends("<html>", "text/html", code=405),
        "HTTP 405: nothing to ask at this address; IROPS_LLM_BASE_URL usually ends in /v1",
    ),
    "a model that is not there": (
        Status(404, message='model "large" not found, try pulling it first'),
        "HTTP 404: the endpoint has no model of this name (IROPS_LLM_MODEL)",
    ),
    "a model it does not know": (
        Status(400, message="Invalid model name passed in model=large"),
        "HTTP 400: the endpoint has no model of this name (IROPS_LLM_MODEL)",
    ),
    "an address that moved": (
        Status(308, location="https://example.net/v1/chat/completions"),
        "HTTP 308: redirects are not followed (IROPS_LLM_BASE_URL)",
    ),
    "no form of request accepted": (Status(422), "HTTP 422: the endpoint rejects every form of request"),
}


@pytest.mark.parametrize("misfit", MISFITS)
async def test_the_breaker_opens_at_the_first_question_and_says_why(misfit: str, scripted: Scripted) -> None:
    """The next question makes no request; stats and the reason name what to change."""
    reply, why = MISFITS[misfit]
    scripted.table.on("", reply, always=True)
    async with client_of(scripted) as client:
        assert str(await failure_of(client)) == f"http: {why}"
        asked = len(scripted.requests)
        assert str(await failure_of(client, OXYGEN)) == f"open: {why}"
        assert (client.blocked, client.stats()["trouble"], len(scripted.requests)) == ("open", why, asked)


async def test_not_all_of_many_questions_are_asked_in_vain(scripted: Scripted) -> None:
    """No more than were under way when the first failed."""
    scripted.table.on("", Status(401), always=True)
    async with client_of(scripted, concurrency=2) as client:
        reasons = await asyncio.gather(*(reason_of(client) for _ in range(24)))
    assert len(scripted.requests) <= 2
    assert reasons.count("open") >= 22


async def test_the_trouble_is_over_with_the_next_answer(scripted: Scripted) -> None:
    """One question tries after each pause."""
    scripted.table.on("", Status(401), says(Wish(18)), always=True)
    time = Time()
    async with client_of(scripted, time) as client:
        await failure_of(client)
        time.now += 10
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)
        assert client.stats()["trouble"] == ""


async def test_the_trouble_is_logged_once_and_so_is_its_end(
    scripted: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many questions fail."""
    scripted.table.on("", Status(401), Status(401), says(Wish(18)), always=True)
    time = Time()
    async with client_of(scripted, time) as client:
        for _ in range(2):
            await failure_of(client)
            await failure_of(client)
            time.now += 10
        await client.ask(WEDDING, Wish, deadline=SOON)
    shown = capsys.readouterr()
    lines = [
        line for line in (shown.out + shown.err).splitlines() if "the model endpoint" in line and "form" not in line
    ]
    assert ["is not asked for a while" in line for line in lines] == [True, False]
    assert "HTTP 401: the key is not accepted" in lines[0]


async def test_a_failing_question_is_logged_once_for_each_reason(
    scripted: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its place, and without a word of the answer."""
    scripted.table.on("", says({"latest_hour": "wedding"}), always=True)
    async with client_of(scripted) as client:
        for _ in range(3):
            await failure_of(client)
    shown = capsys.readouterr()
    (line,) = [line for line in (shown.out + shown.err).splitlines() if "no answer from the model" in line]
    assert "not of the wanted type at $.latest_hour" in line
    assert "wedding" not in line


async def test_an_endpoint_that_has_worked_is_given_the_usual_number_of_failures(scripted: Scripted) -> None:
    """One odd status may be due to one question: no remark stops all others from being read."""
    scripted.table.on(OXYGEN, says(Wish()), always=True).on(WEDDING, Status(403), always=True)
    async with client_of(scripted, breaker_failures=2) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        assert await reason_of(client) == "http"
        assert client.blocked is None
        assert await reason_of(client) == "http"
        assert client.blocked == "open"


async def test_an_error_that_quotes_a_remark_accuses_no_model(scripted: Scripted) -> None:
    """Once the endpoint has worked, a passenger who writes `model not found` is no wrong setting."""
    scripted.table.on(OXYGEN, says(Wish()), always=True).on(
        WEDDING, Status(400, message="model not found"), always=True
    )
    async with client_of(scripted, breaker_failures=1) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        assert str(await failure_of(client)) == "http: HTTP 400"
        assert client.blocked is None


async def test_pages_instead_of_answers_open_the_breaker(scripted: Scripted) -> None:
    """As at the address of a web interface, which answers everything with HTTP 200."""
    scripted.table.on("", Sends("<html>", "text/html"), always=True)
    async with client_of(scripted, breaker_failures=2) as client:
        assert [await reason_of(client) for _ in range(3)] == ["invalid", "invalid", "open"]


@pytest.fixture
async def private() -> AsyncIterator[Scripted]:
    """An endpoint with a certificate by a private authority."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATES / "endpoint.pem")
    async with Scripted(lambda _: says(Wish(18)), tls=tls) as server:
        yield server


async def test_a_private_authority_is_trusted_by_setting(private: Scripted) -> None:
    """`IROPS_LLM_CA_FILE`."""
    async with client_of(private, ca_file=AUTHORITY) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)


async def test_an_untrusted_certificate_opens_the_breaker_without_a_retry(private: Scripted) -> None:
    """It names the setting."""
    time = Time()
    async with client_of(private, time) as client:
        failure = await failure_of(client)
        assert (failure.reason, client.blocked, time.slept) == ("unreachable", "open", [])
    assert failure.detail.startswith("the certificate is not trusted: ")
    assert failure.detail.endswith(" (IROPS_LLM_CA_FILE)")
    assert private.requests == []


@pytest.fixture
async def without_tls() -> AsyncIterator[str]:
    """The HTTPS address of a server that answers whatever it receives in plain text, as web servers do."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        address = server.sockets[0].getsockname()
        ADDRESSES.add(address)
        yield f"https://127.0.0.1:{address[1]}/v1"
        ADDRESSES.discard(address)


async def test_https_to_an_endpoint_without_tls_is_named(without_tls: str) -> None:
    """And not retried."""
    async with client_of(without_tls) as client:
        assert str(await failure_of(client)) == "unreachable: no TLS at this address (IROPS_LLM_BASE_URL)"
        assert client.blocked == "open"


def test_an_unknown_host_is_named() -> None:
    """However deep in the libraries' exceptions."""
    error = RuntimeError("connection error")
    error.__cause__ = OSError("all attempts failed")
    error.__cause__.__context__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    failed = failure_of_connection(error)
    assert (failed.detail, failed.blame, failed.retry) == ("the host's name is not found", "endpoint", True)
