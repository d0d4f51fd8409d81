"""Trips that a person should look at: journeys whose last fact has marks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bus import Bus
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, BookingFact, JourneyKey
from contracts.reservations import BOOKING_AMENDED, BOOKING_WITHDRAWN, BookingAmended, BookingWithdrawn
from contracts.subject import Subject

_SUBJECTS: tuple[Subject[Any], ...] = (
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    BOOKING_AMENDED,
    BOOKING_WITHDRAWN,
)


async def marked(bus: Bus) -> list[BookingFact]:
    """The last fact of each journey, where it has marks, in the order of the stream. Raises `ApiError`, `Unavailable`.

    A journey that the reservation system has changed or withdrawn since has none: its last fact is about no trip of ours."""
    latest: dict[JourneyKey, tuple[int, BookingFact | None]] = {}
    for subject in _SUBJECTS:
        async for recorded in bus.history(subject):
            for key, fact in _about(recorded.message):
                if key not in latest or latest[key][0] < recorded.sequence:
                    latest[key] = recorded.sequence, fact
    last = [fact for _, fact in sorted(latest.values(), key=lambda pair: pair[0])]
    return [fact for fact in last if fact is not None and fact.marks]


def _about(fact: BookingFact | BookingAmended | BookingWithdrawn) -> Iterator[tuple[JourneyKey, BookingFact | None]]:
    """Each journey that this is a fact about, with the fact where it may have marks."""
    if isinstance(fact, BookingAmended | BookingWithdrawn):
        for journey in fact.journeys:
            yield (fact.pnr, journey.number), None
    else:
        yield (fact.pnr, fact.journey), fact


def in_words(facts: Sequence[BookingFact]) -> Iterator[str]:
    """One line about these, if there are any."""
    if facts:
        counts = Counter(mark for fact in facts for mark in fact.marks)
        trips = "1 trip is" if len(facts) == 1 else f"{len(facts):,} trips are"
        what = ", ".join(f"{count:,} {mark}" for mark, count in sorted(counts.items()))
        yield f"{trips} marked for a person to look at ({what}); see `irops marks`"
