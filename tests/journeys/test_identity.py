"""One departure is one flight, under whatever name it is reported, and two departures are two."""

from pathlib import Path

import pytest
from msgspec import structs

from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FlightStatus
from contracts.ledger import BookingChanged
from tests.journeys.small_world import World, hours
from tests.journeys.system import living
from tests.single_journey import altered

NAMES = ["B6.0001", "b6.1", "JBU.1", "jbu.0001"]


def named(status: FlightStatus, name: str) -> FlightStatus:
    """The status under this name of its flight's number."""
    return structs.replace(status, flight=f"{name}.{status.flight.split('.', 2)[2]}")


@pytest.mark.parametrize("name", NAMES)
async def test_a_cancellation_under_another_name_of_the_flight_is_heard(name: str, tmp_path: Path) -> None:
    """Its party is moved and written to as under the flight's key."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", dead)
    async with living(world, tmp_path) as system:
        await system.hear(named(world.status(dead, cancelled=True), name))
        end = await system.end()
    assert end.trip("MOVED") == [other]
    assert [type(fact) for fact in end.facts("MOVED")] == [BookingChanged]
    assert "B6 1" in end.letters("MOVED")[0].get_content()
    assert set(end.streams.flights) == set(end.streams.seats) == {dead, other}


async def test_the_seats_of_one_aircraft_are_sold_once_under_all_its_names(tmp_path: Path) -> None:
    """Three names of a flight of two seats, reported and then booked: one party fits."""
    world = World()
    flight = world.flight(1, leaves=5, economy=2)
    bookings = [world.booking(pnr, flight, seats=2) for pnr in ("A", "B", "C")]
    report = world.status(flight, seats={"economy": 2})
    world.flights.clear()
    async with living(world, tmp_path) as system:
        await system.hear(*(named(report, name) for name in ["B6.1", *NAMES]))
        spelled = [
            altered(
                booking,
                legs=tuple(structs.replace(leg, flight=named(report, name).flight) for leg in booking.journeys[0].legs),
            )
            for booking, name in zip(bookings, NAMES, strict=False)
        ]
        answer = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=tuple(spelled)))
        end = await system.end()
    assert (answer.taken, list(answer.refused)) == (1, ["B", "C"])
    assert end.trip("A") == [flight]
    assert [(ledger.flight, ledger.free("economy")) for ledger in end.streams.seats.values()] == [(flight, 0)]


async def test_a_second_departure_under_a_number_leaves_the_first_as_it_is(tmp_path: Path) -> None:
    """The evening's schedule under the morning's key is another flight: the morning's party is neither moved nor written to."""
    world = World()
    morning = world.flight(1, leaves=3)
    world.flight(2, leaves=6)
    world.party("CALM", morning)
    before = world.flights[morning]
    evening = structs.replace(
        world.status(morning, minute=1),
        scheduled_departure=before.scheduled_departure + hours(10),
        scheduled_arrival=before.scheduled_arrival + hours(10),
    )
    async with living(world, tmp_path) as system:
        await system.hear(evening)
        end = await system.end()
    assert (end.plans, end.mail) == ((), {})
    assert end.streams.flights[morning].scheduled_departure == before.scheduled_departure


async def test_a_second_departure_with_a_suffix_is_a_flight_of_its_own(tmp_path: Path) -> None:
    """The morning's party goes on it when the morning's flight is cancelled."""
    world = World()
    morning = world.flight(1, leaves=3)
    world.party("MOVED", morning)
    evening = structs.replace(
        named(world.status(morning, minute=1, seats={"economy": 5}), "JBU.0001D"),
        scheduled_departure=world.flights[morning].scheduled_departure + hours(10),
        scheduled_arrival=world.flights[morning].scheduled_arrival + hours(10),
    )
    async with living(world, tmp_path) as system:
        await system.hear(evening)
        await system.hear(world.status(morning, minute=2, cancelled=True))
        end = await system.end()
    assert end.trip("MOVED") == ["B6.1D.JFK.2013-02-08"]


async def test_a_booking_on_a_departure_of_another_day_is_refused(tmp_path: Path) -> None:
    """Its leg leaves a day before the flight that its key names: the system it comes from dates flights in another way."""
    world = World()
    flight = world.flight(1, leaves=5)
    booking = world.booking("A", flight)
    (leg,) = booking.journeys[0].legs
    early = altered(booking, legs=(structs.replace(leg, departs=leg.departs - hours(24)),))
    async with living(world, tmp_path) as system:
        answer = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=(early,)))
    assert answer.taken == 0
    assert "another departure of this number?" in answer.refused["A"]


@pytest.mark.parametrize("spelled", ["EIN.5001", "B6.1"], ids=["under the other number", "under its own"])
async def test_a_cancellation_of_a_flight_that_is_sold_under_another_number_is_heard(
    tmp_path: Path, spelled: str
) -> None:
    """Its party is moved; the number is no flight with seats of its own."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", dead)
    number = named(world.status(dead), "EI.5001").flight
    async with living(world, tmp_path) as system:
        await system.hear(structs.replace(world.status(dead, minute=1), sold_as=(number,)))
        await system.hear(named(world.status(dead, minute=2, cancelled=True), spelled))
        end = await system.end()
    assert end.trip("MOVED") == [other]
    assert set(end.streams.flights) == set(end.streams.seats) == {dead, other}


async def test_a_booking_on_a_number_that_the_flight_is_sold_under_is_held_on_the_flight(tmp_path: Path) -> None:
    """Its letter names the number that it bought. Imported again, it is the same booking."""
    world = World()
    flown, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    booking = world.booking("SHARED", flown, seats=2)
    (journey,) = booking.journeys
    number = named(world.status(flown), "EI.5001").flight
    (leg,) = journey.legs
    sold = structs.replace(
        journey,
        ticket=structs.replace(journey.ticket, flights=(number,)),
        legs=(structs.replace(leg, flight=named(world.status(flown), "ein.5001").flight),),
    )
    question = ImportBookings(bookings=(structs.replace(booking, journeys=(sold,)),))
    async with living(world, tmp_path) as system:
        await system.hear(structs.replace(world.status(flown, minute=1), sold_as=(number,)))
        answers = [await system.bus.ask(IMPORT_BOOKINGS, question) for _ in range(2)]
        held = (await system.end()).streams.seats[flown].holders
        await system.hear(structs.replace(world.status(flown, minute=2, cancelled=True), flight=number))
        end = await system.end()
    assert [(answer.taken, answer.refused) for answer in answers] == [(1, {}), (1, {})]
    assert {pnr: holding.seats for pnr, holding in held.items()} == {"SHARED": 2}
    assert end.trip("SHARED") == [other]
    (letter,) = end.letters("SHARED")
    assert letter["Subject"].startswith("Flight EI 5001 is cancelled")
    assert "EI 5001 (operated by B6 1)" in letter.get_content()
