"""The time zone of each airport with an IATA code (PyPI airportsdata, MIT)."""

import csv
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import airportsdata

from contracts.names import Airport


@cache
def load_zones() -> dict[Airport, ZoneInfo]:
    """Some 7,900. Lines of airfields without a code are dropped unparsed: parsing them takes most of the time."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if line.split(",", 2)[1] != '""')
        return {row["iata"]: _zone(row["tz"]) for row in rows if row["tz"]}


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
