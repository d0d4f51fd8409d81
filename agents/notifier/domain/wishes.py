"""What a party asked for, and what there is to tell of it.

Which wishes the trip meets, the fact says. What can't be met is told always. What is met is told where it is news: not of a
start that is past, nor of a flight that lands elsewhere, where nobody knows what the rest comes to.
"""

from msgspec import Struct

from contracts.judgement import Wish, Wishes
from contracts.ledger import BookingChanged, BookingKept, Leg

_OF_THE_START: frozenset[Wish] = frozenset({"depart_after", "airports", "nonstop"})


class Request(Struct, frozen=True, kw_only=True):
    """What to tell, in the order of the fields of `Wishes`; never nothing."""

    wishes: Wishes
    told: tuple[Wish, ...]
    unmet: tuple[Wish, ...]
    """Those of `told` that could not be met."""
    trip: tuple[Leg, ...]
    """What of the trip is still to come, if anything is; else all of it."""
    nearest: bool
    """Nothing met it all, and the trip was chosen as what comes nearest."""
    certain: bool
    """What the trip comes to is known: it is not if its flight lands elsewhere."""


def request_of(fact: BookingChanged | BookingKept, *, under_way: bool, diverted: bool) -> Request | None:
    """None where nothing was asked, or nothing of it is to be told."""
    wishes = fact.wishes
    if wishes is None:
        return None
    unmet = tuple(wish for wish in wishes.asked if wish in fact.unmet)
    past = frozenset(wishes.asked) if diverted else _OF_THE_START if under_way else frozenset()
    told = tuple(wish for wish in wishes.asked if wish in unmet or wish not in past)
    if not told:
        return None
    return Request(
        wishes=wishes,
        told=told,
        unmet=unmet,
        trip=tuple(leg for leg in fact.after if leg.departs > fact.decided_at) or fact.after,
        nearest=bool(unmet) and not under_way,
        certain=not diverted,
    )
