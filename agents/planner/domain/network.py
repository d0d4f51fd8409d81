"""The flights as the ledger has them now, indexed for search and cheap to keep up to date.

Only `scheduled` flights whose time has not passed can be boarded, so only they are in the index by departure: a plain sorted
list for each pair of airports. The others are found by key, since parties hold seats on them too. An update that moves no time
replaces one entry.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from msgspec import Struct, structs

from contracts.flights import Phase, Place, Stop
from contracts.ledger import Leg, SeatLedger, without_offered
from contracts.names import Airport, Cabin, Carrier, FlightKey, Mode, Pnr, carrier_of, origin_of
from contracts.passengers import Ssr


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
    scheduled_departure: datetime
    scheduled_arrival: datetime
    free: dict[Cabin, int]
    """Free seats by cabin; negative after a change to a smaller aircraft."""
    last_disruption: int
    """`SeatLedger.last_disruption`: a plan made on an older one is stale."""
    last_for_all: int = 0
    """`SeatLedger.last_for_all`: no party that was answered for it needs another answer, unless a later one names it."""
    revision: int
    written_at: datetime
    mode: Mode | None = None
    """None: by air."""
    tail: str | None = None
    """Registration of the aircraft; None: not known."""
    diverted_to: Airport | None = None
    stops: tuple[Stop, ...] = ()
    """Where it has landed on its way (`Flight.stops`)."""
    silent: bool = False
    """No word of it comes any more (`SeatLedger.silent`): where it is `returned`, it is not expected to leave again."""
    offloaded: tuple[Pnr, ...] = ()
    """Parties that lose their seats while their cabin's `free` is negative, or were left behind (`SeatLedger.offloaded`)."""
    departure_terminal: Place | None = None
    arrival_terminal: Place | None = None
    services: dict[Ssr, int] = {}
    """How many on board have each special service, as far as flights count them."""

    @property
    def lands(self) -> Airport:
        """The airport where its passengers leave it."""
        elsewhere = None if self.phase == "returned" else self.diverted_to
        return elsewhere or self.destination

    def got_off(self, leg: Leg) -> Stop | None:
        """The stop at which a party has got off whose flown leg ends there (`WaitlistEntry.flown`)."""
        ended = leg.destination != self.destination
        return next((s for s in self.stops if ended and s.left_at and s.airport == leg.destination), None)

    def left_at(self, stop: Stop) -> "Availability":
        """The flight as it was to a party that got off at this stop."""
        return structs.replace(self, phase="landed", diverted_to=stop.airport, arrives=stop.arrived_at)


def availability_of(ledger: SeatLedger, *, revision: int, written_at: datetime) -> Availability:
    """A flight's ledger without its holders. A cabin that is held but does not exist any more has negative free seats; one that
    was sold above its capacity by intent has none."""
    free = dict(ledger.capacity)
    for held in ledger.holders.values():
        free[held.cabin] = free.get(held.cabin, 0) - held.seats
    for cabin in ledger.authorised:
        free[cabin] = ledger.sellable(cabin, free.get(cabin, 0))
    for cabin in {kept.cabin for kept in ledger.on_offer.values()}:
        free[cabin] = without_offered(free.get(cabin, 0), ledger.offered(cabin))
    return Availability(
        flight=ledger.flight,
        origin=origin_of(ledger.flight),
        destination=ledger.destination,
        phase=ledger.presumed_phase,
        departs=ledger.expected_departure,
        arrives=ledger.expected_arrival,
        scheduled_departure=ledger.scheduled_departure,
        scheduled_arrival=ledger.scheduled_arrival,
        free=free,
        last_disruption=ledger.last_disruption,
        last_for_all=ledger.last_for_all,
        revision=revision,
        written_at=written_at,
        mode=ledger.mode,
        tail=ledger.tail,
        diverted_to=ledger.diverted_to,
        stops=ledger.stops,
        silent=ledger.silent,
        offloaded=ledger.offloaded,
        departure_terminal=ledger.departure_terminal,
        arrival_terminal=ledger.arrival_terminal,
        services={ssr: sum(by.values()) for ssr, by in ledger.services.items()},
    )


_SWEEP = timedelta(hours=1)
"""How often past departures are dropped: it takes a millisecond or two."""
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Micros: TypeAlias = int
"""An instant, as microseconds since 1970, or a length of time: exact, and compared ten times as fast as a datetime."""


def micros(at: datetime) -> Micros:
    return (at - _EPOCH) // _MICROSECOND


def length(takes: timedelta) -> Micros:
    return takes // _MICROSECOND


class Departures:
    """The scheduled flights from one airport to another, in order of departure, then of key."""

    __slots__ = ("arrivals", "carriers", "flights", "shortest", "times")

    def __init__(self) -> None:
        self.times: list[Micros] = []
        """The departure of each flight."""
        self.arrivals: list[Micros] = []
        """The arrival of each flight."""
        self.flights: list[Availability] = []
        self.shortest: Micros = length(timedelta.max)
        """No flight here takes less time."""
        self.carriers: set[Carrier] = set()
        """No flight here is another's. Like `shortest` it is kept when flights leave: a bound for the search."""

    def __len__(self) -> int:
        return len(self.flights)

    def add(self, flight: Availability) -> None:
        i = self._index(flight)
        departs, arrives = micros(flight.departs), micros(flight.arrives)
        self.times.insert(i, departs)
        self.arrivals.insert(i, arrives)
        self.flights.insert(i, flight)
        self.carriers.add(carrier_of(flight.flight))
        self.shortest = min(self.shortest, arrives - departs)

    def replace(self, known: Availability, flight: Availability) -> None:
        """Put `flight` in the place of `known`, which departs at the same time."""
        i = self._index(known)
        self.flights[i], self.arrivals[i] = flight, micros(flight.arrives)
        self.shortest = min(self.shortest, self.arrivals[i] - self.times[i])

    def remove(self, flight: Availability) -> None:
        """Remove the flight, if it is there."""
        i = self._index(flight)
        if i < len(self.flights) and self.flights[i].flight == flight.flight:
            del self.times[i], self.arrivals[i], self.flights[i]

    def drop(self, *, before: datetime) -> None:
        """Remove all that depart before then."""
        i = bisect_left(self.times, micros(before))
        del self.times[:i], self.arrivals[:i], self.flights[:i]

    def _index(self, flight: Availability) -> int:
        """Where the flight is, or belongs."""
        departs = micros(flight.departs)
        i = bisect_left(self.times, departs)
        while i < len(self.times) and self.times[i] == departs and self.flights[i].flight < flight.flight:
            i += 1
        return i


class Network:
    """All flights by key, and the scheduled ones by origin, destination and departure."""

    __slots__ = ("_departures", "_dropped_before", "_flights", "_from")

    def __init__(self, flights: Iterable[Availability] = ()) -> None:
        self._flights: dict[FlightKey, Availability] = {}
        self._departures: dict[Airport, dict[Airport, Departures]] = {}
        self._from: dict[Airport, dict[Airport, Departures]] = {}
        """The same lists, by destination and then by origin."""
        self._dropped_before = _ALWAYS
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
        listed = self._is_listed(flight)
        if known is not None and self._is_listed(known):
            if listed and known.departs == flight.departs and known.destination == flight.destination:
                self._departures[flight.origin][flight.destination].replace(known, flight)
                return
            self._unlist(known)
        if listed:
            self._listing(flight.origin, flight.destination).add(flight)

    def remove(self, flight: FlightKey) -> None:
        """Remove a flight, if it is there."""
        known = self._flights.pop(flight, None)
        if known is not None and self._is_listed(known):
            self._unlist(known)

    def drop_departed(self, now: datetime) -> None:
        """Take the flights whose departure is past out of the index by departure, once for each hour that passes."""
        if now < self._dropped_before + _SWEEP:
            return
        self._dropped_before = now
        for to in self._departures.values():
            for departures in to.values():
                departures.drop(before=now)
        for listed in (self._departures, self._from):
            for airport, others in listed.items():
                listed[airport] = {other: left for other, left in others.items() if left}

    def destinations(self, origin: Airport) -> Mapping[Airport, Departures]:
        """The scheduled departures from an airport, by destination."""
        return self._departures.get(origin, {})

    def origins(self, destination: Airport) -> Mapping[Airport, Departures]:
        """The scheduled departures to an airport, by origin."""
        return self._from.get(destination, {})

    def between(
        self, origin: Airport, destination: Airport, *, earliest: datetime, latest: datetime
    ) -> list[Availability]:
        """Scheduled flights that depart from `earliest` to `latest`, both included, in order of departure."""
        departures = self.destinations(origin).get(destination)
        if departures is None:
            return []
        times = departures.times
        return departures.flights[bisect_left(times, micros(earliest)) : bisect_right(times, micros(latest))]

    def _is_listed(self, flight: Availability) -> bool:
        return flight.phase == "scheduled" and flight.departs >= self._dropped_before

    def _listing(self, origin: Airport, destination: Airport) -> Departures:
        to = self._departures.setdefault(origin, {})
        departures = to.get(destination)
        if departures is None:
            departures = to[destination] = self._from.setdefault(destination, {})[origin] = Departures()
        return departures

    def _unlist(self, flight: Availability) -> None:
        departures = self._departures[flight.origin][flight.destination]
        departures.remove(flight)
        if not departures:
            del self._departures[flight.origin][flight.destination], self._from[flight.destination][flight.origin]
