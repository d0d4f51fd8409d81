"""Bookings brought in from elsewhere: sound ones get their seats, the others a reason each.

An imported party starts as `ticketed`, at the ledger's times, answered for every fact so far about its flights: earlier news is
a matter for the system it comes from. Of an imported leg only flight, cabin and destination are used; its departure shows
which departure of its number is meant.

A booking that the ledger has already, whether as imported or moved since by us, is not a fault, so that an import whose answer
was lost can be repeated.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import structs

from agents.booker.domain.parties import party_fault
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.worksheet import Worksheet
from contracts.identity import canonical
from contracts.ledger import Booking, Holding, Leg, SeatLedger, Ticket
from contracts.names import Cabin, FlightKey, Pnr, origin_of

_RULES = SaleRules()
_COMMIT_SIZE = 500
"""Messages in one commit, of which the server accepts 1,000: one for each booking and one for each flight with its seats."""


@dataclass(frozen=True, slots=True)
class Import:
    """What to write in one commit; each booking expects not to exist yet."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    present: set[Pnr] = field(default_factory=set)
    """Bookings that the ledger has already."""
    refused: dict[Pnr, str] = field(default_factory=dict)
    """The reason for each. If a PNR occurs twice and differs, the first may be accepted and the second is refused."""


def canonical_booking(booking: Booking) -> Booking:
    """The booking with each flight under its key, however the system it comes from spells it."""
    return structs.replace(
        booking,
        legs=tuple(structs.replace(leg, flight=canonical(leg.flight)) for leg in booking.legs),
        ticket=structs.replace(booking.ticket, flights=tuple(map(canonical, booking.ticket.flights))),
    )


def by_commit(bookings: Sequence[Booking], *, at_once: int = _COMMIT_SIZE) -> Iterator[list[Booking]]:
    """Yield the bookings in order, as many together as fit into one commit of `at_once` messages."""
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
    rules: SaleRules = _RULES,
) -> Import:
    """Give seats in the order of `bookings`.

    `flights` has those of the legs that exist, `existing` the ledger's bookings under the same PNRs, and `forgotten` the PNRs
    that have a tombstone.
    """
    sheet: Worksheet[None] = Worksheet(flights)
    result = Import()
    for booking in bookings:
        known = result.bookings.get(booking.pnr) or existing.get(booking.pnr)
        if known is not None and _is_same(known, booking):
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


def _is_same(known: Booking, imported: Booking) -> bool:
    """Whether the ledger's booking is the imported one: same party and ticket, on the same seats or moved from its ticket's."""
    moved = known.state in ("rebooked", "stranded")
    as_sold = tuple(leg.flight for leg in imported.legs) == imported.ticket.flights
    same_party = (known.party, known.ticket) == (imported.party, imported.ticket)
    return same_party and (_seats(known) == _seats(imported) or (moved and as_sold))


def _seats(booking: Booking) -> list[tuple[FlightKey, Cabin]]:
    return [(leg.flight, leg.cabin) for leg in booking.legs]


def _at_ledger_times(leg: Leg, ledger: SeatLedger) -> Leg:
    return structs.replace(leg, departs=ledger.departs, arrives=ledger.arrives, answered=ledger.last_disruption)


def _fault(booking: Booking, sheet: Worksheet[None], rules: SaleRules) -> str | None:
    if fault := party_fault(booking.party):
        return fault
    if not booking.legs:
        return "has no legs"
    ticket = booking.ticket
    place, arrives = ticket.origin, None
    for leg in booking.legs:
        fault = _leg_fault(leg, booking.party.seats, sheet, rules) or _order_fault(leg, place, arrives, sheet, rules)
        if fault is not None:
            return fault
        place, arrives = leg.destination, sheet.flights[leg.flight].arrives
    if not rules.same_city(place, ticket.destination):
        return f"its legs end in {place}, its ticket in {ticket.destination}"
    return _ticket_fault(ticket, departs=sheet.flights[booking.legs[0].flight].departs, rules=rules)


def _ticket_fault(ticket: Ticket, *, departs: datetime, rules: SaleRules) -> str | None:
    """Whether it can be the ticket of a party whose first flight departs then."""
    if not timedelta(0) < ticket.arrives - ticket.departs <= rules.longest_ticket:
        return f"its ticket departs {ticket.departs.isoformat()} and arrives {ticket.arrives.isoformat()}"
    if abs(ticket.departs - departs) > rules.ticket_apart:
        return f"its ticket departs {ticket.departs.isoformat()}, its first flight {departs.isoformat()}"
    return None


def _leg_fault(leg: Leg, seats: int, sheet: Worksheet[None], rules: SaleRules) -> str | None:
    ledger = sheet.flights.get(leg.flight)
    if ledger is None:
        return f"unknown flight {leg.flight}"
    if ledger.phase != "scheduled":
        return f"flight {leg.flight} cannot be sold: it is {ledger.phase}"
    if leg.destination != ledger.destination:
        return f"{leg.flight} flies to {ledger.destination}, not to {leg.destination}"
    if abs(leg.departs - ledger.departs) > rules.leg_apart:
        return (
            f"{leg.flight} leaves at {ledger.departs.isoformat()}, not at {leg.departs.isoformat()}: another departure of this "
            "number? A flight has the date of its origin"
        )
    free = sheet.free(leg.flight, leg.cabin)
    if free < seats:
        return f"no seats on {leg.flight} in {leg.cabin}: {seats} wanted, {max(free, 0)} free"
    return None


def _order_fault(
    leg: Leg, place: str, arrives: datetime | None, sheet: Worksheet[None], rules: SaleRules
) -> str | None:
    """A connection sold elsewhere may be shorter than ours, but no flight may leave before the party is there."""
    origin = origin_of(leg.flight)
    if not rules.same_city(origin, place):
        return f"legs out of order: {leg.flight} leaves from {origin}, the party is in {place}"
    if arrives is not None and sheet.flights[leg.flight].departs < arrives:
        return f"legs out of order: {leg.flight} leaves before the flight before it arrives"
    return None
