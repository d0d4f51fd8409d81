"""Prompts go to the endpoint and nowhere else, and the key is never shown."""

import logging
import traceback

import langsmith.utils
import pytest

from llm import ModelSettings, NoAnswer
from tests.llm.clients import OXYGEN, SOON, WEDDING, Wish, client_of
from tests.llm.replies import Status, says
from tests.llm.scripted import Scripted

KEY = "sesame-0123456789"


@pytest.fixture
def elsewhere(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """A server that everything but the settings points to. It has no replies."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{scripted.port}")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_PROXY", "LANGSMITH_GATEWAY", "LANGSMITH_ENDPOINT"):
        monkeypatch.setenv(name, scripted.url)
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    for name in ("LANGSMITH_API_KEY", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "not-ours")
    return scripted


async def test_no_environment_variable_sends_a_prompt_elsewhere(elsewhere: Scripted) -> None:
    """No proxy, gateway, tracing or other library's address is used, and no other key is sent."""
    async with Scripted(lambda _: says(Wish(18))) as endpoint, client_of(endpoint) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)
    (request,) = endpoint.requests
    assert request.headers["authorization"] == "Bearer none"
    assert (elsewhere.requests, elsewhere.failures) == ([], [])


async def test_tracing_is_off_for_the_whole_process(elsewhere: Scripted) -> None:
    """A graph's steps are not sent anywhere."""
    async with client_of(elsewhere):
        assert langsmith.utils.tracing_is_enabled() is False


async def test_a_redirect_is_not_followed(scripted: Scripted) -> None:
    """Prompts go to the configured address only."""
    elsewhere = Status(307, location=f"{scripted.url}/chat/completions")
    async with Scripted(lambda _: elsewhere) as endpoint, client_of(endpoint, api_key=KEY) as client:
        with pytest.raises(NoAnswer, match=r"^http: HTTP 307: redirects are not followed"):
            await client.ask(WEDDING, Wish, deadline=SOON)
    assert scripted.requests == []


async def test_neither_the_key_nor_a_prompt_is_in_logs_or_errors(
    scripted: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    """At every log level, and however the call fails."""
    caplog.set_level(logging.DEBUG)
    scripted.table.on(WEDDING, Status(400)).on(OXYGEN, says(Wish()))
    async with client_of(scripted, api_key=KEY) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        with pytest.raises(NoAnswer) as failed:
            await client.ask(WEDDING, Wish, deadline=SOON)
        shown = [
            repr(client),
            "".join(traceback.format_exception(failed.value)),
            caplog.text,
            repr(ModelSettings(base_url=scripted.url, model="m", api_key=KEY)),
        ]
    assert scripted.requests[0].headers["authorization"] == f"Bearer {KEY}"
    for secret in (KEY, "wedding", "oxygen"):
        assert not [text for text in shown if secret in text]
