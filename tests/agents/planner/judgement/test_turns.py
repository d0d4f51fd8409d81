"""A few parties are judged at a time; the others wait for a turn, and not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import pytest
from msgspec import Struct

from agents.planner.judgement.judge import Judge, ModelSkipped
from agents.planner.judgement.limits import Limits
from contracts.plans import PlanProposed
from llm import Answered, Blocked, NoAnswer, Prompt
from tests.agents.planner.judgement.judgement_worlds import FakeCaseFile
from tests.llm.clients import SHORT, SOON
from tests.support import eventually

S = TypeVar("S", bound=Struct)


@dataclass
class Hanging:
    """A model that hangs until `go` is set, and then fails every question."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    blocked: Blocked | None = None

    async def ask(self, _prompt: Prompt, _answer: type[S], *, deadline: timedelta) -> Answered[S]:  # noqa: ARG002  it hangs
        await self.go.wait()
        raise NoAnswer("deadline")


@asynccontextmanager
async def two_at_one_turn(
    deadline: timedelta,
) -> AsyncIterator[tuple[Hanging, list[FakeCaseFile], list[asyncio.Task[PlanProposed | None]]]]:
    """Two parties; the first is being judged."""
    client, cases = Hanging(), [FakeCaseFile("before six"), FakeCaseFile("before seven")]
    judge = Judge(client, Limits(deadline=deadline, at_once=1))
    tasks = [asyncio.create_task(judge.judge(case)) for case in cases]
    await eventually(lambda: cases[0].refreshed, what="the first is being judged")
    yield client, cases, tasks
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nothing_is_done_for_a_party_that_waits_for_its_turn() -> None:
    """Its facts are read when its turn comes; read before, they would grow old."""
    async with two_at_one_turn(SOON) as (client, cases, tasks):
        assert [case.refreshed for case in cases] == [1, 0]
        client.go.set()
        await asyncio.gather(*tasks)
    assert [case.refreshed for case in cases] == [1, 1]


async def test_a_party_whose_turn_does_not_come_in_time_is_skipped() -> None:
    """As busy."""
    async with two_at_one_turn(SHORT) as (client, cases, tasks):
        with pytest.raises(ModelSkipped, match="busy"):
            await tasks[1]
        client.go.set()
    assert cases[1].refreshed == 0


async def test_a_party_that_waits_when_the_breaker_opens_is_skipped() -> None:
    """As soon as its turn comes, with no fact read."""
    async with two_at_one_turn(SOON) as (client, cases, tasks):
        client.blocked = "open"
        client.go.set()
        with pytest.raises(ModelSkipped, match="open"):
            await tasks[1]
    assert cases[1].refreshed == 0
