"""What is heard of the planes: each word as a status, late, twice, out of order, or not at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from msgspec import structs

from contracts.flights import FlightStatus
from tests.journeys.small_world import T0
from tests.reality.planes import Minute, Plane, Word, even

OVERTAKEN = 0.1
"""The share of words of the last 90 minutes before a departure that are heard after it. None is about another aircraft, which
decides who may board."""


class Heard(NamedTuple):
    at: Minute
    status: FlightStatus


def instant(minute: Minute) -> datetime:
    return T0 + timedelta(minutes=minute)


def feed(planes: list[Plane], seed: int) -> list[Heard]:
    """All statuses, in the order in which they are heard. For some minutes nothing may be heard at all."""
    dice = Random(f"{seed} feed")
    deaf_from = dice.randint(0, 1200)
    deaf = range(deaf_from, deaf_from + dice.choice((0, 0, 0, 10, 20)))
    heard = [
        each
        for plane in planes
        for each in _of(plane, Random(f"{seed} feed {plane.flight}"), deaf, late=Random(f"{seed} late {plane.flight}"))
    ]
    return sorted(heard, key=lambda each: each.at)


def _of(plane: Plane, dice: Random, deaf: range, *, late: Random) -> Iterator[Heard]:
    seats = None
    for word in plane.words:
        if word.may_be_lost and dice.random() < 0.3:
            continue
        status = _status(plane, word)
        at = word.at + dice.choice((0, 0, 0, 2, 4, 10, 20))
        if at in deaf:
            at = even(deaf.stop)
        if word.by is not None:
            is_overtaken = late.random() < OVERTAKEN and word.at > word.by - 90 and word.seats == seats
            at = word.by + late.choice((2, 6, 20)) if is_overtaken else max(word.at, min(at, word.by))
        seats = word.seats
        yield Heard(even(at), status)
        if dice.random() < 0.1:
            yield Heard(even(at + dice.choice((0, 2, 60, 200))), status)
        if plane.sold_as and dice.random() < 0.2:
            yield Heard(even(at), structs.replace(status, flight=plane.sold_as, sold_as=(), seats=None))


def _status(plane: Plane, word: Word) -> FlightStatus:
    def time(minute: Minute | None) -> datetime | None:
        return None if minute is None else instant(minute)

    return FlightStatus(
        flight=plane.flight,
        destination=plane.to,
        observed_at=instant(word.at),
        scheduled_departure=instant(plane.departs),
        scheduled_arrival=instant(plane.arrives),
        estimated_departure=time(word.departs),
        estimated_arrival=time(word.arrives),
        departed_at=time(word.left),
        arrived_at=time(word.landed),
        cancelled=word.cancelled,
        diverted_to=word.to,
        seats=word.seats,
        sold_as=(plane.sold_as,) if plane.sold_as else (),
    )
