"""What the ledger still says of a party once it is forgotten: nothing, and its seats are free.

A fact that names several parties is replaced by one without this party. Its hearers receive it once more, which changes
nothing: a party is planned for only while unanswered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.worksheet import NO_BOOKINGS, NO_LAYOUTS, Worksheet, freed_fact
from contracts.ledger import Booking, SeatLedger, SeatsDisrupted, SeatsFreed, SeatsReassigned
from contracts.names import FlightKey, Pnr


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What to write in one commit, beside the removal of the booking and its waitlist entry."""

    seats: dict[FlightKey, SeatLedger]
    """Only the flights that named the party."""
    freed: tuple[SeatsFreed, ...]
    redacted: tuple[SeatsDisrupted | SeatsFreed | SeatsReassigned, ...]
    """To be written over the facts with the same flight and `n`."""


def forget(
    pnr: Pnr,
    *,
    flights: Mapping[FlightKey, SeatLedger],
    facts: Iterable[SeatsDisrupted | SeatsFreed | SeatsReassigned],
    sellable_from: datetime,
    layouts: Layouts = NO_LAYOUTS,
    unnumbered: Mapping[Pnr, Booking] = NO_BOOKINGS,
) -> Forgetting:
    """Take the party out of these flights' seats and of these facts. Flights and facts that do not name it are left out.

    Seats count as freed on a flight that can still be sold: open, and departing at `sellable_from` or later.
    """
    sheet: Worksheet[None] = Worksheet(flights, layouts=layouts, unnumbered=unnumbered)
    for flight, ledger in flights.items():
        if pnr in ledger.holders:
            sheet.release(flight, pnr, None)
        if pnr in ledger.on_offer:
            sheet.keep_no_longer(flight, pnr, None)
    seats = sheet.ledgers()
    for flight, ledger in flights.items():
        if any(pnr in named for named in (ledger.offloaded, ledger.connecting, ledger.lost_by, ledger.lost_behind)):
            seats[flight] = _without(pnr, seats.get(flight, ledger))
    freed = tuple(freed_fact(seats[flight]) for flight in sheet.freed(sellable_from=sellable_from))
    for fact in freed:
        seats[fact.flight] = structs.replace(seats[fact.flight], last_fact=fact.n)
    redacted = tuple(rest for fact in facts if (rest := _redacted(pnr, fact)) != fact)
    return Forgetting(seats, freed, redacted)


def _redacted(
    pnr: Pnr, fact: SeatsDisrupted | SeatsFreed | SeatsReassigned
) -> SeatsDisrupted | SeatsFreed | SeatsReassigned:
    if isinstance(fact, SeatsReassigned):
        return structs.replace(fact, parties=tuple(other for other in fact.parties if other.pnr != pnr))
    if isinstance(fact, SeatsFreed):
        return structs.replace(fact, lost_by=tuple(other for other in fact.lost_by if other[0] != pnr))
    return structs.replace(fact, parties=tuple(other for other in fact.parties if other != pnr))


def _without(pnr: Pnr, ledger: SeatLedger) -> SeatLedger:
    """The flight's seats without the party in what they say beside its holders."""
    return structs.replace(
        ledger,
        offloaded=tuple(other for other in ledger.offloaded if other != pnr),
        connecting={other: connection for other, connection in ledger.connecting.items() if other != pnr},
        lost_by={other: journey for other, journey in ledger.lost_by.items() if other != pnr},
        lost_behind={other: flight for other, flight in ledger.lost_behind.items() if other != pnr},
    )
