"""The conductor of a lock-step, with scripted agents."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec import structs
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus import AskFailed, Bus
from contracts.asks import Step, Stepped
from contracts.flights import FLIGHT_STATUS
from contracts.offers import OFFER_ANSWERED, TRIP_OFFERED, TripOffered
from simulation.announcements import Announcement, FeedMessage
from simulation.answering import Public
from simulation.conductor import LockStep, replay_at_pace, replay_in_lockstep, set_pace
from simulation.public import reply_to
from tests.bus.bus_world import status

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


def announced(at: datetime) -> Announcement[FeedMessage]:
    """A status that is published at this instant."""
    return Announcement(at, structs.replace(status(), observed_at=at))


def waking(at: datetime | None) -> Stepped:
    """The answer of an agent that did nothing and wants to be woken."""
    return Stepped(handled=0, written={}, wake_at=at)


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


async def test_an_agent_is_woken_at_its_instant_between_two_statuses(nc: Client, bus: Bus) -> None:
    """Before the statuses that come later are published, and by the end of the replay."""
    first, last = NOW, NOW + timedelta(hours=1)
    wakes = [NOW + timedelta(minutes=7, seconds=30), NOW + timedelta(minutes=90)]
    feed = [announced(first), announced(last)]
    answers: dict[str, list[Stepped | int]] = {
        "booker": [waking(None), waking(wakes[0]), waking(wakes[1]), waking(wakes[1])],
        "planner": [],
    }
    async with answering(nc, answers) as asked:
        await replay_in_lockstep(bus, feed, order=("booker", "planner"), until=NOW + timedelta(hours=2))
    instants = {question.now: question.upto for question in asked}
    assert instants == {
        first: {"FEED": 1},
        wakes[0]: {"FEED": 1},
        last: {"FEED": 2},
        wakes[1]: {"FEED": 2},
        NOW + timedelta(hours=2): {"FEED": 2},
    }


async def test_what_an_agent_wants_to_be_woken_for_is_known_before_the_first_status(nc: Client, bus: Bus) -> None:
    """It may have wanted it for long."""
    await set_pace(bus, NOW, 0)
    await bus.wait_for_tick(lambda tick: tick.now == NOW)
    soon = NOW + timedelta(minutes=1)
    async with answering(nc, {"booker": [waking(soon)]}) as asked:
        feed = [announced(NOW + timedelta(hours=1))]
        await replay_in_lockstep(bus, feed, order=["booker"], until=NOW + timedelta(hours=1))
    assert [question.now for question in asked][:3] == [NOW, soon, NOW + timedelta(hours=1)]


async def test_each_agent_is_asked_at_each_instant(nc: Client, bus: Bus) -> None:
    """A question answered outside of the lock-step may have given it something to wait for."""
    async with answering(nc, {"booker": [], "planner": []}) as asked:
        conductor = LockStep(bus, ("booker", "planner"))
        await conductor.settle(NOW)
        await conductor.settle(NOW)
    assert [question.agent for question in asked] == ["booker", "planner"] * 2


def offered(pnr: str) -> TripOffered:
    return TripOffered(
        pnr=pnr, id="o", reason="cancelled", before=(), language="en", contact="", decided_at=NOW, answerer="party",
        until=NOW + timedelta(hours=2), default="take", trips=((),), options=("a",), stands=False,
    )  # fmt: skip


async def stored(bus: Bus, pnrs: Sequence[str]) -> None:
    """Offers to these parties are in the ledger."""
    for pnr in pnrs:
        await bus.append(TRIP_OFFERED.of(offered(pnr)), identity=pnr)


async def test_the_public_answers_at_its_instants_between_two_statuses(nc: Client, bus: Bus) -> None:
    """Each instant is one at which the agents are asked, and nothing is answered after the end."""
    public = Public(bus, seed=7)
    await bus.start_views()
    pnrs = [f"P{n}" for n in range(40)]
    await stored(bus, pnrs)
    end = NOW + timedelta(minutes=45)
    replies = [reply for pnr in pnrs if (reply := reply_to(offered(pnr), seed=7))]
    due = {at for reply in replies for at in (reply.at, reply.repeated_at) if at and at <= end}
    async with answering(nc, {"booker": []}) as asked:
        await replay_in_lockstep(bus, [announced(NOW), announced(end)], order=["booker"], until=end, public=public)
    assert {question.now for question in asked} == {NOW, end} | due
    answers = [recorded async for recorded in bus.history(OFFER_ANSWERED)]
    assert {each.message.id for each in answers} == {reply.answer.id for reply in replies if reply.at <= end}
    assert all(bus.came_at(each) in due for each in answers)


async def test_at_a_pace_the_public_answers_at_the_same_event_times(bus: Bus) -> None:
    """An answer is made when it is due, by event time."""
    public = Public(bus, seed=7)
    await bus.start_views()
    await stored(bus, [f"P{n}" for n in range(10)])
    await set_pace(bus, NOW, 6000)
    await bus.wait_for_tick(lambda tick: tick.speed == 6000)
    end = NOW + timedelta(hours=1)
    await replay_at_pace(bus, [], until=end, public=public)
    answers = [recorded async for recorded in bus.history(OFFER_ANSWERED)]
    assert answers
    assert all(
        each.message.made_at <= bus.came_at(each) < each.message.made_at + timedelta(hours=1) for each in answers
    )


async def test_a_message_comes_at_the_instant_at_which_it_is_known(nc: Client, bus: Bus) -> None:
    """Not at that of the step before: no status knows more than when it came."""
    at = [NOW + timedelta(minutes=10), NOW + timedelta(minutes=30)]
    async with answering(nc, {"booker": []}):
        await replay_in_lockstep(bus, [announced(instant) for instant in at], order=["booker"], until=at[-1])
    assert [bus.came_at(recorded) async for recorded in bus.history(FLIGHT_STATUS)] == at
