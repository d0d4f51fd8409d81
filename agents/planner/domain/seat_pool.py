"""What the parties of one window share: the free seats, and the trips found between two places."""

from datetime import datetime

from agents.planner.domain.network import Availability, Network
from agents.planner.domain.reservations import NO_SEATS, SeatCounts
from agents.planner.domain.rules import Rules
from agents.planner.domain.trips import Start, Trip, search
from contracts.names import Airport, Cabin, FlightKey


class CabinSeats:
    """The seats of one cabin of one flight within one window."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left
        """Not yet given to a party of this window."""


class SeatPool:
    """One window's view of the flights. Each cabin's seats exist once, and each market is searched once.

    `reserved` seats are not given away, though the network has them free. `latest` is the last departure that any party of the
    window may have.
    """

    def __init__(
        self, network: Network, *, now: datetime, latest: datetime, rules: Rules, reserved: SeatCounts = NO_SEATS
    ) -> None:
        self._network, self._rules, self._reserved = network, rules, reserved
        self.earliest, self.latest = now + rules.lead, latest
        self._seats: dict[tuple[FlightKey, Cabin], CabinSeats] = {}
        self._found: dict[tuple[object, ...], list[Trip]] = {}

    def seats(self, flight: Availability, cabin: Cabin) -> CabinSeats:
        key = (flight.flight, cabin)
        seats = self._seats.get(key)
        if seats is None:
            seats = self._seats[key] = CabinSeats(flight.free.get(cabin, 0) - self._reserved.get(key, 0))
        return seats

    def trips(self, start: Start, destination: Airport, *, connections: int) -> list[Trip]:
        """The trips with exactly this number of connections, in order of arrival."""
        after = start.after.flight if start.after else None
        key = (start.airport, start.earliest, after, start.visited, start.waits, destination, connections)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = search(
                self._network,
                start,
                destination=destination,
                latest=self.latest,
                connections=connections,
                rules=self._rules,
            )
        return found
