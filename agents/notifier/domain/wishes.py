"""What a party asked for, and what there is to tell of it.

Which wishes the trip does not meet, the fact says, and each of them is told. What is met is told where the trip as it is told
bears it out: a party that is under way, or waited elsewhere, is not asked any more where its trip should begin, and of a
flight that lands elsewhere nobody knows what the rest comes to.

Why a trip was preferred to others as good is told in the same way: by names out of a closed list, for which the templates have
the words.
"""

from typing import get_args

from msgspec import Struct

from contracts.judgement import Reason, Term, Wish, Wishes
from contracts.ledger import BookingChanged, BookingKept, Leg
from contracts.names import origin_of

TERMS: tuple[Term, ...] = get_args(Term)


class Request(Struct, frozen=True, kw_only=True):
    """What to tell, in the order of the fields of `Wishes`; never nothing."""

    wishes: Wishes
    told: tuple[Wish, ...]
    unmet: tuple[Wish, ...]
    """Those of `told` that could not be met."""
    trip: tuple[Leg, ...]
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
    shown = () if diverted else _shown_by(fact.after, wishes)
    told = tuple(wish for wish in wishes.asked if wish in unmet or wish in shown)
    if not told:
        return None
    return Request(
        wishes=wishes,
        told=told,
        unmet=unmet,
        trip=fact.after,
        nearest=bool(unmet) and not under_way,
        certain=not diverted,
    )


def reasons_of(fact: BookingChanged) -> tuple[Reason, ...]:
    """What the trip was preferred for, each once. What is none of the names known here is not told, nor is a wish that the
    trip does not show to be met."""
    wishes = fact.wishes or Wishes()
    shown = _shown_by(fact.after, wishes)
    known: dict[str, Reason] = {wish: wish for wish in wishes.asked if wish in shown and wish not in fact.unmet}
    known |= {term: term for term in TERMS}
    return tuple(known[name] for name in dict.fromkeys(fact.because) if name in known)


def times_met(trip: tuple[Leg, ...], wishes: Wishes) -> tuple[Wish, ...]:
    """Those wishes about times that the trip meets."""
    return tuple(wish for wish in _shown_by(trip, wishes) if wish in ("arrive_by", "depart_after"))


def _shown_by(trip: tuple[Leg, ...], wishes: Wishes) -> tuple[Wish, ...]:
    """What can be read off the whole trip; that people are together, and get what they need, nothing in it denies."""
    shown: dict[Wish, bool] = {
        "arrive_by": wishes.arrive_by is not None and trip[-1].arrives <= wishes.arrive_by,
        "depart_after": wishes.depart_after is not None and trip[0].departs >= wishes.depart_after,
        "airports": origin_of(trip[0].flight) in wishes.airports,
        "nonstop": len(trip) == 1,
        "cabin": all(leg.cabin == wishes.cabin for leg in trip),
        "together": True,
        "needs": True,
    }
    return tuple(wish for wish, is_shown in shown.items() if is_shown)
