"""What the planner knows without asking: the flights as the ledger has them, and who waits for seats."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import airportsdata

from agents.planner.domain import Availability, Network, Rules, availability_of
from bus import Bus
from bus.view import View
from contracts.ledger import BOOKING, SEATS, WAITING, Booking, SeatLedger, Waiting
from contracts.names import Airport, FlightKey, Pnr, origin_of

_TERRITORIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "UM"})


class Knowledge:
    """Two views and the index over the first. Bookings are read when they are needed: they are many, and few are hit."""

    def __init__(self, bus: Bus, rules: Rules) -> None:
        self._bus = bus
        self._rules = rules
        self.network = Network()
        self._names: dict[str, FlightKey] = {}
        self._seats: View[SeatLedger, Availability] = bus.view(SEATS, _availability, changed=self._flight_changed)
        self._waiting: View[Waiting, Waiting] = bus.view(WAITING, lambda marker, _revision, _at: marker)

    @property
    def as_of(self) -> int:
        """The LEDGER sequence the flights are known at."""
        return self._seats.sequence

    @property
    def lag(self) -> timedelta:
        return max(self._seats.lag, self._waiting.lag)

    async def reach(self, sequence: int) -> None:
        """Returns once everything committed up to this LEDGER sequence is known."""
        await self._seats.reach(sequence)
        await self._waiting.reach(sequence)

    def waits_at(self, pnr: Pnr) -> Airport | None:
        """Where a stranded party waits; None for any other."""
        seen = self._waiting.get(WAITING.key(pnr=pnr).name)
        return seen.value.origin if seen else None

    async def bookings(self, pnrs: Iterable[Pnr]) -> dict[Pnr, tuple[Booking, int, datetime]]:
        """Those of the bookings that exist, with their revisions and when they were written."""
        keys = {pnr: BOOKING.key(pnr=pnr) for pnr in pnrs}
        loaded = await self._bus.load(keys.values())
        return {pnr: (e.message, e.revision, e.written_at) for pnr, key in keys.items() if (e := loaded[key])}

    def waiting_for(self, flight: FlightKey) -> list[Pnr]:
        """Who waits for a trip that this flight may be part of: at least everyone it would help, seldom anyone else."""
        if not self._waiting or flight not in self.network:
            return []
        found = self.network[flight]
        city = self._rules.city
        goes_on = any(self.network.destinations(a) for a in self._rules.terminals(found.destination))

        def helps(marker: Waiting) -> bool:
            starts = city(marker.origin) == city(origin_of(flight))
            ends = city(marker.destination) == city(found.destination)
            return ends or (goes_on and (starts or self._rules.max_connections > 1))

        return [seen.value.pnr for _, seen in self._waiting.items() if helps(seen.value)]

    def waiting_in(self, booking: Booking) -> list[Pnr]:
        """Who waits in the party's market."""
        city, ticket = self._rules.city, booking.ticket
        return [
            seen.value.pnr
            for _, seen in self._waiting.items()
            if city(seen.value.destination) == city(ticket.destination)
            and city(seen.value.origin) == city(ticket.origin)
        ]

    def _flight_changed(self, name: str, flight: Availability | None) -> None:
        if flight is not None:
            self._names[name] = flight.flight
            self.network.put(flight)
        elif name in self._names:
            self.network.remove(self._names.pop(name))


def countries() -> dict[Airport, str]:
    """The country of every airport; the territories of the United States count as the United States."""
    airports = airportsdata.load("IATA")
    return {iata: "US" if a["country"] in _TERRITORIES else a["country"] for iata, a in airports.items()}


def _availability(ledger: SeatLedger, revision: int, written_at: datetime) -> Availability:
    return availability_of(ledger, revision=revision, written_at=written_at)
