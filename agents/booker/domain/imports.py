"""Bookings brought in from elsewhere: those that are sound get their seats, the others a reason each.

An imported party starts as `ticketed` at the ledger's times, answered for everything said of its flights so far: what it was
told before is between it and whoever told it. Of an imported leg, its flight, cabin and destination are taken.

A booking that the ledger has already, as it comes or moved since by us, is there and no fault: whoever has lost an answer
asks again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import structs

from agents.booker.domain.rules import Rules
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Booking, Holding, Leg, SeatLedger, Ticket
from contracts.names import Cabin, FlightKey, Pnr, origin_of

_RULES = Rules()
_AT_ONCE = 500
"""Messages in one commit, of which the server takes 1,000: each booking is one, and each flight with its seats."""


@dataclass(frozen=True, slots=True)
class Import:
    """What to write in one commit; bookings each expect that they do not exist yet."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    present: set[Pnr] = field(default_factory=set)
    """Those the ledger has already."""
    refused: dict[Pnr, str] = field(default_factory=dict)
    """Why, per booking. If a PNR comes twice and differs, the first may be taken and the second is refused."""


def by_commit(bookings: Sequence[Booking], *, at_once: int = _AT_ONCE) -> Iterator[list[Booking]]:
    """The bookings in order, as many together as one commit has room for."""
    share: list[Booking] = []
    written: set[Pnr | FlightKey] = set()
    for booking in bookings:
        more = {booking.pnr, *(leg.flight for leg in booking.legs)} - written
        if share and len(written) + len(more) > at_once:
            yield share
            share, written = [], set()
        share.append(booking)
        written.update((booking.pnr, *(leg.flight for leg in booking.legs)))
    if share:
        yield share


def import_bookings(
    bookings: Sequence[Booking],
    *,
    existing: Mapping[Pnr, Booking],
    flights: Mapping[FlightKey, SeatLedger],
    forgotten: Collection[Pnr] = frozenset(),
    rules: Rules = _RULES,
) -> Import:
    """Gives seats in the order of `bookings`. `flights` hold those of the legs that exist, `existing` what the ledger has
    under their PNRs."""
    sheet: Worksheet[None] = Worksheet(flights)
    result = Import()
    for booking in bookings:
        known = result.bookings.get(booking.pnr) or existing.get(booking.pnr)
        if known is not None and _is(known, booking):
            result.present.add(booking.pnr)
            continue
        if booking.pnr in forgotten:
            fault: str | None = "has been forgotten: no booking can have this PNR again"
        else:
            fault = "exists already and is another" if known else _fault(booking, sheet, rules)
        if fault is not None:
            result.refused[booking.pnr] = fault
            continue
        for leg in booking.legs:
            sheet.take(leg.flight, booking.pnr, Holding(leg.cabin, booking.party.seats))
        legs = tuple(_at_ledger_times(leg, flights[leg.flight]) for leg in booking.legs)
        result.bookings[booking.pnr] = structs.replace(booking, legs=legs, state="ticketed", plan="")
    result.seats.update(sheet.ledgers())
    return result


def _is(known: Booking, came: Booking) -> bool:
    """Whether the ledger's booking is the one that comes: the same party and ticket on the same seats, or on others since it
    was moved from those of its ticket."""
    moved = known.state in ("rebooked", "stranded")
    as_sold = tuple(leg.flight for leg in came.legs) == came.ticket.flights
    same_party = (known.party, known.ticket) == (came.party, came.ticket)
    return same_party and (_seats(known) == _seats(came) or (moved and as_sold))


def _seats(booking: Booking) -> list[tuple[FlightKey, Cabin]]:
    return [(leg.flight, leg.cabin) for leg in booking.legs]


def _at_ledger_times(leg: Leg, ledger: SeatLedger) -> Leg:
    return structs.replace(leg, departs=ledger.departs, arrives=ledger.arrives, answered=ledger.last_disruption)


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
    return _ticket_fault(ticket, departs=sheet.flights[booking.legs[0].flight].departs, rules=rules)


def _ticket_fault(ticket: Ticket, *, departs: datetime, rules: Rules) -> str | None:
    """Why it can't be the ticket of a party whose first flight departs then."""
    if not timedelta(0) < ticket.arrives - ticket.departs <= rules.longest_ticket:
        return f"its ticket departs {ticket.departs.isoformat()} and arrives {ticket.arrives.isoformat()}"
    if abs(ticket.departs - departs) > rules.ticket_apart:
        return f"its ticket departs {ticket.departs.isoformat()}, its first flight {departs.isoformat()}"
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
