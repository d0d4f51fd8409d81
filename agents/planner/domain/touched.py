"""Whom a window's causes touch: the parties they name, and those who wait for what they have brought in reach."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import structs

from agents.planner.domain.hope import Hope
from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import Rules
from contracts.ledger import BookingStranded, Disruption, SeatsDisrupted, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey, Pnr
from contracts.plans import PlanRefused

T = TypeVar("T")
Cause = SeatsDisrupted | SeatsFreed | PlanRefused | BookingStranded


def touched_by(
    causes: Iterable[tuple[Cause, T]], *, waiting_for: Callable[[FlightKey], Iterable[WaitlistEntry]], hope: Hope
) -> dict[Pnr, list[tuple[T, Disruption | None]]]:
    """Each party with the causes that touch it, known by what the caller knows them by, and what each says has happened to it.

    Of those who wait, only whoever may hope is worth reading and planning.
    """
    touched: defaultdict[Pnr, list[tuple[T, Disruption | None]]] = defaultdict(list)
    for cause, token in causes:
        for pnr, kind in _named_by(cause):
            touched[pnr].append((token, kind))
        flight = _brought_in_reach(cause)
        for marker in waiting_for(flight) if flight else ():
            if hope.there_is(marker):
                touched[marker.pnr].append((token, None))
    return touched


def waits_for(
    flight: Availability, waiting: Iterable[WaitlistEntry], *, network: Network, rules: Rules
) -> Iterator[WaitlistEntry]:
    """Those of the waiting whose trip this flight may be part of, or who are on it to where they wait: at least everyone it
    would help, seldom anyone else."""
    start, end = rules.city(flight.origin), rules.city(flight.destination)
    goes_on = any(network.destinations(airport) for airport in rules.terminals(flight.destination))
    for marker in (_as_now(marker, network) for marker in waiting):
        starts, ends = rules.city(marker.origin) == start, rules.city(marker.destination) == end
        first = starts and goes_on and rules.max_connections > 0
        last = ends and rules.max_connections > 0
        between = goes_on and rules.max_connections > 1
        brings = bool(marker.flown) and marker.flown[-1].flight == flight.flight
        if brings or (flight.phase == "scheduled" and ((starts and ends) or first or last or between)):
            yield marker


def _as_now(marker: WaitlistEntry, network: Network) -> WaitlistEntry:
    """The marker of who waits, with the place where what it has flown brings it, as is known now."""
    if not marker.flown or marker.flown[-1].flight not in network:
        return marker
    lands = network[marker.flown[-1].flight].lands
    return marker if lands == marker.origin else structs.replace(marker, origin=lands)


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


def _brought_in_reach(cause: Cause) -> FlightKey | None:
    """The flight whose seats those who wait may have now, or that brings them elsewhere, or at another time, than they knew. A
    retimed one's seats too: plans on their way to it have gone stale."""
    if isinstance(cause, SeatsFreed) or (isinstance(cause, SeatsDisrupted) and cause.kind in ("retimed", "diverted")):
        return cause.flight
    return None
