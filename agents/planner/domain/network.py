"""The flights as the ledger has them now, indexed for search and cheap to keep up to date.

Only `scheduled` flights can be boarded, so only they are in the index by departure. The others are found by key, since parties
hold seats on them too. An update that moves no time costs one dictionary assignment.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from contracts.flights import Phase
from contracts.ledger import SeatLedger
from contracts.names import Airport, Cabin, FlightKey, Pnr, origin_of

Departure = tuple[datetime, FlightKey]


class UnknownFlight(LookupError):
    """A booking names a flight that the ledger lacks: the ledger is inconsistent, and there is nothing to plan on."""


class Availability(Struct, frozen=True, kw_only=True, gc=False):
    """What planning needs of one flight's ledger, with its revision."""

    flight: FlightKey
    origin: Airport
    destination: Airport
    phase: Phase
    departs: datetime
    arrives: datetime
    free: dict[Cabin, int]
    """Free seats by cabin; negative after a change to a smaller aircraft."""
    last_disruption: int
    """`SeatLedger.last_disruption`: a plan made on an older one is stale."""
    revision: int
    written_at: datetime
    diverted_to: Airport | None = None
    offloaded: tuple[Pnr, ...] = ()
    """Parties that lose their seats while their cabin's `free` is negative, or were left behind (`SeatLedger.offloaded`)."""

    @property
    def lands(self) -> Airport:
        """The airport where its passengers leave it."""
        return self.diverted_to or self.destination


def availability_of(ledger: SeatLedger, *, revision: int, written_at: datetime) -> Availability:
    """A flight's ledger without its holders. A cabin that is held but does not exist any more has negative free seats."""
    free = dict(ledger.capacity)
    for held in ledger.holders.values():
        free[held.cabin] = free.get(held.cabin, 0) - held.seats
    return Availability(
        flight=ledger.flight,
        origin=origin_of(ledger.flight),
        destination=ledger.destination,
        phase=ledger.phase,
        departs=ledger.departs,
        arrives=ledger.arrives,
        free=free,
        last_disruption=ledger.last_disruption,
        revision=revision,
        written_at=written_at,
        diverted_to=ledger.diverted_to,
        offloaded=ledger.offloaded,
    )


class Network:
    """All flights by key, and the scheduled ones by origin, destination and departure."""

    __slots__ = ("_departures", "_flights")

    def __init__(self, flights: Iterable[Availability] = ()) -> None:
        self._flights: dict[FlightKey, Availability] = {}
        self._departures: dict[Airport, dict[Airport, list[Departure]]] = {}
        for flight in flights:
            self.put(flight)

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, flight: object) -> bool:
        return flight in self._flights

    def __getitem__(self, flight: FlightKey) -> Availability:
        """Raises `UnknownFlight`."""
        try:
            return self._flights[flight]
        except KeyError:
            raise UnknownFlight(f"{flight} is in a booking but not in the ledger") from None

    def put(self, flight: Availability) -> None:
        """Add or replace a flight."""
        known = self._flights.get(flight.flight)
        self._flights[flight.flight] = flight
        if known is not None and known.phase == "scheduled":
            if (
                flight.phase == "scheduled"
                and known.departs == flight.departs
                and known.destination == flight.destination
            ):
                return
            self._unlist(known)
        if flight.phase == "scheduled":
            to = self._departures.setdefault(flight.origin, {})
            insort(to.setdefault(flight.destination, []), (flight.departs, flight.flight))

    def remove(self, flight: FlightKey) -> None:
        """Remove a flight, if it is there."""
        known = self._flights.pop(flight, None)
        if known is not None and known.phase == "scheduled":
            self._unlist(known)

    def destinations(self, origin: Airport) -> Mapping[Airport, Sequence[Departure]]:
        """Scheduled departures from an airport, by destination and in order of time."""
        return self._departures.get(origin, {})

    def between(
        self, origin: Airport, destination: Airport, *, earliest: datetime, latest: datetime
    ) -> list[Availability]:
        """Scheduled flights that depart from `earliest` to `latest`, both included, in order of departure."""
        departures = self._departures.get(origin, {}).get(destination, ())
        start = bisect_left(departures, (earliest, ""))
        found = []
        for departs, flight in departures[start:]:
            if departs > latest:
                break
            found.append(self._flights[flight])
        return found

    def _unlist(self, flight: Availability) -> None:
        to = self._departures[flight.origin]
        departures = to[flight.destination]
        del departures[bisect_left(departures, (flight.departs, flight.flight))]
        if not departures:
            del to[flight.destination]
