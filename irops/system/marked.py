"""What a person should look at: journeys whose last fact has marks, and parties that the reservation system's last version has
made such."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bus import Bus
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, BookingFact, JourneyKey
from contracts.reservations import BOOKING_AMENDED, BOOKING_WITHDRAWN, BookingAmended, BookingWithdrawn
from contracts.subject import Subject

Marked = BookingFact | BookingAmended
_SUBJECTS: tuple[Subject[Any], ...] = (
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    BOOKING_AMENDED,
    BOOKING_WITHDRAWN,
)


async def marked(bus: Bus) -> list[Marked]:
    """The last fact of each journey, and of each booking's versions, where it has marks, in the order of the stream. Raises
    `ApiError`, `Unavailable`.

    A journey that the reservation system has changed or withdrawn since has none: its last fact is about no trip of ours."""
    latest: dict[JourneyKey, tuple[int, Marked | None]] = {}
    for subject in _SUBJECTS:
        async for recorded in bus.history(subject):
            for key, fact in _about(recorded.message):
                if key not in latest or latest[key][0] < recorded.sequence:
                    latest[key] = recorded.sequence, fact
    last = [fact for _, fact in sorted(latest.values(), key=lambda pair: pair[0])]
    return [fact for fact in last if fact is not None and fact.marks]


def _about(fact: Marked | BookingWithdrawn) -> Iterator[tuple[JourneyKey, Marked | None]]:
    """Each journey that this is a fact about, with the fact where it may have marks; the booking itself as journey 0."""
    if isinstance(fact, BookingAmended | BookingWithdrawn):
        yield (fact.pnr, 0), fact if isinstance(fact, BookingAmended) else None
        for journey in fact.journeys:
            yield (fact.pnr, journey.number), None
    else:
        yield (fact.pnr, fact.journey), fact


def in_words(facts: Sequence[Marked]) -> Iterator[str]:
    """One line about these, if there are any."""
    if facts:
        counts = Counter(mark for fact in facts for mark in fact.marks)
        trips = "1 trip is" if len(facts) == 1 else f"{len(facts):,} trips are"
        what = ", ".join(f"{count:,} {mark}" for mark, count in sorted(counts.items()))
        yield f"{trips} marked for a person to look at ({what}); see `irops marks`"
