"""The tables of what is legal, and the look-ups into them."""

from datetime import date, timedelta

import pytest

from agents.planner.domain import TripRules
from contracts.names import Cabin
from contracts.rules import MinimumConnection, by_rank


@pytest.mark.parametrize(
    ("paid", "given"),
    [
        pytest.param("first", ("first", "business", "premium", "economy"), id="first"),
        pytest.param("business", ("business", "premium", "economy", "first"), id="business"),
        pytest.param("premium", ("premium", "economy", "business", "first"), id="premium"),
        pytest.param("economy", ("economy", "premium", "business", "first"), id="economy"),
    ],
)
def test_cabins_are_given_by_rank(paid: Cabin, given: tuple[Cabin, ...]) -> None:
    """The one paid for, then lower ones, nearest first, then higher ones, nearest first."""
    assert TripRules().cabins[paid] == given


def test_without_upgrades_no_higher_cabin_is_given() -> None:
    """The policy of an airline that upgrades no one."""
    cabins = by_rank(upgrades=False)
    assert (cabins["business"], cabins["economy"]) == (("business", "premium", "economy"), ("economy",))


ABROAD = TripRules(countries={"LHR": "GB", "CDG": "FR"})
DAY = date(2013, 2, 8)


@pytest.mark.parametrize(
    ("arriving", "departing", "minutes"),
    [
        pytest.param(("BOS", "ORD"), ("ORD", "LAX"), 45, id="domestic-domestic"),
        pytest.param(("BOS", "ORD"), ("ORD", "LHR"), 60, id="domestic-international"),
        pytest.param(("LHR", "ORD"), ("ORD", "LAX"), 90, id="international-domestic"),
        pytest.param(("LHR", "ORD"), ("ORD", "CDG"), 60, id="international-international"),
        pytest.param(("BOS", "JFK"), ("LGA", "LAX"), 180, id="between-co-terminals"),
        pytest.param(("BOS", "JFK"), ("JFK", "SJU"), 45, id="us-territory"),
    ],
)
def test_the_least_connection_depends_on_borders_and_airports(
    arriving: tuple[str, str], departing: tuple[str, str], minutes: int
) -> None:
    """Each kind of connection has its own minimum; between two airports of a city it is three hours."""
    assert ABROAD.least_connection(arriving, departing=departing, on=DAY) == timedelta(minutes=minutes)


def row(minutes: int, since: date, until: date | None = None, station: str | None = None) -> MinimumConnection:
    return MinimumConnection(
        arriving="domestic",
        departing="domestic",
        least=timedelta(minutes=minutes),
        effective_from=since,
        effective_to=until,
        station=station,
    )


DATED = TripRules(
    connections=(
        row(45, date(2000, 1, 1)),
        row(30, date(2000, 1, 1), date(2013, 2, 7), "ORD"),
        row(70, date(2013, 2, 8), None, "ORD"),
    )
)


@pytest.mark.parametrize(
    ("station", "day", "minutes"),
    [
        pytest.param("ORD", date(2013, 2, 7), 30, id="last-day"),
        pytest.param("ORD", date(2013, 2, 8), 70, id="first-day"),
        pytest.param("DFW", date(2013, 2, 8), 45, id="no-override"),
    ],
)
def test_a_station_has_its_own_minimum_while_its_row_is_in_force(station: str, day: date, minutes: int) -> None:
    """A row for a station outweighs the general one, from its first day to its last."""
    least = DATED.least_connection(("BOS", station), departing=(station, "LAX"), on=day)
    assert least == timedelta(minutes=minutes)


def test_a_day_without_a_row_in_force_is_an_error() -> None:
    """No minimum is made up, and the error names the day."""
    with pytest.raises(LookupError, match="no minimum connection from domestic to domestic at ORD on 1999-12-31"):
        TripRules().least_connection(("BOS", "ORD"), departing=("ORD", "LAX"), on=date(1999, 12, 31))


def test_an_airport_of_new_york_stands_for_all_three() -> None:
    """JFK, LGA and EWR are one city, the given one first; any other airport stands for itself."""
    assert TripRules().terminals("LGA") == ("LGA", "EWR", "JFK")
    assert TripRules().terminals("BOS") == ("BOS",)
