"""Country and time zone of every airport with an IATA code (PyPI airportsdata, MIT)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import airportsdata

from contracts.names import Airport

_TERRITORIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "UM"})


@dataclass(frozen=True, slots=True)
class Airports:
    countries: dict[Airport, str]
    """ISO code; the territories of the United States count as the United States."""
    zones: dict[Airport, ZoneInfo]


@cache
def load_airports() -> Airports:
    """Read the package's table. The 20,000 rows without an IATA code are skipped unparsed: parsing takes most of the time."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(line for line in lines if line.split(",", 2)[1] != '""'))
    countries = {row["iata"]: "US" if row["country"] in _TERRITORIES else row["country"] for row in rows}
    return Airports(countries, {row["iata"]: _zone(row["tz"]) for row in rows if row["tz"]})


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
