"""Every message says what caused it: its cause's id, and its cause's span as the parent in the same trace."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from nats.aio.client import Client

from bus import Agent, Bus, Cause, Commit, Deferred, Delivery, Fact, Handlers, Reject, Timer, Write
from bus.admin.discovery import discover
from bus.admin.server import Server
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.direct_get import DirectGet
from bus.wire.envelope import envelope, span_of, stamp, trace_of
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from contracts.ledger import SEATS_FREED, SeatsFreed
from contracts.subject import Addressed, Ask
from tests.bus.bus_world import T0, agent_of, changed, echo_of, flight, name, number_of, publish, settled, status
from tests.support import eventually

KEEPER = Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,), keeps=(FLIGHT,), reads=(FLIGHT,))


class Question(msgspec.Struct, frozen=True):
    number: int


ASK: Ask[Question, Question] = Ask("echo", "keep", Question, Question)


async def headers_at(nc: Client, addressed: Addressed[Any]) -> Mapping[str, str]:
    """The headers of the message at this address; empty where there is none."""
    found = await DirectGet(nc).latest(addressed.stream, [addressed.name])
    return found[0].headers if found else {}


def follows(headers: Mapping[str, str], cause: str, trace: str) -> bool:
    """Whether these are the headers of a message that follows from the cause with this id and trace."""
    return (headers["ce-causationid"], headers["traceparent"]) == (cause, f"00-{trace}-{span_of(cause)}-00")


def begins(headers: Mapping[str, str]) -> bool:
    """Whether these are the headers of a message that nothing caused."""
    parent = headers["traceparent"].split("-")[2]
    return "ce-causationid" not in headers and parent == span_of(headers["ce-id"])


async def feed(bus: Bus, number: int) -> tuple[str, str]:
    """Publishes a status as a feed does. Returns its id and trace."""
    identity = f"observed-{number}"
    await bus.append(FLIGHT_STATUS.of(status(number)), identity=identity)
    return identity, trace_of({}, identity)


async def test_facts_and_states_say_the_delivery_that_they_follow_from(server: Server, nc: Client, bus: Bus) -> None:
    """Emitted alone, or committed with states."""
    heard: list[Delivery[FlightStatus]] = []

    async def hear(group: Sequence[Delivery[FlightStatus]]) -> None:
        heard.extend(group)
        await here.emit_once([echo_of(d) for d in group])
        states = [Write(FLIGHT.of(flight(number_of(d.message.flight))), 0, d) for d in group]
        await here.commit(Commit(states=states))

    async with agent_of(server.url, {FLIGHT_STATUS: hear}, KEEPER) as here:
        identity, trace = await feed(bus, 1)
        await eventually(lambda: headers_at(nc, FLIGHT.of(flight(1))), what="the state")
    assert (heard[0].id, heard[0].trace, heard[0].cause_id) == (identity, trace, "")
    assert follows(await headers_at(nc, FLIGHT_CHANGED.of(changed(1))), identity, trace)
    assert follows(await headers_at(nc, FLIGHT.of(flight(1))), identity, trace)
    (recorded,) = [r async for r in bus.history(FLIGHT_CHANGED)]
    assert (recorded.id, recorded.cause_id, recorded.trace) == (recorded.subject, identity, trace)


async def test_a_message_that_nothing_caused_begins_a_trace(nc: Client, bus: Bus) -> None:
    """A feed's, and a seed's."""
    await feed(bus, 1)
    await bus.commit(Commit(facts=[Fact(FLIGHT_CHANGED.of(changed(1)))], states=[Write(FLIGHT.of(flight(1)), 0)]))
    for addressed in (FLIGHT_STATUS.of(status(1)), FLIGHT_CHANGED.of(changed(1)), FLIGHT.of(flight(1))):
        assert begins(await headers_at(nc, addressed))


async def test_a_dead_letter_follows_from_its_message(server: Server, nc: Client, bus: Bus) -> None:
    """In the message's own trace."""

    async def hear(_group: Sequence[Delivery[FlightStatus]]) -> None:
        raise Reject("no")

    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        identity, trace = await feed(bus, 1)
        await eventually(lambda: settled(nc), what="settled")
    (letter,) = [r async for r in bus.history(DEAD_LETTER)]
    assert follows(await headers_at(nc, DEAD_LETTER.of(letter.message)), identity, trace)


async def test_what_is_written_while_a_question_is_answered_follows_from_the_question(
    server: Server, nc: Client, bus: Bus
) -> None:
    """The question has an id that says what was asked; the answer follows from it too."""

    async def keep(question: Question) -> Question:
        await here.commit(Commit(states=[Write(FLIGHT.of(flight(question.number)), 0)]))
        return question

    agent = Agent("echo", keeps=(FLIGHT,), answers=(ASK,))
    async with agent_of(server.url, {}, agent, answers={ASK: keep}) as here:
        await eventually(lambda: discover(nc, wait=0.05), what="a ready agent")
        await bus.ask(ASK, Question(1))
        asked = await headers_at(nc, FLIGHT.of(flight(1)))
        assert asked["ce-causationid"].startswith("ask.echo.keep.")
        assert follows(asked, asked["ce-causationid"], trace_of({}, asked["ce-causationid"]))
        own = envelope("mine", Question(2), source="test", cause=Cause("before", "ab" * 16), at=stamp(T0))
        reply = await nc.request(ASK.name, b'{"number": 2}', headers=own, timeout=2)
        assert follows(reply.headers or {}, "mine", "ab" * 16)
        assert follows(await headers_at(nc, FLIGHT.of(flight(2))), "mine", "ab" * 16)
        await nc.request(ASK.name, b'{"number": 3}', timeout=2)  # from a program that sends no headers
        assert (await headers_at(nc, FLIGHT.of(flight(3))))["ce-causationid"].startswith("ask.echo.keep.")


async def test_deferred_work_follows_from_its_delivery(server: Server, nc: Client, bus: Bus) -> None:
    """Of two deliveries in one group, each from its own; also beside each other."""

    async def hear(group: Sequence[Delivery[FlightStatus]]) -> list[Deferred]:
        def work(delivery: Delivery[FlightStatus]) -> Deferred:
            number = number_of(delivery.message.flight)

            async def emit() -> None:
                await asyncio.sleep(0)
                await here.emit_once([Fact(FLIGHT_CHANGED.of(changed(number)))])

            return Deferred(delivery, emit)

        return [work(delivery) for delivery in group]

    sent = [await feed(bus, n) for n in (1, 2)]
    async with agent_of(server.url, {FLIGHT_STATUS: hear}) as here:
        await eventually(lambda: settled(nc), what="settled")
    for number, (identity, trace) in enumerate(sent, 1):
        assert follows(await headers_at(nc, FLIGHT_CHANGED.of(changed(number))), identity, trace)


@dataclass
class Woken:
    """Once woken, emits a fact with the cause that is passed: that of the state it acts on, or none."""

    passes_cause: bool
    done: bool = False

    async def build(self, bus: Bus) -> Handlers:
        self.bus = bus
        return Handlers(
            {FLIGHT_STATUS: self.hear}, wakes=Timer(lambda: None if self.done else T0 + timedelta(days=99), self.woken)
        )

    async def hear(self, group: Sequence[Delivery[FlightStatus]]) -> None:
        await self.bus.commit(Commit(states=[Write(FLIGHT.of(flight(1)), 0, group[0])]))

    async def woken(self, _now: datetime) -> None:
        entry = (await self.bus.load([FLIGHT.key(flight=name(1))]))[FLIGHT.key(flight=name(1))]
        assert entry is not None
        await self.bus.emit_once([Fact(FLIGHT_CHANGED.of(changed(1)), entry.cause if self.passes_cause else None)])
        self.done = True


@pytest.mark.parametrize("passes_cause", [True, False], ids=["of its state", "none"])
async def test_a_timer_s_message_follows_from_what_set_its_state_or_from_nothing(
    server: Server, nc: Client, bus: Bus, passes_cause: bool
) -> None:
    """Its handler passes the cause, or none."""
    identity, trace = await feed(bus, 1)
    async with Running(KEEPER, Woken(passes_cause).build, Settings(nats_url=server.url), asyncio.Event()):
        await eventually(lambda: headers_at(nc, FLIGHT_CHANGED.of(changed(1))), what="the fact")
    headers = await headers_at(nc, FLIGHT_CHANGED.of(changed(1)))
    assert follows(headers, identity, trace) if passes_cause else begins(headers)


async def test_the_sampled_flag_is_set_when_it_is_asked_for(server: Server, nc: Client, bus: Bus) -> None:
    """By a setting; the trace stays the same."""

    async def build(here: Bus) -> Handlers:
        async def hear(group: Sequence[Delivery[FlightStatus]]) -> None:
            await here.emit_once([echo_of(d) for d in group])

        return Handlers({FLIGHT_STATUS: hear})

    settings = Settings.from_environment({"NATS_URL": server.url, "IROPS_TRACE_SAMPLED": "true"})
    identity, trace = await feed(bus, 1)
    async with Running(Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,)), build, settings, asyncio.Event()):
        await eventually(lambda: settled(nc), what="settled")
    headers = await headers_at(nc, FLIGHT_CHANGED.of(changed(1)))
    assert headers["traceparent"] == f"00-{trace}-{span_of(identity)}-01"


async def test_a_cause_without_an_id_that_can_be_repeated_is_named_by_its_position(
    server: Server, nc: Client, bus: Bus
) -> None:
    """A foreign publisher's: long, or with a line separator in it."""

    async def hear(group: Sequence[Delivery[FlightStatus]]) -> None:
        await here.emit_once([echo_of(d) for d in group])

    async with agent_of(server.url, {FLIGHT_STATUS: hear}) as here:
        await publish(nc, [1])
        for number, identity in ((2, "x" * 60_000), (3, "\u2028")):
            addressed = FLIGHT_STATUS.of(status(number))
            await nc.request(
                addressed.name, msgspec.json.encode(addressed.message), headers={"ce-id": identity}, timeout=5
            )
        await eventually(lambda: settled(nc), what="settled")
    causes = [(await headers_at(nc, FLIGHT_CHANGED.of(changed(n))))["ce-causationid"] for n in (1, 2, 3)]
    assert causes == ["FEED.1", "FEED.2", "FEED.3"]


async def test_a_message_about_no_one_party_names_none_as_its_cause(nc: Client, bus: Bus) -> None:
    """Or the party could not be forgotten. It gets the cause before that one, if that names no party either."""
    trace = "ab" * 16
    freed = SeatsFreed(flight=name(1), n=1)
    direct = Cause("plan.proposed.QX7K2M.one", trace, "seats.disrupted.B6.1.JFK.2013-02-08.4", "QX7K2M")
    further = Cause("plan.proposed.QX7K2M.one", trace, "booking.stranded.QX7K2M.two", "QX7K2M")
    for n, cause in enumerate((direct, further), 1):
        await bus.commit(Commit(facts=[Fact(SEATS_FREED.of(msgspec.structs.replace(freed, n=n)), cause)]))
    first, second = [await headers_at(nc, SEATS_FREED.of(msgspec.structs.replace(freed, n=n))) for n in (1, 2)]
    assert follows(first, direct.before, trace)
    assert "ce-causationid" not in second
    assert second["traceparent"] == f"00-{trace}-{span_of(second['ce-id'])}-00"


async def test_the_metadata_of_a_running_agent_has_what_it_hears_and_says_and_a_hash_of_its_contracts(
    server: Server, nc: Client, bus: Bus
) -> None:
    """As `$SRV.PING`, `INFO` and `STATS` have them."""

    async def build(_bus: Bus) -> Handlers:
        return Handlers(dict.fromkeys(KEEPER.hears, nothing))

    async def nothing(_group: Sequence[Delivery[Any]]) -> None:
        return None

    async with Running(KEEPER, build, Settings(nats_url=server.url), asyncio.Event()):
        (found,) = await eventually(lambda: discover(nc, wait=0.05), what="a ready agent")
    assert found.metadata["hears"] == "feed.flight.{flight}"
    assert found.metadata["says"] == "flight.changed.{flight}.{n}"
    assert found.metadata["contracts"] == KEEPER.metadata["contracts"]
