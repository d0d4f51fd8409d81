"""What a party that is under way, or a minor that is met, may go on with."""

import pytest
from msgspec import structs

from agents.planner.domain import Availability
from contracts.ledger import Party
from tests.agents.planner.planner_worlds import booking, flight, only, party, trips

LANDED = structs.replace(flight("B6.1", "JFK-ORD", 8, hours=2, last_disruption=1), phase="landed", diverted_to="DTW")
BRIDGE = flight("B6.2", "DTW-ORD", 14, hours=1)
MINOR = party(ssrs=("UMNR",))


def own(*, first: int = 0, economy: int = 0) -> Availability:
    return flight("B6.3", "ORD-SFO", 17, hours=4, economy=economy, first=first)


@pytest.mark.parametrize("first", [0, 2], ids=["no other seats", "seats in first"])
def test_a_party_landed_elsewhere_is_brought_to_its_own_seat(first: int) -> None:
    """Its own flight has no other seats, or seats in a cabin that it did not pay for."""
    onward = own(first=first)
    proposed = only(booking("A", LANDED, onward), [LANDED, BRIDGE, onward], kind="diverted")
    assert trips(proposed)[0] == ["B6.2.DTW", "B6.3.ORD"]


def test_no_trip_begins_with_the_seat_that_is_lost() -> None:
    """Behind it another flight was cancelled: with its own next flight it goes on as booked, or changes its cabin on none."""
    landed = flight("B6.1", "JFK-ORD", 8, hours=2, phase="landed")
    onward, dead = own(first=2), flight("B6.4", "SFO-HNL", 22, hours=5, phase="cancelled", last_disruption=1)
    other = flight("B6.5", "SFO-HNL", 23, hours=5)
    proposed = only(booking("A", landed, onward, dead), [landed, onward, dead, other])
    assert trips(proposed)[0] == ["B6.3.ORD", "B6.5.SFO"]
    assert len({option.id for option in proposed.options}) == len(proposed.options)


def test_a_party_that_is_there_waits_as_long_as_it_has_to() -> None:
    """Longer than the longest connection, rather than that others get the seat first."""
    landed = flight("B6.1", "JFK-ORD", 8, hours=2, phase="landed")
    dead = flight("B6.4", "ORD-SFO", 14, hours=4, phase="cancelled", last_disruption=1)
    late = flight("B6.5", "ORD-SFO", 20, hours=4)
    proposed = only(booking("A", landed, dead), [landed, dead, late])
    assert trips(proposed) == [["B6.5.ORD"]]


def test_a_party_that_is_still_at_home_is_sold_no_such_wait() -> None:
    ahead = flight("B6.1", "JFK-ORD", 14, hours=2)
    dead = flight("B6.4", "ORD-SFO", 18, hours=4, phase="cancelled", last_disruption=1)
    late = flight("B6.5", "ORD-SFO", 23, hours=4)
    assert only(booking("A", ahead, dead), [ahead, dead, late]).verdict == "none"


def rerouted(*, to: str) -> Availability:
    bound = flight("B6.1", "ORD-JFK", 16, hours=2, phase="rerouted", last_disruption=1)
    return structs.replace(bound, diverted_to=to)


@pytest.mark.parametrize(("who", "verdict"), [(MINOR, "move"), (party(), "keep")], ids=["alone", "others"])
def test_a_minor_is_moved_off_a_flight_to_another_airport_of_the_city(who: Party, verdict: str) -> None:
    """It is met at the airport of its ticket."""
    flights = [rerouted(to="LGA"), flight("B6.2", "ORD-JFK", 18, hours=2)]
    of = booking("A", flights[0], who=who)
    assert only(of, flights, kind="diverted").verdict == verdict


def test_a_minor_without_another_trip_is_brought_to_the_city() -> None:
    """Those who meet it can go there; seats to its own airport may never be free."""
    bound = rerouted(to="LGA")
    assert only(booking("A", bound, who=MINOR), [bound], kind="diverted").verdict == "keep"
