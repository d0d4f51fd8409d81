"""An independent search: is there a legal seat for a stranded party?

It uses another method than the planner, which walks routes and lists trips. This search proceeds in rounds, one flight per
round, and keeps the possible arrival times for each airport: a flight can be caught if the last arrival that leaves time to
connect is not too long before it. Cities passed need not be kept: a trip through one city twice could have left it directly the
second time.

A flight counts only if monitor and ledger both have it scheduled, and with the less favourable times of the two, so that a
small move without a fact makes no fault.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.ledger import Booking, BookingFact, BookingStranded, Journey, JourneyKey, Leg, WaitlistEntry
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.findings import Findings
from irops.audit.people import travels_alone
from irops.audit.seats import Taken
from irops.audit.streams import Streams, named

CO_TERMINALS: Mapping[Airport, str] = {"JFK": "NYC", "LGA": "NYC", "EWR": "NYC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRules:
    """What makes a trip legal; all of them defaults of ours, since there is no authoritative source."""

    lead: timedelta = timedelta(minutes=45)
    """It departs at least this long after `now`."""
    earlier: timedelta = timedelta(hours=2)
    """It departs at most this long before the ticket."""
    later: timedelta = timedelta(days=14)
    """Its last flight departs at most this long after the ticket."""
    connection: timedelta = timedelta(minutes=45)
    """Shortest time between two domestic flights at one airport."""
    transfer: timedelta = timedelta(minutes=180)
    """Shortest time between two flights at two airports of one city, and from `now` to a departure from another airport of the
    city than the party is at."""
    wait: timedelta = timedelta(hours=6)
    """Longest time between two flights."""
    connections: int = 2
    """Most changes of aircraft."""
    sold_lead: timedelta = timedelta(minutes=30)
    """A flight is sold at least this long before it departs: less than `lead`, because a plan takes time to be committed."""
    sold_transfer: timedelta = timedelta(minutes=165)
    """The same for a flight from another airport of the city than the party was to leave from, and for a connection between
    two of them."""
    sold_connection: timedelta = timedelta(minutes=30)
    """Shortest time between two flights at one airport, one of them newly sold."""
    kept_share: float = 2 / 3
    """The share of the shortest time with which a connection is kept."""
    presumed: timedelta = timedelta(minutes=60)
    """For so long after its departure a flight is presumed under way without a word."""
    given_up: timedelta = timedelta(minutes=45)
    """So long before it leaves, a journey's first flight is given up while the journey before it is stranded."""
    cities: Mapping[Airport, str] = field(default_factory=lambda: CO_TERMINALS)
    """Airports that serve one city; any other airport is a city of its own."""

    def city(self, airport: Airport) -> str:
        """The city an airport serves."""
        return self.cities.get(airport, airport)


@dataclass(frozen=True, slots=True)
class OpenFlight:
    """A flight that can be sold."""

    departs: datetime
    arrives: datetime
    flight: FlightKey
    origin: Airport
    destination: Airport
    free: int
    """Free seats in the cabin with the most."""


Path = tuple[FlightKey, ...]


class Search(NamedTuple):
    """What determines a search's result: parties with the same need only one."""

    origin: Airport
    destination: Airport
    seats: int
    alone: bool
    """An unaccompanied minor."""
    earliest: datetime
    """Of the first departure."""
    elsewhere: datetime
    """Of the first departure if it is from another airport of the city."""
    latest: datetime
    """Of the last departure."""
    arrives: datetime | None
    """At the origin, for a party that is still on its way there."""


def stranded_beside_a_seat(
    streams: Streams, taken: Taken, latest: Mapping[JourneyKey, BookingFact], *, rules: TripRules
) -> Findings:
    """Stranded journeys for each of which alone there is a legal trip now."""
    found = Findings()
    stranded = [(booking, journey) for booking, journey in streams.journeys() if journey.state == "stranded"]
    if not stranded:
        return found
    network = Network(_open_flights(streams, taken), rules=rules)
    known: dict[Search, Path | None] = {}
    for booking, journey in stranded:
        before, _ = booking.neighbours(journey.number)
        if before is not None and before.state == "stranded":
            continue  # it waits for that one
        key = booking.pnr, journey.number
        fact = latest.get(key)
        waits = fact if isinstance(fact, BookingStranded) else streams.waiting.get(key)
        search = _search(booking, journey, waits, streams, rules=rules)
        if search not in known:
            is_there = rules.city(search.origin) == rules.city(search.destination)  # its flight was diverted there
            known[search] = None if is_there else network.trip(search)
        path = known[search]
        if path:
            found.add(f"{named(booking, journey)} ({search.seats} seats) could fly {' + '.join(path)}")
    return found


def _search(
    booking: Booking,
    journey: Journey,
    waits: BookingStranded | WaitlistEntry | None,
    streams: Streams,
    *,
    rules: TripRules,
) -> Search:
    """From where the party was stranded, which is not the ticket's origin if it had set out; for a party still on its way, from
    where and when it arrives."""
    ticket, party = journey.ticket, booking.party
    origin, destination, there = ticket.origin, ticket.destination, None
    if waits is not None:
        origin, destination = waits.origin, waits.destination
        flown = [leg for leg in waits.flown if _has_left(leg, streams, rules)]
        if flown:
            origin, there = _lands(flown[-1], streams)
        elif waits.flown:
            origin = origin_of(waits.flown[0].flight)
    begins = [streams.now + rules.lead, streams.now + rules.transfer]
    earliest, elsewhere = (
        max(at, _ends_before(booking, journey, streams, rules=rules, least=least))
        for at, least in zip(begins, (rules.connection, rules.transfer), strict=True)
    )
    if origin == ticket.origin:
        earliest = max(earliest, ticket.departs - rules.earlier)
    return Search(
        origin,
        destination,
        party.seats,
        travels_alone(booking),
        earliest,
        max(earliest, elsewhere),
        ticket.departs + rules.later,
        there,
    )


def _has_left(leg: Leg, streams: Streams, rules: TripRules) -> bool:
    """Whether the flight has left, or is presumed to have: no word of it has come since its departure."""
    state = streams.flights.get(leg.flight)
    if state is None or state.phase not in ("scheduled", "rerouted", "cancelled", "returned"):
        return True
    return state.phase == "scheduled" and streams.now < state.departs + rules.presumed


def _ends_before(
    booking: Booking, journey: Journey, streams: Streams, *, rules: TripRules, least: timedelta
) -> datetime:
    """When the journey before this one has ended, with the time to change planes where this one begins."""
    before, _ = booking.neighbours(journey.number)
    if before is None or not before.legs:
        return streams.now
    place, arrives = _lands(before.legs[-1], streams)
    same_city = rules.city(place) == rules.city(journey.ticket.origin)
    return arrives + (least if same_city else timedelta(0))


def _lands(leg: Leg, streams: Streams) -> tuple[Airport, datetime]:
    """Where a flight lands, and the latest time that ledger or monitor has for it."""
    ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
    lands = (ledger and ledger.diverted_to) or leg.destination
    known = [ledger.arrives] if ledger else [leg.arrives]
    if state is not None:
        known += [state.arrives, state.announced_arrival]
    return lands, max(known)


def _open_flights(streams: Streams, taken: Taken) -> Iterable[OpenFlight]:
    for key, ledger in streams.seats.items():
        state = streams.flights.get(key)
        if ledger.mode in ("rail", "coach"):
            continue  # only for parties that were sold one, which this check does not look at
        if ledger.phase != "scheduled" or (state is not None and state.phase != "scheduled"):
            continue
        departs, arrives = ledger.departs, ledger.arrives
        if state is not None:
            departs, arrives = min(departs, state.departs), max(arrives, state.arrives)
        held = taken.get(key, {})
        free = max((capacity - held.get(cabin, 0) for cabin, capacity in ledger.capacity.items()), default=0)
        if free > 0 and departs <= streams.horizon:
            yield OpenFlight(departs, arrives, key, origin_of(key), ledger.destination, free)


class Network:
    """The open flights, by the city they leave, in order of departure."""

    def __init__(self, flights: Iterable[OpenFlight], *, rules: TripRules) -> None:
        self._rules = rules
        self._leaving: dict[str, list[OpenFlight]] = {}
        for flight in sorted(flights, key=lambda f: (f.departs, f.flight)):
            self._leaving.setdefault(rules.city(flight.origin), []).append(flight)

    def trip(self, search: Search) -> Path | None:
        """Get the flights of a legal trip with as few connections as possible; None if there is none."""
        origin, destination, seats, alone, earliest, _, latest, _ = search
        start = self._rules.city(origin)
        goal = self._rules.city(destination)
        there: dict[str, list[_Arrival]] = {}
        for flight in self._leaving_between(start, earliest, latest):
            if flight.free < seats or not self._begins(search, flight):
                continue
            if alone:
                if flight.origin == origin and flight.destination == destination:
                    return (flight.flight,)
            elif self._rules.city(flight.destination) == goal:
                return (flight.flight,)
            else:
                self._reach(there, flight, ())
        for _ in range(0 if alone else self._rules.connections):
            onward: dict[str, list[_Arrival]] = {}
            for city, arrivals in there.items():
                by_airport = _by_airport(arrivals)
                for flight in self._leaving_between(city, arrivals[0].at, latest):
                    if flight.free < seats:
                        continue
                    path = self._caught(flight, by_airport)
                    if path is None:
                        continue
                    if self._rules.city(flight.destination) == goal:
                        return (*path, flight.flight)
                    self._reach(onward, flight, path)
            there = onward
        return None

    def _begins(self, search: Search, flight: OpenFlight) -> bool:
        """Whether the party can be at this flight from where it is."""
        if flight.origin != search.origin and flight.departs < search.elsewhere:
            return False
        return search.arrives is None or flight.departs >= search.arrives + self._least(search.origin, flight)

    def _leaving_between(self, city: str, earliest: datetime, latest: datetime) -> list[OpenFlight]:
        leaving = self._leaving.get(city, [])
        first = bisect_left(leaving, earliest, key=lambda f: f.departs)
        return leaving[first : bisect_right(leaving, latest, key=lambda f: f.departs)]

    def _reach(self, there: dict[str, list["_Arrival"]], flight: OpenFlight, path: Path) -> None:
        city = self._rules.city(flight.destination)
        if city in self._leaving:
            arrival = _Arrival(flight.arrives, flight.destination, (*path, flight.flight))
            insort(there.setdefault(city, []), arrival, key=lambda a: a.at)

    def _least(self, airport: Airport, flight: OpenFlight) -> timedelta:
        """The shortest time between arriving at an airport and leaving with the flight."""
        return self._rules.connection if airport == flight.origin else self._rules.transfer

    def _caught(self, flight: OpenFlight, arrivals: Mapping[Airport, list["_Arrival"]]) -> Path | None:
        """How to catch the flight: by the last arrival that leaves time to connect, if that is not too long before."""
        for airport, at_airport in arrivals.items():
            last = bisect_right(at_airport, flight.departs - self._least(airport, flight), key=lambda a: a.at) - 1
            if last >= 0 and flight.departs - at_airport[last].at <= self._rules.wait:
                return at_airport[last].path
        return None


@dataclass(frozen=True, slots=True)
class _Arrival:
    at: datetime
    airport: Airport
    path: Path


def _by_airport(arrivals: list[_Arrival]) -> dict[Airport, list[_Arrival]]:
    found: dict[Airport, list[_Arrival]] = {}
    for arrival in arrivals:
        found.setdefault(arrival.airport, []).append(arrival)
    return found
