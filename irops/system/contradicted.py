"""What the reservation system reports and irops contradicts: a person has to decide, and correct it there."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bus import Bus
from contracts.ledger import BOOKING
from contracts.reservations import BOOKING_CONTRADICTED, BookingContradicted


async def contradicted(bus: Bus) -> list[BookingContradicted]:
    """The contradictions that no later version of their booking has settled, in the order of the stream. Raises `ApiError`,
    `Unavailable`."""
    facts = [recorded.message async for recorded in bus.history(BOOKING_CONTRADICTED)]
    keys = {fact.pnr: BOOKING.key(pnr=fact.pnr) for fact in facts}
    loaded = await bus.load(keys.values())
    versions = {pnr: entry.message.version for pnr, key in keys.items() if (entry := loaded[key])}
    return [fact for fact in facts if versions.get(fact.pnr) == fact.version]


def in_words(facts: Sequence[BookingContradicted]) -> Iterator[str]:
    """One line about these, if there are any."""
    if facts:
        reservations = "1 reservation waits" if len(facts) == 1 else f"{len(facts):,} reservations wait"
        what = ", ".join(f"{count:,} {reason}" for reason, count in sorted(Counter(f.reason for f in facts).items()))
        yield f"{reservations} for a person to decide ({what}); see `irops marks`"
