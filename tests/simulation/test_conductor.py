"""The conductor of a lock-step, with scripted agents."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus import AskFailed, Bus
from contracts.asks import Step, Stepped
from simulation.conductor import LockStep

NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    agent: str
    now: datetime
    upto: dict[str, int]


@asynccontextmanager
async def answering(nc: Client, answers: Mapping[str, list[Stepped | int]]) -> AsyncIterator[list[Question]]:
    """Agents that give their answers in turn (a number: an error of that code), then have nothing to do. Yields the
    questions."""
    asked: list[Question] = []

    async def answer(msg: Msg) -> None:
        agent = msg.subject.split(".")[1]
        step = msgspec.json.decode(msg.data, type=Step)
        asked.append(Question(agent, step.now, step.upto))
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


async def test_messages_of_an_agent_that_handled_nothing_reach_the_agents_asked_before_it(nc: Client, bus: Bus) -> None:
    """It had written them, and died before it could answer."""
    bus.written["FEED"] = 1
    wrote = Stepped(handled=0, written={"PLANS": 7})
    async with answering(nc, {"booker": [], "planner": [wrote]}) as asked:
        await LockStep(bus, ("booker", "planner")).settle(NOW)
    assert Question("booker", NOW, {"FEED": 1, "PLANS": 7}) in asked


async def test_an_agent_that_could_not_answer_is_asked_again(nc: Client, bus: Bus) -> None:
    """Its server was away, or a replacement has started."""
    bus.written["FEED"] = 1
    async with answering(nc, {"booker": [500, 503, Stepped(handled=1, written={})]}) as asked:
        await LockStep(bus, ("booker",)).settle(NOW)
    assert [question.agent for question in asked][:3] == ["booker"] * 3


async def test_a_question_the_agent_does_not_understand_ends_the_replay(nc: Client, bus: Bus) -> None:
    """A retry would not help."""
    bus.written["FEED"] = 1
    async with answering(nc, {"booker": [400]}):
        with pytest.raises(AskFailed, match="400"):
            await LockStep(bus, ("booker",)).settle(NOW)
