"""Connections that hold again: to whom the seats behind them are offered, and how rarely a booking is read."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import SaleRules, apply_changes, forget, regaining_parties
from contracts.flights import FlightChanged
from contracts.ledger import Booking, SeatLedger, SeatsFreed
from tests.agents.booker.booker_world import (
    DEPARTS,
    NOW,
    Ledgers,
    booking,
    changed,
    decide,
    flight,
    hours,
    key,
    leg,
    move,
    option,
    seated,
)

FIRST = flight(key(1), destination="ORD", arrives=DEPARTS + hours(2))
SECOND, LATER = (
    flight(key(n, "ORD"), departs=DEPARTS + hours(h), arrives=DEPARTS + hours(h + 4)) for n, h in ((2, 3), (3, 7))
)


def moved(second: SeatLedger = SECOND) -> tuple[Ledgers, Booking]:
    """A party that was moved off the second of its flights."""
    sold = booking("A", [FIRST, second])
    ledgers = seated([FIRST, second, LATER], [sold])
    option_ = option(leg(FIRST.flight), leg(LATER.flight))
    result = decide(ledgers, [sold], move("A", option_, reason="misconnected"))
    return ledgers | result.seats, result.bookings["A"]


def arriving(minutes: float, *, n: int) -> FlightChanged:
    """The first flight, so many minutes late."""
    return changed(FIRST, "estimated", n=n, arrives=FIRST.arrives + timedelta(minutes=minutes))


def offers(ledgers: Ledgers, of: Booking, *changes: FlightChanged) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    result = apply_changes([(change, None) for change in changes], ledgers=ledgers, bookings={of.pnr: of})
    return [(fact.flight, fact.lost_by) for _, fact in result.facts if isinstance(fact, SeatsFreed)]


def test_a_lost_connection_is_noted_on_both_its_flights() -> None:
    """So that a change of either finds the other."""
    ledgers, _ = moved()
    assert (ledgers[SECOND.flight].lost_by, ledgers[SECOND.flight].lost_behind) == ({"A": 1}, {"A": FIRST.flight})
    assert ledgers[FIRST.flight].lost_onward == (SECOND.flight,)


def test_an_offer_is_made_once_each_time_that_the_whole_minimum_is_there_again() -> None:
    """45 of 60 minutes."""
    ledgers, of = moved()
    late = [arriving(minutes, n=n) for n, minutes in enumerate((29, 20, 15, 10, 16, 0), start=2)]
    assert offers(ledgers, of, *late) == [(SECOND.flight, (("A", 1),))] * 2


@pytest.mark.parametrize(
    "second",
    [
        structs.replace(SECOND, phase="cancelled"),
        structs.replace(SECOND, capacity={"economy": 0}),
        structs.replace(SECOND, phase="departed"),
    ],
    ids=["cancelled", "full", "gone"],
)
def test_seats_that_no_one_can_have_are_not_offered(second: SeatLedger) -> None:
    """They are when they can be had, by that flight's own change."""
    ledgers, of = moved()
    known = ledgers[SECOND.flight]
    ledgers[SECOND.flight] = structs.replace(known, phase=second.phase, capacity=second.capacity)
    assert offers(ledgers, of, arriving(29, n=2), arriving(0, n=3)) == []


@pytest.mark.parametrize(
    ("tail", "minutes", "expected"),
    [("N1", 40, [1]), ("N1", 10, []), ("N2", 40, [])],
    ids=["after-it-is-in", "before", "another-aircraft"],
)
def test_an_aircraft_that_goes_on_is_offered_once_it_leaves_after_it_has_come(
    tail: str, minutes: float, expected: list[int]
) -> None:
    """Its stop is shorter than any connection that is sold. Until its departure is put off, it leaves before it has come."""
    goes_on = flight(
        key(1, "ORD"), departs=FIRST.arrives + timedelta(minutes=20), arrives=DEPARTS + hours(6), tail="N1"
    )
    ledgers, of = moved(goes_on)
    known = FIRST.arrives + timedelta(minutes=29)
    ledgers[FIRST.flight] = structs.replace(ledgers[FIRST.flight], known_arrival=known, tail="N1")
    departs = goes_on.departs + timedelta(minutes=minutes - 20)
    change = changed(goes_on, "estimated", departs=departs, tail=tail)
    assert regaining_parties([change], ledgers, rules=SaleRules()) == {"A"}
    assert offers(ledgers, of, change) == [(goes_on.flight, (("A", number),)) for number in expected]


def test_a_party_that_was_moved_back_before_is_offered_nothing() -> None:
    """That is done once."""
    ledgers, of = moved()
    again = structs.replace(of, journeys=(structs.replace(of.journeys[0], moved_back=True),))
    assert offers(ledgers, again, arriving(29, n=2), arriving(0, n=3)) == []


@pytest.mark.parametrize(("minutes", "expected"), [(29, {"A"}), (-240, set())], ids=["near-the-minimum", "far-from-it"])
def test_a_booking_is_read_only_where_its_connection_may_hold_again(minutes: float, expected: set[str]) -> None:
    """And of no party that has lost none."""
    ledgers, _ = moved()
    first = structs.replace(ledgers[FIRST.flight], known_arrival=FIRST.arrives + timedelta(minutes=minutes))
    change = arriving(minutes - 10, n=2)
    assert regaining_parties([change], ledgers | {FIRST.flight: first}, rules=SaleRules()) == expected
    seats = seated([FIRST, SECOND], [booking("B", [FIRST, SECOND])])
    assert regaining_parties([change], seats, rules=SaleRules()) == set()


def test_a_forgotten_party_is_in_no_such_note() -> None:
    ledgers, _ = moved()
    change = forget("A", flights=ledgers, facts=(), sellable_from=NOW)
    assert change.seats[SECOND.flight].lost_behind == {}
