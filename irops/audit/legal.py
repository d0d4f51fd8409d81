"""An independent search: is there a legal seat for a stranded party?

It uses another method than the planner, which walks routes and lists trips. This search proceeds in rounds, one flight per
round, and keeps the possible arrival times for each airport: a flight can be caught if the last arrival that leaves time to
connect is not too long before it. Cities passed need not be kept: a trip through one city twice could have left it directly the
second time.

A flight counts only if monitor and ledger both have it scheduled, and with the less favourable times of the two, so that a
small move without a fact makes no fault.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from contracts.ledger import Booking, BookingFact, BookingStranded, Journey, JourneyKey, Leg, WaitlistEntry
from contracts.names import BY_LAND, Airport, Cabin, Carrier, FlightKey, origin_of
from contracts.passengers import Ssr
from contracts.rules import Limits, Reach
from irops.audit.findings import Findings
from irops.audit.people import travels_alone
from irops.audit.rules import TripRules, reach
from irops.audit.seats import Taken
from irops.audit.services import number_of, on_board
from irops.audit.streams import Streams, named


@dataclass(frozen=True, slots=True)
class OpenFlight:
    """A flight that can be sold."""

    departs: datetime
    arrives: datetime
    flight: FlightKey
    origin: Airport
    destination: Airport
    free: Mapping[Cabin, int]
    """Free seats by cabin, where there are any."""
    on_board: Mapping[Ssr, int]
    """Passengers with special services."""


Path = tuple[FlightKey, ...]


class Search(NamedTuple):
    """What determines a search's result: parties with the same need only one."""

    origin: Airport
    destination: Airport
    seats: int
    cabins: tuple[Cabin, ...]
    """Those that the party may be given."""
    alone: bool
    """An unaccompanied minor."""
    limits: Limits
    earliest: datetime
    """Of the first departure."""
    elsewhere: datetime
    """Of the first departure if it is from another airport of the city."""
    latest: datetime
    """Of the last departure."""
    arrives: datetime | None
    """At the origin, for a party that is still on its way there."""
    inbound: Reach
    """Whether the flight that takes it there crosses a border."""
    held: frozenset[FlightKey]
    """Flights of the booking's other journeys, which it cannot hold twice."""
    own: frozenset[tuple[FlightKey, Cabin]]
    """Where it has seats, which it has kept while it waits."""
    onto: frozenset[Carrier] | None
    """Carriers onto whose flights it may be moved; None: any."""
    room: tuple[tuple[Ssr, int], ...]
    """Special services of which a flight takes only so many, each with how many may be on board already."""


def stranded_beside_a_seat(
    streams: Streams,
    taken: Taken,
    latest: Mapping[JourneyKey, BookingFact],
    *,
    rules: TripRules,
    waiting: Set[JourneyKey] = frozenset(),
) -> Findings:
    """Stranded journeys for each of which alone there is a legal trip now, but for those that are `waiting` for a brake."""
    found = Findings()
    stranded = [
        (booking, journey)
        for booking, journey in streams.journeys()
        if journey.state == "stranded" and (booking.pnr, journey.number) not in waiting
    ]
    if not stranded:
        return found
    own = {leg.flight for _, journey in stranded for leg in journey.held}
    flights = list(_open_flights(streams, taken, own=own))
    networks: dict[object, tuple[Network, dict[Search, Path | None]]] = {}
    for booking, journey in stranded:
        before, _ = booking.neighbours(journey.number)
        if before is not None and before.state == "stranded":
            continue  # it waits for that one
        key = booking.pnr, journey.number
        fact = latest.get(key)
        waits = fact if isinstance(fact, BookingStranded) else streams.waiting.get(key)
        party = rules.of(journey.ticket, booking.party)
        network, known = networks.get((party.seller, party.extra)) or (None, {})
        if network is None:
            network = Network(flights, rules=party, now=streams.now)
            networks[party.seller, party.extra] = network, known
        search = _search(booking, journey, waits, streams, rules=party)
        if search not in known:
            is_there = party.city(search.origin) == party.city(search.destination)  # its flight was diverted there
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
    ticket, party, alone = journey.ticket, booking.party, travels_alone(booking)
    origin, destination, there = ticket.origin, ticket.destination, None
    inbound: Reach = "domestic"
    if waits is not None:
        origin, destination = waits.origin, waits.destination
        flown = [leg for leg in waits.flown if _has_left(leg, streams, rules)]
        if flown:
            origin, there = _lands(flown[-1], streams)
            inbound = reach((origin_of(flown[-1].flight), origin))
        elif waits.flown:
            origin = origin_of(waits.flown[0].flight)
    earliest = max(streams.now + rules.lead, _ends_before(booking, journey, streams, rules=rules))
    elsewhere = max(
        streams.now + rules.transfer, _ends_before(booking, journey, streams, rules=rules, least=rules.transfer)
    )
    if rules.city(origin) == rules.city(ticket.origin):
        earliest = max(earliest, ticket.departs - rules.rules.earlier)
    return Search(
        origin,
        destination,
        party.seats,
        rules.cabins(party.cabin),
        alone,
        rules.rules.limits(ticket.flights, journey.longest_stay, alone=alone),
        earliest,
        max(earliest, elsewhere),
        ticket.departs + rules.rules.later,
        there,
        inbound,
        frozenset(
            leg.flight
            for other in booking.journeys
            for leg in (*other.legs, *other.held)
            if other.number != journey.number
        ),
        frozenset((leg.flight, leg.cabin) for leg in journey.held),
        rules.onto,
        tuple((ssr, most - number_of(booking, ssr)) for ssr in party.ssrs if (most := rules.most(ssr)) is not None),
    )


def _has_left(leg: Leg, streams: Streams, rules: TripRules) -> bool:
    """Whether the flight has left, or is presumed to have: no word of it has come since its departure."""
    state = streams.flights.get(leg.flight)
    if state is None or state.phase not in ("scheduled", "rerouted", "cancelled", "returned"):
        return True
    return state.phase == "scheduled" and streams.now < state.departs + rules.rules.presumed


def _ends_before(
    booking: Booking, journey: Journey, streams: Streams, *, rules: TripRules, least: timedelta = timedelta(0)
) -> datetime:
    """When the journey before this one has ended, with the time to change planes where this one begins."""
    before, _ = booking.neighbours(journey.number)
    if before is None or not before.legs:
        return streams.now
    place, arrives = _lands(before.legs[-1], streams)
    ticket = journey.ticket
    if rules.city(place) != rules.city(ticket.origin):
        return arrives
    inbound = (origin_of(before.legs[-1].flight), place)
    return arrives + max(least, rules.least(inbound, (ticket.origin, ticket.destination), on=arrives.date()))


def _lands(leg: Leg, streams: Streams) -> tuple[Airport, datetime]:
    """Where a flight lands, and the latest time that ledger or monitor has for it."""
    ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
    lands = (ledger and ledger.diverted_to) or leg.destination
    known = [ledger.arrives] if ledger else [leg.arrives]
    if state is not None:
        known += [state.arrives, state.announced_arrival]
    return lands, max(known)


def _open_flights(streams: Streams, taken: Taken, *, own: Set[FlightKey]) -> Iterable[OpenFlight]:
    """Those with free seats, and those on which some party that waits has `own` ones."""
    services = on_board(streams)
    for key, ledger in streams.seats.items():
        state = streams.flights.get(key)
        if ledger.mode in BY_LAND:
            continue  # only for parties that were sold one, which this check does not look at
        if ledger.phase != "scheduled" or (state is not None and state.phase != "scheduled"):
            continue
        departs, arrives = ledger.departs, ledger.arrives
        if state is not None:
            departs, arrives = min(departs, state.departs), max(arrives, state.arrives)
        held = taken.get(key, {})
        free = {cabin: capacity - held.get(cabin, 0) for cabin, capacity in ledger.capacity.items()}
        if (max(free.values(), default=0) > 0 or key in own) and departs <= streams.horizon:
            yield OpenFlight(departs, arrives, key, origin_of(key), ledger.destination, free, services.get(key, {}))


class Network:
    """The open flights, by the city they leave, in order of departure."""

    def __init__(self, flights: Iterable[OpenFlight], *, rules: TripRules, now: datetime) -> None:
        self._rules, self._now = rules, now
        self._leaving: dict[str, list[OpenFlight]] = {}
        self._between: dict[tuple[Reach, Reach, Airport, Airport, date], timedelta] = {}
        for flight in sorted(flights, key=lambda f: (f.departs, f.flight)):
            self._leaving.setdefault(rules.city(flight.origin), []).append(flight)

    def trip(self, search: Search) -> Path | None:
        """Get the flights of a legal trip with as few connections as possible; None if there is none."""
        origin, destination, alone, earliest, latest = (
            search.origin, search.destination, search.alone, search.earliest, search.latest
        )  # fmt: skip
        start = self._rules.city(origin)
        goal = self._rules.city(destination)
        there: dict[str, list[_Arrival]] = {}
        for flight in self._leaving_between(start, earliest, latest):
            if not _has_seats(flight, search) or not self._begins(search, flight):
                continue
            if alone and flight.origin != origin:
                continue
            if self._rules.city(flight.destination) != goal:
                self._reach(there, flight, ())
            elif not alone or flight.destination == destination:
                return (flight.flight,)
        for _ in range(search.limits.connections):
            onward: dict[str, list[_Arrival]] = {}
            for city, arrivals in there.items():
                by_airport = _by_airport(arrivals)
                for flight in self._leaving_between(city, arrivals[0].at, latest):
                    if not _has_seats(flight, search) or not self._is_sold(flight, begins=False):
                        continue
                    path = self._caught(flight, by_airport, search)
                    if path is None:
                        continue
                    if self._rules.city(flight.destination) != goal:
                        self._reach(onward, flight, path)
                    elif not alone or flight.destination == destination:
                        return (*path, flight.flight)
            there = onward
        return None

    def _begins(self, search: Search, flight: OpenFlight) -> bool:
        """Whether the party can be at this flight from where it is."""
        if not self._is_sold(flight, begins=search.arrives is None):
            return False
        if flight.origin != search.origin and flight.departs < search.elsewhere:
            return False
        if search.arrives is None:
            return True
        return flight.departs >= search.arrives + self._least(search.inbound, search.origin, flight)

    def _is_sold(self, flight: OpenFlight, *, begins: bool) -> bool:
        """Whether it does not close too soon."""
        return flight.departs >= self._now + self._rules.lead_from(flight.origin, begins=begins)

    def _leaving_between(self, city: str, earliest: datetime, latest: datetime) -> list[OpenFlight]:
        leaving = self._leaving.get(city, [])
        first = bisect_left(leaving, earliest, key=lambda f: f.departs)
        return leaving[first : bisect_right(leaving, latest, key=lambda f: f.departs)]

    def _reach(self, there: dict[str, list["_Arrival"]], flight: OpenFlight, path: Path) -> None:
        city = self._rules.city(flight.destination)
        if city in self._leaving:
            arrival = _Arrival(flight.arrives, flight.destination, _reach_of(flight), (*path, flight.flight))
            insort(there.setdefault(city, []), arrival, key=lambda a: a.at)

    def _least(self, arriving: Reach, airport: Airport, flight: OpenFlight) -> timedelta:
        """The shortest time between arriving at an airport and leaving with the flight."""
        key = (arriving, _reach_of(flight), airport, flight.origin, flight.departs.date())
        least = self._between.get(key)
        if least is None:
            least = self._between[key] = self._rules.between(*key[:4], on=key[4])
        return least

    def _caught(self, flight: OpenFlight, arrivals: "_Arrivals", search: Search) -> Path | None:
        """How to catch the flight: by the last arrival that leaves time to connect, if that is not too long before. One who is
        alone does not change airports."""
        longest = search.limits.longest_connection
        for (airport, arriving), at_airport in arrivals.items():
            if search.alone and airport != flight.origin:
                continue
            least = self._least(arriving, airport, flight)
            last = bisect_right(at_airport, flight.departs - least, key=lambda a: a.at) - 1
            if last >= 0 and flight.departs - at_airport[last].at <= longest:
                return at_airport[last].path
        return None


@dataclass(frozen=True, slots=True)
class _Arrival:
    at: datetime
    airport: Airport
    reach: Reach
    path: Path


_Arrivals = Mapping[tuple[Airport, Reach], list[_Arrival]]


def _by_airport(arrivals: list[_Arrival]) -> _Arrivals:
    """Those with the same minimum connections together."""
    found: dict[tuple[Airport, Reach], list[_Arrival]] = {}
    for arrival in arrivals:
        found.setdefault((arrival.airport, arrival.reach), []).append(arrival)
    return found


def _has_seats(flight: OpenFlight, search: Search) -> bool:
    """Whether a cabin that the party may be given has seats for all of it, which it can hold, on a flight that it may be moved
    onto."""
    if flight.flight in search.held:
        return False
    if all(flight.flight != own for own, _ in search.own):
        if search.onto is not None and flight.flight.split(".")[0] not in search.onto:
            return False
        if any(flight.on_board.get(ssr, 0) > most for ssr, most in search.room):
            return False
    return any(
        free >= search.seats or ((flight.flight, cabin) in search.own and free >= 0)
        for cabin in search.cabins
        if (free := flight.free.get(cabin)) is not None
    )


def _reach_of(flight: OpenFlight) -> Reach:
    return reach((flight.origin, flight.destination))
