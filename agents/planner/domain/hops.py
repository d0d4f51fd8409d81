"""Where a trip can go on to from an airport, the shortest way to its destination first.

Made of the shortest flight between each pair of airports, whatever its time: a bound for the search, made once for all parties
of a window that want to get to the same place.
"""

from datetime import timedelta

from msgspec import Struct

from agents.planner.domain.network import Departures, Micros, Network, length
from agents.planner.domain.rules import TripRules
from contracts.names import Airport


class Hop(Struct, frozen=True, gc=False):
    """The next flight of a trip: from where, to where, and how long the trip takes from its departure on."""

    rest: Micros
    """From the departure of this flight to the arrival of the trip, at least."""
    origin: Airport
    to: Airport
    departures: Departures


class Hops:
    """The network must not change between two uses."""

    def __init__(self, network: Network, rules: TripRules) -> None:
        self._network, self._rules = network, rules
        self.least_connection: Micros = length(min((row.least for row in rules.connections), default=timedelta(0)))
        """No connection is shorter."""
        self._found: dict[tuple[Airport, Airport, int], list[Hop]] = {}

    def onward(self, airport: Airport, destination: Airport, *, connections: int) -> list[Hop]:
        """From any airport of the city, on trips with exactly this number of connections to any airport of the destination's.

        Ordered by `rest`. Of the cities on the way only the first and the last are known to differ from the others.
        """
        key = (airport, destination, connections)
        found = self._found.get(key)
        if found is None:
            hops = self._direct(airport, destination) if not connections else self._via(*key)
            found = self._found[key] = sorted(hops, key=lambda hop: (hop.rest, hop.origin, hop.to))
        return found

    def _direct(self, airport: Airport, destination: Airport) -> list[Hop]:
        found = []
        for origin in self._rules.terminals(airport):
            reachable = self._network.destinations(origin)
            for to in self._rules.terminals(destination):
                if departures := reachable.get(to):
                    found.append(Hop(departures.shortest, origin, to, departures))
        return found

    def _via(self, airport: Airport, destination: Airport, connections: int) -> list[Hop]:
        ends = {*self._rules.terminals(airport), *self._rules.terminals(destination)}
        found = []
        for origin in self._rules.terminals(airport):
            for to, departures in self._network.destinations(origin).items():
                if to not in ends and (onward := self._shortest(to, destination, connections - 1)) is not None:
                    found.append(Hop(departures.shortest + self.least_connection + onward, origin, to, departures))
        return found

    def _shortest(self, airport: Airport, destination: Airport, connections: int) -> Micros | None:
        """The least `rest` of the way on; None if there is none."""
        if not connections and airport not in self._rules.cities and destination not in self._rules.cities:
            departures = self._network.destinations(airport).get(destination)
            return departures.shortest if departures else None
        hops = self.onward(airport, destination, connections=connections)
        return hops[0].rest if hops else None
