"""Reads from a replica that is behind, and how they are detected."""

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


async def test_a_read_with_at_least_gets_nothing_older(nc: Client, bus: Bus) -> None:
    """The replica still has the flight's first state; the leader has the second."""
    behind = Bus(nc, source="test", direct=Behind(nc))
    first = await write(bus, 0, 1)
    await behind.load([KEY])
    second = await write(bus, first, 2)
    loaded = [(await behind.load([KEY], at_least=least))[KEY] for least in (first, second)]
    assert [(entry.message.last_change, entry.revision) for entry in loaded if entry] == [(1, first), (2, second)]


async def test_a_state_read_from_the_leader_is_as_it_was_written(nc: Client, bus: Bus) -> None:
    """Including the time it was written."""
    behind = Bus(nc, source="test", direct=Behind(nc))
    await behind.load([KEY])
    revision = await write(bus, 0, 1)
    of_leader, of_any = (await behind.load([KEY], at_least=revision))[KEY], (await bus.load([KEY]))[KEY]
    assert of_leader is not None
    assert of_any is not None
    as_read = [(each.message, each.revision, each.written_at) for each in (of_leader, of_any)]
    assert as_read[0] == as_read[1]


async def test_a_state_that_the_replica_does_not_have_yet_is_found_at_the_leader(nc: Client, bus: Bus) -> None:
    """An empty answer does not say how far the replica has read."""
    behind = Bus(nc, source="test", direct=Behind(nc))
    assert (await behind.load([KEY]))[KEY] is None
    revision = await write(bus, 0, 1)
    assert (await behind.load([KEY], at_least=revision)).revision(KEY) == revision


async def test_a_key_that_does_not_exist_is_none(nc: Client, bus: Bus) -> None:
    """The leader confirms it."""
    revision = await write(bus, 0, 1)
    other = FLIGHT.key(flight=name(2))
    assert (await bus.load([other], at_least=revision)).revision(other) == 0


async def test_a_removed_state_that_the_replica_still_has_is_none(nc: Client, bus: Bus) -> None:
    """A write over it must expect the removal's revision."""
    behind, key = Bus(nc, source="test", direct=Behind(nc)), WAITLIST.key(pnr="A", journey=1)
    marker = WaitlistEntry(pnr="A", origin="JFK", destination="BOS", seats=2)
    first = (await bus.commit(Commit(states=[Write(WAITLIST.of(marker), 0)])))[key.name]
    await behind.load([key])
    removal = (await bus.commit(Commit(removals=[Removal(key, first)])))[key.name]
    loaded = await behind.load([key], at_least=removal)
    assert (loaded[key], loaded.revision(key)) == (None, removal)


async def test_an_answer_says_how_far_its_replica_has_read(nc: Client, bus: Bus) -> None:
    """A replica that is not behind is trusted, and the leader is not asked."""
    await write(bus, 0, 1)
    last = (await bus.commit(Commit(states=[Write(FLIGHT.of(flight(2)), 0)])))[FLIGHT.key(flight=name(2)).name]
    answer = await DirectGet(nc).answered("FLIGHTS", {"multi_last": [KEY.name]}, "the flight", timeout=2, tries=3)
    assert answer.upto == last
