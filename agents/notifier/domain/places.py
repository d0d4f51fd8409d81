"""Airports as people know them, and the time on their walls.

Times are shown in each airport's own zone. Babel takes some 50 microseconds for a date, and a storm day names the same few
thousand departures in 80,000 messages: what was said once is kept.
"""

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from babel.dates import format_date, format_time
from msgspec import Struct

from contracts.ledger import Language
from contracts.names import Airport

LOCALE: dict[Language, str] = {"en": "en_US", "es": "es", "fr": "fr"}
"""English is American, for `2:30 PM` is what New York reads; the others use the 24-hour clock."""

_DAY: dict[Language, str] = {"en": "EEEE, MMMM d, y", "es": "EEEE d 'de' MMMM 'de' y", "fr": "EEEE d MMMM y"}
"""CLDR's full date, but without its comma in Spanish: the date stands inside sentences."""


class Place(Struct, frozen=True, kw_only=True):
    """An airport. `zone` is None where it is not known: its times are then given in UTC, and say so."""

    code: Airport
    city: str = ""
    name: str = ""
    zone: tzinfo | None = None

    @property
    def short(self) -> str:
        """`New York (JFK)`, or the bare code."""
        return f"{self.city} ({self.code})" if self.city else self.code

    @property
    def full(self) -> str:
        """`John F Kennedy International Airport (JFK)`: tells the airports of one city apart."""
        return f"{self.name} ({self.code})" if self.name else self.short


class Shown(NamedTuple):
    """An instant as read off an airport's wall."""

    day: str
    time: str

    def __str__(self) -> str:
        return f"{self.day}, {self.time}"

    def against(self, other: "Shown") -> str:
        """The other, as briefly as can be said beside this one: nothing, its time, or its day and time."""
        if other == self:
            return ""
        return other.time if other.day == self.day else str(other)


def local_day(instant: datetime, *, place: Place) -> date:
    """The date at the place (UTC's where its zone is not known). `instant` is aware."""
    return _local(instant, zone=place.zone).date()


def show(instant: datetime, *, place: Place, language: Language) -> Shown:
    """The instant in the place's zone and the reader's language. `instant` is aware.

    A time the wall shows twice, in the night the clocks go back, has its zone beside it: `1:30 AM (EST)`.
    """
    return _show(instant, place.zone, language)


@lru_cache(maxsize=1 << 14)
def show_day(day: date, language: Language) -> str:
    """`Friday, February 8, 2013`, and its like."""
    return format_date(day, _DAY[language], locale=LOCALE[language])


@lru_cache(maxsize=1 << 15)
def _show(instant: datetime, zone: tzinfo | None, language: Language) -> Shown:
    local = _local(instant, zone=zone)
    # CLDR puts a narrow no-break space before AM and PM; too many plain-text readers show it as a box.
    clock = format_time(local.time(), "short", locale=LOCALE[language]).replace("\u202f", " ")
    if zone is None:
        clock = f"{clock} UTC"
    elif local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        clock = f"{clock} ({local:%Z})" if f"{local:%Z}".isalpha() else f"{clock} ({local:UTC%z})"
    return Shown(show_day(local.date(), language), clock)


def _local(instant: datetime, *, zone: tzinfo | None) -> datetime:
    return instant.astimezone(zone or UTC)
