"""How one flight's statuses reach us: a little later, sometimes much later, twice, or in the wrong order."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from contracts.flights import FlightStatus

LATE = 0.04
OVERTAKEN = 0.02
REPEATED = 0.05


def delivered(statuses: Sequence[FlightStatus], rng: Random) -> Iterator[tuple[datetime, FlightStatus, bool]]:
    """Each status with the instant at which it is delivered; `True` marks a repetition."""
    ats = [_usual(status, rng) for status in statuses]
    for i, status in enumerate(statuses):
        at, draw = ats[i], rng.random()
        if draw < LATE:
            at += timedelta(seconds=rng.randint(120, 900))
        elif draw < LATE + OVERTAKEN and i + 1 < len(ats):
            at = ats[i + 1] + timedelta(seconds=rng.randint(5, 60))
        yield at, status, False
        if rng.random() < REPEATED:
            yield at + timedelta(seconds=rng.randint(10, 600)), status, True


def _usual(status: FlightStatus, rng: Random) -> datetime:
    return status.observed_at + timedelta(seconds=rng.randint(2, 20))
