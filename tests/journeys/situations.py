"""What can happen to travellers, as small worlds: each is a world and what its feed reports, one status after another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from msgspec import structs

from contracts.flights import FlightStatus
from contracts.passengers import Passenger, Service
from contracts.records import Record
from tests.journeys.small_world import T0, World, hours
from tests.single_journey import altered


@dataclass(frozen=True)
class Situation:
    world: World
    reported: tuple[FlightStatus, ...]
    """Each is heard by all before the next one is published."""
    now: datetime = T0


def moved_off_a_cancelled_flight() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, "LGA", leaves=5)
    family = (
        Passenger(id="1", name="Ana", age=71, services=(Service(ssr="WCHR", status="confirmed"),)),
        Passenger(id="2", name="Bo", kind="adult"),
        Passenger(id="3", name="Cleo", kind="child"),
    )
    world.party("MOVED", dead, seats=3, language="es", ssrs=("CHLD", "WCHR"), people=family)
    world.party("OTHER", dead, remark="We must be there by nine.")
    world.bookings["MOVED"] = altered(world.bookings["MOVED"], documents="in_sync")
    return Situation(world, (world.status(dead, cancelled=True),))


def kept_on_a_late_flight() -> Situation:
    world = World()
    late = world.flight(1, leaves=3)
    seated = Passenger(id="1", coupons={late: "checked_in"})
    pnr = world.party("DL-QX7K2M-20130117", late, seats=2, people=(seated, Passenger(id="2")))
    record = Record(carrier="DL", locator="QX7K2M", created_on=date(2013, 1, 17))
    world.bookings[pnr] = altered(structs.replace(world.bookings[pnr], record=record), documents="in_sync")
    return Situation(world, (world.status(late, minute=1, late=1), world.status(late, minute=2, late=1.1)))


def moved_off_a_very_late_flight() -> Situation:
    world = World()
    late, _ = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", late)
    return Situation(world, (world.status(late, late=6),))


def stranded_and_still_waiting() -> Situation:
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("LONELY", full)
    world.party("STUCK", dead, language="fr")
    return Situation(world, (world.status(dead, cancelled=True),))


def stranded_and_back_on_the_restored_flight() -> Situation:
    world = World()
    dead = world.flight(1, leaves=3)
    world.party("BACK", dead)
    return Situation(world, (world.status(dead, minute=1, cancelled=True), world.status(dead, minute=2)))


def found_in_seats_that_another_gives_up() -> Situation:
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=4, economy=1)
    world.flight(3, "LGA", leaves=5, economy=1)
    world.party("GIVES", full)
    world.party("WAITS", dead, ssrs=("UMNR",))
    return Situation(world, (world.status(dead, minute=1, cancelled=True), world.status(full, minute=2, late=8)))


def on_board_of_a_diverted_flight() -> Situation:
    world = World()
    flight = world.flight(1, leaves=1)
    world.party("ABOARD", flight)
    left = world.flights[flight].departs
    departed = world.status(flight, minute=61, departed_at=left)
    return Situation(
        world,
        (departed, world.status(flight, minute=240, departed_at=left, diverted_to="OAK")),
        now=left + hours(4),
    )


def offloaded_from_a_smaller_aircraft() -> Situation:
    world = World()
    flight, _ = world.flight(1, leaves=3, economy=3), world.flight(2, leaves=5)
    world.party("GOLD", flight, tier="gold", fare=50)
    world.party("DEAR", flight, fare=900)
    world.party("CHEAP", flight, fare=80)
    return Situation(world, (world.status(flight, seats={"economy": 2}),))


def sold_above_its_capacity_by_intent() -> Situation:
    world = World()
    full, smaller = world.flight(1, leaves=3, economy=3), world.flight(2, "LGA", leaves=4, economy=3)
    world.flight(3, leaves=6)
    world.party("STAYS", full, seats=4)
    world.party("FIRST", smaller, seats=2, tier="gold")
    world.party("MOVED", smaller, seats=2)
    reported = (
        world.status(full, minute=1, authorised={"economy": 4}),
        world.status(smaller, minute=2, authorised={"economy": 5}),
        world.status(full, minute=3, late=1),
        world.status(smaller, minute=4, seats={"economy": 2}, authorised={"economy": 4}),
    )
    return Situation(world, reported)


def left_behind_by_a_smaller_aircraft() -> Situation:
    world = World()
    flight, _ = world.flight(1, leaves=3, economy=2), world.flight(2, leaves=6)
    world.party("ABOARD", flight, fare=900)
    world.party("BEHIND", flight, fare=80)
    left = world.status(flight, minute=182, seats={"economy": 1}, departed_at=T0 + hours(3))
    return Situation(world, (left,), now=T0 + hours(3.1))


def a_connection_missed() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=2, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=5, takes=4)
    world.flight(3, "ORD", "SFO", leaves=7, takes=4)
    world.party("THROUGH", first, second)
    return Situation(world, (world.status(first, late=1.5),))


def a_connection_kept() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=2, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=6, takes=4)
    world.party("THROUGH", first, second)
    return Situation(world, (world.status(first, late=0.75),))


def moved_twice() -> Situation:
    world = World()
    dead, then, _ = (world.flight(n, leaves=1 + 2 * n) for n in (1, 2, 3))
    world.party("UNLUCKY", dead)
    return Situation(
        world, (world.status(dead, minute=1, cancelled=True), world.status(then, minute=2, cancelled=True))
    )


def a_return_trip_of_which_one_way_is_cancelled() -> Situation:
    world = World()
    out = world.flight(1, "JFK", "SFO", leaves=3)
    back, _ = world.flight(2, "SFO", "JFK", leaves=40), world.flight(3, "SFO", "JFK", leaves=43)
    world.several("RETURN", (out,), (back,))
    return Situation(world, (world.status(back, cancelled=True),))


def many_parties_and_few_seats() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3, economy=12), world.flight(2, leaves=5, economy=5, first=1)
    for i in range(4):
        world.party(f"P{i}", dead, seats=2)
    return Situation(world, (world.status(dead, cancelled=True),))


SITUATIONS: tuple[Callable[[], Situation], ...] = (
    moved_off_a_cancelled_flight,
    kept_on_a_late_flight,
    moved_off_a_very_late_flight,
    stranded_and_still_waiting,
    stranded_and_back_on_the_restored_flight,
    found_in_seats_that_another_gives_up,
    on_board_of_a_diverted_flight,
    offloaded_from_a_smaller_aircraft,
    sold_above_its_capacity_by_intent,
    left_behind_by_a_smaller_aircraft,
    a_connection_missed,
    a_connection_kept,
    moved_twice,
    a_return_trip_of_which_one_way_is_cancelled,
    many_parties_and_few_seats,
)
