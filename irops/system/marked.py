"""Trips that a person should look at: journeys whose last fact has marks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bus import Bus
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, BookingFact, JourneyKey
from contracts.subject import Subject


async def marked(bus: Bus) -> list[BookingFact]:
    """The last fact of each journey, where it has marks, in the order of the stream. Raises `ApiError`, `Unavailable`."""
    latest: dict[JourneyKey, tuple[int, BookingFact]] = {}
    subjects: tuple[Subject[Any], ...] = (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)
    for subject in subjects:
        async for recorded in bus.history(subject):
            fact: BookingFact = recorded.message
            key = fact.pnr, fact.journey
            if key not in latest or latest[key][0] < recorded.sequence:
                latest[key] = recorded.sequence, fact
    return [fact for _, fact in sorted(latest.values(), key=lambda pair: pair[0]) if fact.marks]


def in_words(facts: Sequence[BookingFact]) -> Iterator[str]:
    """One line about these, if there are any."""
    if facts:
        counts = Counter(mark for fact in facts for mark in fact.marks)
        trips = "1 trip is" if len(facts) == 1 else f"{len(facts):,} trips are"
        what = ", ".join(f"{count:,} {mark}" for mark, count in sorted(counts.items()))
        yield f"{trips} marked for a person to look at ({what}); see `irops marks`"
