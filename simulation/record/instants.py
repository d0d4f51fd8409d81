"""From the record's local hhmm to instants.

Departures are local to New York and carry their date. An arrival is hhmm in the destination's zone without a date: of the
possible dates, the one that fits the flight's length is right. Candidates are 24 h apart and the longest flight takes 11 h, so
there is no ambiguity; when daylight saving ends, both readings of the repeated hour are candidates (an hour apart). A local
time that the spring change skips is read by the clock before the change, as the record does (B6 35 on 9 March 2013 "arrived at
2:03" in Florida, which is 3:03 by the new time). `2400` is midnight at the end of the day.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

CRUISE_MPH = 480
GROUND = timedelta(minutes=45)
"""Taxi, climb and approach. Together with `CRUISE_MPH` within two hours of every scheduled block time of 2013 (checked)."""


def usual_block(distance_miles: int) -> timedelta:
    """The time from gate to gate that the distance suggests."""
    return GROUND + timedelta(hours=distance_miles / CRUISE_MPH)


def departure(day: date, hhmm: str, zone: ZoneInfo) -> datetime:
    """The instant of a dated local time. Raises ValueError if it is no time."""
    return _local(day, hhmm, zone, fold=0)


def arrival(hhmm: str, zone: ZoneInfo, *, left: datetime, distance_miles: int) -> datetime:
    """The reading of an undated local arrival whose block time fits the distance best. Raises ValueError."""
    expected = left + usual_block(distance_miles)
    return min(_readings(hhmm, zone, left), key=lambda instant: abs(instant - expected))


def arrival_after_diversion(hhmm: str, zone: ZoneInfo, *, left: datetime, distance_miles: int) -> datetime:
    """The first reading that leaves enough time to fly there: the length of a diversion is not known. Raises ValueError."""
    soonest = left + usual_block(distance_miles) * 0.6
    return min(instant for instant in _readings(hhmm, zone, left) if instant >= soonest)


def _readings(hhmm: str, zone: ZoneInfo, left: datetime) -> Iterator[datetime]:
    day = left.astimezone(zone).date()
    for days in (-1, 0, 1, 2):
        for fold in (0, 1):
            instant = _local(day + timedelta(days=days), hhmm, zone, fold=fold)
            # The second reading of a skipped hour lies before the first and exists on no clock.
            if instant > left and (fold == 0 or instant.astimezone(zone).fold == 1):
                yield instant


def _local(day: date, hhmm: str, zone: ZoneInfo, *, fold: int) -> datetime:
    hour, minute = divmod(int(hhmm), 100)
    if hour == 24 and minute == 0:
        day, hour = day + timedelta(days=1), 0
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)
