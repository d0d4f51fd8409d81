"""Notices that come too late to say anything that still lies ahead of their reader."""

from collections.abc import Sequence

from agents.notifier.domain.comparing import arrives_otherwise, dropped, retimed
from agents.notifier.domain.known import Known, Progress
from agents.notifier.domain.merging import is_diverted, merge, of_the_rest
from contracts.ledger import BookingFact, BookingKept, BookingStranded


def is_pointless(
    fact: BookingFact,
    *,
    known: Known,
    earlier: Sequence[BookingFact] = (),
    diverted: BookingKept | None = None,
) -> bool:
    """Whether a letter about this fact, and the `earlier` ones without a letter, has nothing to say any more.

    A new trip, or one that is kept as it was, is of use while a flight of it is ahead, and one that ends before a flight that
    the reader knew, while that has not left; new times while a departure that has
    moved is ahead, or the arrival of the flight that the reader is on; a diversion until the flight has reached its own
    destination after all, and so the end of one. Where a flight goes that has gone on without the reader is of no use. A
    party that waits has always something to learn. `diverted` as in `story_of`.
    """
    facts = [of_the_rest(each, known) for each in (*earlier, fact)]
    is_of_a_flight_left = all(rest is not each for rest, each in zip(facts, (*earlier, fact), strict=True))
    fact = merge(facts) if earlier else facts[0]
    if isinstance(fact, BookingStranded):
        return False
    progress = known.progress(fact.after)
    if not isinstance(fact, BookingKept):
        return not (progress.ahead or any(map(known.is_ahead, dropped(fact))))
    if is_diverted(fact) or diverted:
        return not (progress.flying or progress.ahead) and known.has_reached(fact.after[-1])
    moved = retimed(fact.before, fact.after)
    if moved:
        return not (any(leg.flight in moved for leg in progress.ahead) or new_arrival(fact, progress, known))
    return is_of_a_flight_left or not progress.ahead


def new_arrival(fact: BookingKept, progress: Progress, known: Known) -> bool:
    """Whether the flight that the reader is on arrives at another time than the reader knows, which is still to come."""
    flying = progress.flying
    was = next((leg for leg in fact.before if flying and leg.flight == flying.flight), None)
    return bool(was and flying and arrives_otherwise(was, flying) and flying.arrives > known.now)
