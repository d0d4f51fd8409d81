"""From when on a party is at its gate, and what becomes of a flight that is brought forward to before that."""

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from agents.booker.domain import SaleRules
from agents.booker.domain.progress import Traveller, progress_of
from contracts.ledger import Booking, SeatLedger
from tests.agents.booker.booker_world import (
    NOW,
    ONE,
    TWO,
    booking,
    decide,
    facts,
    flight,
    hours,
    keep,
    key,
    leg,
    move,
    option,
    refusals,
    seated,
)

RULES = SaleRules()
GONE = flight(phase="cancelled", last_fact=1, last_disruption=1)
A = booking("A", [flight()])


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def at(departs: int, flight_key: str = TWO, **changes: object) -> SeatLedger:
    """A flight that leaves in so many minutes."""
    leaves = NOW + minutes(departs)
    return flight(flight_key, departs=leaves, arrives=leaves + hours(5), **changes)


def moved(to: SeatLedger, party: Booking = A) -> Booking:
    ledgers = seated([flight(), GONE, to], [party])
    return decide(ledgers, [party], move("A", option(leg(to.flight)))).bookings["A"]


@pytest.mark.parametrize(
    ("departs", "to", "there_from"),
    [
        pytest.param(54, TWO, 30, id="at-short-notice"),
        pytest.param(59, TWO, 30, id="one-minute-short"),
        pytest.param(60, TWO, None, id="as-early-as-for-any-flight"),
        pytest.param(300, TWO, None, id="hours-ahead"),
        pytest.param(40, TWO, 25, id="sold-late-and-there-when-the-gate-closes"),
        pytest.param(185, key(2, "LGA"), 165, id="from-another-airport-of-the-city"),
        pytest.param(195, key(2, "LGA"), None, id="from-another-airport-hours-ahead"),
    ],
)
def test_a_party_is_at_the_gate_once_it_can_be(departs: int, to: str, there_from: int | None) -> None:
    """It needs 30 minutes to one, and 165 to one of another airport; and has to be there 15 before the departure."""
    known = moved(at(departs, to)).journeys[0].legs[0].there_from
    assert known == (None if there_from is None else NOW + minutes(there_from))


def test_a_party_that_has_begun_its_journey_is_at_an_airport() -> None:
    """It changes planes."""
    first = flight(destination="ORD", phase="departed", departs=NOW - hours(2), arrives=NOW - minutes(60))
    lost = flight(key(3, "ORD"), phase="cancelled", last_fact=1, last_disruption=1)
    party = booking("A", [first, lost])
    onward = at(50, key(4, "ORD"))
    result = decide(seated([first, lost, onward], [party]), [party], move("A", option(leg(key(4, "ORD")))))
    assert [x.there_from for x in result.bookings["A"].journeys[0].legs] == [None, None]


@pytest.mark.parametrize(
    ("left", "aboard"),
    [pytest.param(29, False, id="before-it-is-there"), pytest.param(30, True, id="when-it-is-there")],
)
def test_a_flight_that_leaves_before_the_party_is_there_leaves_without_it(left: int, aboard: bool) -> None:
    """Though it leaves less than half an hour before the time that the party knows."""
    party = moved(at(54))
    ledgers = seated([at(left, phase="departed")], [party])
    assert bool(progress_of(Traveller(party, party.journeys[0]), ledgers, rules=RULES).flown) is aboard


@pytest.mark.parametrize(
    ("departs", "later", "kept"),
    [
        pytest.param(44, 10, False, id="its-gate-closes-before-the-party-is-there"),
        pytest.param(45, 10, True, id="its-gate-closes-when-the-party-is-there"),
        pytest.param(44, 30, True, id="the-party-is-there-by-now"),
    ],
)
def test_a_party_is_not_kept_on_a_flight_whose_gate_closes_before_it_is_there(
    departs: int, later: int, kept: bool
) -> None:
    """Of a party that was moved to it 54 minutes ahead."""
    party = moved(at(54))
    ledgers = seated([at(departs, last_fact=1, last_disruption=1)], [party])
    result = decide(ledgers, [party], keep("A", leg(TWO, 1), follows="plan-A", id="k"), now=NOW + minutes(later))
    assert refusals(result) == ([] if kept else ["stale"])


def test_a_party_that_keeps_a_flight_is_there_as_soon_as_before() -> None:
    """New times of a flight make no one slower."""
    party, later = moved(at(54)), at(50, last_fact=1, last_disruption=1)
    result = decide(seated([later], [party]), [party], keep("A", leg(TWO, 1), follows="plan-A", id="k"))
    assert result.bookings["A"].journeys[0].legs[0].there_from == NOW + minutes(30)


@pytest.mark.parametrize(
    ("now", "there_from"),
    [pytest.param(10, 35, id="at-short-notice"), pytest.param(-200, None, id="hours-ahead")],
)
def test_who_is_informed_late_of_an_earlier_departure_comes_for_the_one_that_was_known(
    now: int, there_from: int | None
) -> None:
    """Half an hour before that, which may be when the gate closes for the earlier one."""
    party = booking("A", [at(70)])
    result = decide(
        seated([at(50, last_fact=1, last_disruption=1)], [party]),
        [party],
        keep("A", leg(TWO, 1)),
        now=NOW + minutes(now),
    )
    known = result.bookings["A"].journeys[0].legs[0].there_from
    assert known == (None if there_from is None else NOW + minutes(there_from))


def test_who_has_been_away_for_hours_is_not_at_an_airport() -> None:
    """Its journey before ended the day before."""
    out = flight(ONE, destination="JFK", phase="arrived", departs=NOW - hours(30), arrives=NOW - hours(24))
    back = structs.replace(at(600, TWO), phase="cancelled", last_fact=1, last_disruption=1)
    first, second = booking("A", [out]).journeys[0], booking("A", [back]).journeys[0]
    party = structs.replace(booking("A", [out]), journeys=(first, structs.replace(second, number=2)))
    to = at(54, key(3))
    result = decide(seated([out, back, to], [party]), [party], move("A", option(leg(key(3))), journey=2))
    assert [fact.after[0].there_from for fact in facts(result) if hasattr(fact, "after")] == [NOW + minutes(30)]


def test_an_instant_is_what_is_stored() -> None:
    """Not a length of time: later decisions do not move it."""
    assert isinstance(moved(at(54)).journeys[0].legs[0].there_from, datetime)
