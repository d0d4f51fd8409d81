"""Airports' names, and local times."""

import pytest

from agents.notifier.adapters import load_airports
from agents.notifier.domain import AirportInfo, LetterLanguage
from agents.notifier.domain.airports import LocalTime, local_time
from tests.agents.notifier.samples import at


@pytest.mark.parametrize(
    ("airport", "instant", "expected"),
    [
        pytest.param("JFK", "2013-02-08T19:30", "Friday, February 8, 2013, 2:30 PM", id="New York"),
        pytest.param("LAX", "2013-02-09T02:05", "Friday, February 8, 2013, 6:05 PM", id="Los Angeles, still yesterday"),
        pytest.param("PHX", "2013-07-01T19:00", "Monday, July 1, 2013, 12:00 PM", id="Phoenix has no summer time"),
        pytest.param("JFK", "2013-03-10T06:59", "Sunday, March 10, 2013, 1:59 AM", id="before the clocks go forward"),
        pytest.param("JFK", "2013-03-10T07:00", "Sunday, March 10, 2013, 3:00 AM", id="after the clocks went forward"),
        pytest.param("JFK", "2013-11-03T05:30", "Sunday, November 3, 2013, 1:30 AM (EDT)", id="the first 1:30"),
        pytest.param("JFK", "2013-11-03T06:30", "Sunday, November 3, 2013, 1:30 AM (EST)", id="the second 1:30"),
        pytest.param("JFK", "2013-11-03T07:00", "Sunday, November 3, 2013, 2:00 AM", id="clear again"),
    ],
)
def test_times_are_local(airport: str, instant: str, expected: str) -> None:
    """Each instant is in its airport's zone, and a local time that occurs twice has its zone beside it."""
    assert str(local_time(at(instant), airport=load_airports()[airport], language="en")) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Friday, February 8, 2013, 2:30 PM"),
        ("es", "viernes 8 de febrero de 2013, 14:30"),
        ("fr", "vendredi 8 février 2013, 14:30"),
    ],
)
def test_dates_are_in_the_readers_language(language: LetterLanguage, expected: str) -> None:
    """Words, order and clock follow the language."""
    assert str(local_time(at("2013-02-08T19:30"), airport=load_airports()["JFK"], language=language)) == expected


def test_an_unknown_airports_times_are_in_utc() -> None:
    """They are marked as UTC: a time to convert is better than a wrong one."""
    shown = local_time(at("2013-02-08T19:30"), airport=AirportInfo(code="ZZZ"), language="en")
    assert shown == LocalTime("Friday, February 8, 2013", "7:30 PM UTC")


def test_a_zone_without_an_abbreviation_is_shown_by_its_offset() -> None:
    """Beside a local time that occurs twice."""
    # São Paulo put its clocks back at midnight on 17 February 2013.
    shown = local_time(at("2013-02-17T02:30"), airport=load_airports()["GRU"], language="en")
    assert shown.time == "11:30 PM (UTC-0300)"


def test_an_airport_without_a_city_is_its_code() -> None:
    """For an unknown airport nothing is made up."""
    assert (AirportInfo(code="ZZZ").short, AirportInfo(code="ZZZ").full) == ("ZZZ", "ZZZ")
