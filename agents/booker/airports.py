"""The country of each airport with an IATA code (PyPI airportsdata, MIT)."""

import csv
from functools import cache
from pathlib import Path

import airportsdata

from contracts.names import Airport

_TERRITORIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "UM"})


@cache
def load_countries() -> dict[Airport, str]:
    """Read the package's table. The territories of the United States count as the United States."""
    with Path(airportsdata.__file__).with_name("airports.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if line.split(",", 2)[1] != '""')
        return {row["iata"]: "US" if row["country"] in _TERRITORIES else row["country"] for row in rows}
