"""The search for trips from one place to another, by the rules that do not depend on who travels.

Thousands of parties share a market on a day of disruption, so each market is searched once, and the rules that depend on the
party are applied to the result. The search walks routes (airports) first and times second, so that a network without
connections costs nothing to search.
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
    """Where and when a trip begins: at the origin, or off a flight that brought the party there."""

    airport: Airport
    earliest: datetime
    after: Availability | None = None
    """The flight the party arrives on; the minimum connection counts from its arrival."""
    visited: frozenset[str] = frozenset()
    """Cities visited on this trip before the present one."""
    waits: bool = False
    """The party can stay there: a connection from the flight before has no maximum length."""


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
    """Every trip with exactly this number of connections and, on each flight, a cabin with this number of free seats.

    Trips leave from any airport of the starting city, from `start.earliest` to `latest`, and arrive at any airport of the
    destination's city. Ordered by arrival, then departure, then flights.
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
    """One search: what is the same on all its branches."""

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
        """Where to fly next: the destination, or a city from which it can be reached."""
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
        """The earliest and latest departure of the next flight."""
        if start.after is None:
            return start.earliest, self.latest
        inbound = start.after
        least = self.rules.least_connection(
            (inbound.origin, inbound.lands), departing=(origin, destination), on=inbound.arrives.date()
        )
        earliest = max(start.earliest, inbound.arrives + least)
        if start.waits:
            return earliest, self.latest
        return earliest, min(self.latest, inbound.arrives + self.rules.longest_connection)
