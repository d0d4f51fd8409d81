"""Seeds an empty server: layouts into LAYOUTS, flights into FLIGHTS, their seats and bookings into LEDGER.

Before any agent starts this is the ledger's only writer. It writes batches of hundreds, several at once.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bus import Bus, Commit, Write
from contracts.flights import FLIGHT
from contracts.layouts import LAYOUT, Layout
from contracts.ledger import BOOKING, SEAT_LEDGER
from simulation.parties import SeededFlight

_BATCH = 400
"""Messages in a batch."""
_CONCURRENT = 3
"""Batches in flight: enough to keep the server busy while the next is encoded."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How much was written."""

    flights: int
    parties: int
    passengers: int


async def seed_streams(
    bus: Bus,
    flights: Iterable[SeededFlight],
    *,
    layouts: Iterable[Layout] = (),
    progress: Callable[[int], None] = lambda parties: None,
) -> Seeded:
    """Write the layouts, then every flight with its parties. `progress` gets the number of parties in each batch written.

    Raises Conflict if the server already has some of them.
    """
    if plans := [Write(LAYOUT.of(layout), 0) for layout in layouts]:
        await bus.commit(Commit(states=plans))
    counts = [0, 0, 0]
    slots = asyncio.Semaphore(_CONCURRENT)

    async def write(states: Sequence[Write], parties: int) -> None:
        try:
            await bus.commit(Commit(states=states))
        finally:
            slots.release()
        progress(parties)

    async with asyncio.TaskGroup() as group:
        for states, parties in _batches(flights, counts):
            await slots.acquire()
            group.create_task(write(states, parties))
    return Seeded(*counts)


def _batches(flights: Iterable[SeededFlight], counts: list[int]) -> Iterator[tuple[list[Write], int]]:
    """Batches for one stream each, with the number of parties in each."""
    schedule: list[Write] = []
    ledger: list[Write] = []
    parties = 0
    for seeded in flights:
        counts[0] += 1
        schedule.append(Write(FLIGHT.of(seeded.flight), 0))
        ledger.append(Write(SEAT_LEDGER.of(seeded.seat_ledger), 0))
        for booking in seeded.bookings:
            counts[1] += 1
            counts[2] += booking.party.passengers
            ledger.append(Write(BOOKING.of(booking), 0))
            parties += 1
            if len(ledger) >= _BATCH:
                yield ledger, parties
                ledger, parties = [], 0
        if len(schedule) >= _BATCH:
            yield schedule, 0
            schedule = []
    if ledger:
        yield ledger, parties
    if schedule:
        yield schedule, 0
