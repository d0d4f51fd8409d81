"""What is read from a replica that is behind, and how it is known."""

from nats.aio.client import Client

from bus import Bus, Commit, Removal, Write
from bus.wire.direct_get import DirectGet
from contracts.flights import FLIGHT
from contracts.ledger import WAITLIST, WaitlistEntry
from tests.bus.bus_world import flight, name
from tests.support import Behind

KEY = FLIGHT.key(flight=name(1))


async def write(bus: Bus, expected: int, n: int) -> int:
    return (await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1, n)), expected)])))[KEY.name]


async def test_a_read_that_names_its_cause_is_not_answered_with_less(nc: Client, bus: Bus) -> None:
    """The replica has the flight's first state still; the stream's leader has the second."""
    behind = Bus(nc, source="test", direct=Behind(nc))
    first = await write(bus, 0, 1)
    await behind.load([KEY])
    second = await write(bus, first, 2)
    told = [(await behind.load([KEY], at_least=least))[KEY] for least in (first, second)]
    assert [(entry.message.last_change, entry.revision) for entry in told if entry] == [(1, first), (2, second)]


async def test_what_is_read_from_the_leader_is_as_it_was_written(nc: Client, bus: Bus) -> None:
    """To the time it was written."""
    behind = Bus(nc, source="test", direct=Behind(nc))
    await behind.load([KEY])
    revision = await write(bus, 0, 1)
    assert (await behind.load([KEY], at_least=revision))[KEY] == (await bus.load([KEY]))[KEY]


async def test_what_a_replica_has_not_yet_is_found_where_a_cause_proves_it(nc: Client, bus: Bus) -> None:
    """That nothing is there does not tell how far the replica has read."""
    behind = Bus(nc, source="test", direct=Behind(nc))
    assert (await behind.load([KEY]))[KEY] is None
    revision = await write(bus, 0, 1)
    assert (await behind.load([KEY], at_least=revision)).revision(KEY) == revision


async def test_what_is_nowhere_is_none(nc: Client, bus: Bus) -> None:
    """The leader says so."""
    revision = await write(bus, 0, 1)
    other = FLIGHT.key(flight=name(2))
    assert (await bus.load([other], at_least=revision)).revision(other) == 0


async def test_what_a_replica_has_still_is_none_where_a_cause_proves_its_removal(nc: Client, bus: Bus) -> None:
    """A write over it is told to expect the removal."""
    behind, key = Bus(nc, source="test", direct=Behind(nc)), WAITLIST.key(pnr="A")
    marker = WaitlistEntry(pnr="A", origin="JFK", destination="BOS", seats=2)
    first = (await bus.commit(Commit(states=[Write(WAITLIST.of(marker), 0)])))[key.name]
    await behind.load([key])
    removal = (await bus.commit(Commit(removals=[Removal(key, first)])))[key.name]
    loaded = await behind.load([key], at_least=removal)
    assert (loaded[key], loaded.revision(key)) == (None, removal)


async def test_an_answer_tells_how_far_its_replica_has_read(nc: Client, bus: Bus) -> None:
    """So one that is not behind is believed, and the leader is not asked."""
    await write(bus, 0, 1)
    last = (await bus.commit(Commit(states=[Write(FLIGHT.of(flight(2)), 0)])))[FLIGHT.key(flight=name(2)).name]
    told = await DirectGet(nc).answered("FLIGHTS", {"multi_last": [KEY.name]}, "the flight", timeout=2, tries=3)
    assert told.upto == last
