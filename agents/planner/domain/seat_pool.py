"""What the parties of one window share: the free seats, and the ways between two places."""

from collections.abc import Collection
from datetime import date, datetime

from agents.planner.domain.hops import Hops
from agents.planner.domain.network import Availability, Micros, Network, length
from agents.planner.domain.reservations import NO_SEATS, SeatCounts
from agents.planner.domain.rules import TripRules
from contracts.names import BY_LAND, Airport, Cabin, FlightKey


class CabinSeats:
    """The seats of one cabin of one flight within one window."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left
        """Not yet given to a party of this window."""


class SeatPool:
    """One window's view of the flights. Each cabin's seats exist once.

    `reserved` seats are not given away, though the network has them free. `latest` is the last departure that any party of the
    window may have. The network must not change while the pool is in use.
    """

    def __init__(
        self, network: Network, *, now: datetime, latest: datetime, rules: TripRules, reserved: SeatCounts = NO_SEATS
    ) -> None:
        self.rules = rules
        self.earliest, self.latest = now + rules.lead, latest
        self.elsewhere = now + max(rules.lead, rules.co_terminal_least)
        """The earliest departure from another airport of the city than the one that the party is at, or was to leave from."""
        self.hops = Hops(network, rules)
        self._network = network
        self.looked_at = 0
        """How many flights searches have looked at: the size of their work, whatever the machine."""
        self._reserved = reserved
        self._seats: dict[tuple[FlightKey, Cabin], CabinSeats] = {}
        self._least: dict[tuple[Airport, Airport, Airport, Airport, date], Micros] = {}

    def flight(self, key: FlightKey) -> Availability | None:
        """The flight as it is now; None where it is not known."""
        if key not in self._network:
            return None
        return self._network[key]

    def is_by_land(self, flight: FlightKey) -> bool:
        """Whether it is known to be a train or a coach."""
        return flight in self._network and self._network[flight].mode in BY_LAND

    def seats(self, flight: Availability, cabin: Cabin) -> CabinSeats:
        key = (flight.flight, cabin)
        seats = self._seats.get(key)
        if seats is None:
            seats = self._seats[key] = CabinSeats(flight.free.get(cabin, 0) - self._reserved.get(key, 0))
        return seats

    def has_seats(self, flight: Availability, cabins: Collection[Cabin], seats: int) -> bool:
        """Whether one of the cabins has this number of seats left."""
        for cabin, left in flight.free.items():
            if left < seats or cabin not in cabins:
                continue  # mostly so, and no question is asked more often
            key = (flight.flight, cabin)
            given = self._seats.get(key)
            if (given.left if given is not None else left - self._reserved.get(key, 0)) >= seats:
                return True
        return False

    def least_connection(self, inbound: Availability, origin: Airport, destination: Airport) -> Micros:
        """The minimum time from landing on `inbound` to a departure from `origin` to `destination`."""
        on = inbound.arrives.date()
        key = (inbound.origin, inbound.lands, origin, destination, on)
        least = self._least.get(key)
        if least is None:
            least = self._least[key] = length(self.rules.least_connection(key[:2], departing=key[2:4], on=on))
        return least
