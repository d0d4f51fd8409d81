"""Trips from one place to another, cheapest first, found as far as they are asked for.

A best-first search (A*) over the flights that a trip can go on with. Each step has a bound: no trip that goes on from it costs
less (`bounds`). The step with the least bound is taken next, so a trip is yielded as soon as no other can be cheaper, and of a
network of many days only the flights are looked at that could still matter. Bounds come from the shortest flight between each
pair of airports: the least time from each airport to the destination is known before any flight is looked at. Before the last
flight they come from the departures that can be reached, too. Seats are counted when a step is taken, not when it is offered:
most never are.

Times in a search are whole microseconds: a party's search compares hundreds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import product
from types import MappingProxyType

from msgspec import Struct

from agents.planner.domain.bounds import Bounds
from agents.planner.domain.costs import Offer, Promise, cost
from agents.planner.domain.hops import Hop
from agents.planner.domain.network import Availability, Departures, Micros, length, micros
from agents.planner.domain.seat_pool import SeatPool
from contracts.identity import stays_aboard
from contracts.names import Airport, Cabin, Carrier, FlightKey, carrier_of
from contracts.passengers import Ssr
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
    permitted: frozenset[Carrier] | None = None
    """Carriers of flights that are not the party's `own`; None: any."""
    needs: tuple[tuple[Ssr, int], ...] = ()
    """Special services of which a flight that is not the party's `own` takes only so many, each with how many it needs."""


class Found(Struct, frozen=True, gc=False):
    """A trip, at its cost before importance."""

    offer: Offer
    new: tuple[Availability, ...]
    """Those of its flights, the last ones, on which the party has no seats yet."""
    cost: int
    terms: dict[str, int]
    """They sum up to the cost."""


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
        self._latest, self._latest_of_all = micros(search.latest), micros(pool.latest)
        longest = search.longest_connection
        self._longest_connection = length(pool.rules.longest_connection if longest is None else longest)
        self._through = search.through
        self._restricts = search.permitted is not None or bool(search.needs) or pool.by_terminal
        self._carriers = None if search.permitted is None else search.permitted.union(map(carrier_of, search.own))
        least = self._hops.least_connection
        self._least_stop = 0 if search.through else least
        self._bounds = Bounds(
            search.promise,
            weights,
            least_stop=self._least_stop,
            slack=least * len(search.through),
            arrives_by=search.arrives_by,
            below=search.below,
        )

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
        hops = self._hops.onward(start.airport, self._search.destination, connections=start.connections)
        self._choose(way, self._allowed(hops, start.airport, way.to_come), 0)

    def trips(self) -> Iterator[Found]:
        heap = self._heap
        while heap:
            step = heappop(heap)[3]
            if isinstance(step, _Departure):
                self._depart(step)
            elif isinstance(step, _Choice):
                self._choose(step.way, step.hops, step.at)
            else:
                yield step

    def _allowed(self, hops: Sequence[Hop], airport: Airport, to_come: int) -> Sequence[Hop]:
        if not self._search.exact:
            return hops
        to = self._search.destination
        return [hop for hop in hops if hop.origin == airport and (to_come > 1 or hop.to == to)]

    def _choose(self, way: _Way, hops: Sequence[Hop], at: int) -> None:
        """Open the hops that lead to a city not visited yet, as long as nothing else may cost less."""
        heap, ready = self._heap, way.earliest
        if way.lands is not None:
            ready = max(ready, way.lands + (self._least_stop if way.flights else 0))
        city, visited = self._rules.city, way.visited
        for i in range(at, len(hops)):
            hop = hops[i]
            if city(hop.to) not in visited:
                rest = hop.rest
                bound = self._bounds.cost(way.known, ready, shortest=rest, rest=rest, under_way=way.under_way)
                if bound is None:
                    return
                if heap and bound > heap[0][0]:
                    self._pushed += 1
                    heappush(heap, (bound, _STEP, self._pushed, _Choice(way, hops, i)))
                    return
                self._open(way, hop)

    def _open(self, way: _Way, hop: Hop) -> None:
        """Offer the first flight of the hop that can be reached."""
        if self._carriers is not None and self._carriers.isdisjoint(hop.departures.carriers):
            return
        start, latest = way.start, way.latest
        earliest = way.earliest if way.flights or hop.origin == start.airport else way.elsewhere
        if self._pool.closes_early:
            earliest = max(earliest, micros(self._pool.earliest_from(hop.origin, begins=not way.under_way)))
        inbound = way.flights[-1] if way.flights else start.after
        if self._through and inbound is not None and way.lands is not None:
            self._go_on(way, hop, inbound, max(earliest, way.lands))
        if inbound is not None and way.lands is not None:
            earliest = max(earliest, way.lands + self._pool.least_connection(inbound, hop.origin, hop.to))
            if way.flights or not start.waits:
                latest = min(latest, way.lands + self._longest_connection)
        self._offer_from(way, hop, bisect_left(hop.departures.times, earliest), latest)

    def _offer_from(self, way: _Way, hop: Hop, at: int, latest: Micros) -> None:
        """Offer the flights of a hop from this one on."""
        known = way.known + self._least_added(way, hop.origin, hop.departures.carriers)
        if way.to_come == 2:
            known += self._bounds.added_by_last(hop)
        self._offer(way, hop, at, latest, known)

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
                self._offer_from(way, Hop(hop.rest, hop.origin, hop.to, alone, hop.onward), 0, times[i])

    def _offer(self, way: _Way, hop: Hop, at: int, latest: Micros, known: int) -> None:
        """Offer the flight of the hop at this place, whether it has seats or not: that is seen when its turn comes, which for
        most flights is never."""
        times = hop.departures.times
        if at < len(times) and (departs := times[at]) <= latest:
            shortest, last_but_one = hop.rest, way.to_come == 2
            rest = self._bounds.rest_by_last(hop, departs) if last_but_one else shortest
            if rest is None:
                return
            bound = self._bounds.cost(known, departs, shortest=shortest, rest=rest, under_way=way.under_way)
            if bound is not None:
                self._pushed += 1
                heappush(self._heap, (bound, _STEP, self._pushed, _Departure(way, hop, at, latest, known)))

    def _depart(self, step: _Departure) -> None:
        """Take the flight if it has seats, and offer the next one. Else offer the next one that has some."""
        way, hop, at = step.way, step.hop, step.at
        found = self._with_seats(way, hop, at, step.latest)
        if found == at:
            self._take(way, hop, at)
            found += 1
        self._offer(way, hop, found, step.latest, step.known)

    def _with_seats(self, way: _Way, hop: Hop, at: int, latest: Micros) -> int:
        """The place of the first flight of the hop from there on that has seats for the party."""
        search, pool = self._search, self._pool
        own, taken, cabins, seats = search.own, search.taken, search.cabins, search.seats
        times, flights = hop.departures.times, hop.departures.flights
        for i in range(at, len(times)):
            if times[i] > latest:
                return i
            flight = flights[i]
            pool.looked_at += 1
            if flight.mode is not None and not search.by_land and flight.mode != "air":
                continue
            if taken and flight.flight in taken:
                continue
            if self._restricts and not self._is_allowed(way, flight, times[i]):
                continue
            if own and flight.flight in own:
                if any(self._has_seats(way.start, flight, cabin, begins=not way.flights) for cabin in cabins):
                    return i
            elif pool.has_seats(flight, cabins, seats):
                return i
        return len(times)

    def _is_allowed(self, way: _Way, flight: Availability, departs: Micros) -> bool:
        """Whether the party may be moved onto the flight and can change to it, by what most parties have no rules about."""
        search, pool = self._search, self._pool
        if flight.flight not in search.own:
            if search.permitted is not None and carrier_of(flight.flight) not in search.permitted:
                return False
            if not all(pool.served(flight, ssr).left >= number for ssr, number in search.needs):
                return False
        inbound = way.flights[-1] if way.flights else way.start.after
        if not pool.by_terminal or inbound is None or way.lands is None:
            return True
        if departs >= way.lands + pool.wait_needed(inbound, flight):
            return True
        goes_on = flight.flight in self._through and inbound.lands == flight.origin
        return goes_on and stays_aboard(inbound, flight, arrives=inbound.arrives, departs=flight.departs)

    def _take(self, way: _Way, hop: Hop, at: int) -> None:
        """Go on from the flight's destination, or arrive there."""
        flight, lands = hop.departures.flights[at], hop.departures.arrivals[at]
        flights = (*way.flights, flight)
        if way.to_come == 1:
            self._arrive(way, flights, lands)
            return
        known = way.known + self._least_added(way, hop.origin, {carrier_of(flight.flight)})
        if not way.under_way:
            known += self._bounds.early(hop.departures.times[at])
        visited = way.visited | {self._rules.city(hop.to)}
        earliest, latest = way.earliest, self._latest_of_all
        taken = _Way(
            way.start, way.place, flights, visited, way.to_come - 1, known, earliest, earliest, latest, lands, True
        )
        hops = self._allowed(hop.onward, hop.to, taken.to_come)
        if len(hops) > _FEW:
            self._choose(taken, hops, 0)
            return
        for following in hops:
            if self._rules.city(following.to) not in visited:
                self._open(taken, following)

    def _least_added(self, way: _Way, origin: Airport, carriers: Set[Carrier]) -> int:
        start = way.start
        before = way.flights or start.held
        place = before[-1].destination if before else start.reached or self._search.promise.origin
        return self._bounds.added(place, origin, carriers)

    def _arrive(self, way: _Way, new: tuple[Availability, ...], lands: Micros) -> None:
        """A trip in each combination of cabins that has the seats."""
        search, start = self._search, way.start
        if self._bounds.is_too_late(lands):
            return
        flights = start.held + new
        keys = [flight.flight for flight in new]
        for chosen in product(*[self._cabins(start, flight, begins=flight is new[0]) for flight in new]):
            cabins = start.held_cabins + tuple([cabin for _, cabin in chosen])
            offer = Offer(flights=flights, cabins=cabins, reached=start.reached)
            terms = cost(offer, search.promise, self._weights)
            total = sum(terms.values())
            if search.below is None or total < search.below:
                order = (lands, way.place, new[0].departs, keys, chosen)
                heappush(self._heap, (total, _TRIP, order, Found(offer, new, total, terms)))

    def _cabins(self, start: Start, flight: Availability, *, begins: bool) -> list[tuple[int, Cabin]]:
        """The cabins in which the party has or can get seats, by their place among those that it may be given."""
        free, least, own = flight.free, self._search.seats, self._search.own.get(flight.flight)
        return [
            (i, cabin)
            for i, cabin in enumerate(self._search.cabins)
            if (cabin == own or free.get(cabin, 0) >= least) and self._has_seats(start, flight, cabin, begins=begins)
        ]

    def _has_seats(self, start: Start, flight: Availability, cabin: Cabin, *, begins: bool) -> bool:
        """Whether the party has or can get seats in this cabin. It keeps its own only while the cabin lacks none.

        `begins`: it is the first new flight. Behind another one the party's own next flight is within reach again, where it was
        landed elsewhere.
        """
        if self._search.own.get(flight.flight) == cabin:
            return not (begins and flight.flight == start.leaves) and flight.free.get(cabin, 0) >= 0
        return self._pool.has_seats(flight, (cabin,), self._search.seats)
