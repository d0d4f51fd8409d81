"""Lock-step: nothing happens until a step asks for it, and then exactly that."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Bus, Delivery, Retry, Unavailable
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.wire.api import last_sequence
from contracts.asks import Step, Stepped, step_of
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import (
    T0,
    agent_of,
    consumer_info,
    echo,
    number_of,
    publish,
    settled,
    stored,
    subjects_in_order,
)
from tests.support import collector, eventually

STEP = step_of("echo")
MINUTE = timedelta(minutes=1)
LEASE = timedelta(milliseconds=500)
Group = Sequence[Delivery[FlightStatus]]


async def stand_still(nc: Client, now: datetime = T0) -> None:
    await set_clock(nc, Clock(now=now, at=datetime.now(UTC), speed=0))


async def step(bus: Bus, nc: Client, feed: int, now: datetime = T0) -> Stepped:
    """Sets the clock and asks the echo, until it answers."""
    await stand_still(nc, now)

    async def answered() -> Stepped | None:
        try:
            return await bus.ask(STEP, Step(now=now, upto={"FEED": feed}))
        except Unavailable:
            return None

    stepped: Stepped = await eventually(answered, what="an answer")
    return stepped


def numbers(heard: Sequence[Delivery[Any]]) -> list[int]:
    return [number_of(d.message.flight) for d in heard]


async def test_a_step_handles_exactly_what_is_there(server: Server, nc: Client, bus: Bus) -> None:
    """Up to the given sequence and no further, however much has arrived."""
    await stand_still(nc)
    await publish(nc, range(1, 11))
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        assert (await step(bus, nc, 0)).handled == 0
        assert heard == []
        assert (await step(bus, nc, 4)).handled == 4
        assert numbers(heard) == [1, 2, 3, 4]
        await publish(nc, range(11, 13))
        assert (await step(bus, nc, 12, T0 + MINUTE)).handled == 8
        assert numbers(heard) == list(range(1, 13))
        assert (await step(bus, nc, 12, T0 + 2 * MINUTE)).handled == 0


async def test_a_step_returns_what_was_written(server: Server, nc: Client, bus: Bus) -> None:
    """The last sequence of each stream it writes to, for the next step of other agents."""
    await stand_still(nc)
    await publish(nc, range(5))
    async with echo(server.url):
        assert (await step(bus, nc, 3)).written == {"FLIGHTS": 3}
        assert (await step(bus, nc, 5)).written == {"FLIGHTS": 5}


async def test_a_step_asked_twice_gives_the_same_answer(server: Server, nc: Client, bus: Bus) -> None:
    """Its answer may have been lost. Nothing is done twice."""
    await stand_still(nc)
    await publish(nc, range(5))
    async with echo(server.url):
        first = await step(bus, nc, 5)
        assert await step(bus, nc, 5) == first
        one, other = await asyncio.gather(step(bus, nc, 5), step(bus, nc, 5))
        assert one == other == first
    assert await stored(nc, "FLIGHTS") == 5


async def test_a_retry_waits_in_event_time(server: Server, nc: Client, bus: Bus) -> None:
    """The answer says until when. A step before that does not handle it; the first one after does, in stream order."""
    await stand_still(nc)
    attempts: list[tuple[datetime, int]] = []

    async def hear(group: Group) -> None:
        for d in group:
            attempts.append((here.now(), number_of(d.message.flight)))
            if len(group) == 1 and number_of(d.message.flight) == 1 and here.now() < T0 + 5 * MINUTE:
                raise Retry(5 * MINUTE, "too early")
        if len(group) > 1 and here.now() < T0 + 5 * MINUTE:
            raise Retry(MINUTE, "halve it")

    await publish(nc, [1, 2])
    async with agent_of(server.url, {FLIGHT_STATUS: hear}) as here:
        assert (await step(bus, nc, 2)).wake_at == T0 + 5 * MINUTE
        assert attempts[-2:] == [(T0, 1), (T0, 2)]
        attempts.clear()
        await publish(nc, [3])
        assert (await step(bus, nc, 3, T0 + MINUTE)).handled == 1
        await publish(nc, [4])
        assert (await step(bus, nc, 4, T0 + 5 * MINUTE)).handled == 2
        assert attempts == [(T0 + MINUTE, 3), (T0 + 5 * MINUTE, 1), (T0 + 5 * MINUTE, 4)]
        assert (await step(bus, nc, 4, T0 + 6 * MINUTE)).wake_at is None
        assert await settled(nc)


async def test_many_retries_may_be_due_at_one_moment(server: Server, nc: Client, bus: Bus) -> None:
    """Fifty messages wait for the same instant, and are handled in stream order."""
    await stand_still(nc)
    heard: list[int] = []

    async def hear(group: Group) -> None:
        if here.now() == T0:
            raise Retry(MINUTE, "all of you")
        heard.extend(numbers(group))

    await publish(nc, range(50))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}) as here:
        await step(bus, nc, 50)
        assert (await step(bus, nc, 50, T0 + MINUTE)).handled == 50
    assert heard == list(range(50))


async def test_a_message_that_waits_keeps_its_lease(server: Server, nc: Client, bus: Bus) -> None:
    """Event time may stand still for long while others work."""
    await stand_still(nc)
    attempts: list[datetime] = []

    async def hear(group: Group) -> None:
        attempts.append(here.now())
        if here.now() == T0:
            raise Retry(MINUTE, "later")

    await publish(nc, [1])
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, ack_wait=LEASE) as here:
        await step(bus, nc, 1)
        loop = asyncio.get_running_loop()
        passed = loop.time() + 3 * LEASE.total_seconds()
        await eventually(lambda: loop.time() > passed, what="three leases")
        assert not (await consumer_info(nc))["num_redelivered"]
        await step(bus, nc, 1, T0 + MINUTE)
    assert attempts == [T0, T0 + MINUTE]


async def test_a_new_process_waits_for_the_messages_of_a_dead_one(server: Server, nc: Client, bus: Bus) -> None:
    """An agent that died in a step handles its messages in the next one, before anything later, and its answer includes what
    the dead process had written."""
    await stand_still(nc)
    await publish(nc, range(1, 7))
    async with echo(server.url, ack_wait=LEASE):
        await step(bus, nc, 2)
    dead = await nc.subscribe("dead.inbox")
    await nc.publish("$JS.API.CONSUMER.MSG.NEXT.FEED.echo", b'{"batch": 2}', reply="dead.inbox")
    await dead.next_msg(timeout=2)
    await dead.next_msg(timeout=2)
    await dead.unsubscribe()
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}, ack_wait=LEASE):
        stepped = await step(bus, nc, 6)
    assert stepped.handled == 4
    assert numbers(heard) == [3, 4, 5, 6]
    assert stepped.written == {"FLIGHTS": 2}


async def test_one_step_may_handle_more_than_the_prefetch(server: Server, nc: Client, bus: Bus) -> None:
    """The first instant of a replay has thousands of messages."""
    await stand_still(nc)
    await publish(nc, range(1500))
    async with echo(server.url):
        assert (await step(bus, nc, 1500)).handled == 1500
    emitted = await subjects_in_order(nc, "FLIGHTS")
    assert [number_of(s.removeprefix("flight.changed.")) for s in emitted] == list(range(1500))


async def test_lock_step_ends_when_the_clock_runs_again(server: Server, nc: Client, bus: Bus) -> None:
    """Messages that waited for an event time, and those that have arrived, are handled as usual."""
    await stand_still(nc)
    heard: list[int] = []

    async def hear(group: Group) -> None:
        if here.now() == T0:
            raise Retry(MINUTE, "later")
        heard.extend(numbers(group))

    await publish(nc, range(3))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}) as here:
        await step(bus, nc, 2)
        await set_clock(nc, Clock(now=T0 + MINUTE, at=datetime.now(UTC), speed=60))
        await eventually(lambda: settled(nc), what="all settled")
    assert sorted(heard) == [0, 1, 2]


@pytest.mark.parametrize("order", [[1, 2, 3, 4], [4, 3, 2, 1]], ids=str)
async def test_a_step_handles_in_stream_order(server: Server, nc: Client, bus: Bus, order: list[int]) -> None:
    """Whatever the order and number of deliveries."""
    await stand_still(nc)
    await publish(nc, order)
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await step(bus, nc, 1)
        for sequence in (4, 3, 2):
            await nc.publish(f"$JS.ACK.FEED.echo.1.{sequence}.{sequence}.0.0", b"-NAK")
        await step(bus, nc, await last_sequence(nc, "FEED"), T0 + MINUTE)
    assert numbers(heard) == order
