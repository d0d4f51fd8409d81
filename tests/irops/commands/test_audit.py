"""`irops audit` and `irops status`."""

from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec import structs
from typer.testing import CliRunner

from bus import Bus
from bus.admin.provision import provision
from bus.admin.server import Server
from bus.clock import wall
from bus.retention import FACTS_LAST
from contracts.ledger import Holding
from contracts.streams import STREAMS
from irops.__main__ import build
from irops.audit import audit as judge
from irops.commands.audit import verdict
from irops.system.reading import read_streams
from simulation.parties import SeededFlight
from simulation.seeding import seed_streams
from tests.bus.runtime.test_hop import ECHO
from tests.irops.audit.audit_world import sound
from tests.irops.command_line import irops
from tests.journeys.small_world import HORIZON, World
from tests.support import collector, running


def a_world() -> World:
    world = World()
    world.party("A", world.flight(1, leaves=5), seats=2)
    return world


def with_a_stranger(world: World) -> list[SeededFlight]:
    """The world with a seat held by a party that has no booking."""
    (seeded,) = world.seeded()
    holders = {**seeded.seat_ledger.holders, "X": Holding("economy", 1)}
    return [SeededFlight(seeded.flight, structs.replace(seeded.seat_ledger, holders=holders), seeded.bookings)]


async def test_a_sound_system_is_clean(server: Server, bus: Bus) -> None:
    """Every figure is 0 and so is the exit status. That its flight was to leave years ago is for a person to look at."""
    await seed_streams(bus, a_world().seeded())
    ended = await irops("audit", "--horizon", "2013-02-12T05:00:00Z", url=server.url)
    assert (ended.status, ended.err) == (0, "")
    first, beyond, *figures, person, silent, last = ended.out.splitlines()
    assert first.startswith("0 parties affected")
    assert beyond == "1 flight is not judged by the feed: no status of them is kept"
    assert {line.split()[1] for line in figures} == {"0"}
    assert person.split() == ["for", "a", "person", "1"]
    assert silent.endswith("no word of it has come; it has 1 party")
    assert last == "clean"


async def test_a_fault_is_counted_and_described(server: Server, bus: Bus) -> None:
    """And the exit status is 1."""
    await seed_streams(bus, with_a_stranger(a_world()))
    ended = await irops("audit", url=server.url)
    assert ended.status == 1
    assert ended.out.splitlines()[-1] == "not clean"
    assert "X holds seats on B6.1.JFK.2013-02-08 outside its booking" in ended.out


@pytest.mark.parametrize(
    "horizon",
    ["tomorrow", "2013-02-12T05:00:00", "0001-01-01T00:00:00+14:00"],
    ids=["no instant", "no time zone", "before time"],
)
def test_a_horizon_that_is_no_instant_is_a_usage_error(horizon: str) -> None:
    """Exit status 2, before a server is asked anything."""
    result = CliRunner().invoke(build(), ["audit", "--horizon", horizon])
    assert result.exit_code == 2
    assert "--horizon" in result.output


async def test_without_a_horizon_the_last_departure_is_taken(server: Server, bus: Bus) -> None:
    """No flight can be booked after it."""
    world = World()
    world.flight(1, leaves=5)
    last = world.flight(2, leaves=30)
    await seed_streams(bus, world.seeded())
    assert (await read_streams(bus)).horizon == world.flights[last].scheduled_departure
    assert (await read_streams(bus, horizon=HORIZON)).horizon == HORIZON


async def test_a_booking_older_than_the_retention_of_facts_counts_as_expired(server: Server, bus: Bus) -> None:
    """A fortnight by the wall clock, less an hour for what expires while it is read."""
    world = a_world()
    await seed_streams(bus, world.seeded())
    assert (await read_streams(bus)).expired == set()
    assert (await read_streams(bus, at=wall() + FACTS_LAST - timedelta(hours=2))).expired == set()
    assert (await read_streams(bus, at=wall() + FACTS_LAST)).expired == {"A"}


async def test_a_shorter_record_of_notices_is_known_to_be_expired_sooner(server: Server, bus: Bus) -> None:
    """Otherwise the audit would find everyone without a notice."""
    world = a_world()
    await seed_streams(bus, world.seeded())
    await provision(bus.nc, STREAMS, max_ages={"NOTICES": timedelta(days=3)})
    assert (await read_streams(bus, at=wall() + timedelta(days=3, hours=-2))).expired == set()
    assert (await read_streams(bus, at=wall() + timedelta(days=3))).expired == {"A"}


def test_the_audit_counts_the_parties_whose_facts_have_expired() -> None:
    """In a line of its own; it is not a fault."""
    lines = list(verdict(judge(but(sound(), facts=(), disrupted=(), sent=(), expired={"R", "K", "S", "T"}))))
    assert "of 3 it can't be known any more whether they were notified: those facts have expired" in lines
    assert lines[-1] == "clean"


async def test_status_shows_agents_streams_and_pending_work(server: Server, bus: Bus) -> None:
    """Also the clock and the active booker."""
    heard, keep = collector()
    async with running(server.url, ECHO, dict.fromkeys(ECHO.hears, keep)):
        ended = await irops("status", url=server.url)
    assert (ended.status, ended.err, heard) == (0, "", [])
    for words in ("echo", "at the speed of the wall clock", "active booker: none yet", "LEDGER", "pending: nothing"):
        assert words in ended.out


async def test_status_of_a_system_without_agents_says_how_to_start_them(server: Server, bus: Bus) -> None:
    """The exit status is 0."""
    ended = await irops("status", url=server.url)
    assert ended.status == 0
    assert "irops up" in ended.out
