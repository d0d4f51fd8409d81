"""A pytest plugin: tests ask scripted models only, which they get from the fixture `scripted`.

The root conftest names it: `pytest_plugins = ("tests.llm.guard",)`.
"""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import httpx2
import pytest

from tests.llm.scripted import ADDRESSES, Scripted


class ForbiddenEndpoint(Exception):
    """Fails the test even if it is caught."""


@pytest.fixture(autouse=True)
def only_scripted_models(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which httpx, in either of its versions, would connect to anything but a scripted server of this process.

    Agents started as processes find no endpoint in their environment but the one the test sets. Tests marked `llm` ask a real
    model.
    """
    if request.node.get_closest_marker("llm"):
        yield
        return
    for name in list(os.environ):
        if name.startswith(("IROPS_LLM_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_")):
            monkeypatch.delenv(name)
    tried: list[str] = []

    def check(url: Any) -> None:
        if (url.host, url.port) not in ADDRESSES:
            tried.append(f"{url.scheme}://{url.host}:{url.port}")
            raise ForbiddenEndpoint(tried[-1])

    for module in (httpx, httpx2):
        for kind in ("HTTPTransport", "AsyncHTTPTransport"):
            _guard(monkeypatch, getattr(module, kind), check)
    yield
    assert not tried, f"HTTP requests to what is not a scripted model: {tried}"


def _guard(monkeypatch: pytest.MonkeyPatch, transport: Any, check: Any) -> None:
    name = "handle_async_request" if hasattr(transport, "handle_async_request") else "handle_request"
    usual = getattr(transport, name)

    def handle(self: Any, request: Any) -> Any:
        check(request.url)
        return usual(self, request)

    monkeypatch.setattr(transport, name, handle)


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """A scripted model; the test fills its `table`. A request without a reply fails the test."""
    async with Scripted() as server:
        yield server


@pytest.fixture
async def dead_endpoint() -> AsyncIterator[str]:
    """A base URL where nothing listens any more."""
    async with Scripted() as server:
        url, address = server.url, ("127.0.0.1", server.port)
    ADDRESSES.add(address)
    yield url
    ADDRESSES.discard(address)
