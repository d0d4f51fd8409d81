"""Times of day as people write them, and the instants they mean.

"Before six" gives neither the half of the day nor the date, and a model that converts between time zones makes mistakes. So
the model copies what is written, and the meaning is decided here, from the airport's time zone and the ticket:

- A **deadline** is the first such time at or after the ticketed arrival, since the ticket was bought to meet it.
- An **earliest departure** is the such time nearest to the ticketed departure.

Midnight belongs to both days it separates. A local time that a clock change makes ambiguous, or skips, is read as the
stricter of its two meanings: the earlier deadline, the later departure.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, Literal

from msgspec import Meta, Struct

_DAY = timedelta(days=1)
_FAR = timedelta(days=400)


class NoSuchTime(ValueError):
    """The text is no time of any day near the trip."""


class LocalTime(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A time of day as written, local to the place it is about."""

    clock: Annotated[str, Meta(pattern=r"^([01]?[0-9]|2[0-4]):[0-5][0-9]$")]
    """`6:00`, `18:30`, `24:00`."""
    half: Literal["am", "pm"] | None = None
    """If stated, or clear from the words."""
    day: Annotated[str, Meta(pattern=r"^(same|next|[0-9]{4}-[0-9]{2}-[0-9]{2})$")] | None = None
    """The ticketed day, the day after it, or an ISO date; None if no day is stated."""


def deadline(written: LocalTime, *, zone: tzinfo, ticketed: datetime) -> datetime:
    """The instant in UTC; `ticketed` is the arrival. If the stated day has no such time late enough, the last one on that day.

    Raises `NoSuchTime`.
    """
    meanings = list(_instants(written, zone, ticketed, strictest=min))
    return min((at for at in meanings if at >= ticketed), default=max(meanings))


def earliest_departure(written: LocalTime, *, zone: tzinfo, ticketed: datetime) -> datetime:
    """The instant in UTC; `ticketed` is the departure. Raises `NoSuchTime`."""
    return min(_instants(written, zone, ticketed, strictest=max), key=lambda at: (abs(at - ticketed), at < ticketed))


def _instants(
    written: LocalTime, zone: tzinfo, ticketed: datetime, *, strictest: Callable[[datetime, datetime], datetime]
) -> Iterator[datetime]:
    """Every possible meaning; at least one."""
    hours, minute = _hours(written)
    for day in _days(written.day, ticketed.astimezone(zone).date()):
        for hour in hours:
            local = datetime.combine(day, time(hour % 24, minute)) + _DAY * (hour // 24)
            yield strictest(*(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)))


def _hours(written: LocalTime) -> tuple[list[int], int]:
    """The possible hours of the day, 24 for the midnight that ends it, and the minute."""
    hour, minute = map(int, written.clock.split(":"))
    nonsense = hour == 24 and minute, hour in {0, 24} and written.half == "pm", 12 < hour < 24 and written.half == "am"
    if any(nonsense):
        raise NoSuchTime(f"{written.clock} {written.half or ''}".strip())
    if hour > 12:
        return [hour], minute
    halves = {"am": [hour % 12], "pm": [hour % 12 + 12]}
    hours = halves[written.half] if written.half else [hour % 12, hour % 12 + 12] if hour else [0]
    return ([*hours, 24] if hours[0] == minute == 0 else hours), minute


def _days(day: str | None, ticketed: date) -> list[date]:
    if day is None:
        return [ticketed + _DAY * n for n in (-1, 0, 1, 2)]
    if day in {"same", "next"}:
        return [ticketed + _DAY * (day == "next")]
    try:
        stated = date.fromisoformat(day)
    except ValueError:
        raise NoSuchTime(day) from None
    if abs(stated - ticketed) > _FAR:
        raise NoSuchTime(day)
    return [stated]
