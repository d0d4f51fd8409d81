"""Deferred work runs in the background of the next groups, and loses no message."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from nats.aio.client import Client

from bus import Bus, Deferred, Delivery, Reject, Retry
from bus.admin.server import Server
from contracts.asks import Step, step_of
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import ECHO, T0, agent_of, consumer_info, number_of, publish, settled
from tests.bus.runtime.test_lockstep import step
from tests.support import collector, eventually

Group = Sequence[Delivery[FlightStatus]]
ONE = replace(ECHO, group=1)


def numbers(group: Group) -> list[int]:
    return [number_of(d.message.flight) for d in group]


async def test_the_next_groups_do_not_wait_for_deferred_work(server: Server, nc: Client) -> None:
    """Its message is acknowledged when the work has succeeded, not before."""
    go_on, done = asyncio.Event(), list[int]()

    async def hear(group: Group) -> list[Deferred]:
        done.extend(numbers(group))
        return [Deferred(d, go_on.wait) for d in group if number_of(d.message.flight) == 0]  # type: ignore[arg-type]

    await publish(nc, range(5))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, ONE):
        await eventually(lambda: done == [0, 1, 2, 3, 4], what="all handled")
        await eventually(lambda: _unacknowledged(nc, 1), what="only the first unacknowledged")
        go_on.set()
        await eventually(lambda: settled(nc), what="all settled")
    assert done == [0, 1, 2, 3, 4]


async def _unacknowledged(nc: Client, count: int) -> bool:
    return bool((await consumer_info(nc))["num_ack_pending"] == count)


async def test_a_message_with_several_pieces_of_work_is_done_when_all_are(server: Server, nc: Client) -> None:
    """They run concurrently."""
    gates = [asyncio.Event(), asyncio.Event()]
    begun = asyncio.Event()

    async def hear(group: Group) -> list[Deferred]:
        begun.set()
        return [Deferred(d, gate.wait) for d in group for gate in gates]  # type: ignore[arg-type]

    await publish(nc, range(1))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await begun.wait()
        gates[1].set()
        await eventually(lambda: _unacknowledged(nc, 1), what="one is left")
        gates[0].set()
        await eventually(lambda: settled(nc), what="settled")


async def test_deferred_work_that_raises_retry_has_its_message_delivered_again(server: Server, nc: Client) -> None:
    """It starts from the beginning, after the pause."""
    heard = list[int]()

    async def later() -> None:
        if len(heard) < 3:
            raise Retry(timedelta(milliseconds=20), "not yet")

    async def hear(group: Group) -> list[Deferred]:
        heard.extend(numbers(group))
        return [Deferred(d, later) for d in group]

    await publish(nc, range(1))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await eventually(lambda: settled(nc), what="settled")
    assert heard == [0, 0, 0]


async def test_deferred_work_that_raises_reject_makes_its_message_a_dead_letter(
    server: Server, nc: Client, bus: Bus
) -> None:
    """As in a handler."""

    async def never() -> None:
        raise Reject("nonsense")

    async def hear(group: Group) -> list[Deferred]:
        return [Deferred(d, never) for d in group]

    await publish(nc, range(1))
    key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        await eventually(lambda: settled(nc), what="settled")
    entry = (await bus.load([key]))[key]
    assert entry is not None
    assert entry.message.reason == "nonsense"


async def test_a_stopping_agent_returns_messages_with_deferred_work_at_once(server: Server, nc: Client) -> None:
    """Another receives the message long before its lease of ten minutes expires."""
    begun = asyncio.Event()

    async def endless() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def hear(group: Group) -> list[Deferred]:
        return [Deferred(d, endless) for d in group]

    await publish(nc, range(1))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}, ack_wait=timedelta(minutes=10)):
        await begun.wait()
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await eventually(lambda: settled(nc), what="settled", within=5)
    assert len(heard) == 1


async def test_in_lock_step_deferred_work_is_done_in_order_before_the_answer(
    server: Server, nc: Client, bus: Bus
) -> None:
    """Even where a later piece would be quicker."""
    done = list[int]()

    def deferred(d: Delivery[FlightStatus]) -> Deferred:
        async def work() -> None:
            number = number_of(d.message.flight)
            await asyncio.sleep(0.02 * (3 - number))
            done.append(number)

        return Deferred(d, work)

    async def hear(group: Group) -> list[Deferred]:
        return [deferred(d) for d in group]

    await publish(nc, range(3))
    async with agent_of(server.url, {FLIGHT_STATUS: hear}):
        stepped = await step(bus, nc, feed=3)
        assert (stepped.handled, done) == (3, [0, 1, 2])
        assert await bus.ask(step_of("echo"), Step(now=T0, upto={"FEED": 3})) == stepped
