"""Days of the real record, read once, and a folder for a record of the test's own."""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from simulation.record import Record, read_days

COLUMNS = (
    "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,"
    "carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour"
)
ORDINARY = "2013,2,8,905,900,5,1015,1010,5,B6,1,N1,JFK,BOS,40,187,9,0,2013-02-08T14:00:00Z"

Written = Callable[..., Path]


Reading = Callable[[date, int], Record]


@pytest.fixture(scope="session")
def reading() -> Reading:
    """Days of the installed record, each read once in a session: to find a day in 31 MB takes a third of a second."""
    return cache(lambda first, days: read_days(None, first, days))


@pytest.fixture(scope="session")
def storm(reading: Reading) -> Record:
    """8 February 2013 and the three days after it."""
    return reading(date(2013, 2, 8), 4)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a folder with a record; each row of flights.csv is given as its changes to an ordinary flight."""

    def write(*changes: dict[str, str]) -> Path:
        names = COLUMNS.split(",")
        usual = dict(zip(names, ORDINARY.split(","), strict=True))
        lines = [COLUMNS, *(",".join((usual | change)[n] for n in names) for change in changes)]
        (tmp_path / "flights.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "airports.csv").write_text(
            "faa,name,lat,lon,alt,tz,dst,tzone\n"
            + "".join(f"{a},{a},40.6,-73.8,13,-5,A,America/New_York\n" for a in ("EWR", "JFK", "LGA", "BOS"))
            + "LAX,LAX,33.9,-118.4,126,-8,A,America/Los_Angeles\nNOZ,NOZ,1,1,1,1,A,NA\n",
            encoding="utf-8",
        )
        (tmp_path / "planes.csv").write_text(
            "tailnum,year,type,manufacturer,model,engines,seats,speed,engine\n"
            "N1,2004,Fixed wing multi engine,AIRBUS,A320-232,2,200,NA,Turbo-fan\n",
            encoding="utf-8",
        )
        return tmp_path

    return write
