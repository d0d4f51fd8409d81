"""Legal trips on live seats, from one place to another, whoever travels.

Thousands of parties of one storm share a market, so a market is searched once and its trips are then judged party by party.
The search walks routes (airports) first and times second, so that a network without connections costs nothing to search.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import Rules
from contracts.names import Airport


class Trip(Struct, frozen=True, gc=False):
    """Flights in order of travel."""

    flights: tuple[Availability, ...]

    @property
    def origin(self) -> Airport:
        return self.flights[0].origin

    @property
    def destination(self) -> Airport:
        return self.flights[-1].destination

    @property
    def departs(self) -> datetime:
        return self.flights[0].departs

    @property
    def arrives(self) -> datetime:
        return self.flights[-1].arrives


class Start(Struct, frozen=True):
    """Where and when a trip begins: at home, or off a flight that brought the party there."""

    airport: Airport
    earliest: datetime
    after: Availability | None = None
    """The flight the party comes from: its arrival and the minimum connection count."""
    visited: frozenset[str] = frozenset()
    """Cities it has been to on this trip, without the one it is in."""
    waits: bool = False
    """It stays there for as long as it takes: no connection from the flight before is too long."""


def search(
    network: Network,
    start: Start,
    *,
    destination: Airport,
    latest: datetime,
    connections: int,
    rules: Rules,
    seats: int = 1,
) -> list[Trip]:
    """Every legal trip with exactly so many connections and, on each flight, a cabin with so many free seats.

    Departs from any airport of the starting city and arrives at any of the destination's, within `start.earliest` and
    `latest`. Ordered by arrival, then departure, then flights.
    """
    goal = rules.city(destination)
    if rules.city(start.airport) == goal or goal in start.visited:
        return []
    visited = start.visited | {rules.city(start.airport)}
    walk = _Walk(network, rules=rules, goal=rules.terminals(destination), latest=latest, seats=seats)
    trips = [Trip(flights) for flights in walk.onward((), start, visited=visited, connections=connections)]
    trips.sort(key=lambda t: (t.arrives, t.departs, [f.flight for f in t.flights]))
    return trips


class _Walk:
    """One search: what stays the same on all its branches."""

    def __init__(
        self, network: Network, *, rules: Rules, goal: tuple[Airport, ...], latest: datetime, seats: int
    ) -> None:
        self.network, self.rules, self.goal, self.latest, self.seats = network, rules, goal, latest, seats

    def onward(
        self, flown: tuple[Availability, ...], start: Start, *, visited: frozenset[str], connections: int
    ) -> Iterator[tuple[Availability, ...]]:
        for airport in self.rules.terminals(start.airport):
            for to in self._next(airport, visited=visited, connections=connections):
                earliest, latest = self._between(airport, to, start)
                for flight in self.network.between(airport, to, earliest=earliest, latest=latest):
                    if max(flight.free.values(), default=0) < self.seats:
                        continue
                    if connections == 0:
                        yield (*flown, flight)
                        continue
                    there = Start(to, flight.arrives, flight)
                    yield from self.onward(
                        (*flown, flight),
                        there,
                        visited=visited | {self.rules.city(to)},
                        connections=connections - 1,
                    )

    def _next(self, airport: Airport, *, visited: frozenset[str], connections: int) -> list[Airport]:
        """Where to fly from here: the destination, or a city from which it can be reached."""
        reachable = self.network.destinations(airport)
        if connections == 0:
            return [g for g in self.goal if g in reachable]
        goal = self.rules.city(self.goal[0])
        return [
            to
            for to in reachable
            if self.rules.city(to) != goal
            and self.rules.city(to) not in visited
            and self._leads_on(to, connections=connections - 1)
        ]

    def _leads_on(self, airport: Airport, *, connections: int) -> bool:
        for leaving in self.rules.terminals(airport):
            reachable = self.network.destinations(leaving)
            if connections == 0:
                if any(g in reachable for g in self.goal):
                    return True
            elif any(self._leads_on(to, connections=0) for to in reachable):
                return True
        return False

    def _between(self, origin: Airport, destination: Airport, start: Start) -> tuple[datetime, datetime]:
        """When the next flight over this leg may depart."""
        if start.after is None:
            return start.earliest, self.latest
        came = start.after
        least = self.rules.least_connection(
            (came.origin, came.lands), departing=(origin, destination), on=came.arrives.date()
        )
        earliest = max(start.earliest, came.arrives + least)
        if start.waits:
            return earliest, self.latest
        return earliest, min(self.latest, came.arrives + self.rules.longest_connection)
