"""The instants that written times mean."""

from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planner.judgement.times import LocalTime, NoSuchTime, deadline, earliest_departure

NEW_YORK = ZoneInfo("America/New_York")
Half = Literal["am", "pm"] | None


def local(text: str) -> datetime:
    """`8 15:10`: on 8 February 2013 in New York."""
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    return datetime(2013, 2, int(day), hour, minute, tzinfo=NEW_YORK)


def by(clock: str, half: Half = None, day: str | None = None, *, arrives: str) -> str:
    """The deadline, as `8 18:00`."""
    written = LocalTime(clock=clock, half=half, day=day)
    meant = deadline(written, zone=NEW_YORK, ticketed=local(arrives).astimezone(UTC))
    assert meant.tzinfo is UTC
    return f"{meant.astimezone(NEW_YORK):%-d %H:%M}"


def after(clock: str, half: Half = None, day: str | None = None, *, departs: str) -> str:
    """The earliest departure, as `8 18:00`."""
    written = LocalTime(clock=clock, half=half, day=day)
    meant = earliest_departure(written, zone=NEW_YORK, ticketed=local(departs).astimezone(UTC))
    return f"{meant.astimezone(NEW_YORK):%-d %H:%M}"


@pytest.mark.parametrize(
    ("clock", "half", "day", "arrives", "meant"),
    [
        pytest.param("6:00", None, None, "8 15:10", "8 18:00", id="six, for an arrival in the afternoon, is in the evening"),
        pytest.param("6:00", None, None, "8 04:50", "8 06:00", id="six, for an arrival at night, is in the morning"),
        pytest.param("6:00", None, None, "8 06:00", "8 06:00", id="the exact minute of the ticketed arrival is in time"),
        pytest.param("9:00", None, None, "8 22:00", "9 09:00", id="nine, for an arrival at ten at night, is next morning"),
        pytest.param("6:00", "am", None, "8 15:10", "9 06:00", id="six am, for an arrival in the afternoon, is next morning"),
        pytest.param("18:00", None, None, "8 21:00", "9 18:00", id="a time that has passed by the arrival is the next day's"),
        pytest.param("18:00", "pm", None, "8 15:10", "8 18:00", id="18:00 pm is 18:00"),
        pytest.param("12:00", None, None, "8 09:00", "8 12:00", id="twelve, for a morning arrival, is noon"),
        pytest.param("12:00", None, None, "8 20:00", "9 00:00", id="twelve, for an evening arrival, is midnight"),
        pytest.param("12:00", "am", None, "8 20:00", "9 00:00", id="12 am is midnight"),
        pytest.param("12:30", "pm", None, "8 09:00", "8 12:30", id="12:30 pm is after noon"),
        pytest.param("0:00", None, None, "8 22:00", "9 00:00", id="midnight ends the day"),
        pytest.param("0:00", None, "same", "8 22:00", "9 00:00", id="midnight of the same day ends it"),
        pytest.param("0:00", None, "next", "8 22:00", "9 00:00", id="midnight of the next day begins it, if in time"),
        pytest.param("24:00", None, "same", "8 22:00", "9 00:00", id="24:00 ends its day"),
        pytest.param("24:00", None, "next", "8 22:00", "10 00:00", id="24:00 of the next day ends that"),
        pytest.param("9:00", None, "next", "8 15:10", "9 09:00", id="nine the next day is in the morning"),
        pytest.param("14:00", None, "2013-02-10", "8 15:10", "10 14:00", id="a date is that date"),
        pytest.param("14:00", None, "same", "8 15:10", "8 14:00", id="a stated day is kept, even if too early"),
    ],
)  # fmt: skip
def test_a_deadline(clock: str, half: Half, day: str | None, arrives: str, meant: str) -> None:
    """The first such time that the ticket would have met."""
    assert by(clock, half, day, arrives=arrives) == meant


@pytest.mark.parametrize(
    ("clock", "half", "day", "departs", "meant"),
    [
        pytest.param("9:00", None, None, "8 10:00", "8 09:00", id="nine, for a flight at ten, is an hour before it"),
        pytest.param("9:00", None, None, "8 14:00", "8 09:00", id="nine, for a flight at two, is in the morning"),
        pytest.param("9:00", None, None, "8 20:00", "8 21:00", id="nine, for an evening flight, is in the evening"),
        pytest.param("18:00", None, None, "8 12:00", "8 18:00", id="18:00, for a flight at noon, is later that day"),
        pytest.param("7:00", "am", "next", "8 12:00", "9 07:00", id="the next morning"),
        pytest.param("0:00", None, "next", "8 12:00", "9 00:00", id="any time the next day"),
    ],
)  # fmt: skip
def test_an_earliest_departure(clock: str, half: Half, day: str | None, departs: str, meant: str) -> None:
    """The such time nearest to the ticketed departure."""
    assert after(clock, half, day, departs=departs) == meant


@pytest.mark.parametrize(
    ("clock", "half", "day"),
    [
        pytest.param("24:30", None, None, id="past the end of the day"),
        pytest.param("18:00", "am", None, id="evening and morning at once"),
        pytest.param("0:30", "pm", None, id="not an hour of the second half"),
        pytest.param("9:00", None, "2013-02-30", id="not a day of the calendar"),
        pytest.param("9:00", None, "2013-02-08\n", id="a date with a line break"),
        pytest.param("9:00", None, "0001-01-01", id="the first date there is"),
        pytest.param("9:00", None, "9999-12-31", id="the last date there is"),
    ],
)
def test_an_impossible_time_is_rejected(clock: str, half: Half, day: str | None) -> None:
    """With no other exception."""
    with pytest.raises(NoSuchTime):
        by(clock, half, day, arrives="8 15:10")


def test_an_ambiguous_time_is_the_earlier_deadline_and_the_later_departure() -> None:
    """1:30 on 3 November 2013 in New York was at 05:30 UTC and at 06:30 UTC: the stricter meaning counts."""
    written = LocalTime(clock="1:30", half="am", day="2013-11-03")
    ticketed = datetime(2013, 11, 3, 2, tzinfo=UTC)

    assert deadline(written, zone=NEW_YORK, ticketed=ticketed) == datetime(2013, 11, 3, 5, 30, tzinfo=UTC)
    assert earliest_departure(written, zone=NEW_YORK, ticketed=ticketed) == datetime(2013, 11, 3, 6, 30, tzinfo=UTC)


def test_a_skipped_time_is_the_earlier_deadline_and_the_later_departure() -> None:
    """2:30 on 10 March 2013 did not exist in New York: 07:30 UTC with the offset before the change, 06:30 UTC with the one
    after."""
    written = LocalTime(clock="2:30", half="am", day="2013-03-10")
    ticketed = datetime(2013, 3, 10, 2, tzinfo=UTC)

    assert deadline(written, zone=NEW_YORK, ticketed=ticketed) == datetime(2013, 3, 10, 6, 30, tzinfo=UTC)
    assert earliest_departure(written, zone=NEW_YORK, ticketed=ticketed) == datetime(2013, 3, 10, 7, 30, tzinfo=UTC)


def test_a_deadline_across_a_clock_change_has_the_offset_of_its_own_hour() -> None:
    """6 pm on 10 March 2013 is at 22:00 UTC, though the day began five hours behind UTC."""
    written = LocalTime(clock="6:00", half="pm")

    meant = deadline(written, zone=NEW_YORK, ticketed=datetime(2013, 3, 10, 6, tzinfo=UTC))

    assert meant == datetime(2013, 3, 10, 22, tzinfo=UTC)


@given(
    st.builds("{}:{:02}".format, st.integers(0, 24), st.integers(0, 59)),
    st.sampled_from(["am", "pm", None]),
    st.one_of(st.none(), st.sampled_from(["same", "next"]), st.dates(date(2012, 6, 1), date(2014, 6, 1)).map(str)),
    st.datetimes(datetime(2013, 1, 1), datetime(2013, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["America/New_York", "Pacific/Honolulu", "Asia/Kathmandu", "Pacific/Apia", "Europe/Dublin"]),
)
def test_every_time_means_one_instant_or_is_rejected(
    clock: str, half: Half, day: str | None, ticketed: datetime, zone: str
) -> None:
    """For any ticket: an instant in UTC or `NoSuchTime`. Without a stated day it is near the ticketed time."""
    written = LocalTime(clock=clock, half=half, day=day)
    try:
        by_, after_ = (f(written, zone=ZoneInfo(zone), ticketed=ticketed) for f in (deadline, earliest_departure))
    except NoSuchTime:
        return
    assert by_.tzinfo is UTC
    assert after_.tzinfo is UTC
    if day is None:
        assert 0 <= (by_ - ticketed).total_seconds() <= 26 * 3600
        assert abs((after_ - ticketed).total_seconds()) <= 14 * 3600
