"""Airports that have an IATA code, some 7,900: city, name, country, time zone and position (PyPI airportsdata, MIT).

The one table of airports for the packages of this system. `simulation.record` has the record's own beside it, and the hotel
example, which shows an agent outside, reads airportsdata by itself.
"""

import csv
from collections.abc import Mapping
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import airportsdata

_EARTH_KM = 6371.0088
"""The Earth's mean radius (IUGG)."""
_TERRITORIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "UM"})


class RegisteredAirport(NamedTuple):
    city: str
    name: str
    country: str
    """ISO code; the territories of the United States count as the United States."""
    zone: ZoneInfo | None
    latitude: float
    """Degrees, north positive."""
    longitude: float
    """Degrees, east positive."""


@cache
def registered() -> Mapping[str, RegisteredAirport]:
    """Each by its code. The 20,000 airfields without one are dropped as text, before parsing, which takes most of the time."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if line.split(",", 2)[1] != '""')
        return {
            row["iata"]: RegisteredAirport(
                row["city"],
                row["name"],
                "US" if row["country"] in _TERRITORIES else row["country"],
                _zone(row["tz"]) if row["tz"] else None,
                float(row["lat"]),
                float(row["lon"]),
            )
            for row in rows
        }


@cache
def countries() -> dict[str, str]:
    """The country of each."""
    return {code: airport.country for code, airport in registered().items()}


@cache
def zones() -> dict[str, ZoneInfo]:
    """The time zone of each that has one."""
    return {code: airport.zone for code, airport in registered().items() if airport.zone}


def kilometres(one: str, other: str) -> float | None:
    """The great-circle distance between the airports with these codes, by the haversine formula on a sphere of the Earth's mean
    radius: within about 0.5 % of the ellipsoid's. None where the position of either is not known."""
    here, there = registered().get(one), registered().get(other)
    if here is None or there is None:
        return None
    north, east = radians(there.latitude - here.latitude), radians(there.longitude - here.longitude)
    chord = sin(north / 2) ** 2 + cos(radians(here.latitude)) * cos(radians(there.latitude)) * sin(east / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(chord)))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
