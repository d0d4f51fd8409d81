"""Commits and messages whose acknowledgement is lost or late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Conflict, Fact, Write
from bus.admin.server import Server
from bus.clock import monotonic
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS
from tests.bus.bus_world import (
    Wire,
    changed,
    echo,
    echoed,
    flight,
    name,
    publish,
    settled,
    status,
    stored,
    subjects_in_order,
)
from tests.support import eventually

COMMIT = Commit(facts=[Fact(FLIGHT_CHANGED.of(changed(1)))], states=[Write(FLIGHT.of(flight(1)), 0)])


@pytest.fixture
async def wire(server: Server, nc: Client) -> AsyncIterator[Wire]:
    async with Wire(server.port) as wire:
        yield wire


@pytest.fixture
async def far_bus(wire: Wire) -> AsyncIterator[Bus]:
    """A bus at the other end of the wire."""
    far = await connect(wire.url, name="far")
    yield Bus(far, source="far")
    await close(far)


async def test_a_commit_whose_answer_was_lost_recognises_its_own_work(wire: Wire, far_bus: Bus, nc: Client) -> None:
    """It is sent again, conflicts with itself, and returns the revisions of the first time."""
    await far_bus.load([FLIGHT.key(flight=name(1))])
    wire.hold_answers()
    committing = asyncio.create_task(far_bus.commit(COMMIT))
    await eventually(lambda: _has(nc, 2), what="stored, and not acknowledged")
    wire.cut()
    revisions = await committing
    assert revisions == {FLIGHT_CHANGED.of(changed(1)).name: 1, FLIGHT.of(flight(1)).name: 2}
    assert await subjects_in_order(nc, "FLIGHTS") == list(revisions)


async def test_an_append_whose_answer_was_lost_is_stored_once(wire: Wire, far_bus: Bus, nc: Client) -> None:
    """It is sent again under its identity, and returns the sequence of the first time."""
    await far_bus.load([FLIGHT.key(flight=name(1))])
    wire.hold_answers()
    publishing = asyncio.create_task(far_bus.append(FLIGHT_STATUS.of(status(1)), identity="one"))
    await eventually(lambda: _has(nc, 1, "FEED"), what="stored, and not acknowledged")
    wire.cut()
    assert await publishing == 1
    assert await far_bus.append(FLIGHT_STATUS.of(status(1)), identity="another") == 2
    assert await stored(nc, "FEED") == 2


async def test_a_ghost_commit_is_stored_once(wire: Wire, far_bus: Bus, nc: Client) -> None:
    """A batch that arrives after its timeout and before its repetition is recognised as this commit's own."""
    await far_bus.load([FLIGHT.key(flight=name(1))])
    wire.hold_questions()
    committing = asyncio.create_task(far_bus.commit(COMMIT))
    await asyncio.wait({committing}, timeout=2.3)  # the first try has timed out and is still on its way
    assert await stored(nc, "FLIGHTS") == 0
    wire.let_go()
    assert max((await committing).values()) == 2
    assert await stored(nc, "FLIGHTS") == 2


async def test_a_ghost_commit_loses_to_an_earlier_one(wire: Wire, far_bus: Bus, bus: Bus) -> None:
    """Its expected revision has gone, and it does not take the other commit for its own."""
    await far_bus.load([FLIGHT.key(flight=name(1))])
    wire.hold_questions()
    committing = asyncio.create_task(far_bus.commit(COMMIT))
    await asyncio.wait({committing}, timeout=2.3)
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1, n=7)), 0)]))
    wire.let_go()
    with pytest.raises(Conflict):
        await committing
    key = FLIGHT.key(flight=name(1))
    entry = (await bus.load([key]))[key]
    assert entry is not None
    assert entry.message.last_change == 7


@pytest.mark.slow
async def test_fifty_abandoned_batches_delay_a_commit_only(bus: Bus, nc: Client) -> None:
    """The server allows no fifty-first batch for about ten seconds; the commit waits and succeeds."""
    for n in range(50):
        headers = {"Nats-Batch-Id": f"abandoned-{n}", "Nats-Batch-Sequence": "1"}
        await nc.publish(f"flight.changed.B6.{n}.JFK.2013-02-08.1", b"{}", headers=headers)
    await nc.flush()
    began = monotonic()
    await bus.commit(COMMIT)
    assert monotonic() - began < 15
    assert await stored(nc, "FLIGHTS") == 2


async def test_a_server_killed_right_after_acknowledgements_loses_and_repeats_nothing(
    server: Server, nc: Client, bus: Bus
) -> None:
    """It forgets which messages were acknowledged and delivers them again. Each fact stays as it is."""
    async with echo(server.url, ack_wait=timedelta(seconds=1)) as echo_bus:
        await publish(nc, range(300))
        await eventually(lambda: settled(nc), what="all acknowledged")
        before = await subjects_in_order(nc, "FLIGHTS")
        server.kill()
        await server.start()
        await eventually(lambda: _handled_again(nc), what="all settled after the restart")
        assert await echoed(echo_bus, range(300))
    assert await subjects_in_order(nc, "FLIGHTS") == before


async def _handled_again(nc: Client) -> bool:
    return nc.is_connected and await settled(nc)


async def _has(nc: Client, messages: int, stream: str = "FLIGHTS") -> bool:
    return await stored(nc, stream) == messages
