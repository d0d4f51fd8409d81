"""The search for trips, on small networks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planner.domain import Availability, Network, Rules, Start, Trip, search
from contracts.flights import Phase
from tests.agents.planner.planner_worlds import NOW, at, flight

RULES = Rules(countries={"LHR": "GB"})


def found(
    flights: Sequence[Availability],
    market: str,
    *,
    connections: int = 0,
    seats: int = 1,
    earliest: datetime = NOW,
    rules: Rules = RULES,
) -> list[list[str]]:
    origin, destination = market.split("-")
    trips = search(
        Network(flights),
        Start(origin, earliest),
        destination=destination,
        latest=NOW + timedelta(days=1),
        connections=connections,
        rules=rules,
        seats=seats,
    )
    return [[f.flight.split(".")[1] for f in trip.flights] for trip in trips]


def test_non_stops_come_in_order_of_arrival() -> None:
    """The first to arrive comes first."""
    flights = [flight("B6.1", "JFK-MCO", 14), flight("B6.2", "JFK-MCO", 13, hours=6), flight("B6.3", "JFK-MCO", 15)]
    assert found(flights, "JFK-MCO") == [["1"], ["3"], ["2"]]


def test_new_york_is_searched_as_one_city() -> None:
    """A party from JFK may leave from LGA, and one to EWR may arrive at JFK."""
    assert found([flight("B6.1", "LGA-MCO", 14)], "JFK-MCO") == [["1"]]
    assert found([flight("B6.1", "MCO-JFK", 14)], "MCO-EWR") == [["1"]]


@pytest.mark.parametrize("phase", ["cancelled", "departed", "diverted", "arrived"])
def test_only_scheduled_flights_are_departed_on(phase: Phase) -> None:
    """A flight in any other phase can't be sold."""
    assert found([flight("B6.1", "JFK-MCO", 14, phase=phase)], "JFK-MCO") == []


@pytest.mark.parametrize(("departs", "legal"), [(11.99, False), (12.0, True), (36.0, True), (36.01, False)])
def test_departures_lie_within_the_window(departs: float, legal: bool) -> None:
    """Both ends are included."""
    assert bool(found([flight("B6.1", "JFK-MCO", departs)], "JFK-MCO")) is legal


def test_a_flight_without_seats_enough_in_one_cabin_is_no_trip() -> None:
    """Parties are whole: three seats in each of two cabins do not serve four."""
    flights = [flight("B6.1", "JFK-MCO", 14, economy=3, first=3)]
    assert (found(flights, "JFK-MCO", seats=4), found(flights, "JFK-MCO", seats=3)) == ([], [["1"]])


@pytest.mark.parametrize(
    ("second", "wait", "legal"),
    [
        pytest.param("ORD-LAX", 44, False, id="too-short"),
        pytest.param("ORD-LAX", 45, True, id="just-long-enough"),
        pytest.param("ORD-LAX", 360, True, id="longest"),
        pytest.param("ORD-LAX", 361, False, id="too-long"),
    ],
)
def test_a_connection_is_within_minimum_and_maximum(second: str, wait: int, legal: bool) -> None:
    """At least the table's minimum and at most the longest connection."""
    flights = [flight("B6.1", "BOS-ORD", 13, hours=2), flight("B6.2", second, 15 + wait / 60)]
    assert bool(found(flights, "BOS-LAX", connections=1)) is legal


def test_a_connection_between_co_terminals_takes_three_hours() -> None:
    """An arrival at JFK connects to a departure from LGA, but not within three hours."""
    flights = [
        flight("B6.1", "BOS-JFK", 13, hours=1),
        flight("B6.2", "LGA-MCO", 16.9),
        flight("B6.3", "LGA-MCO", 17),
    ]
    assert found(flights, "BOS-MCO", connections=1) == [["1", "3"]]


def test_a_border_makes_the_connection_longer() -> None:
    """From abroad to a domestic flight it takes 90 minutes."""
    flights = [flight("BA.1", "LHR-ORD", 13), flight("B6.2", "ORD-LAX", 17.4), flight("B6.3", "ORD-LAX", 17.5)]
    assert found(flights, "LHR-LAX", connections=1) == [["1", "3"]]


def test_two_connections_are_found() -> None:
    """Three flights make one trip."""
    flights = [
        flight("B6.1", "BOS-ORD", 13, hours=2),
        flight("B6.2", "ORD-DEN", 16, hours=2),
        flight("B6.3", "DEN-LAX", 19),
    ]
    assert found(flights, "BOS-LAX", connections=2) == [["1", "2", "3"]]
    assert found(flights, "BOS-LAX", connections=1) == []


def test_no_city_is_visited_twice() -> None:
    """A trip does not return to the city it began in, through any of its airports."""
    flights = [
        flight("B6.1", "JFK-BOS", 13, hours=1),
        flight("B6.2", "BOS-LGA", 15, hours=1),
        flight("B6.3", "LGA-MCO", 17),
    ]
    assert found(flights, "JFK-MCO", connections=2) == []


def test_a_party_on_the_way_connects_from_its_last_flight() -> None:
    """The minimum connection counts from its arrival."""
    inbound = flight("B6.1", "BOS-ORD", 10, hours=3, phase="departed")
    network = Network([flight("B6.2", "ORD-LAX", 13.5), flight("B6.3", "ORD-LAX", 13.75)])
    start = Start("ORD", NOW, inbound, frozenset({"BOS"}))
    trips = search(network, start, destination="LAX", latest=at(40), connections=0, rules=RULES)
    assert [t.flights[0].flight for t in trips] == ["B6.3.ORD.2013-02-08"]


CITIES = ("JFK", "LGA", "BOS", "ORD")
ROUTES = [f"{a}-{b}" for a, b in permutations(CITIES, 2) if {a, b} != {"JFK", "LGA"}]
networks = st.lists(
    st.tuples(st.sampled_from(ROUTES), st.integers(46, 90), st.integers(4, 12), st.integers(-1, 3)),
    max_size=14,
).map(
    lambda rows: [
        flight(f"B6.{i}", route, quarters / 4, hours=long / 4, economy=seats)
        for i, (route, quarters, long, seats) in enumerate(rows)
    ]
)


def legal(trip: tuple[Availability, ...], seats: int) -> bool:
    """The rules once more, written as plainly as possible."""
    stops = [RULES.city(f.origin) for f in trip] + [RULES.city(trip[-1].destination)]
    joined = all(
        RULES.city(a.destination) == RULES.city(b.origin)
        and timedelta(minutes=45 if a.destination == b.origin else 180) <= b.departs - a.arrives <= timedelta(hours=6)
        for a, b in pairwise(trip)
    )
    return (
        joined
        and len(set(stops)) == len(stops)
        and stops[0] == "NYC"
        and stops[-1] == "ORD"
        and all(f.departs >= NOW and f.free["economy"] >= seats for f in trip)
    )


@given(networks, st.integers(0, 2), st.integers(1, 3))
def test_search_finds_every_legal_trip_and_no_other(flights: list[Availability], connections: int, seats: int) -> None:
    """Search agrees with trying all orders of all flights."""
    trips = search(
        Network(flights),
        Start("LGA", NOW),
        destination="ORD",
        latest=at(48),
        connections=connections,
        rules=RULES,
        seats=seats,
    )
    tried = [ids(t) for t in permutations(flights, connections + 1) if legal(t, seats)]
    assert sorted(ids(t.flights) for t in trips) == sorted(tried)
    assert [t.arrives for t in trips] == sorted(t.arrives for t in trips)


def ids(trip: tuple[Availability, ...]) -> tuple[str, ...]:
    return tuple(f.flight for f in trip)


def test_a_trip_has_the_ends_and_times_of_its_outer_flights() -> None:
    """Origin and departure of the first flight, destination and arrival of the last."""
    trip = Trip((flight("B6.1", "BOS-ORD", 13), flight("B6.2", "ORD-LAX", 17)))
    assert (trip.origin, trip.destination, trip.departs, trip.arrives) == ("BOS", "LAX", at(13), at(20))
