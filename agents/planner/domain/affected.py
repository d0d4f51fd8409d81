"""Which parties the causes of a window affect: those they name, and those who wait for the seats they bring within reach."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import structs

from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import Rules
from agents.planner.domain.seat_scan import SeatScan
from contracts.ledger import BookingStranded, Disruption, SeatsDisrupted, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey, Pnr
from contracts.plans import PlanRefused

T = TypeVar("T")
Cause = SeatsDisrupted | SeatsFreed | PlanRefused | BookingStranded
"""A fact that may ask for a plan."""


def affected_parties(
    causes: Iterable[tuple[Cause, T]], *, waiting_for: Callable[[FlightKey], Iterable[WaitlistEntry]], scan: SeatScan
) -> dict[Pnr, list[tuple[T, Disruption | None]]]:
    """Each affected party with its causes, as the caller's token, and what each cause says has happened to the party.

    A waiting party counts only where the scan finds that seats may fit it.
    """
    affected: defaultdict[Pnr, list[tuple[T, Disruption | None]]] = defaultdict(list)
    for cause, token in causes:
        for pnr, kind in _named_by(cause):
            affected[pnr].append((token, kind))
        flight = _brought_within_reach(cause)
        for entry in waiting_for(flight) if flight else ():
            if scan.may_fit(entry):
                affected[entry.pnr].append((token, None))
    return affected


def waiting_for_flight(
    flight: Availability, waitlist: Iterable[WaitlistEntry], *, network: Network, rules: Rules
) -> Iterator[WaitlistEntry]:
    """The waitlist entries of parties whose trip this flight may be part of, or whom it is bringing to where they wait.

    Includes every party that the flight would help, and seldom another. Entries carry the airport known now.
    """
    start, end = rules.city(flight.origin), rules.city(flight.destination)
    has_onward = any(network.destinations(airport) for airport in rules.terminals(flight.destination))
    for entry in (_up_to_date(entry, network) for entry in waitlist):
        starts, ends = rules.city(entry.origin) == start, rules.city(entry.destination) == end
        first = starts and has_onward and rules.max_connections > 0
        last = ends and rules.max_connections > 0
        between = has_onward and rules.max_connections > 1
        brings = bool(entry.flown) and entry.flown[-1].flight == flight.flight
        if brings or (flight.phase == "scheduled" and ((starts and ends) or first or last or between)):
            yield entry


def _up_to_date(entry: WaitlistEntry, network: Network) -> WaitlistEntry:
    """The entry with the airport where its last flown flight lands, as known now: it may have been diverted since."""
    if not entry.flown or entry.flown[-1].flight not in network:
        return entry
    lands = network[entry.flown[-1].flight].lands
    return entry if lands == entry.origin else structs.replace(entry, origin=lands)


def _named_by(cause: Cause) -> list[tuple[Pnr, Disruption | None]]:
    match cause:
        case SeatsDisrupted(kind=kind, parties=parties):
            return [(pnr, kind) for pnr in parties]
        case PlanRefused(pnr=pnr, reason=reason):
            return [(pnr, reason)]
        case BookingStranded(pnr=pnr):
            return [(pnr, None)]
        case SeatsFreed():
            return []


def _brought_within_reach(cause: Cause) -> FlightKey | None:
    """The flight that the waitlist is planned again for.

    Its seats were freed; or it was retimed, which made plans on it stale; or it was diverted. With the last two it may also
    bring waiting parties to another airport, or at another time, than was known.
    """
    if isinstance(cause, SeatsFreed) or (isinstance(cause, SeatsDisrupted) and cause.kind in ("retimed", "diverted")):
        return cause.flight
    return None
