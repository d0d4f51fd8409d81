"""`irops import`."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import structs

from bus import Bus
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from contracts.clock import Clock
from contracts.fares import FARE_STATUS
from contracts.flights import FLIGHT_STATUS
from contracts.layouts import LAYOUT
from contracts.ledger import BOOKING, SEAT_LEDGER, Booking
from contracts.reservations import RESERVATION_STATUS, ReservationStatus
from irops.processes.supervisor import Supervisor
from simulation.seeding import seed_streams
from tests.irops.command_line import irops, started
from tests.journeys.small_world import T0, World
from tests.support import eventually

encode = msgspec.json.encode


async def statuses(bus: Bus) -> list[str]:
    return [recorded.message.flight async for recorded in bus.history(FLIGHT_STATUS)]


async def test_flight_statuses_are_published_and_bad_lines_are_reported(
    server: Server, bus: Bus, tmp_path: Path
) -> None:
    """By number and reason; good lines are published, and the exit status is 1."""
    world = World()
    first, second = world.flight(1, leaves=5), world.flight(2, leaves=6)
    file = tmp_path / "flights.jsonl"
    file.write_bytes(b"\n".join([encode(world.status(first)), b"{}", b"", encode(world.status(second))]))
    ended = await irops("import", "flights", str(file), url=server.url)
    assert ended.status == 1
    assert ended.err.startswith(f"{file}:2: flight is missing: wanted a flight such as B6.1017.JFK.2013-02-08; ")
    assert ended.err.count("\n") == 1
    assert ended.out == "2 imported, 1 refused\n"
    assert sorted(await statuses(bus)) == [first, second]


async def test_flights_are_published_under_their_keys_and_a_date_not_of_the_origin_is_reported(
    server: Server, bus: Bus
) -> None:
    """The evening of the 8th in New York is the 9th in UTC, on which the same number may leave too."""
    world = World()
    flight = world.flight(1, leaves=14)
    spelled, dated = (
        encode(structs.replace(world.status(flight), flight=name))
        for name in ("jbu.0001.JFK.2013-02-08", "B6.1.JFK.2013-02-09")
    )
    ended = await irops("import", "flights", "-", url=server.url, stdin=spelled + b"\n" + dated)
    assert (ended.status, ended.out) == (1, "1 imported, 1 refused\n")
    assert ended.err == (
        "stdin:2: B6.1.JFK.2013-02-09: scheduled departure 2013-02-09T02:00:00+00:00 is on 2013-02-08 in JFK, not on the "
        "flight's date: a key has the date of its origin\n"
    )
    assert await statuses(bus) == [flight]


async def test_fares_are_published_under_the_flights_keys_and_bad_lines_are_reported(server: Server, bus: Bus) -> None:
    """By number and reason, with what is wanted; good lines are published, and the exit status is 1."""
    fare = {"cabin": "economy", "family": "basic", "price": {"amount": "89.90", "currency": "EUR"}, "seats": 4}
    good = {"flight": "jbu.0001.JFK.2013-02-08", "observed_at": "2013-02-08T12:00:00Z", "fares": [fare]}
    lines = [
        good,
        good | {"fares": [fare, fare]},
        good | {"fares": [fare | {"price": {"amount": "89.90", "currency": "JPY"}}]},
        good | {"fares": [fare | {"seats": 0}]},
    ]
    ended = await irops("import", "fares", "-", url=server.url, stdin=b"\n".join(map(encode, lines)))
    assert (ended.status, ended.out) == (1, "1 imported, 3 refused\n")
    second, third, fourth = ended.err.splitlines()
    assert second == ("stdin:2: B6.1.JFK.2013-02-08: economy basic: it has two fares, and only one can be the lowest")
    assert third == "stdin:3: B6.1.JFK.2013-02-08: economy basic: an amount in JPY has at most 0 decimals"
    assert fourth.startswith("stdin:4: fares[0].seats: wanted a number of seats, 1 or more")
    published = [r.message async for r in bus.history(FARE_STATUS)]
    assert [(each.flight, each.fares[0].price.amount) for each in published] == [
        ("B6.1.JFK.2013-02-08", Decimal("89.90"))
    ]


async def test_a_known_flight_that_is_rescheduled_past_midnight_is_imported(server: Server, bus: Bus) -> None:
    """It keeps its key."""
    world = World()
    flight = world.flight(1, leaves=14)
    await seed_streams(bus, world.seeded())
    known = world.flights[flight]
    moved = structs.replace(world.status(flight), scheduled_departure=known.scheduled_departure + timedelta(hours=3.5))
    ended = await irops("import", "flights", "-", url=server.url, stdin=encode(moved))
    assert (ended.status, ended.out) == (0, "1 imported, 0 refused\n")


async def test_an_import_that_is_run_again_stores_nothing_twice(server: Server, bus: Bus) -> None:
    """Within the server's two minutes; after them the monitor ignores repeats."""
    world = World()
    lines = encode(world.status(world.flight(1, leaves=5))) + b"\n"
    for _ in range(2):
        ended = await irops("import", "flights", "-", url=server.url, stdin=lines)
        assert (ended.status, ended.out) == (0, "1 imported, 0 refused\n")
    assert len(await statuses(bus)) == 1


async def test_reservations_are_published_and_bad_lines_are_reported(server: Server, bus: Bus, tmp_path: Path) -> None:
    """By number, field and reason. A status is a whole booking, or says that it is withdrawn."""
    world = World()
    sold = world.booking("A", world.flight(1, leaves=5))
    good = ReservationStatus(pnr="A", version=2, booking=sold)
    lines: list[bytes] = [
        encode(good),
        b'{"pnr":"B","version":0,"withdrawn":true}',
        b'{"pnr":"B","version":3}',
        b'{"pnr":"B","version":3,"withdrawn":true,"seats":1}',
        encode(ReservationStatus(pnr="B", version=4, withdrawn=True)),
    ]
    file = tmp_path / "reservations.jsonl"
    file.write_bytes(b"\n".join(lines))
    ended = await irops("import", "reservations", str(file), url=server.url)
    assert (ended.status, ended.out) == (1, "2 imported, 3 refused\n")
    refusals = ended.err.splitlines()
    assert refusals[0] == f"{file}:2: version: wanted a version number, 1 or more such as 3, not 0"
    assert refusals[1] == f"{file}:3: B version 3: a status has a booking or is withdrawn: this has neither"
    assert refusals[2].startswith(f"{file}:4: seats: no such field; ")
    published = [recorded.message async for recorded in bus.history(RESERVATION_STATUS)]
    assert sorted((status.pnr, status.version) for status in published) == [("A", 2), ("B", 4)]


async def test_a_feed_that_is_piped_in_is_published_as_it_comes(server: Server, bus: Bus) -> None:
    """A line does not wait for the pipe's end."""
    world = World()
    process = await started("import", "flights", "-", url=server.url)
    assert process.stdin
    process.stdin.write(encode(world.status(world.flight(1, leaves=5))) + b"\n")
    await eventually(lambda: statuses(bus), what="the first status, while the pipe is open", within=30)
    out, _ = await process.communicate(b"")
    assert out == b"1 imported, 0 refused\n"


async def test_an_import_that_is_interrupted_ends(server: Server, bus: Bus) -> None:
    """Though its input never ends."""
    world = World()
    process = await started("import", "flights", "-", url=server.url)
    assert process.stdin
    process.stdin.write(encode(world.status(world.flight(1, leaves=5))) + b"\n")
    await eventually(lambda: statuses(bus), what="it is at work", within=30)
    process.send_signal(2)
    assert await asyncio.wait_for(process.wait(), 30) == 130  # a busy machine takes seconds to end a process
    process.stdin.close()


async def test_bookings_are_imported_by_the_booker_with_their_seats(server: Server, bus: Bus, tmp_path: Path) -> None:
    """A refused booking is reported with its line, and so are a party that comes twice and differs, and a special service that
    no rule knows. Imported again, as after an answer that was lost, all is as it was."""
    world = World()
    flight = world.flight(1, leaves=5, economy=3)
    await seed_streams(bus, world.seeded())
    lines: list[Booking] = [
        world.booking("A", flight, seats=2),
        world.booking("B", flight, seats=2),
        world.booking("C", flight, seats=1, ssrs=("WCHR", "XYZW")),
        world.booking("A", flight, seats=1),
    ]
    file = tmp_path / "bookings.jsonl"
    file.write_bytes(b"\n".join(encode(line) for line in lines))
    supervisor = Supervisor(tmp_path / "logs", {"NATS_URL": server.url})
    await supervisor.start(["agents.booker"])
    try:
        await eventually(
            lambda: "ready" in (tmp_path / "logs" / "booker.log").read_text(), what="the booker", within=30
        )
        ended = await irops("import", "bookings", str(file), url=server.url)
        again = await irops("import", "bookings", str(file), url=server.url)
    finally:
        await supervisor.stop()
    assert (ended.status, ended.out) == (1, "2 imported, 2 refused\n")
    refusals = ended.err.splitlines()
    assert [line.split(": ")[0] for line in refusals] == [f"{file}:2", f"{file}:3", f"{file}:4"]
    assert refusals[1].endswith(":3: imported, and for a person to see to: XYZW, which no rule knows")
    assert "A exists already" in refusals[2]
    assert (again.status, again.out) == (ended.status, ended.out)
    key = SEAT_LEDGER.key(flight=flight)
    seats = (await bus.load([key]))[key]
    assert seats
    assert {pnr: held.seats for pnr, held in seats.message.holders.items()} == {"A": 2, "C": 1}
    keys = [BOOKING.key(pnr=pnr) for pnr in ("A", "B", "C")]
    loaded = await bus.load(keys)
    assert [loaded[key] is not None for key in keys] == [True, False, True]


async def test_bookings_without_a_booker_are_one_line_with_how_far_it_got(server: Server, bus: Bus) -> None:
    """One line, exit status 1."""
    world = World()
    booking = world.booking("A", world.flight(1, leaves=5))
    ended = await irops("import", "bookings", "-", url=server.url, stdin=encode(booking))
    assert ended.status == 1
    assert ended.err == (
        "irops: no agent answers ask.booker.import: is the agent booker running?; "
        "stdin is imported up to line 0; import it again\n"
    )


async def test_a_missing_file_is_a_usage_error(server: Server) -> None:
    """Exit status 2, before a server is asked anything."""
    assert (await irops("import", "flights", "/nowhere/flights.jsonl", url=server.url)).status == 2


async def test_an_import_into_a_replays_time_says_so(server: Server, bus: Bus) -> None:
    """On stderr: agents take statuses of today to be years ahead."""
    await set_clock(bus.nc, Clock(now=T0, at=wall()))
    await eventually(lambda: bus.now().year == T0.year, what="the clock")
    ended = await irops("import", "flights", "-", url=server.url, stdin=b"")
    assert (ended.status, ended.out) == (0, "0 imported, 0 refused\n")
    assert ended.err.startswith("irops: the clock is a replay's: 2013-02-08 ")
    assert "`irops provision --wall-clock`" in ended.err


TOML = b"""
[[layouts]]
layout = "small"
exits = [2]
[[layouts.sections]]
cabin = "economy"
first = 1
last = 3
letters = "AB CD"

[[layouts]]
layout = "wrong"
exits = [9]
[[layouts.sections]]
cabin = "economy"
first = 1
last = 3
letters = "AB CD"
"""


async def test_layouts_are_published_from_toml_and_from_json(server: Server, bus: Bus, tmp_path: Path) -> None:
    """Once each; what is wrong with one is reported with its number. What a name stands for stays."""
    file = tmp_path / "layouts.toml"
    file.write_bytes(TOML)
    ended = await irops("import", "layouts", str(file), url=server.url)
    assert (ended.status, ended.out) == (1, "1 imported, 1 refused\n")
    assert ended.err == f"{file}:2: wrong: row 9 is an exit row, and there is none\n"
    (small,) = [recorded.message async for recorded in bus.history(LAYOUT)]
    other = structs.replace(small, exits=(1,))
    ended = await irops("import", "layouts", "-", url=server.url, stdin=encode(small) + b"\n" + encode(other))
    assert (ended.status, ended.out) == (1, "1 imported, 1 refused\n")
    assert ended.err.startswith("stdin:2: small is known with other seats")
    assert [recorded.message async for recorded in bus.history(LAYOUT)] == [small]


async def test_a_file_without_layouts_says_what_it_should_have(server: Server, bus: Bus, tmp_path: Path) -> None:
    """In one line, with the exit status of a usage error."""
    file = tmp_path / "layouts.toml"
    file.write_bytes(b"[layout]\n")
    ended = await irops("import", "layouts", str(file), url=server.url)
    assert ended.status == 2
    assert "it has layout beside [[layouts]]" in ended.err
