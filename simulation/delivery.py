"""How the feed delivers one flight's statuses: a little late, sometimes much later, twice, or out of order."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from contracts.flights import FlightStatus

LATE = 0.04
OVERTAKEN = 0.02
REPEATED = 0.05


def delivered(statuses: Sequence[FlightStatus], rng: Random) -> Iterator[tuple[datetime, FlightStatus, bool]]:
    """Each status with its time of delivery; True marks a repetition."""
    times = [_usual(status, rng) for status in statuses]
    for i, status in enumerate(statuses):
        at, draw = times[i], rng.random()
        if draw < LATE:
            at += timedelta(seconds=rng.randint(120, 900))
        elif draw < LATE + OVERTAKEN and i + 1 < len(times):
            at = times[i + 1] + timedelta(seconds=rng.randint(5, 60))
        yield at, status, False
        if rng.random() < REPEATED:
            yield at + timedelta(seconds=rng.randint(10, 600)), status, True


def _usual(status: FlightStatus, rng: Random) -> datetime:
    return status.observed_at + timedelta(seconds=rng.randint(2, 20))
