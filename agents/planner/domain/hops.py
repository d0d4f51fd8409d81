"""Where a trip can go on to from an airport, the shortest way to its destination first.

Made of the shortest flight between each pair of airports, whatever its time: a bound for the search, made once for all parties
of a window that want to get to the same place.
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from agents.planner.domain.network import Departures, Micros, Network, length
from agents.planner.domain.rules import TripRules
from contracts.names import Airport


class Hop(Struct, frozen=True, gc=False, order=True):
    """The next flight of a trip: from where, to where, and how long the trip takes from its departure on."""

    rest: Micros
    """From the departure of this flight to the arrival of the trip, at least."""
    origin: Airport
    to: Airport
    departures: Departures
    onward: Sequence["Hop"]
    """Where the trip can go on to from there."""


class Hops:
    """The network must not change between two uses."""

    def __init__(self, network: Network, rules: TripRules) -> None:
        self._network, self._rules = network, rules
        self.least_connection: Micros = length(min((row.least for row in rules.connections), default=timedelta(0)))
        """No connection is shorter."""
        self._onward: dict[tuple[Airport, Airport, int], list[Hop]] = {}
        self._with_non_stop: dict[Airport, set[Airport]] = {}

    def onward(self, airport: Airport, destination: Airport, *, connections: int) -> list[Hop]:
        """From any airport of the city, on trips with exactly this number of connections to any airport of the destination's.

        Ordered by `rest`, then by airports. Of the cities on the way only the first and the last are known to differ from the
        others.
        """
        return self._from(airport, self._rules.terminals(destination), connections)

    def _from(self, airport: Airport, goals: tuple[Airport, ...], connections: int) -> list[Hop]:
        key = (airport, goals[0], connections)
        found = self._onward.get(key)
        if found is None:
            starts = self._rules.terminals(airport)
            found = self._connecting(starts, goals, connections) if connections else self._non_stop(starts, goals)
            if len(found) > 1:
                found.sort()
            self._onward[key] = found
        return found

    def _non_stop(self, starts: Sequence[Airport], goals: Sequence[Airport]) -> list[Hop]:
        found = []
        for origin in starts:
            reachable = self._network.destinations(origin)
            for to in goals:
                departures = reachable.get(to)
                if departures is not None:
                    found.append(Hop(departures.shortest, origin, to, departures, ()))
        return found

    def _connecting(self, starts: Sequence[Airport], goals: tuple[Airport, ...], connections: int) -> list[Hop]:
        ends, found = {*starts, *goals}, []
        for origin in starts:
            reachable = self._network.destinations(origin)
            for via in reachable.keys() & self._last_stops(goals) if connections == 1 else reachable:
                if via not in ends and (onward := self._from(via, goals, connections - 1)):
                    departures = reachable[via]
                    rest = departures.shortest + self.least_connection + onward[0].rest
                    found.append(Hop(rest, origin, via, departures, onward))
        return found

    def _last_stops(self, goals: tuple[Airport, ...]) -> set[Airport]:
        """The airports from whose city a flight goes to one of these: few of those that can be reached."""
        found = self._with_non_stop.get(goals[0])
        if found is None:
            found = self._with_non_stop[goals[0]] = set()
            found.update(*map(self._network.origins, goals))
            for airport in found & self._rules.cities.keys():
                found.update(self._rules.terminals(airport))
        return found
