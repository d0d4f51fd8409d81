"""Trips from one place to another, cheapest first, found as far as they are asked for.

A best-first search (A*) over the flights that a trip can go on with. Each step has a bound: no trip that goes on from it costs
less. The step with the least bound is taken next, so a trip is yielded as soon as no other can be cheaper, and of a network of
many days only the flights are looked at that could still matter. Bounds come from the shortest flight between each pair of
airports: the least time from each airport to the destination is known before any flight is looked at.

A bound holds as long as no flight arrives before it departs and no weight is negative.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import product
from types import MappingProxyType

from msgspec import Struct

from agents.planner.domain.costs import Offer, Promise, cabin_cost, cost, late
from agents.planner.domain.hops import Hop
from agents.planner.domain.network import Availability
from agents.planner.domain.seat_pool import SeatPool
from contracts.names import Airport, Cabin, Carrier, FlightKey, carrier_of
from contracts.rules import Weights


class Start(Struct, frozen=True, kw_only=True):
    """Where and when the new flights of a trip begin: at the origin, or off a flight that brings the party there."""

    airport: Airport
    earliest: datetime
    elsewhere: datetime | None = None
    """The earliest departure from another airport of the city; None: the same."""
    connections: int = 0
    """Between new flights: exactly this number."""
    after: Availability | None = None
    """The flight the party arrives on; the minimum connection counts from its arrival."""
    waits: bool = False
    """The party can stay there: a connection from the flight before has no maximum length."""
    visited: frozenset[str] = frozenset()
    """Cities visited on this trip before the present one."""
    held: tuple[Availability, ...] = ()
    """Flights still to be flown before the new ones, on which the party has seats."""
    held_cabins: tuple[Cabin, ...] = ()
    """One for each of them."""
    reached: Airport | None = None
    """As in `Offer`."""
    leaves: FlightKey | None = None
    """The party's own next flight from there. No trip begins with it in the party's own cabin: it would be one of `held`, or
    its seat is lost."""


class Search(Struct, frozen=True, kw_only=True):
    """What is searched for, from whatever start."""

    destination: Airport
    promise: Promise
    seats: int
    """In one cabin of each new flight."""
    cabins: Sequence[Cabin]
    """Those that may be given."""
    latest: datetime
    """The last departure of the first new flight."""
    own: Mapping[FlightKey, Cabin] = MappingProxyType({})
    """The cabin in which the party has seats, by flight. They are there for it even where no others are free."""
    exact: bool = False
    """Between these airports alone, and no others of their cities."""
    arrives_by: datetime | None = None
    """The latest arrival that is early enough."""
    below: int | None = None
    """Only trips that cost less."""


class Found(Struct, frozen=True):
    """A trip, at its cost before importance."""

    offer: Offer
    new: tuple[Availability, ...]
    """Those of its flights, the last ones, on which the party has no seats yet."""
    cost: int


class _Way(Struct, frozen=True):
    """A start, and the new flights taken from there so far."""

    start: Start
    place: int
    """Of the start among all, for trips of equal cost and arrival."""
    flights: tuple[Availability, ...]
    visited: frozenset[str]
    to_come: int
    """New flights still to be taken."""
    known: int
    """The least that the trip costs, its delay left out."""


class _Choice(Struct, frozen=True):
    """Going on by this hop, or a later one of the list."""

    way: _Way
    hops: Sequence[Hop]
    at: int


class _Departure(Struct, frozen=True):
    """Going on by this flight of a hop, or a later one."""

    way: _Way
    hop: Hop
    at: int
    latest: datetime
    known: int
    """The least that the trip costs by this hop, its delay left out."""


_STEP, _TRIP = 0, 1
_Entry = tuple[int, int, tuple[object, ...], _Choice | _Departure | Found]
"""Cost or bound; at equal cost all steps come before trips; among trips, what decides between those of equal cost."""


def cheapest(starts: Iterable[Start], search: Search, *, pool: SeatPool, weights: Weights) -> Iterator[Found]:
    """Every legal trip from any of the starts with seats left in the pool, cheapest first.

    At equal cost the earlier arrival comes first, then the earlier of the starts, then the earlier departure, then flights by
    key, then cabins in the order of `search.cabins`. A trip may have lost its seats between being found and being yielded.
    """
    frontier = _Frontier(search, pool, weights)
    for place, start in enumerate(starts):
        frontier.begin(start, place)
    return frontier.trips()


class _Frontier:
    """The steps that can be taken next, and the trips found, in one heap."""

    def __init__(self, search: Search, pool: SeatPool, weights: Weights) -> None:
        self._search, self._pool, self._weights = search, pool, weights
        self._rules = pool.rules
        self._heap: list[_Entry] = []
        self._pushed = 0
        self._surcharges: dict[tuple[Cabin, ...], int] = {}

    def begin(self, start: Start, place: int) -> None:
        city, goal = self._rules.city(start.airport), self._rules.city(self._search.destination)
        if city == goal or goal in start.visited:
            return
        connection = int(self._weights.connection * (len(start.held) + start.connections))
        way = _Way(start, place, (), start.visited | {city}, start.connections + 1, connection)
        self._choose(way, self._hops(way, start.airport), 0)

    def trips(self) -> Iterator[Found]:
        while self._heap:
            step = heappop(self._heap)[3]
            if isinstance(step, _Departure):
                flight = step.hop.departures.flights[step.at]
                self._depart(step.way, step.hop, step.at + 1, step.latest, step.known)
                self._take(step.way, flight)
            elif isinstance(step, _Choice):
                self._choose(step.way, step.hops, step.at + 1)
                self._open(step.way, step.hops[step.at])
            else:
                yield step

    def _hops(self, way: _Way, airport: Airport) -> Sequence[Hop]:
        hops = self._pool.hops.onward(airport, self._search.destination, connections=way.to_come - 1)
        if self._search.exact:
            return [
                hop for hop in hops if hop.origin == airport and (way.to_come > 1 or hop.to == self._search.destination)
            ]
        return hops

    def _choose(self, way: _Way, hops: Sequence[Hop], at: int) -> None:
        """Offer the next hop that leads to a city not visited yet."""
        start, pool = way.start, self._pool
        if way.flights:
            ready = way.flights[-1].arrives + pool.hops.least_connection
        else:
            ready = max(start.earliest, start.after.arrives) if start.after else start.earliest
        for i in range(at, len(hops)):
            if self._rules.city(hops[i].to) not in way.visited:
                self._push(_Choice(way, hops, i), way, way.known, ready, hops[i].rest)
                return

    def _open(self, way: _Way, hop: Hop) -> None:
        """Offer the first flight of the hop that can be reached."""
        start, latest = way.start, self._pool.latest if way.flights else self._search.latest
        inbound = way.flights[-1] if way.flights else start.after
        earliest = start.earliest
        if not way.flights and start.elsewhere is not None and hop.origin != start.airport:
            earliest = start.elsewhere
        if inbound is not None:
            earliest = max(earliest, inbound.arrives + self._pool.least_connection(inbound, hop.origin, hop.to))
            if way.flights or not start.waits:
                latest = min(latest, inbound.arrives + self._rules.longest_connection)
        at = bisect_left(hop.departures.times, earliest)
        self._depart(way, hop, at, latest, way.known + self._least_added(way, hop.origin, hop.departures.carriers))

    def _depart(self, way: _Way, hop: Hop, at: int, latest: datetime, known: int) -> None:
        """Offer the next flight of the hop with seats."""
        search, pool = self._search, self._pool
        flights = hop.departures.flights
        for i in range(at, len(flights)):
            flight = flights[i]
            if flight.departs > latest:
                return
            pool.looked_at += 1
            if flight.flight in search.own:
                has_seats = any(self._has_seats(way, flight, cabin) for cabin in search.cabins)
            else:
                has_seats = pool.has_seats(flight, search.cabins, search.seats)
            if has_seats:
                self._push(_Departure(way, hop, i, latest, known), way, known, flight.departs, hop.rest)
                return

    def _take(self, way: _Way, flight: Availability) -> None:
        """Go on from the flight's destination, or arrive there."""
        flights = (*way.flights, flight)
        if way.to_come == 1:
            self._arrive(way, flights)
            return
        known = way.known + self._least_added(way, flight.origin, {carrier_of(flight.flight)})
        if not way.flights and not way.start.held and way.start.reached is None:
            known += int(late(self._search.promise.departs, flight.departs) * self._weights.early)
        visited = way.visited | {self._rules.city(flight.destination)}
        taken = _Way(way.start, way.place, flights, visited, way.to_come - 1, known)
        self._choose(taken, self._hops(taken, flight.destination), 0)

    def _least_added(self, way: _Way, origin: Airport, carriers: Set[Carrier]) -> int:
        """What a flight from there by one of these carriers adds to the cost of the trip at least, whatever its times and
        cabin; rounded down, as a bound."""
        start, promise, weights = way.start, self._search.promise, self._weights
        before = way.flights or start.held
        place = before[-1].destination if before else start.reached or promise.origin
        transfer = int(weights.transfer) if origin != place else 0
        return transfer + (int(weights.carrier) if promise.carriers.isdisjoint(carriers) else 0)

    def _arrive(self, way: _Way, new: tuple[Availability, ...]) -> None:
        """A trip in each combination of cabins that has the seats."""
        search, start = self._search, way.start
        flights, arrives = start.held + new, new[-1].arrives
        if search.arrives_by is not None and arrives > search.arrives_by:
            return
        as_paid = Offer(flights=flights, cabins=(search.promise.cabin,) * len(flights), reached=start.reached)
        least = sum(cost(as_paid, search.promise, self._weights).values())
        keys = [flight.flight for flight in new]
        choices = [[(i, c) for i, c in enumerate(search.cabins) if self._has_seats(way, flight, c)] for flight in new]
        for chosen in product(*choices):
            cabins = start.held_cabins + tuple([cabin for _, cabin in chosen])
            total = least + self._surcharge(cabins)
            if search.below is None or total < search.below:
                offer = Offer(flights=flights, cabins=cabins, reached=start.reached)
                order = (arrives, way.place, new[0].departs, keys, chosen)
                heappush(self._heap, (total, _TRIP, order, Found(offer, new, total)))

    def _has_seats(self, way: _Way, flight: Availability, cabin: Cabin) -> bool:
        """Whether the party has or can get seats in this cabin. It keeps its own only while the cabin lacks none."""
        if self._search.own.get(flight.flight) == cabin:
            return flight.flight != way.start.leaves and flight.free.get(cabin, 0) >= 0
        return self._pool.has_seats(flight, (cabin,), self._search.seats)

    def _surcharge(self, cabins: tuple[Cabin, ...]) -> int:
        known = self._surcharges.get(cabins)
        if known is None:
            terms = cabin_cost(cabins, self._search.promise, self._weights)
            known = self._surcharges[cabins] = sum(terms.values())
        return known

    def _push(self, step: _Choice | _Departure, way: _Way, known: int, earliest: datetime, rest: timedelta) -> None:
        """Offer a step by which the trip goes on at `earliest` or later and takes `rest` from then on, unless no such trip is
        wanted."""
        search = self._search
        if search.arrives_by is not None and earliest + rest > search.arrives_by:
            return
        bound = known + self._least_of_times(way, earliest, rest)
        if search.below is None or bound < search.below:
            self._pushed += 1
            heappush(self._heap, (bound, _STEP, (self._pushed,), step))

    def _least_of_times(self, way: _Way, earliest: datetime, rest: timedelta) -> int:
        """The least that a trip costs for its times, which goes on at `earliest` or later.

        A trip that begins with the next flight, and takes longer than promised, leaves before the promised time or arrives
        after it, whenever it leaves.
        """
        promise, delay = self._search.promise, self._weights.delay
        if way.flights or way.start.held or way.start.reached is not None:
            return int(late(earliest + rest, promise.arrives) * delay)
        on_time, in_time = max(earliest, promise.departs), max(earliest, promise.arrives - rest)
        leaving_on_time = late(on_time + rest, promise.arrives) * delay
        arriving_in_time = (
            late(promise.departs, in_time) * self._weights.early + late(in_time + rest, promise.arrives) * delay
        )
        return int(min(leaving_on_time, arriving_in_time)) - 1  # two terms, each rounded
