"""Questions for the tests of `llm`, and clients with a clock and a sleep of their own, so that no test waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

import msgspec
import pytest

import llm.endpoint_client  # noqa: F401  loads the libraries here, so that no test's time includes it
from llm import ModelClient, ModelSettings, NoAnswer, Prompt, Reason, open_client
from tests.llm.scripted import Scripted

WEDDING = Prompt("You read remarks.", "must be there before six, my sister's wedding")
OXYGEN = Prompt("You read remarks.", "we can't change planes with my father's oxygen")
SOON = timedelta(seconds=45)
"""A deadline for whatever should succeed."""
SHORT = timedelta(milliseconds=150)
"""A deadline for whatever should time out."""


class Wish(msgspec.Struct, frozen=True):
    """What a remark asks for."""

    latest_hour: int | None = None
    connections: Literal["any", "none"] = "any"


@dataclass
class Time:
    """Moves only by what is slept."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@asynccontextmanager
async def client_of(server: Scripted | str, time: Time | None = None, **settings: Any) -> AsyncIterator[ModelClient]:
    """A client of this server, on the clock `time`."""
    url = server if isinstance(server, str) else server.url
    configured = replace(ModelSettings(base_url=url, model="scripted-1"), **settings)
    time = time or Time()
    client = open_client(configured, randomness=lambda: 1.0, monotonic=time.monotonic, sleep=time.sleep)
    try:
        yield client
    finally:
        await client.close()


async def failure_of(client: ModelClient, prompt: Prompt = WEDDING, *, deadline: timedelta = SOON) -> NoAnswer:
    """Asks and fails."""
    with pytest.raises(NoAnswer) as failed:
        await client.ask(prompt, Wish, deadline=deadline)
    return failed.value


async def reason_of(client: ModelClient, prompt: Prompt = WEDDING, *, deadline: timedelta = SOON) -> Reason:
    """Asks and fails, for this reason."""
    return (await failure_of(client, prompt, deadline=deadline)).reason
