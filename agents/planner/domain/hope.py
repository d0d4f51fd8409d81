"""Whether searching for a waiting party can be of use at all: asked of hundreds at every window, so that few need be read.

Says yes whenever a search could find a trip, and seldom otherwise.
"""

from datetime import UTC, datetime

from agents.planner.domain.claims import Claimed
from agents.planner.domain.network import Network
from agents.planner.domain.rules import Rules
from contracts.ledger import WaitlistEntry
from contracts.names import CABINS, Airport

_EVER = datetime.max.replace(tzinfo=UTC)
"""How late a party may leave depends on its ticket, which its marker does not tell."""


class Hope:
    """One window's answers; each market is looked at once."""

    def __init__(self, network: Network, *, now: datetime, rules: Rules, claimed: Claimed) -> None:
        self._network, self._rules, self._claimed = network, rules, claimed
        self._earliest = now + rules.lead
        self._most: dict[tuple[Airport, Airport], float] = {}

    def there_is(self, marker: WaitlistEntry) -> bool:
        """Whether some flight of its market may have seats for all of the party."""
        market = (marker.origin, marker.destination)
        if market not in self._most:
            self._most[market] = self._seats_between(*market)
        return self._most[market] >= marker.seats

    def _seats_between(self, origin: Airport, destination: Airport) -> float:
        """The most seats of one cabin on any non-stop flight; without limit where there may be connections."""
        most = 0
        for start in self._rules.terminals(origin):
            for over in self._network.destinations(start):
                if self._rules.max_connections and self._leads_on(over):
                    return float("inf")
            for end in self._rules.terminals(destination):
                for flight in self._network.between(start, end, earliest=self._earliest, latest=_EVER):
                    for cabin in CABINS:
                        free = flight.free.get(cabin, 0) - self._claimed.get((flight.flight, cabin), 0)
                        most = max(most, free)
        return most

    def _leads_on(self, airport: Airport) -> bool:
        """Whether anything leaves the city, be it from another of its airports."""
        return any(self._network.destinations(terminal) for terminal in self._rules.terminals(airport))
