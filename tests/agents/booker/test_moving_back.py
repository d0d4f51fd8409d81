"""Seats that a party has lost: who is remembered, whom they are offered to, and when it may have them again."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import forget, on_change
from contracts.flights import FlightChanged
from contracts.judgement import Judgement, Wishes
from contracts.ledger import Booking, BookingChanged, SeatLedger, SeatsDisrupted, SeatsFreed
from contracts.passengers import Passenger
from tests.agents.booker.booker_world import (
    DEPARTS,
    NOW,
    ONE,
    THREE,
    TWO,
    Ledgers,
    booking,
    changed,
    decide,
    facts,
    flight,
    hours,
    leg,
    move,
    none,
    option,
    refusals,
    retimed,
    seated,
)
from tests.single_journey import altered

LATER = flight(TWO, departs=DEPARTS + hours(10), arrives=DEPARTS + hours(15))
LOST = flight(lost_by={"A": 1})
A = altered(booking("A", [LATER]), state="rebooked")


def offered(ledger: SeatLedger, change: FlightChanged) -> list[tuple[tuple[str, int], ...]]:
    """To whom each fact about free seats offers them."""
    applied = on_change(ledger, change)
    assert applied is not None
    return [fact.lost_by for fact in applied.facts if isinstance(fact, SeatsFreed)]


def moved_back(ledgers: Ledgers, of: Booking, *, now_after: timedelta = timedelta(0)) -> list[str]:
    """How the plan to move A back to the flight that it lost is refused, if it is."""
    plan = move("A", option(leg(ONE)), reason="restored", regains=(ONE,))
    return refusals(decide(ledgers, [of], plan, now=NOW + now_after))


# Who is remembered.


def test_a_flight_remembers_who_lost_seats_on_it() -> None:
    """Those who were moved, and those who were stranded."""
    dead = flight(phase="cancelled", last_disruption=1)
    a, b = booking("A", [dead]), booking("B", [dead])
    ledgers = seated([dead, flight(TWO)], [a, b])
    decided = decide(ledgers, [a, b], move("A", option(leg(TWO))), none("B", leg(ONE, 1)))
    assert decided.seats[ONE].lost_by == {"A": 1, "B": 1}
    assert decided.seats[TWO].lost_by == {}


def test_a_flight_that_is_kept_in_the_new_trip_is_not_lost() -> None:
    """Only the one that is given up."""
    first, onward = flight(destination="ORD"), flight("B6.4.ORD.2013-02-08", departs=DEPARTS + hours(7))
    other = flight("B6.5.ORD.2013-02-08", departs=DEPARTS + hours(8))
    a = booking("A", [first, onward])
    decided = decide(seated([first, onward, other], [a]), [a], move("A", option(leg(ONE), leg(other.flight))))
    assert [key for key, seats in decided.seats.items() if seats.lost_by] == [onward.flight]


def test_who_has_seats_again_has_not_lost_them() -> None:
    """However it came by them."""
    decided = decide(seated([LOST, LATER], [A]), [A], move("A", option(leg(ONE)), reason="retimed"))
    assert (decided.seats[ONE].lost_by, decided.seats[TWO].lost_by) == ({}, {"A": 1})


def test_a_flight_that_has_left_remembers_no_one() -> None:
    """Its seats are gone for good."""
    applied = on_change(LOST, changed(LOST, "departed", phase="departed"))
    assert applied is not None
    assert applied.ledger.lost_by == {}


def test_a_party_that_is_forgotten_is_named_by_none_of_them() -> None:
    """Neither by the flight's seats nor by a fact that offers them."""
    named = SeatsFreed(flight=ONE, n=1, lost_by=(("A", 1), ("B", 1)))
    other = SeatsDisrupted(flight=ONE, n=2, kind="retimed", parties=("B",), departs=DEPARTS, arrives=DEPARTS)
    change = forget("A", flights={ONE: LOST}, facts=[named, other], sellable_from=NOW)
    assert change.seats[ONE].lost_by == {}
    assert change.redacted == (SeatsFreed(flight=ONE, n=1, lost_by=(("B", 1),)),)


# Whom seats are offered to.


def test_a_restored_flight_is_offered_to_those_who_lost_it() -> None:
    """Beside the waitlist."""
    dead = structs.replace(LOST, phase="cancelled")
    assert offered(dead, changed(dead, "restored", phase="scheduled")) == [(("A", 1),)]


@pytest.mark.parametrize("by", [-3, 3], ids=["earlier", "later"])
def test_other_times_are_offered(by: float) -> None:
    """A delay may have been withdrawn, or a departure that was brought forward too far."""
    assert offered(LOST, retimed(LOST, hours(by))) == [(("A", 1),)]


def test_a_larger_aircraft_is_offered() -> None:
    """It may have been a smaller one that cost the party its seats."""
    assert offered(LOST, changed(LOST, "re-equipped", seats={"economy": 20})) == [(("A", 1),)]


def test_a_flight_without_free_seats_is_offered_to_no_one() -> None:
    """There is nothing to offer."""
    full = structs.replace(LOST, capacity={"economy": 0})
    assert offered(full, retimed(full, hours(-3))) == []


def test_an_earlier_flight_that_no_one_lost_frees_no_seats() -> None:
    """For the waitlist they have been there all along."""
    assert offered(flight(), retimed(flight(), hours(-3))) == []


def test_seats_that_another_party_gives_up_are_offered_too() -> None:
    """In the commit that frees them."""
    b = booking("B", [LOST])
    decided = decide(seated([LOST, LATER], [A, b]), [A, b], move("B", option(leg(TWO)), reason="retimed"))
    assert decided.freed == [(0, SeatsFreed(flight=ONE, n=1, lost_by=(("A", 1), ("B", 1))))]


def test_seats_are_offered_to_one_who_loses_some_while_another_takes_as_many() -> None:
    """The flight has no more free seats than before, and it has some: the plan that took the party off was a late one."""
    b = structs.replace(booking("B", [LATER]), pnr="B")
    a = booking("A", [flight()])
    decided = decide(
        seated([flight(), LATER], [a, b]),
        [a, b],
        move("A", option(leg(TWO)), reason="retimed"),
        move("B", option(leg(ONE)), reason="retimed"),
    )
    assert (0, SeatsFreed(flight=ONE, n=1, lost_by=(("A", 1),))) in decided.freed


# When it may have them again.


def test_a_party_is_moved_back() -> None:
    """The fact says on which flight it has seats again, and the journey that it was done."""
    plan = move("A", option(leg(ONE)), reason="restored", regains=(ONE,))
    decided = decide(seated([LOST, LATER], [A]), [A], plan)
    (fact,) = facts(decided)
    assert isinstance(fact, BookingChanged)
    assert (fact.reason, fact.regained) == ("restored", (ONE,))
    assert decided.bookings["A"].journeys[0].moved_back
    assert (decided.seats[ONE].lost_by, decided.seats[TWO].lost_by) == ({}, {})


def test_a_plan_about_something_else_that_names_an_offer_is_no_move_back() -> None:
    """The letter gives the reason of the plan, and the party may be moved back once more."""
    plan = move("A", option(leg(ONE)), reason="retimed", regains=(ONE,))
    decided = decide(seated([LOST, LATER], [A]), [A], plan)
    (fact,) = facts(decided)
    assert isinstance(fact, BookingChanged)
    assert (fact.reason, fact.regained, decided.bookings["A"].journeys[0].moved_back) == ("retimed", (), False)


def test_it_is_moved_back_once() -> None:
    """A plan for a second time is refused."""
    assert moved_back(seated([LOST, LATER], [A]), altered(A, moved_back=True)) == ["stale"]


@pytest.mark.parametrize(("now_after", "refused"), [(4.7, []), (4.8, ["stale"])], ids=["78-min", "72-min"])
def test_it_is_not_moved_back_shortly_before_departure(now_after: float, refused: list[str]) -> None:
    """The flight leaves six hours after `NOW`."""
    assert moved_back(seated([LOST, LATER], [A]), A, now_after=hours(now_after)) == refused


def test_it_is_not_moved_off_a_flight_that_is_about_to_leave() -> None:
    """It may be at the gate."""
    soon = flight(THREE, departs=NOW + hours(1), arrives=DEPARTS + hours(15))
    assert moved_back(seated([LOST, soon], [booking("A", [soon])]), booking("A", [soon])) == ["stale"]


def test_it_is_not_moved_back_once_it_is_checked_in() -> None:
    """Its bags may be on board, and no one has asked it."""
    checked_in = structs.replace(A, passengers=(Passenger(id="1", coupons={TWO: "checked_in"}),))
    assert moved_back(seated([LOST, LATER], [A]), checked_in) == ["stale"]


def test_a_flight_that_it_did_not_lose_is_no_way_back() -> None:
    """Whatever the plan says."""
    assert moved_back(seated([flight(), LATER], [A]), A) == ["illegal"]


def test_a_flight_that_was_left_for_a_wish_is_not_lost() -> None:
    """It could have been kept. One that was cancelled could not."""
    asked = Judgement(wishes=Wishes(nonstop=True))
    dead = flight(THREE, phase="cancelled", last_disruption=1)
    a, b = booking("A", [flight()]), booking("B", [dead])
    decided = decide(
        seated([flight(), dead, LATER], [a, b]),
        [a, b],
        move("A", option(leg(TWO)), judgement=asked),
        move("B", option(leg(TWO)), judgement=asked),
    )
    assert (decided.seats[ONE].lost_by, decided.seats[THREE].lost_by) == ({}, {"B": 1})


# Seats in a lower cabin of the same flight.


def lowered() -> tuple[Ledgers, Booking]:
    """A party whose first class is gone, in economy of the same flight."""
    was = flight(capacity={"first": 0, "economy": 2}, last_disruption=1, offloaded=("A",))
    of = booking("A", [was], cabin="first")
    decided = decide(seated([was], [of]), [of], move("A", option(leg(ONE, 1)), reason="downgauged"))
    return decided.seats, decided.bookings["A"]


def test_a_flight_remembers_who_lost_a_cabin_on_it() -> None:
    ledgers, of = lowered()
    assert (of.all_legs[0].cabin, ledgers[ONE].lost_by) == ("economy", {"A": 1})


def test_the_cabin_is_given_back() -> None:
    """By a fact that says which seats the party has again."""
    ledgers, of = lowered()
    bigger = {ONE: structs.replace(ledgers[ONE], capacity={"first": 1, "economy": 2})}
    plan = move(
        "A", option(leg(ONE, 1, "first")), id="b", reason="restored", regains=(ONE,), follows=of.journeys[0].last_fact,
    )  # fmt: skip
    decided = decide(bigger, [of], plan)
    (fact,) = facts(decided)
    assert isinstance(fact, BookingChanged)
    assert (fact.regained, decided.seats[ONE].lost_by) == ((ONE,), {})


def test_seats_that_it_has_are_none_that_it_had_lost() -> None:
    """A plan to move it back to where it sits moves it nowhere."""
    ledgers, of = lowered()
    plan = move("A", option(leg(ONE, 1)), id="b", reason="restored", regains=(ONE,), follows=of.journeys[0].last_fact)
    assert refusals(decide(ledgers, [of], plan)) == ["illegal"]
