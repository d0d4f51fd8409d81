"""Times as they are read off an airport's wall."""

import pytest

from agents.notifier.adapters import load_places
from agents.notifier.domain import Place
from agents.notifier.domain.places import Shown, show
from contracts.ledger import Language
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
def test_times_are_the_airports_own(airport: str, instant: str, expected: str) -> None:
    """Each instant is shown in its airport's zone, and a wall time that comes twice says which it is."""
    assert str(show(at(instant), place=load_places()[airport], language="en")) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Friday, February 8, 2013, 2:30 PM"),
        ("es", "viernes 8 de febrero de 2013, 14:30"),
        ("fr", "vendredi 8 février 2013, 14:30"),
    ],
)
def test_dates_are_in_the_readers_language(language: Language, expected: str) -> None:
    """Words, order and clock are those of the language."""
    assert str(show(at("2013-02-08T19:30"), place=load_places()["JFK"], language=language)) == expected


def test_an_unknown_airports_times_are_in_utc_and_say_so() -> None:
    """Better a time that has to be converted than a wrong one."""
    shown = show(at("2013-02-08T19:30"), place=Place(code="ZZZ"), language="en")
    assert shown == Shown("Friday, February 8, 2013", "7:30 PM UTC")


def test_a_zone_without_letters_is_told_by_its_offset() -> None:
    """Where a zone has no abbreviation, a wall time that comes twice has its offset beside it."""
    # São Paulo put its clocks back at midnight on 17 February 2013.
    shown = show(at("2013-02-17T02:30"), place=load_places()["GRU"], language="en")
    assert shown.time == "11:30 PM (UTC-0300)"


def test_an_airport_without_a_city_is_its_code() -> None:
    """Nothing is made up for an airport nobody knows."""
    assert (Place(code="ZZZ").short, Place(code="ZZZ").full) == ("ZZZ", "ZZZ")
