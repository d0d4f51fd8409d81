"""Reads days of the record.

Delays are minutes in the record and are exact, so actual times are the scheduled ones plus the delay; the hhmm of an actual
time is read only where there is no delay, for the arrivals of diverted flights. What the columns mean:

- no `dep_time`: cancelled (8,255 in 2013);
- `dep_time` without `arr_delay`: diverted (1,175), of which 717 have an `arr_time`, when they reached their destination after
  all; the other 458 have no known end, and count as ended elsewhere;
- the key carrier, number, origin and date is unique in all 336,776 rows. A file in which it repeats is refused, because one
  flight's seats would be sold as another's.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from contracts.names import flight_key
from simulation.record.airports import locate
from simulation.record.files import RecordError, Row, flight_rows, is_missing, record_folder, table
from simulation.record.instants import arrival, arrival_after_diversion, departure
from simulation.record.shapes import Aircraft, AirportLocation, Record, RecordedFlight
from simulation.record.weather import observations

FIRST, LAST = date(2013, 1, 1), date(2013, 12, 31)
HOME_AIRPORTS = ("EWR", "JFK", "LGA")
_DAY = timedelta(days=1)


def read_days(data: Path | None, first: date, days: int) -> Record:
    """The record of `days` days from `first` on, from the folder `data` or the installed package.

    It ends where the data end: `Record.days` has the number of days. Raises RecordError for a day outside 2013, fewer than one
    day, a missing folder or file, and rows that can't be read.
    """
    if not FIRST <= first <= LAST:
        raise RecordError(f"{first} is not in the record: choose a day from {FIRST} to {LAST}")
    if days < 1:
        raise RecordError(f"{days} days can't be read: ask for 1 or more")
    folder = record_folder(data)
    wanted = [d for d in (first + timedelta(days=i) for i in range(days)) if d <= LAST]
    rows = list(flight_rows(folder, wanted))
    if not any((r["year"], r["month"], r["day"]) == (str(first.year), str(first.month), str(first.day)) for r in rows):
        raise RecordError(f"the files in {folder} have no flight on {first}: choose a day that they have")
    airports = locate(
        table(folder, "airports.csv", "faa", "tzone", "lat", "lon"), {*HOME_AIRPORTS, *(r["dest"] for r in rows)}
    )
    flights: dict[str, RecordedFlight] = {}
    for row in rows:
        flight = _flight(row, airports)
        if flight.flight in flights:
            raise RecordError(f"flight {flight.flight} is in {folder} twice: remove one row")
        flights[flight.flight] = flight
    record = Record(
        first=first,
        days=len(wanted),
        days_asked=days,
        flights=tuple(sorted(flights.values(), key=lambda f: (f.scheduled_departure, f.flight))),
        airports=airports,
        aircraft={
            r["tailnum"]: Aircraft(r["model"], int(r["seats"]))
            for r in table(folder, "planes.csv", "tailnum", "model", "seats")
            if r["seats"].isdigit()
        },
    )
    return replace(record, weather=observations(folder, record.first_instant - _DAY, record.horizon_end))


def _flight(row: Row, airports: dict[str, AirportLocation]) -> RecordedFlight:
    try:
        return _read(row, airports)
    except ValueError as error:
        name = f"{row['carrier']} {row['flight']} of {row['year']}-{row['month']}-{row['day']} from {row['origin']}"
        raise RecordError(f"flight {name} can't be read: {error}") from error


def _read(row: Row, airports: dict[str, AirportLocation]) -> RecordedFlight:
    day = date(int(row["year"]), int(row["month"]), int(row["day"]))
    origin, destination = row["origin"], row["dest"]
    distance = round(float(row["distance"]))
    zone = airports[destination].zone
    leaves = departure(day, row["sched_dep_time"], airports[origin].zone)
    arrives = arrival(row["sched_arr_time"], zone, left=leaves, distance_miles=distance)
    departed_at = arrived_at = None
    diverted = False
    if not is_missing(row["dep_time"]):
        departed_at = leaves + _minutes(row["dep_delay"])
        diverted = is_missing(row["arr_delay"])
        if not diverted:
            arrived_at = arrives + _minutes(row["arr_delay"])
        elif not is_missing(row["arr_time"]):
            arrived_at = arrival_after_diversion(row["arr_time"], zone, left=departed_at, distance_miles=distance)
    return RecordedFlight(
        flight=flight_key(row["carrier"], row["flight"], origin, day),
        carrier=row["carrier"],
        origin=origin,
        destination=destination,
        scheduled_departure=leaves,
        scheduled_arrival=arrives,
        departed_at=departed_at,
        arrived_at=arrived_at,
        cancelled=departed_at is None,
        diverted=diverted,
        tail=None if is_missing(row["tailnum"]) else row["tailnum"],
        distance_miles=distance,
    )


def _minutes(value: str) -> timedelta:
    return timedelta(minutes=float(value))
