"""Several facts about a booking merged into one, so that a letter starts from the trip its reader knows.

A fact says which trip the party had before it. If no letter was sent about the fact before (a later one superseded it, or no
channel took the letter), the party does not know that trip, and a letter about the one fact alone would mislead. So the facts
without a letter are reported with the next one: from the trip of the last letter to the trip as it is now.

The reason for the new trip is that of the first fact that gave the party other flights. The facts before that one kept the
flights the party knows; what happened afterwards to flights it never knew is left out. Seats that it had again meanwhile are
named only where it has them still.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from msgspec import structs

from agents.notifier.domain.known import Known
from agents.notifier.domain.wishes import times_met
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, Leg
from contracts.names import FlightKey

_SHARED = set(BookingChanged.__struct_fields__) & set(BookingKept.__struct_fields__)
"""What a fact says of the trip as it is by then, whether the party was given it or keeps it."""


def first_reroute(facts: Iterable[BookingFact]) -> BookingFact | None:
    """The first of these facts, oldest first, that gives the party other flights; None if none does."""
    return next((fact for fact in facts if _flights(_after(fact)) != _flights(fact.before)), None)


def is_reroute(facts: Sequence[BookingFact]) -> bool:
    """Whether the flights after the last fact differ from those before the first."""
    return _flights(_after(facts[-1])) != _flights(facts[0].before)


def is_diverted(fact: BookingKept) -> bool:
    return fact.reason == "diverted" or fact.diverted_to is not None


def diverted_leg(fact: BookingKept) -> Leg:
    """The flight of a diversion: the last that had left when the fact was decided."""
    return max(
        (leg for leg in fact.after if leg.departs <= fact.decided_at),
        key=lambda leg: leg.departs,
        default=fact.after[0],
    )


def of_the_rest(fact: BookingFact, known: Known) -> BookingFact:
    """The fact without a diversion of a flight that the party has left, and that has gone on without it."""
    if not isinstance(fact, BookingKept) or not is_diverted(fact):
        return fact
    if known.got_off(fact.after, fact.after.index(diverted_leg(fact))) is None:
        return fact
    return structs.replace(fact, reason="retimed", diverted_to=None)


def merge(facts: Sequence[BookingFact]) -> BookingFact:
    """One fact that leads from the trip before the first of these, which are oldest first, to the trip after the last."""
    before, last = facts[0].before, facts[-1]
    reroute = first_reroute(facts)
    if isinstance(last, BookingStranded):
        cause = reroute or last
        return structs.replace(
            last, before=before, lapsed=_lapsed(facts, last), reason=cause.reason, broken_by=cause.broken_by
        )
    last = _with_wishes(last, facts)
    if reroute is None or (isinstance(last, BookingKept) and is_diverted(last)):
        return structs.replace(last, before=before)
    true_now = {name: getattr(last, name) for name in _SHARED}
    if not is_reroute(facts):
        return BookingKept(**true_now | {"reason": "cancelled", "broken_by": None, "before": before})
    given = next(fact for fact in reversed(facts) if isinstance(fact, BookingChanged))  # only these give other flights
    why = {"reason": reroute.reason, "broken_by": reroute.broken_by, "before": before}
    return structs.replace(given, **true_now | why)


def _with_wishes(last: BookingChanged | BookingKept, facts: Sequence[BookingFact]) -> BookingChanged | BookingKept:
    """The last fact with the wishes for which its flights were chosen, where it does not mention them itself.

    If the times of these flights have changed since, a wish about times may be met now.
    """
    same = takewhile(lambda fact: _flights(_after(fact)) == _flights(last.after), reversed(facts))
    for fact in same:
        if not isinstance(fact, BookingStranded) and fact.wishes is not None:
            met = times_met(last.after, fact.wishes) if fact is not last else ()
            unmet = tuple(wish for wish in fact.unmet if wish not in met)
            return structs.replace(last, wishes=fact.wishes, unmet=unmet)
    return last


def _lapsed(facts: Iterable[BookingFact], last: BookingStranded) -> tuple[Leg, ...]:
    """The flights on which the party has lost seats that it had kept while it waited."""
    held = _flights(last.held)
    stranded = (fact for fact in facts if isinstance(fact, BookingStranded))
    return tuple(leg for fact in stranded for leg in fact.lapsed if leg.flight not in held)


def _after(fact: BookingFact) -> tuple[Leg, ...]:
    return () if isinstance(fact, BookingStranded) else fact.after


def _flights(legs: Iterable[Leg]) -> tuple[FlightKey, ...]:
    return tuple(leg.flight for leg in legs)
