"""What a journey that is changed leaves to the following one: the seats that this one had lost on flights of its ticket.

It may have been moved off them only because the journey before was to end later, so it is offered them where the party can be
there in time, whether a plan or the reservation system has changed the journey before, or has given it up.
"""

from collections.abc import Iterator
from typing import TypeVar

from agents.booker.domain.rules import SaleRules
from agents.booker.domain.stays import SHORT, overlaps
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Journey
from contracts.names import FlightKey, Pnr, origin_of

T = TypeVar("T")


def sold_before(journey: Journey) -> Iterator[FlightKey]:
    """The flights of its ticket, where it has others now, or none."""
    if journey.state in ("rebooked", "stranded"):
        yield from journey.ticket.flights


def come_with(pnr: Pnr, following: Journey, before: Journey | None, sheet: Worksheet[T]) -> list[FlightKey]:
    """Note that the party would come with another flight now to the first one that was sold for the following journey, where
    it has lost its seats; get the flights whose seats have that note. A journey before that is stranded ends with none yet."""
    flight = next(sold_before(following), None)
    ledger = sheet.flights.get(flight or "")
    if ledger is None or sheet.lost(ledger.flight, pnr) != following.number:
        return []
    if before is None:
        sheet.lose_behind(ledger.flight, pnr, None)
        return [ledger.flight]
    if not before.legs or ledger.expected_departure - before.legs[-1].arrives >= SHORT:
        return []
    sheet.lose_behind(ledger.flight, pnr, before.legs[-1].flight)
    return [ledger.flight, before.legs[-1].flight]


def offer(
    pnr: Pnr, following: Journey, before: Journey | None, sheet: Worksheet[T], *, rules: SaleRules, cause: T
) -> None:
    """Offer the following journey the seats that it had lost, where the party can be there in time."""
    for flight in sold_before(following):
        ledger = sheet.flights.get(flight)
        if ledger is None or sheet.lost(flight, pnr) != following.number:
            continue
        departs, origin = ledger.expected_departure, origin_of(flight)
        if before is None or not overlaps(before, following, departs, origin, flights=sheet.flights, rules=rules):
            sheet.unreserve(flight, cause)
