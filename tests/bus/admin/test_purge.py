"""Subjects are erased once every consumer has passed them."""

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Removal, Write
from bus.admin.purge import NotPassed, behind, purge
from bus.admin.server import Server
from bus.wire.api import call, last_sequence
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS
from tests.bus.bus_world import changed, echo, flight, name, publish, settled, stored, subjects_in_order
from tests.support import eventually


async def _commit(bus: Bus, number: int, *, n: int = 1, over: int = 0) -> int:
    """A flight's state and the fact about it; returns the revision."""
    written = await bus.commit(Commit(states=[Write(FLIGHT.of(flight(number, n)), over)]))
    await bus.nc.request(FLIGHT_CHANGED.of(changed(number, n)).name, b"{}", timeout=5)
    return written[FLIGHT.key(flight=name(number)).name]


def _filters(number: int) -> list[str]:
    return [FLIGHT.filter_of(flight=name(number)), FLIGHT_CHANGED.filter_of(flight=name(number))]


async def test_every_message_of_the_subjects_up_to_the_sequence_goes_and_no_other(nc: Client, bus: Bus) -> None:
    """Removal markers too; what another subject holds stays, and what is written later."""
    revision = await _commit(bus, 1)
    await _commit(bus, 2)
    marker = await bus.commit(Commit(removals=[Removal(FLIGHT.key(flight=name(1)), revision)]))
    upto = await last_sequence(nc, "FLIGHTS")
    assert upto in marker.values()
    await bus.nc.request(FLIGHT_CHANGED.of(changed(1, 2)).name, b"{}", timeout=5)
    assert await purge(nc, "FLIGHTS", _filters(1), upto=upto) == 2
    assert await subjects_in_order(nc, "FLIGHTS") == [
        FLIGHT.key(flight=name(2)).name,
        FLIGHT_CHANGED.key(flight=name(2), n=1).name,
        FLIGHT_CHANGED.key(flight=name(1), n=2).name,
    ]


async def test_purging_again_purges_nothing(nc: Client, bus: Bus) -> None:
    """A command that was interrupted is run again."""
    await _commit(bus, 1)
    upto = await last_sequence(nc, "FLIGHTS")
    assert await purge(nc, "FLIGHTS", _filters(1), upto=upto) == 2
    assert await purge(nc, "FLIGHTS", _filters(1), upto=upto) == 0


async def test_an_unacknowledged_message_keeps_a_stream_from_being_purged(server: Server, nc: Client) -> None:
    """The consumer and what it waits for are named; once the agent has handled it, the purge succeeds."""
    await publish(nc, [1, 2])
    async with echo(server.url):
        await eventually(lambda: settled(nc), what="all handled")
    await publish(nc, [1])
    assert await behind(nc, "FEED", upto=2) == []
    with pytest.raises(NotPassed) as refusal:
        await purge(nc, "FEED", [FLIGHT_STATUS.filter_of(flight=name(1))], upto=3)
    assert refusal.value.lines == ("the consumer echo of FEED has yet to pass 3",)
    assert await stored(nc, "FEED") == 3
    async with echo(server.url):
        await eventually(lambda: settled(nc), what="all handled")
    assert await purge(nc, "FEED", [FLIGHT_STATUS.filter_of(flight=name(1))], upto=3) == 2


async def test_a_view_that_has_not_received_a_marker_keeps_it_from_being_purged(nc: Client, bus: Bus) -> None:
    """It would hold the removed state for ever."""
    await _commit(bus, 1)
    config = {"name": "view-planner-x", "deliver_subject": "_INBOX.planner.x", "ack_policy": "none"}
    await call(nc, "CONSUMER.CREATE.FLIGHTS.view-planner-x", {"stream_name": "FLIGHTS", "config": config})
    assert await behind(nc, "FLIGHTS", upto=2) == ["the consumer view-planner-x of FLIGHTS has yet to pass 1"]


async def test_a_running_view_passes(server: Server, nc: Client) -> None:
    """A view of one subject passes what is stored under others as well."""
    bus = Bus(nc, source="test")
    bus.view(FLIGHT, lambda state, _revision, _at: state)
    await bus.start_views()
    try:
        await _commit(bus, 1)
        upto = await last_sequence(nc, "FLIGHTS")
        await eventually(lambda: _passed(nc, upto), what="the view has passed")
    finally:
        await bus.stop_views()


async def _passed(nc: Client, upto: int) -> bool:
    return await behind(nc, "FLIGHTS", upto=upto) == []
