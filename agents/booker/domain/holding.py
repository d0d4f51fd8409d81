"""Which seats a party keeps that waits for the rest of its journey.

A party that loses a flight, and finds no trip, keeps its seats on the flights that lead to it from where the party is: the way
on may appear, and then needs seats on what is missing alone. A seat is kept

- while its flight is open, has the seat, and can be reached;
- until `SaleRules.given_up` before the flight leaves: no party is started on a journey whose other seats are not confirmed;
- not where it is of no use: to an unaccompanied minor who was sold no connection;
- not without the flight after it that was sold as one with it, where that can be flown too.

Seats behind the flight that is lost are given up. Those who wait need them of one another: where all keep theirs, each waits
longer (`docs/architecture.md` has the figures).

What is held is no trip (`Journey.held`). A seat that cannot be kept any more lapses: `BookingStranded` says so once more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from msgspec import structs

from agents.booker.domain import answers
from agents.booker.domain.marks import marks_of, marks_of_waiting
from agents.booker.domain.named_seats import had_by, numbered
from agents.booker.domain.options import unreachable
from agents.booker.domain.present_trip import lost_ahead
from agents.booker.domain.progress import Progress, Traveller, inbound_of, is_open, lands, progress_of
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.stays import overlaps
from agents.booker.domain.worksheet import NO_BOOKINGS, NO_LAYOUTS, Worksheet
from bus import derived_id
from contracts.ledger import Booking, BookingStranded, JourneyKey, Leg, SeatLedger, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey, Pnr, origin_of

T = TypeVar("T")

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Waiting(NamedTuple):
    """A stranded journey as the ledger has it."""

    booking: Booking
    entry: WaitlistEntry


@dataclass(frozen=True, slots=True)
class Lapses:
    """One atomic commit as plain data. Causes are the journeys that gave up seats."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    waiting: dict[JourneyKey, WaitlistEntry] = field(default_factory=dict)
    facts: list[tuple[JourneyKey, BookingStranded]] = field(default_factory=list)
    freed: list[tuple[JourneyKey, SeatsFreed]] = field(default_factory=list)


def can_be_held(
    ahead: Sequence[Leg],
    traveller: Traveller,
    progress: Progress,
    *,
    sheet: Worksheet[T],
    rules: SaleRules,
    now: datetime,
) -> tuple[Leg, ...]:
    """Those of the legs to come, the first ones, on which a party without a trip keeps its seats.

    Raises `KeyError` for an unknown flight.
    """
    is_direct = traveller.is_alone and not traveller.limits(rules).connections
    if is_direct or _begins_too_early(ahead, traveller, progress, sheet=sheet, rules=rules):
        return ()
    held: list[Leg] = []
    place, arrives = progress.place, progress.arrives
    inbound = sheet.flights[progress.flown[-1].flight] if progress.flown else None
    for leg in ahead:
        ledger = sheet.flights[leg.flight]
        if _lapses_at(ledger, traveller.pnr, rules) <= now:
            break
        if not sheet.has_seat(leg.flight, traveller.pnr, leg.cabin):
            break
        if unreachable(leg, ledger, inbound=inbound, place=place, arrives=arrives, rules=rules):
            break
        held.append(leg)
        inbound, place, arrives = ledger, lands(ledger), ledger.expected_arrival
    if held and len(held) < len(ahead) and ahead[len(held)].married:
        lost = lost_ahead(traveller, progress, sheet=sheet, rules=rules, now=now)
        while held and ahead[len(held)].married and not lost & {held[-1].flight, ahead[len(held)].flight}:
            held.pop()
    return tuple(held)


def lapses_at(entry: WaitlistEntry, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules) -> datetime | None:
    """When the first of the seats that this entry holds lapses, be it past; None if it holds none.

    Raises `KeyError` for a flight of `entry.held` that is not in `flights`.
    """
    own = rules.sold_by(entry.carrier)
    return min((_lapses_at(flights[flight], entry.pnr, own) for flight in entry.held), default=None)


def lapse(
    waiting: Iterable[Waiting],
    *,
    flights: Mapping[FlightKey, SeatLedger],
    now: datetime,
    rules: SaleRules,
    layouts: Layouts = NO_LAYOUTS,
    unnumbered: Mapping[Pnr, Booking] = NO_BOOKINGS,
) -> Lapses:
    """Give up the seats of these journeys that can be kept no longer. Journeys that keep theirs are left out.

    `flights` has those of the bookings and entries; `layouts` and `unnumbered` are the worksheet's. Raises `KeyError` if one is
    missing, or does not have the party.
    """
    sheet: Worksheet[JourneyKey] = Worksheet(flights, layouts=layouts, unnumbered=unnumbered)
    result = Lapses()
    for loaded, entry in waiting:
        booking = result.bookings.get(loaded.pnr, loaded)
        journey, key = booking.journey(entry.journey), (booking.pnr, entry.journey)
        if journey is None:
            continue
        traveller = Traveller(booking, journey)
        own = traveller.by(rules)
        progress = progress_of(traveller, flights, rules=own, entry=entry)
        held = can_be_held(journey.held, traveller, progress, sheet=sheet, rules=own, now=now)
        if held == journey.held:
            continue
        id_ = derived_id("lapsed", booking.pnr, str(journey.number), journey.last_fact)
        fact = answers.lapsed(booking, journey, entry, id_=id_, held=held, now=now, rules=rules.version)
        had = had_by(sheet, booking.pnr, journey.held)
        for leg in fact.lapsed:
            sheet.release(leg.flight, booking.pnr, key)
            if not journey.moved_back:
                sheet.lose(leg, booking.pnr, journey.number, behind=inbound_of(leg, traveller, progress))
        documents = journey.documents and "reissue_due"
        changed = structs.replace(journey, held=held, last_fact=id_, documents=documents)
        marks = marks_of(fact, booking.party, journey.ticket, flights, rules=own, more=marks_of_waiting(entry))
        fact = structs.replace(fact, documents=documents, marks=marks)
        result.facts.append((key, numbered(fact, sheet, had) if sheet.is_numbered else fact))
        result.bookings[booking.pnr] = booking.replacing(changed)
        result.waiting[key] = structs.replace(entry, held=tuple([leg.flight for leg in held]))
    seats, freed = sheet.settled(sellable_from=now + rules.shortest_lead)
    result.seats.update(seats)
    result.freed.extend(freed)
    return result


def _begins_too_early(
    ahead: Sequence[Leg], traveller: Traveller, progress: Progress, *, sheet: Worksheet[T], rules: SaleRules
) -> bool:
    """Whether the first of these flights leaves before the journey before this one has ended."""
    before, _ = traveller.booking.neighbours(traveller.journey.number)
    if before is None or progress.flown or not ahead:
        return False
    departs = sheet.flights[ahead[0].flight].expected_departure
    return overlaps(before, traveller.journey, departs, origin_of(ahead[0].flight), flights=sheet.flights, rules=rules)


def _lapses_at(ledger: SeatLedger, pnr: Pnr, rules: SaleRules) -> datetime:
    holding = ledger.holders.get(pnr)
    if not is_open(ledger, rules) or (pnr in ledger.offloaded and holding and ledger.free(holding.cabin) < 0):
        return _AT_ONCE
    return ledger.expected_departure - rules.given_up
