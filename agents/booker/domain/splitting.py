"""Whether a booking may be split into these two: all that it has is in one of them, and no minor is left without those in whose
care they are.

Who has whom in their care is on a booking only where its system says so (`Passenger.escort`). Where it does not, the minors of
the booking stay together, with an adult if there is one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from agents.booker.domain.people import as_booked
from contracts.ledger import Booking
from contracts.money import Currency, PaidItem, PaidKind
from contracts.passengers import Passenger, Ssr

Halves: TypeAlias = tuple[Booking, Booking]
"""What is left of a booking, and what is split from it. `with_needs` has been applied to both."""

_OF_MINORS: frozenset[Ssr] = frozenset({"UMNR", "INFT", "CHLD"})


def not_conserved(ours: Booking, halves: Halves) -> str | None:
    """Get what the two together have more or less of than the booking has, in one line, or None."""
    parties = [half.party for half in halves]
    passengers, seats = (
        sum(counts) for counts in zip(*((each.passengers, each.seats) for each in parties), strict=True)
    )
    if (passengers, seats) != (ours.party.passengers, ours.party.seats):
        had = f"{ours.party.passengers} passengers in {ours.party.seats} seats"
        return f"it has {had}, and the two together have {passengers} in {seats}"
    people = [passenger for half in halves for passenger in as_booked(half)]
    if ours.passengers and _by_id(people) != _by_id(as_booked(ours)):
        return "its passengers are not each in one of the two bookings, as they were"
    if set(ours.party.ssrs) != {ssr for party in parties for ssr in party.ssrs}:
        return "its special services are not those of the two bookings"
    if _paid(ours.party.paid) != _paid(item for party in parties for item in party.paid):
        return "what was paid for it is not what was paid for the two bookings"
    return None


def parted(halves: Halves) -> str | None:
    """Get who would be parted from those they travel with, in one line, or None."""
    one, other = halves
    if not (one.passengers and other.passengers):
        minors = sorted(_OF_MINORS.intersection(one.party.ssrs + other.party.ssrs))
        return f"it has minors ({', '.join(minors)}), and not all its people are known" if minors else None
    for half, rest in (halves, halves[::-1]):
        elsewhere = {passenger.id for passenger in rest.passengers}
        if any(passenger.escort in elsewhere for passenger in half.passengers):
            return "one of its passengers would be parted from the one who has them in their care"
    alone = [any(each.is_minor and each.escort is None for each in half.passengers) for half in halves]
    if all(alone):
        return "its minors would be parted from each other"
    for has_minors, half, rest in zip(alone, halves, halves[::-1], strict=True):
        if has_minors and not _has_adult(half) and _has_adult(rest):
            return "its minors would be parted from all its adults"
    return None


def _has_adult(booking: Booking) -> bool:
    return any(not passenger.is_minor for passenger in booking.passengers)


def _by_id(people: Iterable[Passenger]) -> list[Passenger]:
    return sorted(people, key=lambda passenger: passenger.id)


def _paid(items: Iterable[PaidItem]) -> Mapping[tuple[PaidKind, Currency], Decimal]:
    """What was paid, by what it was for: an item for several passengers is divided among them."""
    totals: defaultdict[tuple[PaidKind, Currency], Decimal] = defaultdict(Decimal)
    for item in items:
        totals[item.kind, item.price.currency] += item.price.amount
    return {what: total for what, total in totals.items() if total}
