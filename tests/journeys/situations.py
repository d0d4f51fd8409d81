"""What can happen to travellers, as small worlds: each is a world and what its feed reports, one status after another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from msgspec import structs

from contracts.brakes import EndBrake, Scope, SetBrake
from contracts.fares import FareStatus
from contracts.flights import FlightStatus
from contracts.ledger import Answerer, Complaint
from contracts.names import Id, Pnr
from contracts.offers import Answer
from contracts.passengers import Passenger, Service
from contracts.records import Record
from contracts.requests import Wanted
from contracts.reservations import ReservationStatus, SplitFrom
from contracts.sales import Instrument
from tests.journeys.requesting import offering, seats, sold, trip
from tests.journeys.small_world import T0, World, hours
from tests.reservation_system import whole
from tests.single_journey import altered


@dataclass(frozen=True)
class Asked:
    """A customer asks the booker for something, and says yes where it is an offer."""

    pnr: Pnr
    wanted: Wanted
    meanwhile: FlightStatus | None = None
    """What is reported, and heard by all, between the quote and the yes."""
    pay_with: tuple[Instrument, ...] = ()
    names: tuple[str, ...] = ()
    """For each of `Wanted.names`."""


@dataclass(frozen=True)
class Answered:
    """Someone answers the last offer to a party."""

    pnr: Pnr
    answer: Answer = "take"
    option: int | None = None
    """The place among its trips; None: none is named."""
    by: Answerer = "party"
    offer: Id = ""
    """Another offer, if not empty."""


@dataclass(frozen=True)
class Echoed:
    """The reservation system has a trip of the last offer to a party, by this version."""

    pnr: Pnr
    option: int = 0
    """The place among its trips."""
    version: int = 1


Happening: TypeAlias = (
    FlightStatus | ReservationStatus | FareStatus | Asked | Answered | Echoed | SetBrake | EndBrake | datetime
)
"""An instant: event time is set to it."""


@dataclass(frozen=True)
class Situation:
    world: World
    reported: tuple[Happening, ...]
    """Each is heard by all before the next one is published; an operator's word is asked."""
    now: datetime = T0
    consent: str = ""
    """Of a file of rules: whose yes a trip needs; empty: no one's."""


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


def stranded_until_no_trip_is_legal_any_more() -> Situation:
    world = World()
    dead = world.flight(1, leaves=3)
    world.party("STUCK", dead, language="fr")
    latest = 3 + 24 * 14
    return Situation(world, (world.status(dead, minute=latest * 60 - 1, cancelled=True),), now=T0 + hours(latest))


def stranded_and_back_on_the_restored_flight() -> Situation:
    world = World()
    dead = world.flight(1, leaves=3)
    world.party("BACK", dead)
    return Situation(world, (world.status(dead, minute=1, cancelled=True), world.status(dead, minute=2)))


def moved_back_to_the_restored_flight() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=5), world.flight(2, leaves=20)
    world.party("BACK", dead)
    world.party("FULL", dead, seats=2)
    return Situation(world, (world.status(dead, minute=1, cancelled=True), world.status(dead, minute=2)))


def a_later_flight_that_serves_about_as_well() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=3.5)
    world.party("STAYS", dead)
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


def corrected_where_others_had_to_get_off() -> Situation:
    world = World()
    flight, _ = world.flight(1, leaves=3, economy=2), world.flight(2, leaves=5)
    world.party("STAYS", flight, fare=900)
    world.party("CHEAP", flight, fare=80)
    corrected = whole(world.bookings["STAYS"], 1, contact="new@example.org")
    late = world.status(flight, minute=1, late=1)
    return Situation(world, (late, world.status(flight, minute=2, late=1, seats={"economy": 1}), corrected))


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


def amended_and_then_disrupted() -> Situation:
    world = World()
    sold, given, _ = (world.flight(number, leaves=3 + number) for number in (1, 2, 3))
    world.party("MOVED", sold, seats=2)
    theirs = world.booking("MOVED", given, seats=1)
    return Situation(
        world, (ReservationStatus(pnr="MOVED", version=2, booking=theirs), world.status(given, cancelled=True))
    )


def corrected_and_contradicted_after_a_rebooking() -> Situation:
    world = World()
    dead, _, theirs = (world.flight(number, leaves=3 + number) for number in (1, 2, 3))
    world.party("MOVED", dead)
    party = structs.replace(world.bookings["MOVED"].party, contact="new@example.org", language="es")
    corrected = structs.replace(world.bookings["MOVED"], party=party)
    return Situation(
        world,
        (
            world.status(dead, cancelled=True),
            ReservationStatus(pnr="MOVED", version=1, booking=corrected),
            ReservationStatus(pnr="MOVED", version=2, booking=world.booking("MOVED", theirs)),
        ),
    )


def taken_in_and_withdrawn() -> Situation:
    world = World()
    flight = world.flight(1, leaves=3)
    world.party("STAYS", flight)
    come = tuple(ReservationStatus(pnr=pnr, version=1, booking=world.booking(pnr, flight)) for pnr in ("NEW", "GOES"))
    return Situation(world, (*come, ReservationStatus(pnr="GOES", version=2, withdrawn=True)))


def split_after_a_rebooking() -> Situation:
    world = World()
    dead, then, _ = (world.flight(number, leaves=3 + 2 * number) for number in (1, 2, 3))
    ana, bo = Passenger(id="1", kind="adult"), Passenger(id="2", kind="adult")
    cleo = Passenger(id="3", kind="child", escort="1")
    family = world.party("FAMILY", dead, seats=3, people=(ana, bo, cleo), fare=300, ssrs=("CHLD",))
    whole = world.bookings[family]
    left = structs.replace(world.booking(family, dead, seats=2, fare=200, ssrs=("CHLD",)), passengers=(ana, cleo))
    new = structs.replace(world.booking("ALONE", dead, fare=100), passengers=(bo,))
    parted = structs.replace(world.booking("CLEO", dead, fare=100, ssrs=("CHLD",)), passengers=(cleo,))
    rest = structs.replace(world.booking(family, dead, fare=100), passengers=(ana,))
    return Situation(
        world,
        (
            ReservationStatus(pnr=family, version=1, booking=whole),
            world.status(dead, minute=1, cancelled=True),
            ReservationStatus(
                pnr="ALONE", version=1, booking=new, split_from=SplitFrom(pnr=family, version=2, booking=left)
            ),
            ReservationStatus(
                pnr="CLEO", version=1, booking=parted, split_from=SplitFrom(pnr=family, version=3, booking=rest)
            ),
            world.status(then, minute=2, cancelled=True),
            world.status(dead, minute=3),
        ),
    )


def many_parties_and_few_seats() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3, economy=12), world.flight(2, leaves=5, economy=5, first=1)
    for i in range(4):
        world.party(f"P{i}", dead, seats=2)
    return Situation(world, (world.status(dead, cancelled=True),))


def a_connection_broken_by_two_small_moves() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=3, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=5 + 70 / 60, takes=4)
    world.flight(3, "ORD", "SFO", leaves=8, takes=4)
    world.party("LINKS", first, second)
    return Situation(world, (world.status(first, late=29 / 60), world.status(second, minute=1, late=-14 / 60)))


def a_return_that_two_small_moves_make_impossible() -> Situation:
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=10)
    world.flight(3, "SFO", "JFK", leaves=14)
    world.several("RT", (out,), (back,))
    return Situation(world, (world.status(out, late=29 / 60), world.status(back, minute=1, late=-14 / 60)))


def a_connection_that_holds_again() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=3, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=5 + 50 / 60, takes=4)
    world.flight(3, "ORD", "SFO", leaves=10.5, takes=4)
    world.party("BACK", first, second)
    return Situation(world, (world.status(first, late=29 / 60), world.status(first, minute=1, late=0.01)))


def waiting_behind_a_connection_that_is_lost() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=3, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=5 + 50 / 60, takes=4)
    world.party("WAITS", first, second)
    return Situation(world, (world.status(first, late=29 / 60),))


def a_return_that_can_be_caught_again() -> Situation:
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=10)
    world.flight(3, "SFO", "JFK", leaves=14)
    world.several("RT", (out,), (back,))
    moves = (world.status(out, late=29 / 60), world.status(back, minute=1, late=-14 / 60))
    return Situation(world, (*moves, world.status(out, minute=2, late=0.01), world.status(back, minute=3, late=0.01)))


def swapped_and_swapped_back_on_a_flight_that_goes_on() -> Situation:
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=5.35, takes=3)
    world.flight(2, "ATL", leaves=10, takes=3)
    world.party("THROUGH", first, second)
    known = tuple(world.status(flight, minute=1, tail="N1") for flight in (first, second))
    swaps = (world.status(second, minute=2, tail="N2"), world.status(second, minute=3, tail="N1"))
    return Situation(world, (*known, *swaps))


def moved_past_a_flight_that_is_known_to_leave_too_soon() -> Situation:
    world = World()
    dead, soon, _ = (world.flight(number, leaves=leaves) for number, leaves in ((1, 0.5), (2, 50 / 60), (3, 4)))
    world.party("MOVED", dead)
    return Situation(world, (world.status(soon, late=-25 / 60), world.status(dead, minute=1, cancelled=True)))


def _diverted(*, flies_on: bool) -> Situation:
    """To DTW on the way to ORD, where one party has a connection."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    onward = world.flight(2, "ORD", "SFO", leaves=5.5, takes=4)
    world.flight(3, "DTW", "SFO", leaves=6, takes=5)
    world.party("THROUGH", first, onward)
    world.party("ENDS", first)
    left, landed = T0 + hours(1), T0 + hours(2.9)

    def says(hour: float, **fields: Any) -> FlightStatus:
        return world.status(first, minute=hour * 60, **fields)

    return Situation(
        world,
        (
            says(1, departed_at=left),
            says(2, departed_at=left, diverted_to="DTW", estimated_arrival=landed),
            says(2.9, departed_at=left, diverted_to="DTW", arrived_at=landed),
            *([says(3.5, departed_at=T0 + hours(3.5), estimated_arrival=T0 + hours(4.5))] if flies_on else []),
        ),
        now=T0 + hours(3.6),
    )


def landed_elsewhere_for_good() -> Situation:
    return _diverted(flies_on=False)


def landed_elsewhere_and_on_its_way_again() -> Situation:
    return _diverted(flies_on=True)


def back_at_its_origin_and_cancelled() -> Situation:
    world = World()
    back, _ = world.flight(1, leaves=1), world.flight(2, leaves=8)
    world.party("HOME", back)
    left, came = T0 + hours(1), T0 + hours(2.8)
    return Situation(
        world,
        (
            world.status(back, minute=65, departed_at=left),
            world.status(back, minute=120, departed_at=left, diverted_to="JFK", estimated_arrival=came),
            world.status(back, minute=170, departed_at=left, diverted_to="JFK", arrived_at=came),
            world.status(back, minute=175, cancelled=True),
        ),
        now=T0 + hours(3),
    )


def back_at_its_origin_and_leaving_again() -> Situation:
    world = World()
    back = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    missed, _ = world.flight(2, "ORD", "SFO", leaves=4, takes=4), world.flight(3, "ORD", "SFO", leaves=9, takes=4)
    world.party("ENDS", back)
    world.party("THROUGH", back, missed)
    left, came = T0 + hours(1), T0 + hours(2.8)
    returned = world.status(back, minute=170, departed_at=left, diverted_to="JFK", arrived_at=came)
    again = structs.replace(returned, observed_at=T0 + hours(2.9), arrived_at=None, estimated_departure=T0 + hours(4))
    return Situation(world, (world.status(back, minute=65, departed_at=left), returned, again), now=T0 + hours(3))


def _silent(to: str, *, lands: bool, now: float) -> Situation:
    """Diverted on the way to ORD, where one party has a connection, and nothing more is heard of it."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    onward = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    world.flight(3, "DTW", "SFO", leaves=6, takes=5)
    world.flight(4, leaves=7)
    world.party("THROUGH", first, onward)
    world.party("ENDS", first)
    left, down = T0 + hours(1), T0 + hours(2.5)
    away: dict[str, Any] = {"departed_at": left, "diverted_to": to}
    heard = [
        world.status(first, minute=62, departed_at=left),
        world.status(first, minute=120, estimated_arrival=down + hours(0.5 * lands), **away),
        *([world.status(first, minute=155, arrived_at=down, **away)] if lands else []),
    ]
    return Situation(world, tuple(heard), now=T0 + hours(now))


def diverted_and_never_heard_of_again() -> Situation:
    return _silent("DTW", lands=False, now=3.6)


def to_come_back_and_never_heard_of_again() -> Situation:
    return _silent("JFK", lands=False, now=3.6)


def back_at_its_origin_and_never_heard_of_again() -> Situation:
    return _silent("JFK", lands=True, now=3.6)


def rerouted_and_then_cancelled() -> Situation:
    world = World()
    rerouted = world.flight(1, "JFK", "ORD", leaves=30, takes=2)
    onward = world.flight(3, "ORD", "SFO", leaves=36, takes=4)
    world.flight(4, "JFK", "ORD", leaves=32, takes=2)
    world.party("THROUGH", rerouted, onward)
    return Situation(
        world,
        (world.status(rerouted, minute=1, diverted_to="MHT"), world.status(rerouted, minute=2, cancelled=True)),
    )


def presumed_under_way() -> Situation:
    world = World()
    first = world.flight(1, to="ORD", leaves=2, takes=2)
    second = world.flight(2, "ORD", leaves=5, takes=4)
    world.flight(3, leaves=4)
    world.flight(4, "ORD", leaves=8, takes=4)
    world.party("THROUGH", first, second)
    cancelled = world.status(second, minute=138, cancelled=True)
    return Situation(
        world, (cancelled, world.status(first, minute=139, departed_at=T0 + hours(2))), now=T0 + hours(2.3)
    )


def in_another_cabin_of_the_same_flight() -> Situation:
    world = World()
    flight = world.flight(1, leaves=3, economy=14, first=4)
    world.flight(2, leaves=27, first=4)
    world.party("PLATINUM", flight, seats=2, cabin="first", tier="platinum", fare=3000)
    return Situation(world, (world.status(flight, seats={"economy": 14}),))


def brought_forward() -> Situation:
    world = World()
    early, _ = world.flight(1, leaves=6), world.flight(2, leaves=9)
    world.party("HOME", early)
    return Situation(world, (world.status(early, late=-5.9),))


def cancelled_and_soon_restored() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=20)
    world.party("MOVED", dead)
    return Situation(world, (world.status(dead, minute=1, cancelled=True), world.status(dead, minute=2)))


def days_late_by_the_word_of_two() -> Situation:
    world = World()
    late, _ = world.flight(1, leaves=3), world.flight(2, leaves=6)
    world.party("MOVED", late)
    return Situation(world, (world.status(late, minute=1, late=80), world.status(late, minute=2, late=80)))


def contradicted_by_another_departure_under_its_number() -> Situation:
    world = World()
    morning = world.flight(1, leaves=3)
    world.party("CALM", morning)
    other = world.status(morning, minute=2)
    moved = {name: getattr(other, name) + hours(10) for name in ("scheduled_departure", "scheduled_arrival")}
    return Situation(
        world,
        (world.status(morning, minute=1, late=0.1), structs.replace(other, **moved), world.status(morning, minute=3)),
    )


def a_second_departure_without_a_suffix() -> Situation:
    """Of the flight itself nothing is expected but that it leaves on time."""
    world = World()
    morning = world.flight(1, leaves=6, takes=3)
    world.party("CALM", morning)
    other = world.status(morning, minute=1)
    moved = {name: getattr(other, name) + hours(3.5) for name in ("scheduled_departure", "scheduled_arrival")}
    again = structs.replace(other, observed_at=T0 + hours(0.05), **moved)
    return Situation(world, (structs.replace(other, **moved), world.status(morning, minute=2), again))


def moved_to_another_airport_of_the_city() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, "EWR", leaves=6)
    world.party("MOVED", dead)
    return Situation(world, (world.status(dead, cancelled=True),))


def a_lost_second_flight() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=3, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=7, takes=4)
    world.flight(3, "ORD", "SFO", leaves=9, takes=4)
    world.party("THROUGH", first, second)
    return Situation(world, (world.status(second, cancelled=True),))


def late_and_in_the_air() -> Situation:
    world = World()
    flight = world.flight(1, leaves=1)
    world.party("ABOARD", flight)
    left, lands = world.flights[flight].departs, world.flights[flight].arrives + hours(1)
    return Situation(
        world,
        (
            world.status(flight, minute=61, departed_at=left),
            world.status(flight, minute=120, departed_at=left, estimated_arrival=lands),
        ),
        now=left + hours(2),
    )


def cancelled_under_another_number() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", dead)
    number = "EI.5001." + dead.split(".", 2)[2]
    return Situation(
        world,
        (
            structs.replace(
                world.status(dead, minute=1), flight="JBU.0001." + dead.split(".", 2)[2], sold_as=(number,)
            ),
            structs.replace(world.status(dead, minute=2, cancelled=True), flight=number),
        ),
    )


def a_late_leg_of_a_flight_that_goes_on() -> Situation:
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=5.7, takes=3)
    world.flight(2, leaves=8)
    world.party("ABOARD", first, second)
    return Situation(world, (world.status(first, late=1.2),))


def _waits_for_the_last_of_three(*, more: tuple[str, ...] = ()) -> Situation:
    """One party keeps its seats on the first two, and then what `more` says comes about."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2, economy=2)
    second = world.flight(2, "ORD", "DEN", leaves=9, takes=2, economy=2)
    dead = world.flight(3, "DEN", "SFO", leaves=14, takes=2)
    other = world.flight(4, "DEN", "SFO", leaves=15, takes=2, economy=0)
    world.party("THROUGH", first, second, dead, seats=2)
    then = {
        "a larger aircraft": world.status(other, minute=2, seats={"economy": 2}),
        "the second cancelled": world.status(second, minute=2, cancelled=True),
    }
    return Situation(world, (world.status(dead, minute=1, cancelled=True), *(then[each] for each in more)))


def waiting_with_seats_on_the_flights_before() -> Situation:
    return _waits_for_the_last_of_three()


def found_a_trip_with_the_seats_it_had_kept() -> Situation:
    return _waits_for_the_last_of_three(more=("a larger aircraft",))


def waiting_with_seats_of_which_some_have_lapsed() -> Situation:
    return _waits_for_the_last_of_three(more=("the second cancelled",))


def another_aircraft_on_a_flight_that_goes_on() -> Situation:
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=5.35, takes=3)
    world.flight(2, leaves=8)
    world.party("CHANGES", first, second)
    known = tuple(world.status(flight, minute=1, tail="N1") for flight in (first, second))
    return Situation(world, (*known, world.status(second, minute=2, tail="N2")))


def left_behind_by_the_next_leg_of_its_flight() -> Situation:
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=5.5, takes=3)
    world.flight(3, "ATL", leaves=9, takes=4)
    world.party("BEHIND", first, second)
    lands = world.status(first, minute=181, departed_at=T0 + hours(3), estimated_arrival=T0 + hours(6))
    leaves = world.status(second, minute=331, departed_at=T0 + hours(5.5))
    return Situation(world, (lands, leaves), now=T0 + hours(5.55))


def a_day_late_for_the_next_days_leg_of_its_number() -> Situation:
    world = World()
    first, tomorrow = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=29.5, takes=3)
    world.flight(1, "ATL", leaves=5.5, takes=3)
    world.flight(3, "ATL", leaves=33, takes=4)
    world.party("MISSES", first, tomorrow)
    return Situation(world, (world.status(first, late=24 + 10 / 60),))


def in_seats_by_number() -> Situation:
    world = World()
    world.layout("old", "AB CD", rows=3)
    world.layout("new", "ABC DEF", rows=3, exits=(1,), blocked=("3F",), bassinets=("2A",))
    dead = world.flight(1, leaves=3, economy=12, layout="old")
    to = world.flight(2, leaves=5, economy=12, layout="old")
    adult, child = Passenger(id="1", age=40), Passenger(id="2", age=7, escort="1")
    world.party("FAMILY", dead, seats=2, people=(child, adult), ssrs=("CHLD",))
    world.party("MOVED", dead, seats=2)
    world.party("STAYS", to, seats=2)
    world.numbers = {(dead, "FAMILY"): ("1C", "1D"), (dead, "MOVED"): ("2A", "2B"), (to, "STAYS"): ("1A", "1B")}
    counted = world.flight(3, leaves=30)
    world.party("COUNTED", counted)
    new = {"economy": 17}
    return Situation(
        world,
        (
            world.status(dead, minute=1, cancelled=True),
            world.status(to, minute=2, seats=new, layout="new"),
            world.status(counted, minute=3, seats=new, layout="new"),
            world.status(to, minute=4, late=1),
        ),
    )


def in_seats_that_it_asked_for() -> Situation:
    world = World()
    world.layout("old", "ABC DEF", rows=3, exits=(1,))
    flight = world.flight(1, leaves=9, economy=18, layout="old")
    adult, child = Passenger(id="1", age=40), Passenger(id="2", age=7, escort="1")
    world.party("FAMILY", flight, seats=2, people=(child, adult), ssrs=("CHLD",))
    world.party("PAIR", flight, seats=2)
    for pnr in ("FAMILY", "PAIR"):
        world.bookings[pnr] = sold(world.bookings[pnr], "200.00")
    world.numbers = {(flight, "FAMILY"): ("2A", "2B"), (flight, "PAIR"): ("3A", "3B")}
    return Situation(
        world,
        (
            Asked("PAIR", seats(flight, "1A", "1B"), pay_with=(Instrument(id="card-2", kind="credit_card"),)),
            Asked("FAMILY", seats(flight, "2F", "2E")),
            world.status(flight, minute=1, late=1),
        ),
    )


def stranded_and_given_no_other_trip_as_it_asks() -> Situation:
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("LEAVES", dead)
    world.bookings["LEAVES"] = sold(world.bookings["LEAVES"], "200.00")
    world.party("GOES", full)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "200.00")
    return Situation(
        world,
        (
            world.status(dead, minute=1, cancelled=True),
            Asked("LEAVES", Wanted(leave=(1,))),
            Asked("GOES", Wanted(cancel=(1,))),
        ),
    )


def of_three_flights_sold_as_one_the_last_lost() -> Situation:
    world = World()
    flights = (
        world.flight(1, "BOS", "JFK", leaves=3, takes=1, economy=1),
        world.flight(2, "JFK", "ORD", leaves=7, takes=2, economy=1),
        world.flight(3, "ORD", "SFO", leaves=12, takes=4),
    )
    world.flight(4, "ORD", "SFO", leaves=14, takes=4)
    world.party("ONE", *flights)
    world.marry("ONE")
    return Situation(world, (world.status(flights[2], minute=1, cancelled=True),))


def to_land_at_another_airport_of_the_city() -> Situation:
    world = World()
    first = world.flight(1, "ORD", "JFK", leaves=3, takes=2)
    onward, soon = (world.flight(n, "JFK", "LAX", leaves=at, takes=5) for n, at in ((2, 9), (3, 6.5)))
    world.flight(4, "LGA", "LAX", leaves=7, takes=5)
    world.party("KEPT", first, onward)
    world.party("MOVED", first, soon)
    return Situation(world, (world.status(first, minute=1, diverted_to="LGA"),))


def a_return_given_up_and_the_way_out_cancelled() -> Situation:
    world = World()
    out, _ = world.flight(1, leaves=3), world.flight(2, leaves=5)
    back = world.flight(3, "SFO", "JFK", leaves=40)
    world.several("RT", (out,), (back,), seats=2)
    world.bookings["RT"] = sold(world.bookings["RT"], "200.00", "100.01")
    asked = Asked("RT", Wanted(cancel=(2,)))
    return Situation(world, (asked, world.status(out, cancelled=True)))


def cancelled_for_those_who_wait_and_still_reserved() -> Situation:
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("GOES", full)
    world.bookings["GOES"] = sold(world.bookings["GOES"], "330.51")
    world.party("WAITS", dead)
    late = ReservationStatus(pnr="GOES", version=1, booking=world.bookings["GOES"])
    return Situation(world, (world.status(dead, cancelled=True), Asked("GOES", Wanted(cancel=(1,))), late))


def changed_to_another_flight_that_is_cancelled() -> Situation:
    world = World()
    sold_on, chosen, _ = (world.flight(n, leaves=3 + 2 * n) for n in (1, 2, 3))
    world.party("MOVES", sold_on, seats=2)
    world.bookings["MOVES"] = sold(world.bookings["MOVES"], "300.00")
    asked = Asked("MOVES", trip(chosen))
    return Situation(world, (offering(chosen, "120.00"), asked, world.status(chosen, cancelled=True)))


def given_bags_and_insurance_that_its_reservation_system_does_not_know() -> Situation:
    world = World()
    flight = world.flight(1, leaves=9)
    world.party("PACKS", flight, seats=2)
    theirs = world.bookings["PACKS"] = sold(world.bookings["PACKS"], "300.00", bags=2)
    card = (Instrument(id="card-2", kind="credit_card"),)
    asked = (Asked("PACKS", Wanted(bags=3), pay_with=card), Asked("PACKS", Wanted(insurance=True), pay_with=card))
    return Situation(world, (*asked, whole(theirs, 1, contact="new@example.org")))


def named_otherwise_than_its_reservation_system_has_it() -> Situation:
    world = World()
    flight = world.flight(1, leaves=9)
    people = Passenger(id="1", name="Ana Ruis", kind="adult"), Passenger(id="2", name="Bo", kind="child", escort="1")
    world.party("NAMED", flight, seats=2, people=people)
    theirs = world.bookings["NAMED"] = sold(world.bookings["NAMED"], "300.00")
    asked = Asked("NAMED", Wanted(names=(1,)), names=("Ana Ruiz",))
    return Situation(world, (asked, whole(theirs, 1, contact="new@example.org")))


def compensated_for_a_cancelled_flight() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=9)
    world.party("MOVED", dead, seats=2)
    theirs = world.bookings["MOVED"] = sold(world.bookings["MOVED"], "300.00")
    asked = Asked("MOVED", Wanted(compensate=Complaint(journey=1, kind="cancelled_flight")))
    return Situation(world, (world.status(dead, cancelled=True), asked, whole(theirs, 1, contact="new@example.org")))


def refused_for_what_has_happened_since_the_quote() -> Situation:
    world = World()
    flight = world.flight(1, leaves=3)
    world.party("STAYS", flight)
    world.bookings["STAYS"] = sold(world.bookings["STAYS"], "300.00")
    late = world.status(flight, late=1)
    return Situation(world, (Asked("STAYS", Wanted(cancel=(1,)), meanwhile=late),))


def moved_after_a_brake() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("MOVED", dead)
    on_jfk = Scope(airport="JFK")
    brake = SetBrake(scope=on_jfk, by="ops", why="fog")
    return Situation(world, (brake, world.status(dead, cancelled=True), EndBrake(scope=on_jfk, by="ops")))


def waiting_for_a_brake_and_for_a_turn() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=3), world.flight(2, leaves=5)
    away, _ = world.flight(3, "BOS", "ORD", leaves=3), world.flight(4, "BOS", "ORD", leaves=5)
    world.party("BRAKED", dead)
    for pnr in ("FIRST", "SECOND"):
        world.party(pnr, away)
    brake = SetBrake(scope=Scope(flight=dead), by="ops", why="fog")
    cap = SetBrake(scope=Scope(airport="BOS"), by="ops", why="look at each", moves_a_minute=1)
    return Situation(
        world, (brake, cap, world.status(dead, cancelled=True), world.status(away, minute=1, cancelled=True))
    )


SITUATIONS: tuple[Callable[[], Situation], ...] = (
    a_return_given_up_and_the_way_out_cancelled,
    cancelled_for_those_who_wait_and_still_reserved,
    refused_for_what_has_happened_since_the_quote,
    given_bags_and_insurance_that_its_reservation_system_does_not_know,
    named_otherwise_than_its_reservation_system_has_it,
    compensated_for_a_cancelled_flight,
    changed_to_another_flight_that_is_cancelled,
    moved_off_a_cancelled_flight,
    kept_on_a_late_flight,
    moved_off_a_very_late_flight,
    stranded_and_still_waiting,
    stranded_until_no_trip_is_legal_any_more,
    stranded_and_back_on_the_restored_flight,
    moved_back_to_the_restored_flight,
    a_later_flight_that_serves_about_as_well,
    found_in_seats_that_another_gives_up,
    on_board_of_a_diverted_flight,
    offloaded_from_a_smaller_aircraft,
    corrected_where_others_had_to_get_off,
    sold_above_its_capacity_by_intent,
    left_behind_by_a_smaller_aircraft,
    a_connection_missed,
    a_connection_kept,
    moved_twice,
    a_return_trip_of_which_one_way_is_cancelled,
    amended_and_then_disrupted,
    corrected_and_contradicted_after_a_rebooking,
    taken_in_and_withdrawn,
    split_after_a_rebooking,
    many_parties_and_few_seats,
    waiting_with_seats_on_the_flights_before,
    found_a_trip_with_the_seats_it_had_kept,
    waiting_with_seats_of_which_some_have_lapsed,
    a_connection_broken_by_two_small_moves,
    a_return_that_two_small_moves_make_impossible,
    a_connection_that_holds_again,
    waiting_behind_a_connection_that_is_lost,
    a_return_that_can_be_caught_again,
    swapped_and_swapped_back_on_a_flight_that_goes_on,
    moved_past_a_flight_that_is_known_to_leave_too_soon,
    landed_elsewhere_for_good,
    landed_elsewhere_and_on_its_way_again,
    back_at_its_origin_and_cancelled,
    back_at_its_origin_and_leaving_again,
    diverted_and_never_heard_of_again,
    to_come_back_and_never_heard_of_again,
    back_at_its_origin_and_never_heard_of_again,
    rerouted_and_then_cancelled,
    presumed_under_way,
    in_another_cabin_of_the_same_flight,
    brought_forward,
    cancelled_and_soon_restored,
    days_late_by_the_word_of_two,
    contradicted_by_another_departure_under_its_number,
    a_second_departure_without_a_suffix,
    moved_to_another_airport_of_the_city,
    a_lost_second_flight,
    of_three_flights_sold_as_one_the_last_lost,
    to_land_at_another_airport_of_the_city,
    late_and_in_the_air,
    cancelled_under_another_number,
    a_late_leg_of_a_flight_that_goes_on,
    another_aircraft_on_a_flight_that_goes_on,
    left_behind_by_the_next_leg_of_its_flight,
    a_day_late_for_the_next_days_leg_of_its_number,
    in_seats_by_number,
    in_seats_that_it_asked_for,
    stranded_and_given_no_other_trip_as_it_asks,
    moved_after_a_brake,
)
"""Those that the audit's mutations start from."""
