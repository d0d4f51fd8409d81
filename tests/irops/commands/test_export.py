"""`irops export`."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from bus import Bus, Commit, Fact, Write
from bus.admin.server import Server
from contracts.fares import FARE, Fare
from contracts.flights import Flight
from contracts.ledger import Booking, SeatLedger
from contracts.notices import NOTICE_FAILED, NOTICE_SENT, NoticeFailed, NoticeSent
from simulation.seeding import seed_streams
from tests.irops.command_line import irops, started
from tests.journeys.small_world import T0, World


def a_world() -> World:
    world = World()
    for number in (3, 1, 2):
        flight = world.flight(number, leaves=5)
        world.party(f"P{number}", flight)
    return world


async def test_states_are_exported_in_the_contracts_shapes_sorted_by_key(server: Server, bus: Bus) -> None:
    """Flights, seats and bookings come out as they were written."""
    world = a_world()
    await seed_streams(bus, world.seeded())
    shapes: dict[str, type[msgspec.Struct]] = {"flights": Flight, "seats": SeatLedger, "bookings": Booking}
    out = {what: (await irops("export", what, url=server.url)).out for what in shapes}
    read = {what: [msgspec.json.decode(line, type=shapes[what]) for line in out[what].splitlines()] for what in shapes}
    assert read["flights"] == [world.flights[flight] for flight in sorted(world.flights)]
    assert [seats.holders for seats in read["seats"] if isinstance(seats, SeatLedger)] == [
        seeded.seat_ledger.holders for seeded in sorted(world.seeded(), key=lambda s: s.flight.flight)
    ]
    assert read["bookings"] == [world.bookings[pnr] for pnr in ("P1", "P2", "P3")]


async def test_fares_are_exported_sorted_by_flight(server: Server, bus: Bus) -> None:
    """As the pricer wrote them."""
    fares = [Fare(flight=f"B6.{n}.JFK.2013-02-08", source="ladder", observed_at=T0, because="opened") for n in (2, 1)]
    await bus.commit(Commit(states=[Write(FARE.of(fare), 0) for fare in fares]))
    out = (await irops("export", "fares", url=server.url)).out
    assert [msgspec.json.decode(line, type=Fare) for line in out.splitlines()] == fares[::-1]


async def test_notices_of_every_outcome_are_exported(server: Server, bus: Bus) -> None:
    """Sorted by party and fact, sent and failed ones alike."""
    failed = NoticeFailed(pnr="B", id="1", tried={"maildir": "full"}, at=T0)
    sent = [
        NoticeSent(pnr=pnr, id=id_, channel="maildir", sent_at=T0) for pnr, id_ in (("C", "1"), ("A", "2"), ("A", "1"))
    ]
    await bus.emit_once([*(Fact(NOTICE_SENT.of(notice)) for notice in sent), Fact(NOTICE_FAILED.of(failed))])
    out = (await irops("export", "notices", url=server.url)).out
    notices = [msgspec.json.decode(line) for line in out.splitlines()]
    assert [(line["pnr"], line["id"]) for line in notices] == [("A", "1"), ("A", "2"), ("B", "1"), ("C", "1")]
    assert notices[2]["tried"] == {"maildir": "full"}


@pytest.mark.parametrize("command", [("export", "notices"), ("export", "state"), ("audit",)], ids=" ".join)
async def test_a_malformed_message_is_named_and_left_out(server: Server, bus: Bus, command: Sequence[str]) -> None:
    """One bad notice does not keep an operator from the others, and the exit status says that it is missing. Its address, which
    holds a PNR, is not shown."""
    await bus.nc.request(NOTICE_SENT.key(pnr="SECRET", id="1").name, b"not json", timeout=5)
    ended = await irops(*command, url=server.url)
    assert "message 1 of NOTICES cannot be read and is left out: JSON is malformed" in ended.err
    assert "Traceback" not in ended.err
    assert ended.status == 1
    assert "SECRET" not in ended.out + ended.err


async def test_an_empty_system_exports_nothing(server: Server, bus: Bus) -> None:
    """Not even an empty line; the exit status is 0."""
    ended = await irops("export", "bookings", url=server.url)
    assert (ended.status, ended.out, ended.err) == (0, "", "")


async def test_a_reader_that_closes_the_pipe_is_no_failure(server: Server, bus: Bus) -> None:
    """`| head -1` ends it without a message."""
    world = World()
    flight = world.flight(1, leaves=5, economy=2000)
    for number in range(1500):
        world.party(f"P{number}", flight)
    await seed_streams(bus, world.seeded())
    process = await started("export", "bookings", url=server.url)
    assert process.stdout
    assert process.stderr
    transport = process._transport  # type: ignore[attr-defined]  # asyncio has no other way to close a pipe it reads
    transport.get_pipe_transport(1).close()
    assert await process.stderr.read() == b""
    assert await asyncio.wait_for(process.wait(), 10) == 0
