"""When the feed announces what the record says: a seeded model, because the record has outcomes and no announcements.

Every number here is our assumption; each flight draws from its own generator, so no flight's messages change another's. The
schedule is known beforehand and is not announced: seeding writes it.

- **A flight on time** (left less than 15 min late): "on schedule" 90-180 min ahead, an exact estimate 20-50 min ahead.
- **A delayed flight**: 2 estimates and one more per 40 min of delay, at most 6; the first 1-4 h before the scheduled departure
  (2-6 h if 2 h late or more), the last 10-30 min before it leaves, the rest about evenly between. Early estimates have 30-80 %
  of the delay, +- 10 %; both errors shrink linearly to zero. Rounded to 5 min; never an estimate in the past.
- **Under way**: departure within 2 min; the arrival is estimated with 60 % of the time gained or lost, and again half way and
  at four fifths (if 35 min or more remain) with an error of 8 min times what remains; arrival within 2 min.
- **Cancelled**: on a day on which 10 % of an airport's departures or more were cancelled (storm), 45 % are announced 6-23 h
  ahead, 35 % 2-6 h, 15 % 30-120 min and 5 % up to 2 h after the scheduled departure; on other days 15, 35, 30 and 20 %. The
  last group always, and 40 % of the two middle groups, was delayed one to three times before.
- **Diverted**: announced at 50-95 % of the scheduled block time (of the first 60 % of the way, if the flight arrived after
  all); to one of the three large airports nearest the destination, or (15 %) back to the origin. Reaching the destination
  later is an arrival, in a status without `diverted_to`.
- **Re-equipped**: 0.3 % of flown flights (`simulation.equipment`), announced 2-12 h ahead. **Withdrawn**: 0.3 % of flown
  flights are announced as cancelled 3-12 h ahead and restored 30-120 min later.
- **Delivery**: 2-20 s after `observed_at`; 4 % come 2-15 min later still, 2 % just after the flight's next status, 5 % twice,
  10-600 s apart.
- **Weather**: each observation 3-10 min after its hour, once. A replay begins with those of the last 6 h before it.

Measured: a flight that flies has 6.2 messages on average in the four days of the February 2013 storm, and 5.7 in calm ones.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from contracts.flights import FlightStatus
from contracts.names import Airport, day_of
from contracts.weather import WeatherObserved
from simulation.delivery import delivered
from simulation.draws import generator
from simulation.equipment import equipment_of
from simulation.parties import sampled_equipment
from simulation.record import Record, RecordedFlight
from simulation.statuses import statuses

STORM = 0.10
"""Cancelled share of an airport's departures of a day from which that day is a storm's."""
FARTHEST = timedelta(hours=24)
"""No announcement comes longer than this before its flight's scheduled departure."""
RECENT = timedelta(hours=6)
"""Weather observed longer than this before a replay is not announced."""

FeedMessage = FlightStatus | WeatherObserved
N_co = TypeVar("N_co", bound=FeedMessage, covariant=True)


@dataclass(frozen=True, slots=True)
class Announcement(Generic[N_co]):
    at: datetime
    """Time of delivery."""
    message: N_co


def feed_of(
    record: Record,
    first_instant: datetime,
    last_instant: datetime,
    *,
    seed: int,
    load_factor: float = 0.83,
    sample: float = 1.0,
) -> list[Announcement[FlightStatus]]:
    """All announcements from `first_instant` to `last_instant`, of any flight in the record, in order of delivery.

    What was announced before the first instant is delivered at that instant, in its own order. What was observed by the last
    instant is delivered by then at the latest, so that every outcome inside the window is announced. `load_factor` and
    `sample` are those of seeding: the seats of changed aircraft depend on them.
    """
    storms = _storms(record)
    timed: list[tuple[datetime, str, datetime, int, FlightStatus]] = []
    for flight in record.flights:
        if flight.scheduled_departure - FARTHEST > last_instant:
            continue
        rng = generator(seed, flight.flight, "announcements")
        equipment = equipment_of(flight, aircraft=record.aircraft, seed=seed)
        if equipment.swapped:
            equipment = sampled_equipment(flight, record, seed=seed, load_factor=load_factor, sample=sample)
        story = statuses(flight, equipment=equipment, storm=_day(flight) in storms, airports=record.airports, rng=rng)
        for at, status, again in delivered(story, rng):
            if status.observed_at > last_instant or (again and at > last_instant):
                continue
            timed.append((min(at, last_instant), status.flight, status.observed_at, len(timed), status))
    timed.sort()
    return [Announcement(max(at, first_instant), status) for at, _, _, _, status in timed]


def weather_of(
    record: Record, first_instant: datetime, last_instant: datetime, *, seed: int
) -> list[Announcement[WeatherObserved]]:
    """The weather announced from `first_instant` to `last_instant`, in order of delivery.

    What was observed in the last hours before is delivered at the first instant.
    """
    announced: list[Announcement[WeatherObserved]] = []
    for observed in record.weather:
        rng = generator(seed, observed.airport, observed.observed_at.isoformat(), "weather")
        at = observed.observed_at + timedelta(seconds=rng.randint(180, 600))
        if observed.observed_at >= first_instant - RECENT and at <= last_instant:
            announced.append(Announcement(max(at, first_instant), observed))
    return sorted(announced, key=lambda announcement: announcement.at)


def _storms(record: Record) -> set[tuple[Airport, date]]:
    """The airports and days with as many cancellations as in a storm."""
    departures = Counter(_day(f) for f in record.flights)
    cancelled = Counter(_day(f) for f in record.flights if f.cancelled)
    return {day for day, count in departures.items() if cancelled[day] >= STORM * count}


def _day(flight: RecordedFlight) -> tuple[Airport, date]:
    return flight.origin, day_of(flight.flight)
