"""Trips from one place to another, cheapest first, found as far as they are asked for.

A best-first search (A*) over the flights that a trip can go on with. Each step has a bound: no trip that goes on from it costs
less. The step with the least bound is taken next, so a trip is yielded as soon as no other can be cheaper, and of a network of
many days only the flights are looked at that could still matter. Bounds come from the shortest flight between each pair of
airports: the least time from each airport to the destination is known before any flight is looked at.

A bound holds as long as no flight arrives before it departs and no weight is negative. Times in a search are whole
microseconds: a party's search compares hundreds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import product
from types import MappingProxyType

from msgspec import Struct

from agents.planner.domain.costs import Offer, Promise, cabin_cost, cost
from agents.planner.domain.hops import Hop
from agents.planner.domain.network import Availability, Departures, Micros, length, micros
from agents.planner.domain.seat_pool import SeatPool
from contracts.identity import stays_aboard
from contracts.names import Airport, Cabin, Carrier, FlightKey, carrier_of
from contracts.rules import Weights


class Start(Struct, frozen=True, gc=False, kw_only=True):
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
    """The party is there, or on its way, and has nowhere else to be: its wait for the next flight has no maximum length."""
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
    by_land: bool = False
    """Trains and coaches too."""
    taken: frozenset[FlightKey] = frozenset()
    """Flights on which it can get no seats: another journey of the booking has some."""
    exact: bool = False
    """Between these airports alone, and no others of their cities."""
    arrives_by: datetime | None = None
    """The latest arrival that is early enough."""
    below: int | None = None
    """Only trips that cost less."""
    longest_connection: timedelta | None = None
    """None: that of the rules."""
    through: frozenset[FlightKey] = frozenset()
    """Those that were sold as another one going on under its number: who stays on board needs no time to change planes."""


class Found(Struct, frozen=True, gc=False):
    """A trip, at its cost before importance."""

    offer: Offer
    new: tuple[Availability, ...]
    """Those of its flights, the last ones, on which the party has no seats yet."""
    cost: int


class _Way(Struct, frozen=True, gc=False):
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
    earliest: Micros
    """The earliest departure, whatever the flight before needs."""
    elsewhere: Micros
    """The same from another airport of the city."""
    latest: Micros
    """The last departure."""
    lands: Micros | None
    """When the flight before comes in; None where there is none."""
    under_way: bool
    """A flight has been taken, or the trip had begun before the start."""


class _Choice(Struct, frozen=True, gc=False):
    """Going on by this hop, or a later one of the list."""

    way: _Way
    hops: Sequence[Hop]
    at: int


class _Departure(Struct, frozen=True, gc=False):
    """Going on by this flight of a hop, or a later one."""

    way: _Way
    hop: Hop
    at: int
    latest: Micros
    known: int
    """The least that the trip costs by this hop, its delay left out."""


_STEP, _TRIP = 0, 1
_Entry = tuple[int, int, int | tuple[object, ...], _Choice | _Departure | Found]
"""Cost or bound; at equal cost all steps come before trips; among trips, what decides between those of equal cost."""
_FEW = 2
"""So many hops at the most are opened at once: to let each wait for its turn takes longer."""
_PER_MINUTE = 60_000_000


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
        self._rules, self._hops = pool.rules, pool.hops
        self._heap: list[_Entry] = []
        self._pushed = 0
        self._surcharges: dict[tuple[Cabin, ...], int] = {}
        promise = search.promise
        self._promised_departure, self._promised_arrival = micros(promise.departs), micros(promise.arrives)
        self._arrives_by = None if search.arrives_by is None else micros(search.arrives_by)
        self._latest, self._latest_of_all = micros(search.latest), micros(pool.latest)
        longest = search.longest_connection
        self._longest_connection = length(pool.rules.longest_connection if longest is None else longest)
        self._through = search.through
        self._slack = self._hops.least_connection * len(search.through)
        """By how much a way to the end may be shorter than the hops have it."""
        self._delay, self._early = weights.delay / _PER_MINUTE, weights.early / _PER_MINUTE
        self._carrier, self._transfer = int(weights.carrier), int(weights.transfer)

    def begin(self, start: Start, place: int) -> None:
        city, goal = self._rules.city(start.airport), self._rules.city(self._search.destination)
        if city == goal or goal in start.visited:
            return
        earliest = micros(start.earliest)
        way = _Way(
            start,
            place,
            (),
            start.visited | {city},
            start.connections + 1,
            int(self._weights.connection * (len(start.held) + start.connections)),
            earliest,
            earliest if start.elsewhere is None else micros(start.elsewhere),
            self._latest,
            micros(start.after.arrives) if start.after else None,
            bool(start.held) or start.reached is not None,
        )
        self._choose(way, self._onward(way, start.airport), 0)

    def trips(self) -> Iterator[Found]:
        heap = self._heap
        while heap:
            step = heappop(heap)[3]
            if isinstance(step, _Departure):
                self._depart(step.way, step.hop, step.at + 1, step.latest, step.known)
                self._take(step.way, step.hop, step.at)
            elif isinstance(step, _Choice):
                self._choose(step.way, step.hops, step.at + 1)
                self._open(step.way, step.hops[step.at])
            else:
                yield step

    def _onward(self, way: _Way, airport: Airport) -> Sequence[Hop]:
        search = self._search
        hops = self._hops.onward(airport, search.destination, connections=way.to_come - 1)
        if search.exact:
            return [hop for hop in hops if hop.origin == airport and (way.to_come > 1 or hop.to == search.destination)]
        return hops

    def _choose(self, way: _Way, hops: Sequence[Hop], at: int) -> None:
        """Offer the next hop that leads to a city not visited yet."""
        ready = way.earliest
        if way.lands is not None:
            ready = max(ready, way.lands + (self._hops.least_connection if way.flights and not self._through else 0))
        city, visited = self._rules.city, way.visited
        for i in range(at, len(hops)):
            hop = hops[i]
            if city(hop.to) not in visited:
                bound = self._bound(way, way.known, ready, hop.rest)
                if bound is not None:
                    self._pushed += 1
                    heappush(self._heap, (bound, _STEP, self._pushed, _Choice(way, hops, i)))
                return

    def _open(self, way: _Way, hop: Hop) -> None:
        """Offer the first flight of the hop that can be reached."""
        start, latest = way.start, way.latest
        earliest = way.earliest if way.flights or hop.origin == start.airport else way.elsewhere
        inbound = way.flights[-1] if way.flights else start.after
        if self._through and inbound is not None and way.lands is not None:
            self._go_on(way, hop, inbound, max(earliest, way.lands))
        if inbound is not None and way.lands is not None:
            earliest = max(earliest, way.lands + self._pool.least_connection(inbound, hop.origin, hop.to))
            if way.flights or not start.waits:
                latest = min(latest, way.lands + self._longest_connection)
        times = hop.departures.times
        at = bisect_left(times, earliest)
        if at < len(times) and times[at] <= latest:
            self._depart(way, hop, at, latest, way.known + self._least_added(way, hop.origin, hop.departures.carriers))

    def _go_on(self, way: _Way, hop: Hop, inbound: Availability, earliest: Micros) -> None:
        """Offer the flights with which the flight before goes on under its number after a stop too short to change planes."""
        times, flights = hop.departures.times, hop.departures.flights
        enough = max(earliest, (way.lands or 0) + self._pool.least_connection(inbound, hop.origin, hop.to))
        for i in range(bisect_left(times, earliest), bisect_left(times, enough)):
            flight = flights[i]
            if flight.flight not in self._through or inbound.lands != flight.origin:
                continue
            if stays_aboard(inbound, flight, arrives=inbound.arrives, departs=flight.departs):
                alone = Departures()
                alone.add(flight)
                known = way.known + self._least_added(way, hop.origin, alone.carriers)
                self._depart(way, Hop(hop.rest, hop.origin, hop.to, alone), 0, times[i], known)

    def _depart(self, way: _Way, hop: Hop, at: int, latest: Micros, known: int) -> None:
        """Offer the next flight of the hop with seats."""
        search, pool = self._search, self._pool
        own, taken, cabins, seats = search.own, search.taken, search.cabins, search.seats
        times, flights = hop.departures.times, hop.departures.flights
        for i in range(at, len(times)):
            departs = times[i]
            if departs > latest:
                return
            flight = flights[i]
            pool.looked_at += 1
            if flight.mode is not None and not search.by_land and flight.mode != "air":
                continue
            if taken and flight.flight in taken:
                continue
            if own and flight.flight in own:
                has_seats = any(self._has_seats(way.start, flight, cabin, begins=not way.flights) for cabin in cabins)
            else:
                has_seats = pool.has_seats(flight, cabins, seats)
            if has_seats:
                bound = self._bound(way, known, departs, hop.rest)
                if bound is not None:
                    self._pushed += 1
                    heappush(self._heap, (bound, _STEP, self._pushed, _Departure(way, hop, i, latest, known)))
                return

    def _take(self, way: _Way, hop: Hop, at: int) -> None:
        """Go on from the flight's destination, or arrive there."""
        flight, lands = hop.departures.flights[at], hop.departures.arrivals[at]
        flights = (*way.flights, flight)
        if way.to_come == 1:
            self._arrive(way, flights, lands)
            return
        known = way.known + self._least_added(way, hop.origin, {carrier_of(flight.flight)})
        if not way.under_way:
            known += int(max(0, self._promised_departure - hop.departures.times[at]) * self._early)
        visited = way.visited | {self._rules.city(hop.to)}
        earliest, latest = way.earliest, self._latest_of_all
        taken = _Way(
            way.start, way.place, flights, visited, way.to_come - 1, known, earliest, earliest, latest, lands, True
        )
        hops = self._onward(taken, hop.to)
        if len(hops) > _FEW:
            self._choose(taken, hops, 0)
            return
        for onward in hops:
            if self._rules.city(onward.to) not in visited:
                self._open(taken, onward)

    def _least_added(self, way: _Way, origin: Airport, carriers: Set[Carrier]) -> int:
        """What a flight from there by one of these carriers adds to the cost of the trip at least, whatever its times and
        cabin; rounded down, as a bound."""
        start, promise = way.start, self._search.promise
        before = way.flights or start.held
        place = before[-1].destination if before else start.reached or promise.origin
        transfer = self._transfer if origin != place else 0
        return transfer + (self._carrier if promise.carriers.isdisjoint(carriers) else 0)

    def _arrive(self, way: _Way, new: tuple[Availability, ...], lands: Micros) -> None:
        """A trip in each combination of cabins that has the seats."""
        search, start = self._search, way.start
        if self._arrives_by is not None and lands > self._arrives_by:
            return
        flights = start.held + new
        as_paid = Offer(flights=flights, cabins=(search.promise.cabin,) * len(flights), reached=start.reached)
        least = sum(cost(as_paid, search.promise, self._weights).values())
        keys = [flight.flight for flight in new]
        choices = [
            [(i, c) for i, c in enumerate(search.cabins) if self._has_seats(start, flight, c, begins=flight is new[0])]
            for flight in new
        ]
        for chosen in product(*choices):
            cabins = start.held_cabins + tuple([cabin for _, cabin in chosen])
            total = least + self._surcharge(cabins)
            if search.below is None or total < search.below:
                offer = Offer(flights=flights, cabins=cabins, reached=start.reached)
                order = (lands, way.place, new[0].departs, keys, chosen)
                heappush(self._heap, (total, _TRIP, order, Found(offer, new, total)))

    def _has_seats(self, start: Start, flight: Availability, cabin: Cabin, *, begins: bool) -> bool:
        """Whether the party has or can get seats in this cabin. It keeps its own only while the cabin lacks none.

        `begins`: it is the first new flight. Behind another one the party's own next flight is within reach again, where it was
        landed elsewhere.
        """
        if self._search.own.get(flight.flight) == cabin:
            return not (begins and flight.flight == start.leaves) and flight.free.get(cabin, 0) >= 0
        return self._pool.has_seats(flight, (cabin,), self._search.seats)

    def _surcharge(self, cabins: tuple[Cabin, ...]) -> int:
        known = self._surcharges.get(cabins)
        if known is None:
            terms = cabin_cost(cabins, self._search.promise.cabin, self._weights)
            known = self._surcharges[cabins] = sum(terms.values())
        return known

    def _bound(self, way: _Way, known: int, earliest: Micros, rest: Micros) -> int | None:
        """The least that a trip costs that goes on at `earliest` or later and takes `rest` from then on; None: unwanted.

        A trip that begins with the next flight, and takes longer than promised, leaves before the promised time or arrives
        after it, whenever it leaves.
        """
        rest -= self._slack
        arrives, promised = earliest + rest, self._promised_arrival
        if self._arrives_by is not None and arrives > self._arrives_by:
            return None
        if way.under_way:
            bound = known + int((arrives - promised) * self._delay) if arrives > promised else known
        else:
            departure = self._promised_departure
            on_time = max(0, max(earliest, departure) + rest - promised) * self._delay
            in_time = max(earliest, promised - rest)
            either = max(0, departure - in_time) * self._early + max(0, in_time + rest - promised) * self._delay
            bound = known + int(min(on_time, either)) - 1  # two terms, each rounded
        below = self._search.below
        return bound if below is None or bound < below else None
