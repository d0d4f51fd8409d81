"""Times of day as people write them, and the instants they mean.

"Before six" says neither whether in the morning nor on which day, and a model that reckons in time zones errs. So it copies
what is written, and what is meant is decided here, by the airport's zone and by the ticket:

- A **deadline** is the first such time at or after the ticketed arrival, for the ticket was bought to meet it.
- An **earliest departure** is the such time that is nearest to the ticketed departure.

Midnight belongs to both days it parts. A time that a change of the clocks makes ambiguous, or leaves out, is taken as the
stricter of the two it may be: the earlier deadline, the later departure.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Literal

from msgspec import Meta, Struct

_DAY = timedelta(days=1)
_FAR = timedelta(days=400)


class NoSuchTime(ValueError):
    """What was written is no time of any day near the trip."""


class LocalTime(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A time of day as it is written, local to the place it is about."""

    clock: Annotated[str, Meta(pattern=r"^([01]?[0-9]|2[0-4]):[0-5][0-9]$")]
    """`6:00`, `18:30`, `24:00`."""
    half: Literal["am", "pm"] | None = None
    """Where it is said, or clear from the words."""
    day: Annotated[str, Meta(pattern=r"^(same|next|[0-9]{4}-[0-9]{2}-[0-9]{2})$")] | None = None
    """The ticketed day, the day after it, or an ISO date; None where no day is said."""


def deadline(said: LocalTime, *, zone: tzinfo, ticketed: datetime) -> datetime:
    """When it is, in UTC; `ticketed` is the arrival. Where a day is said on which no such time is late enough, the last one
    on it. Raises `NoSuchTime`."""
    meant = list(_instants(said, zone, ticketed, strictest=min))
    return min((at for at in meant if at >= ticketed), default=max(meant))


def earliest_departure(said: LocalTime, *, zone: tzinfo, ticketed: datetime) -> datetime:
    """When it is, in UTC; `ticketed` is the departure. Raises `NoSuchTime`."""
    return min(_instants(said, zone, ticketed, strictest=max), key=lambda at: (abs(at - ticketed), at < ticketed))


def _instants(
    said: LocalTime, zone: tzinfo, ticketed: datetime, *, strictest: Callable[[datetime, datetime], datetime]
) -> Iterator[datetime]:
    """Every instant that may be meant; at least one."""
    hours, minute = _hours(said)
    for day in _days(said.day, ticketed.astimezone(zone).date()):
        for hour in hours:
            local = datetime.combine(day, time(hour % 24, minute)) + _DAY * (hour // 24)
            yield strictest(*(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)))


def _hours(said: LocalTime) -> tuple[list[int], int]:
    """The hours of the day it may be, 24 for the midnight that ends it, and the minute."""
    hour, minute = map(int, said.clock.split(":"))
    nonsense = hour == 24 and minute, hour in {0, 24} and said.half == "pm", 12 < hour < 24 and said.half == "am"
    if any(nonsense):
        raise NoSuchTime(f"{said.clock} {said.half or ''}".strip())
    if hour > 12:
        return [hour], minute
    halves = {"am": [hour % 12], "pm": [hour % 12 + 12]}
    hours = halves[said.half] if said.half else [hour % 12, hour % 12 + 12] if hour else [0]
    return ([*hours, 24] if hours[0] == minute == 0 else hours), minute


def _days(said: str | None, ticketed: date) -> list[date]:
    if said is None:
        return [ticketed + _DAY * n for n in (-1, 0, 1, 2)]
    if said in {"same", "next"}:
        return [ticketed + _DAY * (said == "next")]
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise NoSuchTime(said) from None
    if abs(day - ticketed) > _FAR:
        raise NoSuchTime(said)
    return [day]
