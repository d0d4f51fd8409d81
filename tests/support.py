"""Helpers shared by tests: waiting for a condition, and running an agent inside the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client

from bus import Agent, Bus, Delivery, Handlers
from bus.agent import Handler
from bus.clock import monotonic
from bus.runtime.process import Running
from bus.settings import Settings
from bus.wire.direct_get import Answered, DirectGet
from contracts.subject import Subject


async def eventually(predicate: Callable[[], object | Awaitable[object]], *, what: str, within: float = 30.0) -> Any:
    """Wait until `predicate()` is truthy and return its value; fail after `within` seconds with the last value seen.

    Polls after 10 ms at first and every 50 ms in the end: polling takes time from the work being waited for.
    """
    deadline, pause = monotonic() + within, 0.01
    while True:
        seen = predicate()
        if isinstance(seen, Awaitable):
            seen = await seen
        if seen:
            return seen
        assert monotonic() < deadline, f"{what}: not within {within:g} s; last seen: {seen!r}"
        await asyncio.sleep(pause)
        pause = min(1.2 * pause, 0.05)


@asynccontextmanager
async def running(
    url: str, agent: Agent, handlers: dict[Subject[Any], Handler], **wiring: Any
) -> AsyncIterator[tuple[Running, Bus]]:
    """Run an agent with these handlers inside the test until the block ends."""
    buses: list[Bus] = []

    async def build(bus: Bus) -> Handlers:
        buses.append(bus)
        return Handlers(handlers, **wiring)

    async with Running(agent, build, Settings(nats_url=url), asyncio.Event()) as agent_running:
        yield agent_running, buses[0]


def collector() -> tuple[list[Delivery[Any]], Handler]:
    """A handler that collects deliveries, and the list it collects them in."""
    heard: list[Delivery[Any]] = []

    async def keep(group: Sequence[Delivery[Any]]) -> None:
        heard.extend(group)

    return heard, keep


class Behind(DirectGet):
    """Reads from a replica that no longer follows its leader: each question gets the answer it got the first time."""

    def __init__(self, nc: Client) -> None:
        super().__init__(nc)
        self._first: dict[str, Answered] = {}

    async def answered(self, stream: str, asked: dict[str, Any], what: str, *, timeout: float, tries: int) -> Answered:
        question = json.dumps([stream, asked])
        if question not in self._first:
            self._first[question] = await super().answered(stream, asked, what, timeout=timeout, tries=tries)
        return self._first[question]
