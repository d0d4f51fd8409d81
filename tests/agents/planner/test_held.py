"""Parties that wait, and have kept their seats on some flights of their journey."""

import pytest
from msgspec import structs

from agents.planner.domain import Availability, Case, Network, Reservations, SeatScan, TripRules
from agents.planner.domain.affected import Affecting, affected_journeys
from contracts.ledger import Booking, WaitlistEntry
from contracts.plans import PlanProposed
from tests.agents.planner.planner_worlds import NOW, booking, case, flight, outcome, party, trips
from tests.single_journey import altered

FIRST = flight("B6.1", "BOS-ORD", 16, hours=2, economy=0)
SECOND = flight("B6.2", "ORD-DEN", 20, hours=2, economy=0)
DEAD = flight("B6.3", "DEN-LAX", 24, hours=2, phase="cancelled")
OTHER = flight("B6.4", "DEN-LAX", 25, hours=2)


def waiting(*held: Availability, married: bool = False, **changes: object) -> Booking:
    """Stranded on the way from Boston to Los Angeles, with seats on these flights."""
    sold = booking("A", FIRST, SECOND, DEAD)
    kept = tuple(leg for leg in sold.all_legs if leg.flight in {each.flight for each in held})
    kept = tuple(structs.replace(leg, married=married and at > 0) for at, leg in enumerate(kept))
    return altered(sold, legs=(), state="stranded", held=kept, **changes)


def planned(of: Booking, *flights: Availability) -> list[PlanProposed]:
    return outcome([case(of, kind=None)], flights)


def test_a_trip_needs_no_free_seats_where_the_party_has_its_own() -> None:
    (proposed,) = planned(waiting(FIRST, SECOND), FIRST, SECOND, DEAD, OTHER)
    assert trips(proposed) == [["B6.1.BOS", "B6.2.ORD", "B6.4.DEN"]]


def test_it_needs_them_where_it_has_none() -> None:
    assert planned(waiting(FIRST), FIRST, SECOND, DEAD, OTHER) == []


def test_seats_that_are_kept_are_no_trip() -> None:
    """The party is still where its journey begins."""
    assert planned(waiting(FIRST, SECOND), FIRST, SECOND, DEAD) == []


def test_a_trip_goes_on_from_where_a_kept_flight_is_to_land_in_its_city() -> None:
    """No search finds the first flight: it is not for sale."""
    first = structs.replace(flight("B6.1", "ORD-JFK", 16, hours=2, economy=0, phase="rerouted"), diverted_to="LGA")
    dead, onward = flight("B6.2", "JFK-BOS", 22, hours=1, phase="cancelled"), flight("B6.3", "JFK-BOS", 23, hours=1)
    sold = booking("A", first, dead)
    of = altered(sold, legs=(), state="stranded", held=sold.all_legs[:1])
    (proposed,) = planned(of, first, dead, onward)
    assert trips(proposed) == [["B6.1.ORD", "B6.3.JFK"]]
    assert planned(of, structs.replace(first, diverted_to="PHL"), dead, onward) == []


@pytest.mark.parametrize(("departs", "goes"), [(19.5, False), (22, True)])
def test_a_kept_flight_that_lands_elsewhere_in_its_city_needs_the_way_from_there(departs: float, goes: bool) -> None:
    first = structs.replace(flight("B6.1", "ORD-JFK", 16, hours=2, economy=0, phase="rerouted"), diverted_to="LGA")
    dead, onward = (
        flight("B6.2", "JFK-BOS", 24, hours=1, phase="cancelled"),
        flight("B6.3", "JFK-BOS", departs, hours=1),
    )
    sold = booking("A", first, dead)
    proposed = planned(altered(sold, legs=(), state="stranded", held=sold.all_legs[:1]), first, dead, onward)
    assert bool(proposed) is goes


def test_a_party_loses_its_seats_on_a_flight_that_has_none_for_it() -> None:
    assert planned(waiting(FIRST, SECOND), structs.replace(FIRST, free={"economy": -1}), SECOND, DEAD, OTHER) == []


def test_other_parties_do_not_get_these_seats() -> None:
    other = altered(booking("B", FIRST, SECOND, DEAD), legs=(), state="stranded")
    assert outcome([case(other, kind=None)], [FIRST, SECOND, DEAD, OTHER]) == []


def test_of_two_flights_sold_as_one_a_new_trip_has_both_or_neither() -> None:
    direct = flight("B6.5", "ORD-LAX", 20, hours=4)
    (proposed,) = planned(waiting(FIRST, SECOND), FIRST, SECOND, DEAD, direct)
    assert trips(proposed) == [["B6.1.BOS", "B6.5.ORD"]]
    assert planned(waiting(FIRST, SECOND, married=True), FIRST, SECOND, DEAD, direct) == []


@pytest.mark.parametrize("named", [FIRST.flight, 1])
def test_a_disruption_of_a_flight_with_kept_seats_affects_the_journey(named: str | int) -> None:
    affected = affected_journeys(waiting(FIRST), [Affecting("cause", named, "retimed")])
    assert affected.keys() == {1}


def test_a_party_with_seats_of_its_own_may_fit_where_no_seat_is_free() -> None:
    entry = WaitlistEntry(pnr="A", origin="ORD", destination="DEN", seats=1, held=(SECOND.flight,))
    scan = SeatScan(Network([SECOND]), now=NOW, rules=TripRules(), reserved={})
    assert scan.may_fit(entry)
    assert not scan.may_fit(structs.replace(entry, held=()))


def test_no_seats_are_reserved_where_the_party_has_its_own() -> None:
    of = waiting(FIRST, SECOND)
    (proposed,) = planned(of, FIRST, SECOND, DEAD, OTHER)
    reservations = Reservations()
    reservations.reserve(proposed, of)
    assert reservations.seats == {(OTHER.flight, "economy"): 1}


def test_a_journey_is_given_no_flight_on_which_another_one_keeps_seats() -> None:
    """A party holds seats on a flight once."""
    open_first = structs.replace(FIRST, free={"economy": 5})
    of = waiting(FIRST)
    back = structs.replace(
        of.journeys[0],
        number=2,
        held=(),
        ticket=structs.replace(of.journeys[0].ticket, destination="ORD", flights=(FIRST.flight,)),
    )
    both = structs.replace(of, journeys=(structs.replace(of.journeys[0], state="ticketed"), back), party=party())
    second = Case(booking=both, journey=back, booking_revision=3, booking_written_at=NOW, cause_id="cause-1", kind=None)
    assert outcome([second], [open_first, DEAD, SECOND]) == []
