"""When a party that waits can have no legal trip any more, and what follows.

A trip leaves at most `Rules.later` after the ticket. From then on nothing that happens to flights can bring the party a trip,
and waiting would never end. It is marked for a person, once: `BookingStranded` with the reason `overdue`, of which it has a
letter. It stays on the waitlist, which knows where it is: with other rules it may be given a trip still.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import structs

from agents.booker.domain import answers
from agents.booker.domain.holding import Lapses, Waiting
from agents.booker.domain.marks import marks_of, marks_of_waiting
from agents.booker.domain.named_seats import had_by, numbered
from agents.booker.domain.progress import Traveller
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.worksheet import NO_LAYOUTS, Worksheet
from bus import derived_id
from contracts.ledger import JourneyKey, SeatLedger, WaitlistEntry
from contracts.names import FlightKey


def overdue_at(entry: WaitlistEntry, *, rules: SaleRules) -> datetime | None:
    """When this party can have no legal trip any more, be it past; None once it is marked, where it asked for none, or
    where its ticket is not known."""
    if entry.overdue or entry.left or entry.ticketed is None:
        return None
    return entry.ticketed + rules.sold_by(entry.carrier).later


def mark_overdue(
    waiting: Iterable[Waiting],
    *,
    flights: Mapping[FlightKey, SeatLedger],
    now: datetime,
    rules: SaleRules,
    layouts: Layouts = NO_LAYOUTS,
) -> Lapses:
    """Mark these journeys, those for which it is time. Any other is left out.

    `flights` has those of the bookings and entries; `layouts` are the worksheet's. Raises `KeyError` if one is missing.
    """
    sheet: Worksheet[JourneyKey] = Worksheet(flights, layouts=layouts)
    result = Lapses()
    for loaded, entry in waiting:
        booking = result.bookings.get(loaded.pnr, loaded)
        journey, at = booking.journey(entry.journey), overdue_at(entry, rules=rules)
        if journey is None or at is None or at > now:
            continue
        key = booking.pnr, journey.number
        id_ = derived_id("overdue", booking.pnr, str(journey.number), journey.last_fact)
        fact = answers.overdue(booking, journey, entry, id_=id_, now=now, rules=rules.version)
        now_waits = structs.replace(entry, overdue=True)
        marks = marks_of(
            fact,
            booking.party,
            journey.ticket,
            flights,
            rules=Traveller(booking, journey).by(rules),
            more=marks_of_waiting(now_waits),
        )
        fact = structs.replace(fact, documents=journey.documents, marks=marks)
        had = had_by(sheet, booking.pnr, journey.held)
        result.facts.append((key, numbered(fact, sheet, had) if sheet.is_numbered else fact))
        result.bookings[booking.pnr] = booking.replacing(structs.replace(journey, last_fact=id_))
        result.waiting[key] = now_waits
    return result
