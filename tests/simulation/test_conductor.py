"""The conductor of a lock-step, with agents that answer as the test says."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus import AskFailed, Bus
from contracts.asks import Step, Stepped
from simulation.conductor import LockStep

NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)
Asked = list[tuple[str, dict[str, int]]]


@asynccontextmanager
async def answering(nc: Client, answers: Mapping[str, list[Stepped | int]]) -> AsyncIterator[Asked]:
    """Each agent gives its answers in turn (a number: an error of that code), then has nothing to do; yields who was asked
    up to what."""
    asked: Asked = []

    async def answer(msg: Msg) -> None:
        agent = msg.subject.split(".")[1]
        asked.append((agent, msgspec.json.decode(msg.data, type=Step).upto))
        given = answers[agent].pop(0) if answers[agent] else Stepped(handled=0, written={})
        if isinstance(given, int):
            await nc.publish(msg.reply, headers={"Nats-Service-Error-Code": str(given)})
        else:
            await nc.publish(msg.reply, msgspec.json.encode(given))

    async with AsyncExitStack() as stack:
        for agent in answers:
            subscription = await nc.subscribe(f"ask.{agent}.step", cb=answer)
            stack.push_async_callback(subscription.unsubscribe)
        yield asked


async def test_news_of_an_agent_that_handled_nothing_is_heard_by_those_asked_before_it(nc: Client, bus: Bus) -> None:
    """Its earlier life had written, and died before it could say so."""
    bus.written["FEED"] = 1
    wrote = Stepped(handled=0, written={"PLANS": 7})
    async with answering(nc, {"booker": [], "planner": [wrote]}) as asked:
        await LockStep(bus, ("booker", "planner")).settle(NOW)
    assert ("booker", {"FEED": 1, "PLANS": 7}) in asked


async def test_an_agent_that_could_not_answer_is_asked_again(nc: Client, bus: Bus) -> None:
    """Its server was away, or another took its place."""
    bus.written["FEED"] = 1
    async with answering(nc, {"booker": [500, 503, Stepped(handled=1, written={})]}) as asked:
        await LockStep(bus, ("booker",)).settle(NOW)
    assert [agent for agent, _ in asked][:3] == ["booker"] * 3


async def test_a_question_the_agent_does_not_understand_ends_the_replay(nc: Client, bus: Bus) -> None:
    """It would not understand it the next time either."""
    bus.written["FEED"] = 1
    async with answering(nc, {"booker": [400]}):
        with pytest.raises(AskFailed, match="400"):
            await LockStep(bus, ("booker",)).settle(NOW)
