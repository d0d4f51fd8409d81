"""How a booking was sold: whether that can be, and what is left of it without some of its journeys."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from msgspec import structs

from contracts.ledger import Booking
from contracts.money import money_fault


def sale_fault(booking: Booking) -> str | None:
    """Get what is wrong with the terms of the booking in one line, or None. Its payments are sound.

    What instruments have paid is what was paid for: amounts are divided among them to the cent, and none may be missing.
    """
    return next(_faults(booking), None)


def _faults(booking: Booking) -> Iterator[str]:
    paid_with = booking.sale.paid_with if booking.sale else ()
    if not paid_with:
        return
    if len({one.id for one in paid_with}) < len(paid_with):
        yield "two of its means of payment have one id"
    amounts = [one.amount for one in paid_with if one.amount is not None]
    if len(amounts) < len(paid_with):
        yield "one of its means of payment has no amount"
    yield from filter(None, map(money_fault, amounts))
    items = [item.price for item in booking.party.paid]
    if len({money.currency for money in (*amounts, *items)}) > 1:
        yield "it was paid for in more than one currency, and its means of payment are named"
    given, wanted = (sum((money.amount for money in each), Decimal(0)) for each in (amounts, items))
    if given != wanted:
        yield f"its means of payment paid {given:f}, and {wanted:f} was paid for it"


def without_payments_of(booking: Booking, journeys: Collection[int]) -> Booking:
    """The booking without what was paid for these journeys alone."""
    paid = tuple(item for item in booking.party.paid if item.journey not in journeys)
    if len(paid) == len(booking.party.paid):
        return booking
    return structs.replace(booking, party=structs.replace(booking.party, paid=paid))
