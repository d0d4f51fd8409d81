"""What a party asked for, and what its letter says about that.

The fact names the wishes that the trip does not meet; the letter mentions every one of them. A wish that is met is mentioned
if the trip in the letter shows it: for a party that waited at another airport, the start of its trip was no longer a choice,
and where a flight is diverted the rest of the trip is not known. A party under way reads nothing about the start of its trip.

The reasons for preferring a trip are handled alike: names out of a closed list, for which the templates have the words.
"""

from typing import get_args

from msgspec import Struct

from contracts.judgement import Need, Reason, Term, Wish, Wishes
from contracts.ledger import BookingChanged, BookingKept, Leg
from contracts.names import Airport, Cabin, origin_of

TERMS: tuple[Term, ...] = get_args(Term)
_ABOUT_THE_START: tuple[Wish, ...] = ("depart_after", "airports")
_AIRPORTS = 4
"""Airports named in a letter: a line has its limit, and a remark may list any number."""


class Request(Struct, frozen=True, kw_only=True):
    """The wishes that a letter mentions; at least one."""

    wishes: Wishes
    mentioned: tuple[Wish, ...]
    """In the order of the fields of `Wishes`."""
    unmet: tuple[Wish, ...]
    """Those of `mentioned` that could not be met."""
    trip: tuple[Leg, ...]
    is_closest: bool
    """No trip met all wishes, and this one was chosen because it comes closest."""
    is_certain: bool
    """The rest of the trip is known; it is not after a diversion."""

    @property
    def airports(self) -> tuple[Airport, ...]:
        """The airports asked for, as many as a letter names."""
        return tuple(dict.fromkeys(self.wishes.airports))[:_AIRPORTS]

    @property
    def needs(self) -> tuple[Need, ...]:
        """The needs, each once."""
        return tuple(dict.fromkeys(self.wishes.needs))

    @property
    def origin(self) -> Airport:
        return origin_of(self.trip[0].flight)

    @property
    def stops(self) -> tuple[Airport, ...]:
        """Where the party changes planes."""
        return tuple(leg.destination for leg in self.trip[:-1])

    @property
    def other_cabin(self) -> Cabin | None:
        """The cabin of the first flight that is not in the cabin asked for."""
        return next((leg.cabin for leg in self.trip if leg.cabin != self.wishes.cabin), None)


def request_of(fact: BookingChanged | BookingKept, *, under_way: bool, diverted: bool) -> Request | None:
    """None if the party asked for nothing, or for nothing that the letter mentions."""
    wishes = fact.wishes
    if wishes is None:
        return None
    unmet = tuple(wish for wish in wishes.asked if wish in fact.unmet)
    shown = () if diverted else _shown_by(fact.after, wishes)
    mentioned = tuple(wish for wish in wishes.asked if wish in unmet or wish in shown)
    if under_way:
        mentioned = tuple(wish for wish in mentioned if wish not in _ABOUT_THE_START)
    if not mentioned:
        return None
    return Request(
        wishes=wishes,
        mentioned=mentioned,
        unmet=tuple(wish for wish in unmet if wish in mentioned),
        trip=fact.after,
        is_closest=bool(unmet) and not under_way,
        is_certain=not diverted,
    )


def reasons_of(fact: BookingChanged) -> tuple[Reason, ...]:
    """The reasons for preferring the trip, each once, without unknown names and without wishes that the trip does not meet."""
    wishes = fact.wishes or Wishes()
    shown = _shown_by(fact.after, wishes)
    known: dict[str, Reason] = {wish: wish for wish in wishes.asked if wish in shown and wish not in fact.unmet}
    known |= {term: term for term in TERMS}
    return tuple(known[name] for name in dict.fromkeys(fact.because) if name in known)


def times_met(trip: tuple[Leg, ...], wishes: Wishes) -> tuple[Wish, ...]:
    """The wishes about times that the trip meets."""
    return tuple(wish for wish in _shown_by(trip, wishes) if wish in ("arrive_by", "depart_after"))


def _shown_by(trip: tuple[Leg, ...], wishes: Wishes) -> tuple[Wish, ...]:
    """The wishes that the legs show to be met. Legs never contradict `together` and `needs`."""
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
