"""What has happened since a party was last told, as one piece of news.

A fact says which trip the party had before it. If nobody was told the fact before (a later one overtook it, or no channel took
it), the party knows nothing of that trip, and a message about the one fact alone would not be true to its reader. So what was
not told is told with the next fact that is: from the trip as last told to the trip as it is now.

Why it is another trip, the fact says that first gave the party other flights. Those before it kept the flights that the party
knows, so whatever it names was told; what happened since to flights the party never heard of is left out.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from msgspec import structs

from agents.notifier.domain.wishes import times_met
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, Leg
from contracts.names import FlightKey


def turn_of(facts: Iterable[BookingFact]) -> BookingFact | None:
    """The first fact, of these in order, after which the party has other flights; None if it has the same ones all along."""
    return next((fact for fact in facts if _flights(_after(fact)) != _flights(fact.before)), None)


def as_one(facts: Sequence[BookingFact]) -> BookingFact:
    """These facts, oldest first, as if the booker had said one: what was before them all, and what is after the last."""
    before, last = facts[0].before, facts[-1]
    turn = turn_of(facts)
    if isinstance(last, BookingStranded):
        return structs.replace(last, before=before, reason=turn.reason if turn else last.reason)
    last = _with_wishes(last, facts)
    if turn is None or (isinstance(last, BookingKept) and is_diverted(last)):
        return structs.replace(last, before=before)
    if not is_given_other_flights(facts):
        return BookingKept(
            pnr=last.pnr, id=last.id, reason="cancelled", before=before, after=last.after, language=last.language,
            contact=last.contact, decided_at=last.decided_at, wishes=last.wishes, unmet=last.unmet,
        )  # fmt: skip
    given = next(
        fact for fact in reversed(facts) if isinstance(fact, BookingChanged)
    )  # a fact that keeps gives no flights
    return structs.replace(
        given, id=last.id, reason=turn.reason, before=before, after=last.after, language=last.language,
        contact=last.contact, decided_at=last.decided_at, wishes=last.wishes, unmet=last.unmet,
    )  # fmt: skip


def is_given_other_flights(facts: Sequence[BookingFact]) -> bool:
    """Whether the flights after the last are others than those before the first."""
    return _flights(_after(facts[-1])) != _flights(facts[0].before)


def is_diverted(fact: BookingKept) -> bool:
    return fact.reason == "diverted" or fact.diverted_to is not None


def _with_wishes(last: BookingChanged | BookingKept, facts: Sequence[BookingFact]) -> BookingChanged | BookingKept:
    """What was asked for, where the last fact does not speak of it, is as it was when these flights were given; if their times
    have changed since, a wish about times may be met now."""
    same = takewhile(lambda fact: _flights(_after(fact)) == _flights(last.after), reversed(facts))
    for fact in same:
        if not isinstance(fact, BookingStranded) and fact.wishes is not None:
            met = times_met(last.after, fact.wishes) if fact is not last else ()
            unmet = tuple(wish for wish in fact.unmet if wish not in met)
            return structs.replace(last, wishes=fact.wishes, unmet=unmet)
    return last


def _after(fact: BookingFact) -> tuple[Leg, ...]:
    return () if isinstance(fact, BookingStranded) else fact.after


def _flights(legs: Iterable[Leg]) -> tuple[FlightKey, ...]:
    return tuple(leg.flight for leg in legs)
