"""A cheap test of whether a search for a waiting party can find anything, so that few of hundreds are read and planned.

It errs on one side only: it says yes wherever a search could find a trip, and seldom where none exists.
"""

from datetime import UTC, datetime

from agents.planner.domain.network import Network
from agents.planner.domain.reservations import SeatCounts
from agents.planner.domain.rules import TripRules
from contracts.ledger import WaitlistEntry
from contracts.names import CABINS, Airport, Carrier

_NO_LIMIT = datetime.max.replace(tzinfo=UTC)
"""The latest departure depends on the ticket, which a waitlist entry does not carry."""


class SeatScan:
    """One window's answers; each market is scanned once."""

    def __init__(self, network: Network, *, now: datetime, rules: TripRules, reserved: SeatCounts) -> None:
        self._network, self._rules, self._reserved, self._now = network, rules, reserved, now
        self._scans: dict[Carrier | None, list[_Scan]] = {}

    def may_fit(self, entry: WaitlistEntry) -> bool:
        """Whether some flight of the party's market may have seats for all of it, it holds some, or it is brought to where it
        wants to go."""
        scans = self._scans.get(entry.carrier)
        if scans is None:
            sets = self._rules.sets_for(entry.carrier)
            scans = self._scans[entry.carrier] = [
                _Scan(self._network, self._now, each, self._reserved) for each in sets
            ]
        return any(scan.may_fit(entry) for scan in scans)


class _Scan:
    """The same by one set of rules."""

    def __init__(self, network: Network, now: datetime, rules: TripRules, reserved: SeatCounts) -> None:
        self._network, self._rules, self._reserved = network, rules, reserved
        self._earliest = now + rules.lead
        self._most: dict[tuple[Airport, Airport, bool], float] = {}
        """By market, and by whether a connection may be given."""

    def may_fit(self, entry: WaitlistEntry) -> bool:
        market = (entry.origin, entry.destination, max(self._rules.max_connections, entry.connections) > 0)
        if entry.held or self._rules.city(entry.origin) == self._rules.city(entry.destination):
            return True
        if market not in self._most:
            self._most[market] = self._seats_between(*market)
        return self._most[market] >= entry.seats

    def _seats_between(self, origin: Airport, destination: Airport, connects: bool) -> float:
        """The most seats of one cabin on any non-stop flight; infinite where a connection is possible."""
        most = 0
        for start in self._rules.terminals(origin):
            for via in self._network.destinations(start):
                if connects and self._has_onward_flight(via):
                    return float("inf")
            for end in self._rules.terminals(destination):
                for flight in self._network.between(start, end, earliest=self._earliest, latest=_NO_LIMIT):
                    for cabin in CABINS:
                        free = flight.free.get(cabin, 0) - self._reserved.get((flight.flight, cabin), 0)
                        most = max(most, free)
        return most

    def _has_onward_flight(self, airport: Airport) -> bool:
        """Whether any flight leaves from an airport of this airport's city."""
        return any(self._network.destinations(terminal) for terminal in self._rules.terminals(airport))
