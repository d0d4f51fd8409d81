"""One hop: received, handled, emitted, acknowledged."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from nats.aio.client import Client

from bus import Agent, Bus, Delivery, Fact, Reject, Retry
from bus.admin.server import Server
from bus.wire.api import call
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS, Flight, FlightChanged, FlightStatus
from tests.support import collector, eventually, running

T0 = datetime(2013, 2, 8, 12, tzinfo=UTC)


def status(number: int = 1) -> FlightStatus:
    return FlightStatus(
        flight=f"B6.{number}.JFK.2013-02-08",
        destination="BOS",
        observed_at=T0,
        scheduled_departure=T0,
        scheduled_arrival=T0 + timedelta(hours=1),
    )


def changed(of: FlightStatus, n: int = 1) -> FlightChanged:
    state = Flight(
        flight=of.flight,
        destination=of.destination,
        phase="scheduled",
        last_change=n,
        scheduled_departure=of.scheduled_departure,
        scheduled_arrival=of.scheduled_arrival,
        departs=of.scheduled_departure,
        arrives=of.scheduled_arrival,
        announced_departure=of.scheduled_departure,
        announced_arrival=of.scheduled_arrival,
        observed_at=of.observed_at,
        seats={},
    )
    return FlightChanged(flight=of.flight, n=n, change="scheduled", state=state)


async def publish(nc: Client, *statuses: FlightStatus) -> None:
    for one in statuses:
        addressed = FLIGHT_STATUS.of(one)
        await nc.request(addressed.name, msgspec.json.encode(addressed.message), timeout=2)


async def outstanding(nc: Client, stream: str, durable: str) -> int:
    info = await call(nc, f"CONSUMER.INFO.{stream}.{durable}")
    return int(info["num_pending"] + info["num_ack_pending"])


ECHO = Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,))


async def test_a_message_is_handled_its_fact_emitted_and_then_acknowledged(
    server: Server, nc: Client, bus: Bus
) -> None:
    """Every status becomes one fact, and nothing stays unacknowledged."""

    async def echo(group: Sequence[Delivery[FlightStatus]]) -> None:
        await echo_bus.emit_once([Fact(FLIGHT_CHANGED.of(changed(d.message)), d) for d in group])

    async with running(server.url, ECHO, {FLIGHT_STATUS: echo}) as (_, echo_bus):
        await publish(nc, *(status(n) for n in range(1, 301)))

        async def all_emitted() -> bool:
            keys = [FLIGHT_CHANGED.key(flight=status(n).flight, n=1) for n in range(1, 301)]
            loaded = await bus.load(keys)
            return all(loaded[k] for k in keys)

        await eventually(all_emitted, what="300 facts")
        await eventually(lambda: settled(nc), what="all acknowledged")


async def settled(nc: Client) -> bool:
    return await outstanding(nc, "FEED", "echo") == 0


async def test_an_undecodable_message_is_a_dead_letter_at_once(server: Server, nc: Client, bus: Bus) -> None:
    """The dead letter names the agent, the message and the fault, and keeps the payload."""
    heard, keep = collector()
    async with running(server.url, ECHO, {FLIGHT_STATUS: keep}):
        await nc.request("feed.flight.B6.1.JFK.2013-02-08", b'{"flight": 7}', timeout=2)
        await publish(nc, status(2))
        await eventually(lambda: heard, what="the good message after it")
        key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)
        letter = (await bus.load([key]))[key]
    assert letter is not None
    assert letter.message.payload == b'{"flight": 7}'
    assert "FlightStatus" in letter.message.reason


async def test_the_reason_of_an_undecodable_message_quotes_nothing_of_it(server: Server, nc: Client, bus: Bus) -> None:
    """The reason goes into logs; the content of the message must not."""
    payload = msgspec.to_builtins(status()) | {"seats": {"it's free": 1}}
    key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)

    async def letter() -> DeadLetter | None:
        found = (await bus.load([key]))[key]
        return found.message if found else None

    async with running(server.url, ECHO, {FLIGHT_STATUS: collector()[1]}):
        await nc.request("feed.flight.B6.1.JFK.2013-02-08", msgspec.json.encode(payload), timeout=2)
        assert (await eventually(letter, what="a dead letter")).reason == (
            "not a FlightStatus: Invalid enum value '…' - at `key` in `$.seats`"
        )


async def test_reject_makes_a_dead_letter_of_one_message_and_its_group_is_handled(
    server: Server, nc: Client, bus: Bus
) -> None:
    """The other nine are done."""
    done: list[str] = []

    async def picky(group: Sequence[Delivery[FlightStatus]]) -> None:
        if any(d.message.flight.startswith("B6.5.") for d in group):
            raise Reject("not this one")
        done.extend(d.message.flight for d in group)

    await publish(nc, *(status(n) for n in range(1, 11)))
    async with running(server.url, ECHO, {FLIGHT_STATUS: picky}):
        await eventually(lambda: len(done) == 9, what="nine handled")
        await eventually(lambda: settled(nc), what="all settled")
    key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=5)
    letter = (await bus.load([key]))[key]
    assert letter is not None
    assert letter.message.reason == "not this one"


async def test_retry_delivers_the_message_again_after_a_while(server: Server, nc: Client) -> None:
    """It is handled at the second attempt and does not become a dead letter."""
    attempts: list[datetime] = []

    async def later(group: Sequence[Delivery[FlightStatus]]) -> None:
        attempts.append(group[0].stored_at)
        if len(attempts) == 1:
            raise Retry(timedelta(milliseconds=50), "not yet")

    async with running(server.url, ECHO, {FLIGHT_STATUS: later}):
        await publish(nc, status())
        await eventually(lambda: len(attempts) == 2, what="two deliveries")
        await eventually(lambda: settled(nc), what="acknowledged")


async def test_a_bug_is_retried_and_then_a_dead_letter_with_its_traceback(
    server: Server, nc: Client, bus: Bus, monkeypatch: Any
) -> None:
    """Four attempts in all; other messages do not wait for it."""
    monkeypatch.setattr("bus.runtime.worker.BUG_PAUSES", (timedelta(milliseconds=10),) * 3)
    attempts: list[str] = []
    good: list[str] = []

    async def buggy(group: Sequence[Delivery[FlightStatus]]) -> None:
        for d in group:
            if d.message.flight.startswith("B6.1."):
                if len(group) == 1:
                    attempts.append(d.message.flight)
                raise ZeroDivisionError("a bug")
        good.extend(d.message.flight for d in group)

    async with running(server.url, ECHO, {FLIGHT_STATUS: buggy}):
        await publish(nc, status(1), status(2))
        await eventually(lambda: good, what="the other one")
        await eventually(lambda: settled(nc), what="settled")
    assert len(attempts) == 4
    key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)
    letter = (await bus.load([key]))[key]
    assert letter is not None
    assert "ZeroDivisionError" in letter.message.traceback
