"""Children whom the reservation system leaves without anyone older."""

from pathlib import Path

import pytest
from msgspec import structs

from contracts.ledger import Booking
from contracts.names import FlightKey, Pnr
from contracts.passengers import Passenger, Service
from contracts.reservations import BookingAmended
from irops.audit import audit
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.reservation_system import whole

MOTHER = Passenger(id="m", kind="adult", age=35)
CHILD = Passenger(id="c", kind="child", age=9)


def family(world: World, on: FlightKey, pnr: Pnr = "A") -> None:
    """A mother and her child."""
    world.party(pnr, on, seats=2, people=(MOTHER, CHILD), ssrs=("CHLD",))


def alone(booking: Booking, child: Passenger = CHILD) -> Booking:
    """The booking without the mother."""
    party = structs.replace(booking.party, passengers=1, seats=1, ssrs=())
    return structs.replace(booking, party=party, passengers=(child,))


async def test_a_child_left_alone_changes_planes_no_more_often_than_it_was_sold(tmp_path: Path) -> None:
    """Sold a non-stop, and moved to two flights with its mother: without her it gets the later non-stop."""
    world = World()
    dead = world.flight(1, leaves=5)
    first, second = world.flight(2, "JFK", "ORD", leaves=5, takes=2), world.flight(3, "ORD", "SFO", leaves=8.5, takes=4)
    nonstop = world.flight(4, leaves=30, economy=1)
    family(world, dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        assert (await system.end()).trip("A") == [first, second]
        await system.hear(whole(alone(world.bookings["A"])))
        assert (await system.end()).trip("A") == [nonstop]


async def test_a_child_left_alone_flies_between_the_airports_of_its_ticket(tmp_path: Path) -> None:
    """With its mother it was to leave from the city's other airport."""
    world = World()
    dead, newark = world.flight(1, leaves=5), world.flight(2, "EWR", leaves=6)
    later = world.flight(4, leaves=20, economy=1)
    family(world, dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        assert (await system.end()).trip("A") == [newark]
        await system.hear(whole(alone(world.bookings["A"])))
        assert (await system.end()).trip("A") == [later]


async def test_a_child_left_alone_on_a_trip_of_no_other_kind_keeps_it(tmp_path: Path) -> None:
    """There is no non-stop: it is better there than without a seat."""
    world = World()
    dead = world.flight(1, leaves=5)
    first, second = world.flight(2, "JFK", "ORD", leaves=5, takes=2), world.flight(3, "ORD", "SFO", leaves=8.5, takes=4)
    family(world, dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, minute=1, cancelled=True))
        await system.hear(whole(alone(world.bookings["A"])))
        end = await system.end()
    assert end.trip("A") == [first, second]


ASKED = structs.replace(CHILD, services=(Service(ssr="UMNR"),))


@pytest.mark.parametrize(("child", "marks"), [(CHILD, ("alone",)), (ASKED, ())], ids=["not asked for", "asked for"])
@pytest.mark.parametrize("new", [False, True], ids=["its mother leaves", "a booking of its own"])
async def test_a_child_alone_is_for_a_person_to_look_at_unless_it_is_booked_to_travel_so(
    child: Passenger, marks: tuple[str, ...], new: bool, tmp_path: Path
) -> None:
    """The fact is marked, and the audit names it."""
    world = World()
    flight = world.flight(1, leaves=5)
    family(world, flight)
    booking = world.booking("B", flight) if new else world.bookings["A"]
    async with living(world, tmp_path) as system:
        await system.hear(whole(alone(booking, child)))
        end = await system.end()
    assert [fact.marks for _, fact in end.streams.amended if isinstance(fact, BookingAmended)] == [marks]
    assert audit(end.streams).for_a_person.count == len(marks)
