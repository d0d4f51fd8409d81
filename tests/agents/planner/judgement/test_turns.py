"""A few parties are judged at a time: what waits for its turn takes nobody's time, and does not wait for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import pytest
from msgspec import Struct

from agents.planner.judgement.judge import Judge, Unjudged
from agents.planner.judgement.limits import Limits
from contracts.plans import PlanProposed
from llm.client import Answered, NoAnswer, Prompt, Shut
from tests.agents.planner.judgement.judgement_worlds import FakeDesk
from tests.llm.asking import SHORT, SOON
from tests.support import eventually

S = TypeVar("S", bound=Struct)


@dataclass
class Hanging:
    """A door where everyone waits until it is let go, and then has no answer."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    shut: Shut | None = None

    async def ask(self, _prompt: Prompt, _answer: type[S], *, deadline: timedelta) -> Answered[S]:  # noqa: ARG002  it hangs
        await self.go.wait()
        raise NoAnswer("deadline")


@asynccontextmanager
async def two_at_one_turn(
    deadline: timedelta,
) -> AsyncIterator[tuple[Hanging, list[FakeDesk], list[asyncio.Task[PlanProposed | None]]]]:
    """Two parties, of which the first is being judged."""
    door, desks = Hanging(), [FakeDesk("before six"), FakeDesk("before seven")]
    judge = Judge(door, Limits(deadline=deadline, at_once=1))
    tasks = [asyncio.create_task(judge.judge(desk)) for desk in desks]
    await eventually(lambda: desks[0].refreshed, what="the first is being judged")
    yield door, desks, tasks
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nothing_is_done_for_who_waits_for_a_turn() -> None:
    """Not even facts are looked up, which would be old by then; they are when the turn has come."""
    async with two_at_one_turn(SOON) as (door, desks, tasks):
        assert [desk.refreshed for desk in desks] == [1, 0]
        door.go.set()
        await asyncio.gather(*tasks)
    assert [desk.refreshed for desk in desks] == [1, 1]


async def test_whose_turn_does_not_come_in_time_is_not_judged() -> None:
    """The model was busy."""
    async with two_at_one_turn(SHORT) as (door, desks, tasks):
        with pytest.raises(Unjudged, match="busy"):
            await tasks[1]
        door.go.set()
    assert desks[1].refreshed == 0


async def test_whoever_waits_for_a_turn_when_the_endpoint_is_given_up_is_not_judged() -> None:
    """At once when the turn has come: nothing is looked up to ask what nobody answers."""
    async with two_at_one_turn(SOON) as (door, desks, tasks):
        door.shut = "open"
        door.go.set()
        with pytest.raises(Unjudged, match="open"):
            await tasks[1]
    assert desks[1].refreshed == 0
