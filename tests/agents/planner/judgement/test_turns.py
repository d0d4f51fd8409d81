"""A few parties are judged at a time: what waits for its turn takes nobody's time, and does not wait for ever."""

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
    """A client where everyone waits until it is let go, and then has no answer."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    blocked: Blocked | None = None

    async def ask(self, _prompt: Prompt, _answer: type[S], *, deadline: timedelta) -> Answered[S]:  # noqa: ARG002  it hangs
        await self.go.wait()
        raise NoAnswer("deadline")


@asynccontextmanager
async def two_at_one_turn(
    deadline: timedelta,
) -> AsyncIterator[tuple[Hanging, list[FakeCaseFile], list[asyncio.Task[PlanProposed | None]]]]:
    """Two parties, of which the first is being judged."""
    client, desks = Hanging(), [FakeCaseFile("before six"), FakeCaseFile("before seven")]
    judge = Judge(client, Limits(deadline=deadline, at_once=1))
    tasks = [asyncio.create_task(judge.judge(desk)) for desk in desks]
    await eventually(lambda: desks[0].refreshed, what="the first is being judged")
    yield client, desks, tasks
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_nothing_is_done_for_who_waits_for_a_turn() -> None:
    """Not even facts are looked up, which would be old by then; they are when the turn has come."""
    async with two_at_one_turn(SOON) as (client, desks, tasks):
        assert [desk.refreshed for desk in desks] == [1, 0]
        client.go.set()
        await asyncio.gather(*tasks)
    assert [desk.refreshed for desk in desks] == [1, 1]


async def test_whose_turn_does_not_come_in_time_is_not_judged() -> None:
    """The model was busy."""
    async with two_at_one_turn(SHORT) as (client, desks, tasks):
        with pytest.raises(ModelSkipped, match="busy"):
            await tasks[1]
        client.go.set()
    assert desks[1].refreshed == 0


async def test_whoever_waits_for_a_turn_when_the_endpoint_is_given_up_is_not_judged() -> None:
    """At once when the turn has come: nothing is looked up to ask what nobody answers."""
    async with two_at_one_turn(SOON) as (client, desks, tasks):
        client.blocked = "open"
        client.go.set()
        with pytest.raises(ModelSkipped, match="open"):
            await tasks[1]
    assert desks[1].refreshed == 0
