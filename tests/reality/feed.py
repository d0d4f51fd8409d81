"""What is heard of the planes: each word as a status, late, twice, out of order, or not at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from msgspec import structs

from contracts.flights import FlightStatus
from tests.journeys.small_world import T0
from tests.reality.planes import Minute, Plane, Word, even


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
    heard = [each for plane in planes for each in _of(plane, Random(f"{seed} feed {plane.flight}"), deaf)]
    return sorted(heard, key=lambda each: each.at)


def _of(plane: Plane, dice: Random, deaf: range) -> Iterator[Heard]:
    for word in plane.words:
        if word.may_be_lost and dice.random() < 0.3:
            continue
        status = _status(plane, word)
        at = word.at + dice.choice((0, 0, 0, 2, 4, 10, 20))
        if at in deaf:
            at = even(deaf.stop)
        if word.by is not None:
            at = max(word.at, min(at, word.by))
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
