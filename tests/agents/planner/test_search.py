"""The search for trips, on small networks, beside one that tries everything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.planner.domain import Availability, Network, TripRules, cost
from agents.planner.domain.costs import Offer, Promise
from agents.planner.domain.search import Search, Start, cheapest
from agents.planner.domain.seat_pool import SeatPool
from contracts.flights import Phase
from contracts.names import Cabin, FlightKey
from contracts.rules import Weights
from tests.agents.planner.planner_worlds import NOW, at, flight

RULES = TripRules(countries={"LHR": "GB"})
WEIGHTS = Weights()


def found(
    flights: Sequence[Availability],
    market: str,
    *,
    connections: int = 0,
    seats: int = 1,
    earliest: datetime = NOW,
    after: Availability | None = None,
    rules: TripRules = RULES,
) -> list[list[str]]:
    """The flight numbers of each trip and combination of cabins, cheapest first."""
    origin = market.split("-", maxsplit=1)[0]
    pool = SeatPool(Network(flights), now=NOW - rules.lead, latest=NOW + timedelta(days=1), rules=rules)
    start = Start(airport=origin, earliest=earliest, connections=connections, after=after)
    wanted = search(market, seats=seats)
    return [
        [f.flight.split(".")[1] for f in trip.new] for trip in cheapest([start], wanted, pool=pool, weights=WEIGHTS)
    ]


def search(market: str, *, seats: int = 1, cabins: Sequence[Cabin] = ("economy", "first")) -> Search:
    origin, destination = market.split("-")
    promise = Promise(
        origin=origin,
        destination=destination,
        departs=at(14),
        arrives=at(15),
        carriers=frozenset({"B6"}),
        cabin="economy",
    )
    return Search(destination=destination, promise=promise, seats=seats, cabins=cabins, latest=NOW + timedelta(days=1))


def test_non_stops_come_in_order_of_arrival() -> None:
    """Of trips that differ in nothing else, the first to arrive is the cheapest."""
    flights = [flight("B6.1", "JFK-MCO", 14), flight("B6.2", "JFK-MCO", 14, hours=6), flight("B6.3", "JFK-MCO", 15)]
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
    assert (found(flights, "JFK-MCO", seats=4), found(flights, "JFK-MCO", seats=3)) == ([], [["1"], ["1"]])


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
    flights = [flight("B6.2", "ORD-LAX", 13.5), flight("B6.3", "ORD-LAX", 13.75)]
    assert found(flights, "ORD-LAX", after=inbound) == [["3"]]


AIRPORTS = ("JFK", "LGA", "BOS", "ORD", "CLT")
ROUTES = [f"{a}-{b}" for a, b in permutations(AIRPORTS, 2) if {a, b} != {"JFK", "LGA"}]
ROWS = st.tuples(
    st.sampled_from(["B6", "DL"]),
    st.sampled_from(ROUTES),
    st.integers(46, 90),
    st.integers(4, 12),
    st.integers(-1, 3),
    st.integers(0, 2),
)
networks = st.lists(ROWS, max_size=14).map(
    lambda rows: [
        flight(f"{carrier}.{i}", route, quarters / 4, hours=long / 4, economy=economy, first=first)
        for i, (carrier, route, quarters, long, economy, first) in enumerate(rows)
    ]
)


def legal(trip: tuple[Availability, ...]) -> bool:
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
        and all(f.departs >= NOW for f in trip)
    )


@given(networks, st.integers(1, 3), st.permutations([0, 1, 2]), st.integers(0, 2))
def test_search_yields_every_legal_trip_in_the_order_of_trying_all(
    flights: list[Availability], seats: int, order: list[int], held: int
) -> None:
    """All orders of all flights, in all cabins, priced one by one and sorted: the same trips at the same costs in the same
    order, ties included. On some flights the party has seats, which no other can be given."""
    own: dict[FlightKey, Cabin] = {f.flight: "economy" for f in flights[:held]}
    wanted = structs.replace(search("LGA-ORD", seats=seats), own=own)

    def has_seats(flight: Availability, cabin: Cabin) -> bool:
        return flight.free[cabin] >= (0 if own.get(flight.flight) == cabin else seats)

    tried = []
    for place, connections in enumerate(order):
        for trip in filter(legal, permutations(flights, connections + 1)):
            for cabins in product(wanted.cabins, repeat=len(trip)):
                if all(map(has_seats, trip, cabins)):
                    price = sum(cost(Offer(flights=trip, cabins=cabins), wanted.promise, WEIGHTS).values())
                    ranks = tuple(map(wanted.cabins.index, cabins))
                    tie = (trip[-1].arrives, place, trip[0].departs, [f.flight for f in trip], ranks)
                    tried.append((price, tie, trip, cabins))
    tried.sort(key=lambda each: each[:2])
    pool = SeatPool(Network(flights), now=NOW - RULES.lead, latest=at(48), rules=RULES)
    starts = [Start(airport="LGA", earliest=NOW, connections=connections) for connections in order]
    yielded = [(f.cost, f.new, f.offer.cabins) for f in cheapest(starts, wanted, pool=pool, weights=WEIGHTS)]
    assert yielded == [(price, trip, cabins) for price, _, trip, cabins in tried]


@given(networks, st.integers(14 * 60, 24 * 60), st.integers(0, 700))
def test_a_limit_leaves_out_trips_and_nothing_else(flights: list[Availability], minute: int, below: int) -> None:
    """Those that arrive too late or cost too much, wherever in the search they are cut off."""
    pool = SeatPool(Network(flights), now=NOW - RULES.lead, latest=at(48), rules=RULES)
    starts = [Start(airport="LGA", earliest=NOW, connections=connections) for connections in range(3)]
    wanted, by = search("LGA-ORD"), at(minute / 60)
    every = list(cheapest(starts, wanted, pool=pool, weights=WEIGHTS))
    limited = structs.replace(wanted, arrives_by=by, below=below)
    assert list(cheapest(starts, limited, pool=pool, weights=WEIGHTS)) == [
        trip for trip in every if trip.new[-1].arrives <= by and trip.cost < below
    ]


def days_of_flights(days: int) -> Network:
    """A flight an hour, 18 a day, on each of 42 routes between 7 airports."""
    airports = ("ATL", "BOS", "CLT", "DEN", "LAX", "ORD", "SEA")
    return Network(
        flight(f"B6.{100 * (24 * day + hour) + i}", f"{a}-{b}", 24 * day + hour)
        for day in range(days)
        for hour in range(5, 23)
        for i, (a, b) in enumerate(permutations(airports, 2))
    )


@pytest.mark.parametrize("connections", [0, 1, 2])
def test_the_work_for_the_first_trips_does_not_grow_with_the_days(connections: int) -> None:
    """Of two days or fourteen, the same few flights are looked at: those whose turn comes, of the thousands on the way."""
    looked_at = []
    for days in (2, 14):
        pool = SeatPool(days_of_flights(days), now=NOW, latest=at(24 * 14), rules=RULES)
        start = Start(airport="BOS", earliest=NOW + RULES.lead, connections=connections)
        wanted = structs.replace(search("BOS-LAX"), latest=at(24 * 14))
        trips = list(islice(cheapest([start], wanted, pool=pool, weights=WEIGHTS), 5))
        assert len(trips) == 5
        looked_at.append(pool.looked_at)
    assert looked_at[0] == looked_at[1] <= 50
