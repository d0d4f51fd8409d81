"""Whether a journey's legs follow each other: in place, in time, and no city twice."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import structs

from agents.booker.domain.connections import is_lost
from agents.booker.domain.rules import SaleRules
from contracts.flights import LEFT
from contracts.ledger import Leg, SeatLedger, Ticket
from contracts.limits import LONGEST_STAY
from contracts.names import Airport, FlightKey, origin_of


def route_fault(
    legs: Sequence[Leg], ticket: Ticket, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules
) -> str | None:
    """Get what keeps these legs from being one journey of this ticket, in one line, or None. Every flight is in `flights`."""
    place = ticket.origin
    for leg in legs:
        origin = origin_of(leg.flight)
        if not rules.same_city(origin, place):
            return f"legs out of order: {leg.flight} leaves from {origin}, the party is in {place}"
        place = leg.destination
    for inbound, onward in pairwise(legs):
        if fault := _stay_fault(inbound, onward, flights):
            return fault
    if not rules.same_city(place, ticket.destination):
        return f"its legs end in {place}, its ticket in {ticket.destination}"
    return _return_fault([ticket.origin, *(leg.destination for leg in legs)], rules)


def lost_legs(
    legs: Sequence[Leg], flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules
) -> Iterator[tuple[Leg, str]]:
    """The legs that no party can fly as the flights are known now, or whose flight has landed elsewhere, each with why in one
    line. Every flight is in `flights`; what was sold are its announced times."""
    for leg in legs:
        ledger = flights[leg.flight]
        if ledger.phase == "cancelled":
            yield leg, f"flight {leg.flight} cannot be sold: it is cancelled"
        elif _ends_elsewhere(ledger, rules):
            yield leg, f"flight {leg.flight} cannot be sold: it lands in {ledger.diverted_to}, not in {leg.destination}"
        elif ledger.presumed_phase == "returned" and ledger.silent:
            yield leg, f"flight {leg.flight} cannot be sold: it came back, and no word of it has come since"
    for inbound, onward in pairwise(_at_announced(leg, flights[leg.flight]) for leg in legs):
        first, second = flights[inbound.flight], flights[onward.flight]
        to_come = second.phase not in LEFT and "cancelled" not in (first.phase, second.phase)
        if to_come and is_lost(first, second, inbound, onward, rules=rules):
            yield onward, f"{onward.flight} leaves too soon after {inbound.flight}, by the times that are known"


def _at_announced(leg: Leg, ledger: SeatLedger) -> Leg:
    return structs.replace(leg, departs=ledger.departs, arrives=ledger.arrives)


def _ends_elsewhere(ledger: SeatLedger, rules: SaleRules) -> bool:
    """Whether it is to land, or has landed, in another city than its destination. What is diverted in the air may fly on."""
    if ledger.diverted_to is None or ledger.presumed_phase not in ("rerouted", "landed"):
        return False
    return not rules.same_city(ledger.diverted_to, ledger.destination)


def _stay_fault(inbound: Leg, onward: Leg, flights: Mapping[FlightKey, SeatLedger]) -> str | None:
    """A connection sold elsewhere may be shorter than ours, but no flight may leave before the party is there."""
    first, second = flights[inbound.flight], flights[onward.flight]
    if second.departs < first.arrives or (second.phase in LEFT and first.phase not in LEFT):
        return f"legs out of order: {onward.flight} leaves before the flight before it arrives"
    stay = second.departs - first.arrives
    if stay > LONGEST_STAY:
        hours = round(stay.total_seconds() / 3600)
        return f"its stay of {hours} h in {inbound.destination} ends a journey: are these two journeys?"
    return None


def _return_fault(airports: Sequence[Airport], rules: SaleRules) -> str | None:
    for at, airport in enumerate(airports):
        if any(rules.same_city(airport, earlier) for earlier in airports[:at]):
            return f"it comes to {airport} twice: are these two journeys?"
    return None
