"""Reading the record: instants, outcomes, and a clear error for what can't be read."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from simulation.record import Record, RecordedFlight, RecordError, read_days, record_folder
from simulation.record.files import flight_rows

pytestmark = pytest.mark.xdist_group("record")  # the days of the record are read and seeded once

Written = Callable[..., Path]
DAY = date(2013, 2, 8)
NEW_YORK = ZoneInfo("America/New_York")
Reading = Callable[[date, int], Record]


def only(folder: Path, day: date = DAY) -> RecordedFlight:
    (flight,) = read_days(folder, day, 1).flights
    return flight


def named(record: Record, key: str) -> RecordedFlight:
    return next(f for f in record.flights if f.flight == key)


def test_the_year_has_336776_departures_of_which_8255_were_cancelled() -> None:
    """Every row of the installed file is read, day by day."""
    days = [date(2013, 1, 1) + timedelta(days=i) for i in range(365)]
    cancelled = [row["dep_time"] == "NA" for row in flight_rows(record_folder(), days)]
    assert (len(cancelled), sum(cancelled)) == (336_776, 8_255)


def test_the_storm_cancelled_472_of_930(storm: Record) -> None:
    """On 8 February 2013."""
    day = storm.flights_of(DAY)
    assert (len(day), sum(f.cancelled for f in day)) == (930, 472)


def test_flights_are_ordered_and_unique(storm: Record) -> None:
    """By departure; no key repeats."""
    assert list(storm.flights) == sorted(storm.flights, key=lambda f: (f.scheduled_departure, f.flight))
    assert len({f.flight for f in storm.flights}) == len(storm.flights)


@pytest.mark.parametrize("day", [date(2013, 3, 9), date(2013, 3, 10), date(2013, 11, 2), date(2013, 11, 3)], ids=str)
def test_departures_agree_with_the_records_utc_hours_around_clock_changes(day: date, reading: Reading) -> None:
    """The file's `time_hour` is UTC: the instant read from local time is the same, and so is the airport's day."""
    record = reading(day, 1)
    known = {f.flight: f.scheduled_departure for f in record.flights}
    for row in flight_rows(record_folder(), [day]):
        hour = datetime.fromisoformat(row["time_hour"].replace("Z", "+00:00"))
        key = f"{row['carrier']}.{row['flight']}.{row['origin']}.{day}"
        assert known[key] == hour + timedelta(minutes=int(row["minute"]))
    assert record.flights_of(day) == record.flights


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2013, 3, 10), 23), (date(2013, 11, 3), 25), (DAY, 24)], ids=["spring", "autumn", "usual"]
)
def test_a_day_is_as_long_as_it_was_in_new_york(day: date, hours: int, reading: Reading) -> None:
    """Midnight to midnight, local."""
    record = reading(day, 1)
    assert record.horizon_end - record.first_instant == timedelta(hours=hours)


@pytest.mark.parametrize("day", [date(2013, 3, 9), date(2013, 11, 2), date(2013, 12, 31), DAY], ids=str)
def test_actual_arrivals_agree_with_the_records_local_times(day: date, reading: Reading) -> None:
    """Scheduled arrival plus delay is the hhmm in the file, but for one arrival in an hour that the spring change skipped."""
    record = reading(day, 1)
    known = {f.flight: f for f in record.flights}
    differ = []
    for row in flight_rows(record_folder(), [day]):
        if row["arr_delay"] == "NA":
            continue
        flight = known[f"{row['carrier']}.{row['flight']}.{row['origin']}.{day}"]
        assert flight.arrived_at is not None
        local = flight.arrived_at.astimezone(record.airports[flight.destination].zone)
        if (local.hour * 100 + local.minute) != int(row["arr_time"]) % 2400:
            differ.append(flight.flight)
    assert differ == (["B6.35.JFK.2013-03-09"] if day == date(2013, 3, 9) else [])


def test_every_block_time_is_plausible(storm: Record) -> None:
    """No arrival is on the wrong day: gate to gate takes 45 minutes to 12 hours."""
    assert all(timedelta(minutes=45) < f.block < timedelta(hours=12) for f in storm.flights)


def test_an_arrival_past_midnight_is_the_next_days(written: Written) -> None:
    """23:30 to 0:40 takes 70 minutes, and an actual arrival follows it."""
    flight = only(written({"dep_time": "2330", "dep_delay": "0", "sched_dep_time": "2330", "sched_arr_time": "40"}))
    assert flight.scheduled_arrival - flight.scheduled_departure == timedelta(minutes=70)
    assert flight.arrived_at == flight.scheduled_arrival + timedelta(minutes=5)


def test_an_arrival_is_read_in_its_destinations_zone(written: Written) -> None:
    """9:00 in New York to 12:20 in Los Angeles is 6 h 20 min."""
    flight = only(written({"dest": "LAX", "sched_arr_time": "1220", "distance": "2475"}))
    assert flight.block == timedelta(hours=6, minutes=20)


def test_2400_is_midnight_at_the_end_of_the_day(written: Written) -> None:
    """As an arrival time it is the next date's 0:00."""
    flight = only(written({"sched_dep_time": "2250", "sched_arr_time": "2400"}))
    assert flight.scheduled_arrival == datetime(2013, 2, 9, 0, 0, tzinfo=NEW_YORK).astimezone(UTC)


def test_the_repeated_hour_is_read_as_fits_the_flight(written: Written) -> None:
    """On 3 November 0:30 to 1:30 is one hour or two; 187 miles take one."""
    autumn = {"month": "11", "day": "3", "sched_dep_time": "30", "sched_arr_time": "130"}
    assert only(written(autumn), date(2013, 11, 3)).block == timedelta(hours=1)
    assert only(written(autumn | {"distance": "560"}), date(2013, 11, 3)).block == timedelta(hours=2)


@pytest.mark.parametrize("missing", ["NA", "", r"\N", "NULL", "NaN"])
def test_a_flight_without_a_departure_was_cancelled(written: Written, missing: str) -> None:
    """However the file spells a missing value."""
    columns = ("dep_time", "dep_delay", "arr_time", "arr_delay", "tailnum", "air_time")
    flight = only(written(dict.fromkeys(columns, missing)))
    assert (flight.cancelled, flight.departed_at, flight.arrived_at, flight.tail) == (True, None, None, None)


def test_a_flight_without_an_arrival_delay_was_diverted(written: Written) -> None:
    """With an arrival time it got there after all, on the first possible day."""
    never = only(written({"arr_time": "NA", "arr_delay": "NA"}))
    assert (never.diverted, never.arrived_at) == (True, None)
    later = only(written({"arr_time": "130", "arr_delay": "NA"}))
    assert later.diverted
    assert later.arrived_at == datetime(2013, 2, 9, 1, 30, tzinfo=NEW_YORK)


def test_a_zone_that_the_airports_file_lacks_comes_from_airportsdata(storm: Record) -> None:
    """San Juan is four hours behind UTC."""
    san_juan = storm.airports["SJU"].zone
    assert datetime(2013, 2, 8, tzinfo=san_juan).utcoffset() == timedelta(hours=-4)


UNUSABLE = {
    "null": r"QQQ,QQQ,1,1,1,1,A,\N",
    "empty": "QQQ,QQQ,1,1,1,1,A,",
    "unknown zone": "QQQ,QQQ,1,1,1,1,A,Atlantis/Deep",
    "folder": "QQQ,QQQ,1,1,1,1,A,America",
    "no path": "QQQ,QQQ,1,1,1,1,A,../zone",
    "no position": r"QQQ,QQQ,\N,NaN,1,1,A,America/New_York",
}


def with_airport(folder: Path, row: str) -> Path:
    """The record with one more row in `airports.csv`."""
    with (folder / "airports.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    return folder


@pytest.mark.parametrize("row", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_airport_in_no_flight_is_skipped(written: Written, row: str) -> None:
    """One row of no importance does not stop the replay."""
    folder = with_airport(written({}), row)
    assert "QQQ" not in read_days(folder, DAY, 1).airports


@pytest.mark.parametrize("row", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_airport_in_a_flight_is_refused_by_name(written: Written, row: str) -> None:
    """The error says what to correct."""
    folder = with_airport(written({"dest": "QQQ"}), row)
    with pytest.raises(RecordError, match=r"^airport QQQ has no usable time zone and position in airports\.csv"):
        read_days(folder, DAY, 1)


def test_the_horizon_ends_with_the_data(reading: Reading) -> None:
    """From 31 December on there is one day, not four."""
    record = reading(date(2013, 12, 31), 4)
    assert (record.days, record.days_asked) == (1, 4)
    assert record.horizon_end == datetime(2014, 1, 1, 5, tzinfo=UTC)


def test_files_may_be_plain_or_zipped(written: Written) -> None:
    """Both give the same flights."""
    folder = written({})
    plain = only(folder)
    with ZipFile(folder / "flights.csv.zip", "w") as archive:
        archive.write(folder / "flights.csv", "flights.csv")
    (folder / "flights.csv").unlink()
    assert only(folder) == plain


def test_columns_may_come_in_another_order(written: Written) -> None:
    """They are identified by name."""
    folder = written({})
    lines = [line.split(",") for line in (folder / "flights.csv").read_text(encoding="utf-8").splitlines()]
    turned = "\n".join(",".join(reversed(line)) for line in lines)
    expected = only(folder)
    (folder / "flights.csv").write_text(turned, encoding="utf-8")
    assert only(folder) == expected


@pytest.mark.parametrize(
    ("day", "days", "words"),
    [
        (date(2014, 1, 1), 1, "2014-01-01 is not in the record: choose a day from 2013-01-01 to 2013-12-31"),
        (date(2012, 12, 31), 1, "2012-12-31 is not in the record"),
        (DAY, 0, "0 days can't be read"),
    ],
    ids=["after", "before", "none"],
)
def test_a_day_outside_the_record_is_refused(day: date, days: int, words: str) -> None:
    """The error says which days there are."""
    with pytest.raises(RecordError, match=words):
        read_days(None, day, days)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([{}, {}], "flight B6.1.JFK.2013-02-08 is in .* twice"),
        ([{"sched_dep_time": "9.30"}], "flight B6 1 of 2013-2-8 from JFK can't be read"),
        ([{"sched_dep_time": "975"}], "can't be read: minute must be in"),
        ([{"dest": "QQQ"}], r"airport QQQ has no usable time zone and position in airports\.csv or in airportsdata"),
        ([{"day": "9"}], "have no flight on 2013-02-08"),
    ],
    ids=["twice", "no number", "no time", "no airport", "no flight"],
)
def test_an_unreadable_row_is_refused_by_name(written: Written, changes: list[dict[str, str]], words: str) -> None:
    """The error says which flight and what is wrong."""
    with pytest.raises(RecordError, match=words):
        read_days(written(*changes), DAY, 1)


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    """The error says which file or column is missing."""
    with pytest.raises(RecordError, match=r"has neither flights\.csv nor flights\.csv\.zip"):
        read_days(tmp_path, DAY, 1)
    with pytest.raises(RecordError, match="is not a folder"):
        read_days(tmp_path / "nowhere", DAY, 1)
    (tmp_path / "flights.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RecordError, match="lacks the column arr_delay"):
        read_days(tmp_path, DAY, 1)


@pytest.mark.parametrize(("name", "column"), [("airports.csv", "faa"), ("planes.csv", "model")])
def test_a_small_file_without_its_columns_is_refused(written: Written, name: str, column: str) -> None:
    """As the large ones."""
    folder = written({})
    (folder / name).write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RecordError, match=f"^{name} in .* lacks the column {column}"):
        read_days(folder, DAY, 1)
