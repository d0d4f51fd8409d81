"""Days of a whole network: BTS Reporting Carrier On-Time Performance, with BTS's own column names.

Public data of the US Bureau of Transportation Statistics. A day is a `*.csv.gz`; `IROPS_BTS` names a folder with some.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bus.airports import zones
from contracts.names import flight_key
from simulation.record import RecordedFlight


def recorded_flights(day: Path) -> Iterator[RecordedFlight]:
    """The flights of one file, in its order, those that were cancelled or diverted too. One with an airport that has no known
    time zone, or without a scheduled length, is left out.

    Scheduled departures are local to the origin. Arrivals come from the scheduled length, and what happened from the delays.
    """
    with gzip.open(day, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            minutes = float(row["CRSElapsedTime"] or 0)
            if row["Origin"] in zones() and row["Dest"] in zones() and minutes > 0:
                yield _flight(row, timedelta(minutes=minutes))


def _flight(row: dict[str, str], takes: timedelta) -> RecordedFlight:
    carrier, origin = row["Reporting_Airline"], row["Origin"]
    on, clock = date.fromisoformat(row["FlightDate"]), int(row["CRSDepTime"])
    midnight = datetime(on.year, on.month, on.day, tzinfo=zones()[origin])
    departs = (midnight + timedelta(hours=clock // 100, minutes=clock % 100)).astimezone(UTC)
    cancelled, diverted = float(row["Cancelled"]) > 0, float(row["Diverted"]) > 0
    return RecordedFlight(
        flight=flight_key(carrier, row["Flight_Number_Reporting_Airline"], origin, on),
        carrier=carrier,
        origin=origin,
        destination=row["Dest"],
        scheduled_departure=departs,
        scheduled_arrival=departs + takes,
        departed_at=None if cancelled else _later(departs, row["DepDelay"]),
        arrived_at=None if cancelled or diverted else _later(departs + takes, row["ArrDelay"]),
        cancelled=cancelled,
        diverted=diverted,
        tail=row["Tail_Number"] or None,
        distance_miles=int(float(row["Distance"] or 0)),
    )


def _later(than: datetime, minutes: str) -> datetime | None:
    """None where the delay is not known."""
    return than + timedelta(minutes=float(minutes)) if minutes else None
