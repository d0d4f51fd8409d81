"""One departure is one flight, under whatever name it is reported, and two departures are two."""

from pathlib import Path

import pytest
from msgspec import structs

from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FlightStatus
from contracts.ledger import BookingChanged, BookingKept
from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
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


async def test_a_late_leg_of_a_flight_that_goes_on_under_its_number_breaks_no_connection(tmp_path: Path) -> None:
    """Its passengers stay on board: the second leg cannot leave without them, though its new times are not reported yet."""
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=5.7, takes=3)
    world.flight(2, leaves=8)
    world.party("ABOARD", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=1.2))
        end = await system.end()
    (journey,) = end.streams.bookings["ABOARD"].journeys
    assert (journey.state, [leg.flight for leg in journey.legs]) == ("kept", [first, second])


async def test_a_late_leg_of_another_number_breaks_the_connection(tmp_path: Path) -> None:
    """The same times, and the passengers change planes."""
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(3, "ATL", leaves=5.7, takes=3)
    later = world.flight(2, leaves=8)
    world.party("MISSES", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=1.2))
        end = await system.end()
    assert end.trip("MISSES") == [later]


def through(world: World, *, stop: float) -> tuple[FlightKey, FlightKey]:
    """The two legs of a flight of one number by way of Atlanta, where it stands for so many minutes."""
    first = world.flight(1, to="ATL", leaves=3, takes=2)
    return first, world.flight(1, "ATL", leaves=5 + stop / 60, takes=3)


@pytest.mark.parametrize(
    "tails", [("N1", "N1"), ("N1", None), (None, "N1")], ids=["the same", "unknown onward", "unknown inbound"]
)
async def test_the_same_aircraft_keeps_its_party_on_board_through_a_stop_of_20_minutes(
    tails: tuple[str | None, str | None], tmp_path: Path
) -> None:
    """Also while it is later than it was to leave again. An aircraft that is not known counts as the same."""
    world = World()
    first, second = through(world, stop=20)
    world.flight(2, leaves=8)
    world.party("ABOARD", first, second)
    async with living(world, tmp_path) as system:
        for flight, tail in zip((first, second), tails, strict=True):
            await system.hear(world.status(flight, minute=1, tail=tail))
        untouched = await system.end()
        await system.hear(world.status(first, minute=2, late=0.5))
        end = await system.end()
    assert untouched.facts("ABOARD") == []
    assert (end.trip("ABOARD"), [type(fact) for fact in end.facts("ABOARD")]) == ([first, second], [BookingKept])


@pytest.mark.parametrize("swapped", [0, 1], ids=["the first leg", "the second leg"])
async def test_another_aircraft_for_one_leg_breaks_a_stop_that_is_too_short_to_change_planes(
    swapped: int, tmp_path: Path
) -> None:
    """However late it is announced: the party is moved because of that leg, and its letter says why."""
    world = World()
    legs = through(world, stop=20)
    later = world.flight(2, leaves=8)
    world.party("CHANGES", *legs)
    async with living(world, tmp_path) as system:
        for flight in legs:
            await system.hear(world.status(flight, minute=1, tail="N1"))
        await system.hear(world.status(legs[swapped], minute=2, tail="N2"))
        end = await system.end()
    assert end.trip("CHANGES") == [later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("CHANGES")] == [("misconnected", legs[swapped])]
    (letter,) = end.letters("CHANGES")
    assert "because another aircraft goes on from there" in " ".join(letter.get_content().split())


async def test_two_aircraft_on_a_flight_that_goes_on_need_the_minimum_connection(tmp_path: Path) -> None:
    """A stop of two hours is one. When the first leg is late, it breaks, where one aircraft would have waited."""
    world = World()
    first, second = through(world, stop=120)
    later = world.flight(2, leaves=9)
    world.party("CHANGES", first, second)
    async with living(world, tmp_path) as system:
        for flight, tail in ((first, "N1"), (second, "N2")):
            await system.hear(world.status(flight, minute=1, tail=tail))
        untouched = await system.end()
        await system.hear(world.status(first, minute=2, late=1.8))
        end = await system.end()
    assert untouched.facts("CHANGES") == []
    assert end.trip("CHANGES") == [later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("CHANGES")] == [("misconnected", first)]


async def test_an_aircraft_swapped_while_its_party_is_in_the_air_leaves_it_where_it_lands(tmp_path: Path) -> None:
    """The second leg gets another aircraft, and leaves 20 minutes after the first is in: the party flies on from there."""
    world = World()
    first, second = through(world, stop=20)
    later = world.flight(3, "ATL", leaves=8)
    world.party("ALOFT", first, second)
    async with living(world, tmp_path, now=T0 + hours(4)) as system:
        for flight in (first, second):
            await system.hear(world.status(flight, minute=1, tail="N1"))
        await system.hear(world.status(first, minute=181, departed_at=T0 + hours(3)))
        await system.hear(world.status(second, minute=220, tail="N2"))
        end = await system.end()
    assert end.trip("ALOFT") == [first, later]
    assert [fact.broken_by for fact in end.facts("ALOFT")] == [second]
