"""Which journeys the causes of a window affect: of the parties they name, and of those who wait for the seats they bring within
reach.

A disruption names parties of a flight. Which of a party's journeys that is shows in its booking, which is read after this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import structs

from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import TripRules
from agents.planner.domain.seat_scan import SeatScan
from contracts.flights import LEFT
from contracts.ledger import (
    Booking,
    BookingStranded,
    Disruption,
    JourneyAffected,
    SeatsDisrupted,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.names import Carrier, FlightKey, Pnr
from contracts.plans import PlanRefused
from contracts.reservations import BookingAmended
from contracts.rules import RulesAdopted

_NOT_NAMING: frozenset[Disruption] = frozenset({"amended", "unreachable", "restored"})
T = TypeVar("T")
Named: TypeAlias = FlightKey | int | None
"""What a cause says of the journey: one of its flights, or its number; None: it may be any."""
Cause = SeatsDisrupted | SeatsFreed | PlanRefused | BookingStranded | JourneyAffected | RulesAdopted | BookingAmended
"""A fact that may ask for a plan."""


class Affecting(NamedTuple, Generic[T]):
    """A cause that affects a journey of a party, as the caller's token, and what it says has happened."""

    token: T
    named: Named
    kind: Disruption | None
    regains: tuple[FlightKey, ...] = ()
    """Flights on which the party lost seats that can be sold again."""


def affected_journeys(booking: Booking, affecting: Iterable[Affecting[T]]) -> dict[int, list[Affecting[T]]]:
    """The causes by the number of the journey that they affect.

    A flight that is in no journey any more may have been one of a stranded journey, so those are planned once more. Seats that
    can be had again are no reason to plan a journey whose party is asked about a trip already.
    """
    asked = {journey.number for journey in booking.journeys if journey.offer}
    journeys: defaultdict[int, list[Affecting[T]]] = defaultdict(list)
    for each in affecting:
        for number in _journeys_named(booking, each.named):
            if number not in asked or each.kind is not None or not each.regains:
                journeys[number].append(each)
    return journeys


def unanswered_by(reason: Disruption | None, affecting: Iterable[Affecting[T]]) -> list[T]:
    """Of what affects a journey, the causes that a plan under way for this reason does not answer, though it is refused: its
    refusal says nothing of seats that are offered, and of a disruption that names the party only where its reason does."""
    return [each.token for each in affecting if each.regains or (names_party(each.kind) and not names_party(reason))]


def names_party(kind: Disruption | None) -> bool:
    """Whether a disruption of a flight names the party that this has happened to."""
    return kind is not None and kind not in _NOT_NAMING


def _journeys_named(booking: Booking, named: Named) -> list[int]:
    if named is None:
        return [journey.number for journey in booking.journeys]
    if isinstance(named, int):
        return [named] if booking.journey(named) else []
    seated = [j.number for j in booking.journeys if any(leg.flight == named for leg in j.seated)]
    return seated or [j.number for j in booking.journeys if j.state == "stranded"]


def affected_parties(
    causes: Iterable[tuple[Cause, T]],
    *,
    waiting_for: Callable[[FlightKey | None], Iterable[WaitlistEntry]],
    scan: SeatScan,
) -> dict[Pnr, list[Affecting[T]]]:
    """Each affected party with its causes. A waiting party counts only where the scan finds that seats may fit it.

    `waiting_for` returns the waitlist entries of parties that a flight may help, and all of them for None: other rules may
    bring any trip within reach.
    """
    affected: defaultdict[Pnr, list[Affecting[T]]] = defaultdict(list)
    for cause, token in causes:
        for pnr, named, kind in _named_by(cause):
            affected[pnr].append(Affecting(token, named, kind))
        for pnr, journey, regains in _offered_by(cause):
            affected[pnr].append(Affecting(token, journey, None, regains))
        flight = _brought_within_reach(cause)
        for entry in waiting_for(flight) if flight or isinstance(cause, RulesAdopted) else ():
            if not entry.is_offered and scan.may_fit(entry):
                affected[entry.pnr].append(Affecting(token, entry.journey, None))
    return affected


def waiting(waitlist: Iterable[WaitlistEntry], *, network: Network) -> Iterator[WaitlistEntry]:
    """All waitlist entries, with the airport known now."""
    return (now for known in waitlist for now in _up_to_date(known, network))


def waiting_for_flight(
    flight: Availability, waitlist: Iterable[WaitlistEntry], *, network: Network, rules: TripRules
) -> Iterator[WaitlistEntry]:
    """The waitlist entries of parties whose trip this flight may be part of, or whom it is bringing to where they wait.

    Includes every party that the flight would help, and seldom another. Entries carry the airport known now.
    """
    markets: dict[Carrier | None, list[_Market]] = {}
    for entry in waiting(waitlist, network=network):
        if entry.flown and entry.flown[-1].flight == flight.flight:
            yield entry
        elif flight.phase == "scheduled":
            known = markets.get(entry.carrier)
            if known is None:
                sets = rules.sets_for(entry.carrier)
                known = markets[entry.carrier] = [_Market(flight, network, each) for each in sets]
            if any(market.is_part_of_a_trip(entry) for market in known):
                yield entry


class _Market:
    """Whom a flight may help, by one set of rules."""

    def __init__(self, flight: Availability, network: Network, rules: TripRules) -> None:
        self._rules = rules
        self._start, self._end = rules.city(flight.origin), rules.city(flight.destination)
        self._has_onward = any(network.destinations(airport) for airport in rules.terminals(flight.destination))

    def is_part_of_a_trip(self, entry: WaitlistEntry) -> bool:
        city = self._rules.city
        starts, ends = city(entry.origin) == self._start, city(entry.destination) == self._end
        connections = max(self._rules.max_connections, entry.connections)
        first = starts and self._has_onward and connections > 0
        last = ends and connections > 0
        between = self._has_onward and connections > 1
        return (starts and ends) or first or last or between


def _up_to_date(entry: WaitlistEntry, network: Network) -> Iterator[WaitlistEntry]:
    """The entry with the airport where its last flown flight lands, as known now: it may have been diverted since. Or where it
    leaves from, if it was presumed under way, or has come back. One that may leave at any moment gives both."""
    if (
        not entry.flown
        or entry.flown[-1].flight not in network
        or network[entry.flown[-1].flight].got_off(entry.flown[-1])
    ):
        yield entry
        return
    last = network[entry.flown[-1].flight]
    if last.phase in LEFT or last.phase == "scheduled":
        yield structs.replace(entry, origin=last.lands)
    if last.phase not in LEFT:
        yield structs.replace(entry, origin=last.origin)


def _named_by(cause: Cause) -> list[tuple[Pnr, Named, Disruption | None]]:
    match cause:
        case SeatsDisrupted(flight=flight, kind=kind, parties=parties):
            return [(pnr, flight, kind) for pnr in parties]
        case PlanRefused(pnr=pnr, journey=journey, reason=reason) if reason != "restored":
            return [(pnr, journey, reason)]
        case BookingStranded(pnr=pnr, journey=journey):
            return [(pnr, journey, None)]
        case JourneyAffected(pnr=pnr, journey=journey, by=by):
            return [(pnr, journey, None if by == journey else "unreachable")]
        case BookingAmended(pnr=pnr):
            return [(pnr, None, "amended")]
        case SeatsFreed() | RulesAdopted() | PlanRefused():
            return []


def _offered_by(cause: Cause) -> list[tuple[Pnr, int, tuple[FlightKey, ...]]]:
    """The journeys that are offered seats which they had lost, and the flights. A plan that is refused answers no offer,
    whatever it was about."""
    match cause:
        case SeatsFreed(flight=flight, lost_by=lost_by):
            return [(pnr, journey, (flight,)) for pnr, journey in lost_by]
        case PlanRefused(reason="restored", refusal="illegal"):
            return []
        case PlanRefused(pnr=pnr, journey=journey, regains=regains) if regains:
            return [(pnr, journey, regains)]
        case _:
            return []


def _brought_within_reach(cause: Cause) -> FlightKey | None:
    """The flight that the waitlist is planned again for.

    Its seats were freed; or it was retimed, which made plans on it stale; or it was diverted. With the last two it may also
    bring waiting parties to another airport, or at another time, than was known.
    """
    if isinstance(cause, SeatsFreed) or (isinstance(cause, SeatsDisrupted) and cause.kind in ("retimed", "diverted")):
        return cause.flight
    return None
