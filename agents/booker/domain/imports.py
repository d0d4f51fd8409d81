"""Bookings brought in from elsewhere: sound ones get their seats, the others a reason each.

An imported journey starts as `ticketed`, at the ledger's times, answered for every fact so far about its flights: earlier news
is a matter for the system it comes from. Of an imported leg only flight, cabin and destination are used; its departure shows
which departure of its number is meant. The first legs may have been flown, so that a party can be taken over on its way.

A booking that the ledger has already, whether as imported or moved since by us, is not a fault, so that an import whose answer
was lost can be repeated.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from msgspec import structs

from agents.booker.domain.parties import party_fault
from agents.booker.domain.people import as_booked, people_fault, with_needs
from agents.booker.domain.routes import lost_legs, route_fault
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.sales import sale_fault
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.worksheet import NO_BOOKINGS, NO_LAYOUTS, NONE_MISNAMED, Misnamed, Worksheet
from contracts.flights import LEFT
from contracts.ledger import BeforeRequests, Booking, Holding, Journey, Leg, Party, Reserved, SeatLedger, Ticket
from contracts.limits import LEG_APART, LONGEST_TICKET
from contracts.names import Cabin, FlightKey, Pnr
from contracts.records import pnr_of

T = TypeVar("T")

_RULES = SaleRules()
_NO_STAY = timedelta(0)
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


def by_commit(bookings: Sequence[Booking], *, at_once: int = _COMMIT_SIZE) -> Iterator[list[Booking]]:
    """Yield the bookings in order, as many together as fit into one commit of `at_once` messages."""
    share: list[Booking] = []
    written: set[Pnr | FlightKey] = set()
    for booking in bookings:
        more = {booking.pnr, *(leg.flight for leg in booking.all_legs)} - written
        if share and len(written) + len(more) > at_once:
            yield share
            share, written = [], set()
        share.append(booking)
        written.update((booking.pnr, *(leg.flight for leg in booking.all_legs)))
    if share:
        yield share


def import_bookings(
    bookings: Sequence[Booking],
    *,
    existing: Mapping[Pnr, Booking],
    flights: Mapping[FlightKey, SeatLedger],
    forgotten: Collection[Pnr] = frozenset(),
    rules: SaleRules = _RULES,
    layouts: Layouts = NO_LAYOUTS,
    unnumbered: Mapping[Pnr, Booking] = NO_BOOKINGS,
    misnamed: Misnamed = NONE_MISNAMED,
) -> Import:
    """Give seats in the order of `bookings`.

    `flights` has those of the legs that exist, `existing` the ledger's bookings under the same PNRs, and `forgotten` the PNRs
    that have a tombstone; `layouts`, `unnumbered` and `misnamed` are the worksheet's. A party gets the seats by number that its
    legs name, if it may have them.
    """
    sheet: Worksheet[None] = Worksheet(flights, layouts=layouts, unnumbered=unnumbered, misnamed=misnamed)
    result = Import()
    for booking in map(with_needs, bookings):
        known = result.bookings.get(booking.pnr) or existing.get(booking.pnr)
        if known is not None and _is_same(known, booking):
            result.present.add(booking.pnr)
            continue
        if booking.pnr in forgotten:
            fault: str | None = "has been forgotten: no booking can have this PNR again"
        else:
            fault = _why_another(known) if known else _fault(booking, sheet, rules)
        if fault is not None:
            result.refused[booking.pnr] = fault
            continue
        for leg in booking.all_legs:
            sheet.take(leg.flight, booking, Holding(leg.cabin, booking.party.seats), wanted=leg.seats)
        journeys = tuple(as_sold(journey, booking.party, flights) for journey in booking.journeys)
        taken = result.bookings[booking.pnr] = structs.replace(
            booking, journeys=journeys, version=0, given_up=(), before_requests=BeforeRequests(), compensated=()
        )
        sheet.connect(taken)
    result.seats.update(sheet.ledgers())
    return result


def _why_another(known: Booking) -> str:
    if not known.is_withdrawn:
        return "exists already and is another"
    if known.given_up:
        return "was cancelled by a request"
    return (
        "was withdrawn by the reservation system"
        if known.party.passengers
        else "is none by the last version of the reservation system's: it was contradicted"
    )


def _is_same(known: Booking, imported: Booking) -> bool:
    """Whether the ledger's booking is the imported one: same people and tickets, in the same seats or moved from them."""
    return (
        (known.party, known.record) == (imported.party, imported.record)
        and as_booked(known) == as_booked(imported)
        and len(known.journeys) == len(imported.journeys)
        and all(map(_is_same_journey, known.journeys, imported.journeys))
    )


def _is_same_journey(known: Journey, imported: Journey) -> bool:
    moved = known.state in ("rebooked", "stranded")
    as_sold = tuple(leg.flight for leg in imported.legs) == imported.ticket.flights
    same = (known.number, known.ticket) == (imported.number, imported.ticket)
    return same and (seats_of(known.legs) == seats_of(imported.legs) or (moved and as_sold))


def _fault(booking: Booking, sheet: Worksheet[None], rules: SaleRules) -> str | None:
    if fault := party_fault(booking.party) or order_fault(booking) or people_fault(booking) or sale_fault(booking):
        return fault
    ends: datetime | None = None
    for journey in booking.journeys:
        own = rules.of(journey.ticket, booking.party)
        fault = journey_fault(journey, sheet, own, not_before=ends)
        fault = fault or next((why for _, why in lost_legs(journey.legs, sheet.flights, rules=own)), None)
        fault = fault or seats_fault(journey, booking.pnr, booking.party.seats, sheet)
        if fault:
            return in_journey(fault, journey, booking)
        ends = sheet.flights[journey.legs[-1].flight].arrives
    return "all its flights have left" if has_left(booking.journeys[-1], sheet) else None


# What holds at every door: `amending` passes here too.


def as_sold(journey: Journey, party: Party, flights: Mapping[FlightKey, SeatLedger]) -> Journey:
    """The journey as it starts in the ledger: answered for. Every flight of it is in `flights`."""
    legs = tuple(_at_ledger_times(leg, flights[leg.flight]) for leg in journey.legs)
    seats = seats_of(legs)
    reserved = () if seats == ticketed(journey, party) else seats
    stays = [onward.departs - inbound.arrives for inbound, onward in pairwise(legs)]
    return structs.replace(
        journey,
        legs=legs,
        held=(),
        state="ticketed",
        last_fact="",
        reserved=reserved,
        moved_back=False,
        longest_stay=max(stays, default=_NO_STAY),
    )


def _at_ledger_times(leg: Leg, ledger: SeatLedger) -> Leg:
    return structs.replace(
        leg,
        departs=ledger.departs,
        arrives=ledger.arrives,
        answered=ledger.last_disruption,
        there_from=None,
        seats=(),
    )


def seats_of(legs: Iterable[Leg]) -> tuple[Reserved, ...]:
    return tuple(Reserved(leg.flight, leg.cabin) for leg in legs)


def ticketed(journey: Journey, party: Party) -> tuple[Reserved, ...]:
    """The flights of the ticket, in the cabin that was paid for."""
    return tuple(Reserved(flight, party.cabin) for flight in journey.ticket.flights)


def last_reserved(journey: Journey, party: Party) -> tuple[Reserved, ...]:
    """The journey as the reservation system last had it. One that was never moved is as it has it."""
    if journey.reserved:
        return journey.reserved
    return seats_of(journey.legs) if journey.state == "ticketed" else ticketed(journey, party)


def in_journey(fault: str, journey: Journey, booking: Booking) -> str:
    """The fault, with the number of the journey where the booking has several."""
    return fault if len(booking.journeys) == 1 else f"journey {journey.number}: {fault}"


def has_left(journey: Journey, sheet: Worksheet[T]) -> bool:
    return sheet.flights[journey.legs[-1].flight].phase in LEFT


def order_fault(booking: Booking) -> str | None:
    """Whether it has the key of its record, its journeys and flights are distinct, and all that was paid for is there."""
    if booking.record is not None and booking.pnr != pnr_of(booking.record):
        return f"has a record whose booking is {pnr_of(booking.record)}"
    numbers = [journey.number for journey in booking.journeys]
    if not numbers:
        return "has no journeys"
    if len(set(numbers)) < len(numbers) or min(numbers) < 1:
        return f"its journeys need numbers of their own, 1 or more: they have {', '.join(map(str, numbers))}"
    people = {passenger.id for passenger in booking.passengers}
    for at, item in enumerate(booking.party.paid, start=1):
        if item.journey is not None and item.journey not in numbers:
            return f"its paid item {at} is for journey {item.journey}, which it does not have"
        if item.passenger is not None and item.passenger not in people:
            return f"its paid item {at} is for a passenger whom it does not have"
    counted = Counter(leg.flight for leg in booking.seated)
    return next((f"has {flight} twice" for flight, times in counted.items() if times > 1), None)


def journey_fault(
    journey: Journey, sheet: Worksheet[T], rules: SaleRules, *, not_before: datetime | None
) -> str | None:
    """Get what keeps a party from making this journey, seats aside, in one line, or None. `not_before`: when the journey before
    it ends."""
    if not journey.legs:
        return "has no legs"
    ticket = journey.ticket
    if journey.legs[0].married:
        return f"{journey.legs[0].flight} is married to the leg before it, and there is none"
    for leg in journey.legs:
        if fault := _flight_fault(leg, sheet):
            return fault
    if fault := route_fault(journey.legs, ticket, sheet.flights, rules=rules):
        return fault
    departs = sheet.flights[journey.legs[0].flight].departs
    if not_before is not None and departs < not_before:
        return f"{journey.legs[0].flight} leaves before the journey before it has ended"
    return _ticket_fault(ticket, departs=departs, rules=rules)


def seats_fault(journey: Journey, pnr: Pnr, seats: int, sheet: Worksheet[T]) -> str | None:
    """Get the first flight that lacks seats for the party, beside those that it holds there, in one line, or None."""
    for leg in journey.seated:
        held = sheet.holding(leg.flight, pnr)
        own = held.seats if held and held.cabin == leg.cabin else 0
        free = sheet.authorised(leg.flight, leg.cabin) + own
        if own < seats and free < seats:
            left = _left(sheet.flights[leg.flight], leg.cabin)
            return f"no seats on {leg.flight} in {leg.cabin}: {seats} wanted, {max(free, 0)} {left}"
    return None


def _ticket_fault(ticket: Ticket, *, departs: datetime, rules: SaleRules) -> str | None:
    """Whether it can be the ticket of a journey whose first flight departs then."""
    if not timedelta(0) < ticket.arrives - ticket.departs <= LONGEST_TICKET:
        return f"its ticket departs {ticket.departs.isoformat()} and arrives {ticket.arrives.isoformat()}"
    if abs(ticket.departs - departs) > rules.later:
        return (
            f"its ticket departs {ticket.departs.isoformat()}, its first flight {departs.isoformat()}: more than "
            f"{rules.later / timedelta(days=1):g} days apart"
        )
    return None


def departure_fault(leg: Leg, sheet: Worksheet[T]) -> str | None:
    """Whether the leg, as it comes in, is on another departure of its flight's number, in one line; None if not."""
    if other := sheet.misnamed.get((leg.flight, leg.departs)):
        at = sheet.flights[leg.flight].departs.isoformat()
        return f"{leg.flight} leaves at {at}, not at {leg.departs.isoformat()}, as {other} does"
    return None


def _flight_fault(leg: Leg, sheet: Worksheet[T]) -> str | None:
    ledger = sheet.flights.get(leg.flight)
    if ledger is None:
        return f"unknown flight {leg.flight}"
    if leg.destination != ledger.destination:
        return f"{leg.flight} flies to {ledger.destination}, not to {leg.destination}"
    if fault := departure_fault(leg, sheet):
        return fault
    if abs(leg.departs - ledger.departs) > LEG_APART:
        return (
            f"{leg.flight} leaves at {ledger.departs.isoformat()}, not at {leg.departs.isoformat()}: another departure of this "
            "number? A flight has the date of its origin"
        )
    return None


def _left(ledger: SeatLedger, cabin: Cabin) -> str:
    """What seats that can still be sold are called where they run out."""
    above = ledger.above(cabin)
    return f"free of {ledger.capacity.get(cabin, 0) + above} authorised" if above else "free"
