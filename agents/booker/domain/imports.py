"""Bookings brought in from elsewhere: those that are sound get their seats, the others a reason each.

An imported party starts as `ticketed` at the ledger's times, answered for everything said of its flights so far: what it was
told before is between it and whoever told it. Of an imported leg, its flight, cabin and destination are taken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import structs

from agents.booker.domain.rules import Rules
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Booking, Held, Leg, SeatLedger
from contracts.names import FlightKey, Pnr, origin_of

_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Import:
    """What to write in one commit; bookings each expect that they do not exist yet."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    refused: dict[Pnr, str] = field(default_factory=dict)
    """Why, per booking. If a PNR comes twice, the first may be taken and the second is refused."""


def import_bookings(
    bookings: Sequence[Booking],
    *,
    existing: Collection[Pnr],
    flights: Mapping[FlightKey, SeatLedger],
    rules: Rules = _RULES,
) -> Import:
    """Gives seats in the order of `bookings`. `flights` hold those of the legs that exist, `existing` the PNRs that do."""
    sheet: Worksheet[None] = Worksheet(flights)
    result = Import()
    for booking in bookings:
        exists = booking.pnr in existing or booking.pnr in result.bookings
        fault = "exists already" if exists else _fault(booking, sheet, rules)
        if fault is not None:
            result.refused[booking.pnr] = fault
            continue
        for leg in booking.legs:
            sheet.take(leg.flight, booking.pnr, Held(leg.cabin, booking.party.seats))
        legs = tuple(_at_ledger_times(leg, flights[leg.flight]) for leg in booking.legs)
        result.bookings[booking.pnr] = structs.replace(booking, legs=legs, state="ticketed", plan="")
    result.seats.update(sheet.ledgers())
    return result


def _at_ledger_times(leg: Leg, ledger: SeatLedger) -> Leg:
    return structs.replace(leg, departs=ledger.departs, arrives=ledger.arrives, answered=ledger.disrupted_n)


def _fault(booking: Booking, sheet: Worksheet[None], rules: Rules) -> str | None:
    party, ticket = booking.party, booking.ticket
    if party.passengers < 1 or party.seats < 1:
        return f"a party needs a passenger and a seat at least: it has {party.passengers} and {party.seats}"
    if not booking.legs:
        return "has no legs"
    place, arrives = ticket.origin, None
    for leg in booking.legs:
        fault = _leg_fault(leg, party.seats, sheet) or _order_fault(leg, place, arrives, sheet, rules)
        if fault is not None:
            return fault
        place, arrives = leg.destination, sheet.flights[leg.flight].arrives
    if not rules.same_city(place, ticket.destination):
        return f"its legs end in {place}, its ticket in {ticket.destination}"
    return None


def _leg_fault(leg: Leg, seats: int, sheet: Worksheet[None]) -> str | None:
    ledger = sheet.flights.get(leg.flight)
    if ledger is None:
        return f"unknown flight {leg.flight}"
    if ledger.phase != "scheduled":
        return f"closed flight {leg.flight}: it is {ledger.phase}"
    if leg.destination != ledger.destination:
        return f"{leg.flight} flies to {ledger.destination}, not to {leg.destination}"
    free = sheet.free(leg.flight, leg.cabin)
    if free < seats:
        return f"no seats on {leg.flight} in {leg.cabin}: {seats} wanted, {max(free, 0)} free"
    return None


def _order_fault(leg: Leg, place: str, arrives: datetime | None, sheet: Worksheet[None], rules: Rules) -> str | None:
    """Sold connections may be shorter than those we would sell, but none can leave before the party is there."""
    origin = origin_of(leg.flight)
    if not rules.same_city(origin, place):
        return f"legs out of order: {leg.flight} leaves from {origin}, the party is in {place}"
    if arrives is not None and sheet.flights[leg.flight].departs < arrives:
        return f"legs out of order: {leg.flight} leaves before the flight before it arrives"
    return None
