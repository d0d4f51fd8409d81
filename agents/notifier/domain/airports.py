"""Airports as passengers know them, and the local time at each.

Babel takes some 50 microseconds for a date, and the letters of a storm day name the same few thousand departures 80,000
times, so formatted times are cached.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from babel.dates import format_date, format_time
from babel.units import format_unit
from msgspec import Struct

from agents.notifier.domain.languages import LetterLanguage
from contracts.names import Airport

LOCALE: dict[LetterLanguage, str] = {"en": "en_US", "es": "es", "fr": "fr"}
"""English is American, with `2:30 PM` as New York writes it; the others use the 24-hour clock."""

_DATE: dict[LetterLanguage, str] = {"en": "EEEE, MMMM d, y", "es": "EEEE d 'de' MMMM 'de' y", "fr": "EEEE d MMMM y"}
"""CLDR's full date, in Spanish without its comma, because the date stands inside sentences."""


class AirportInfo(Struct, frozen=True, kw_only=True):
    """An airport's names and time zone. Without a known `zone` its times are given in UTC and marked so."""

    code: Airport
    city: str = ""
    name: str = ""
    zone: tzinfo | None = None

    @property
    def short(self) -> str:
        """`New York (JFK)`, or the code alone."""
        return f"{self.city} ({self.code})" if self.city else self.code

    @property
    def full(self) -> str:
        """`John F Kennedy International Airport (JFK)`, which tells the airports of one city apart."""
        return f"{self.name} ({self.code})" if self.name else self.short


class LocalTime(NamedTuple):
    """An instant in an airport's zone, as text."""

    date: str
    time: str

    def __str__(self) -> str:
        return f"{self.date}, {self.time}"

    def beside(self, other: "LocalTime") -> str:
        """This time as it has to be written next to `other`: without the date if that is the same, and nothing if all is."""
        if other == self:
            return ""
        return self.time if other.date == self.date else str(self)


def local_date(instant: datetime, *, airport: AirportInfo) -> date:
    """The date at the airport (in UTC if its zone is not known). `instant` is aware."""
    return _local(instant, zone=airport.zone).date()


def local_time(instant: datetime, *, airport: AirportInfo, language: LetterLanguage) -> LocalTime:
    """The instant in the airport's zone and the reader's language. `instant` is aware.

    A time that occurs twice, in the night the clocks go back, has its zone beside it: `1:30 AM (EST)`.
    """
    return _local_time(instant, airport.zone, language)


@lru_cache(maxsize=1 << 14)
def date_text(day: date, language: LetterLanguage) -> str:
    """`Friday, February 8, 2013`, in the reader's language."""
    return format_date(day, _DATE[language], locale=LOCALE[language])


@lru_cache(maxsize=1 << 12)
def duration_text(takes: timedelta, language: LetterLanguage) -> str:
    """`2 hours 30 minutes`, in the reader's language; `takes` is a minute or more."""
    hours, minutes = divmod(takes // timedelta(minutes=1), 60)
    parts = ((hours, "duration-hour"), (minutes, "duration-minute"))
    text = " ".join(format_unit(number, unit, locale=LOCALE[language]) for number, unit in parts if number)
    return text.replace("\u202f", " ").replace("\u00a0", " ")  # as in `_local_time`


@lru_cache(maxsize=1 << 15)
def _local_time(instant: datetime, zone: tzinfo | None, language: LetterLanguage) -> LocalTime:
    local = _local(instant, zone=zone)
    # CLDR puts a narrow no-break space before AM and PM; too many plain-text readers show it as a box.
    clock = format_time(local.time(), "short", locale=LOCALE[language]).replace("\u202f", " ")
    if zone is None:
        clock = f"{clock} UTC"
    elif local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        clock = f"{clock} ({local:%Z})" if f"{local:%Z}".isalpha() else f"{clock} ({local:UTC%z})"
    return LocalTime(date_text(local.date(), language), clock)


def _local(instant: datetime, *, zone: tzinfo | None) -> datetime:
    return instant.astimezone(zone or UTC)
