"""The rules of the US Department of Transportation, case by case."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.money import Money
from policy.rights import Sold
from tests.policy.rights.cases import FLIES, MINUTE, NOON, case, judged, says, sold, trip

REFUNDS = "us-refunds"
DENIED = "us-denied-boarding-2025"
H = timedelta(hours=1)


def money(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


FARE = money("300.00")
DENIED_BOARDING: dict[str, Any] = {"denied": True, "fare": FARE}
SMALL: dict[str, Any] = {"late": 2 * H, "smaller_aircraft": True}


@pytest.mark.parametrize(
    ("ends", "happened", "answer", "rule"),
    [
        (("JFK", "LAX"), {"cancelled": True}, "owed", "cancelled"),
        (("JFK", "LAX"), {"cancelled": True, "trip": None}, "owed", "cancelled"),
        (("JFK", "LAX"), {"cancelled": True, "cause": "71"}, "owed", "cancelled"),
        (("JFK", "LAX"), {"late": 3 * H}, "owed", "later"),
        (("JFK", "LAX"), {"late": 3 * H - MINUTE}, "not_owed", ""),
        (("JFK", "CDG"), {"late": 6 * H}, "owed", "later"),
        (("JFK", "CDG"), {"late": 6 * H - MINUTE}, "not_owed", ""),
        (("CDG", "JFK"), {"late": 6 * H}, "owed", "later"),
        (("JFK", "LAX"), {"left": -3 * H}, "owed", "earlier"),
        (("JFK", "LAX"), {"left": -3 * H + MINUTE}, "not_owed", ""),
        (("JFK", "CDG"), {"left": -6 * H}, "owed", "earlier"),
        (("JFK", "CDG"), {"left": -6 * H + MINUTE}, "not_owed", ""),
        (("JFK", "LAX"), {"misconnected": True, "trip": None}, "owed", "later"),
        (("JFK", "LAX"), {"denied": True, "trip": None}, "owed", "denied-boarding"),
        (("JFK", "LAX"), {"denied": True, "late": H}, "not_owed", ""),
    ],
)
def test_a_refund_if_the_party_declines(
    ends: tuple[str, str], happened: dict[str, Any], answer: str, rule: str
) -> None:
    """Three hours within the United States, six from and to them; whatever the cause."""
    assert says(REFUNDS, case(*ends, **happened), "refund")[:2] == (answer, rule)


def changed(**stage: Any) -> dict[str, Any]:
    of = sold("JFK", "LAX", cabin="business")
    return {"sold": of, "trip": trip(of, **stage)}


@pytest.mark.parametrize(
    ("happened", "rule"),
    [
        (changed(origin="EWR"), "other-airport"),
        (changed(destination="EWR"), "other-airport"),
        (changed(cabin="economy"), "lower-cabin"),
        (changed(cabin="first"), ""),
        ({"sold": sold("JFK", "LAX", connections=1)}, ""),
    ],
)
def test_another_airport_or_a_lower_cabin(happened: dict[str, Any], rule: str) -> None:
    """Significant changes that are none of time."""
    assert says(REFUNDS, case("JFK", "LAX", **happened), "refund")[1] == rule


def test_one_more_connection() -> None:
    """A trip of two flights in place of one."""
    of: Sold = sold("JFK", "LAX")
    there, on = trip(of, destination="EWR").stages, trip(of, origin="EWR").stages
    found = case("JFK", "LAX", trip=trip(of).__class__(stages=(*there, *on)))
    assert says(REFUNDS, found, "refund")[1] == "more-connections"


def test_who_travels_on_what_is_offered_has_accepted_it() -> None:
    """The choice ends with the journey."""
    of = sold("JFK", "LAX")
    found = case("JFK", "LAX", cancelled=True, trip=trip(of, late=5 * H, travelled=True))
    assert says(REFUNDS, found, "refund")[:2] == ("not_owed", "travelled")


def test_the_whole_fare_of_the_party() -> None:
    """As far as it is known, within seven days, where the party declines."""
    answer = judged(REFUNDS, case("JFK", "LAX", cancelled=True, passengers=2, fare=FARE), "refund")
    assert answer is not None
    assert (answer.amount, answer.if_declined, answer.within_days) == (
        Money(amount=Decimal("600.00"), currency="USD"),
        True,
        7,
    )


@pytest.mark.parametrize(
    ("day", "covered"), [(datetime(2024, 10, 28, 3, tzinfo=UTC), False), (datetime(2024, 10, 28, 4, tzinfo=UTC), True)]
)
def test_refunds_from_which_day(day: datetime, covered: bool) -> None:
    """28 October 2024, in New York."""
    assert (judged(REFUNDS, case("JFK", "LAX", departs=day), "refund") is not None) == covered


def test_refunds_are_for_journeys_from_or_to_the_united_states() -> None:
    """Not between two other countries."""
    assert judged(REFUNDS, case("CDG", "MAD", cancelled=True), "refund") is None


@pytest.mark.parametrize(
    ("ends", "happened", "answer"),
    [
        (("JFK", "LAX"), {"late": H}, ("not_owed", "travels-within-an-hour", "")),
        (("JFK", "LAX"), {"late": H + MINUTE}, ("owed", "oversold", "600.00 USD")),
        (("JFK", "LAX"), {"late": 2 * H - MINUTE}, ("owed", "oversold", "600.00 USD")),
        (("JFK", "LAX"), {"late": 2 * H}, ("owed", "oversold-late", "1200.00 USD")),
        (("JFK", "LAX"), {"trip": None}, ("owed", "oversold-late", "1200.00 USD")),
        (("JFK", "CDG"), {"late": 4 * H - MINUTE}, ("owed", "oversold", "600.00 USD")),
        (("JFK", "CDG"), {"late": 4 * H}, ("owed", "oversold-late", "1200.00 USD")),
        (("JFK", "LAX"), SMALL, ("cause_unknown", "smaller-aircraft-late", "1200.00 USD")),
        (("JFK", "LAX"), SMALL | {"cause": "46"}, ("not_owed", "smaller-aircraft-late", "")),
        (("JFK", "LAX"), SMALL | {"cause": "14"}, ("owed", "smaller-aircraft-late", "1200.00 USD")),
        (("JFK", "LAX"), {"late": 2 * H, "fare": None}, ("owed", "oversold-late", "")),
        (("JFK", "LAX"), {"late": 2 * H, "fare": money("900")}, ("owed", "oversold-late", "2150.00 USD")),
        (("JFK", "LAX"), {"late": 2 * H - MINUTE, "fare": money("900")}, ("owed", "oversold", "1075.00 USD")),
        (("JFK", "LAX"), {"late": 2 * H, "fare": money("900", "EUR")}, ("owed", "oversold-late", "")),
    ],
)
def test_denied_boarding(ends: tuple[str, str], happened: dict[str, Any], answer: tuple[str, str, str]) -> None:
    """Shares of the fare by how late the passenger arrives, up to a limit; a smaller aircraft by its cause."""
    assert says(DENIED, case(*ends, **DENIED_BOARDING | happened), "compensation") == answer


@pytest.mark.parametrize(
    ("year", "day", "most"),
    [
        (2011, datetime(2013, 2, 8, 17, tzinfo=UTC), "1300.00 USD"),
        (2015, datetime(2016, 1, 1, 17, tzinfo=UTC), "1350.00 USD"),
        (2021, datetime(2021, 4, 13, 17, tzinfo=UTC), "1550.00 USD"),
        (2021, datetime(2025, 1, 21, 17, tzinfo=UTC), "1550.00 USD"),
        (2025, datetime(2025, 1, 22, 17, tzinfo=UTC), "2150.00 USD"),
    ],
)
def test_the_limit_of_the_year(year: int, day: datetime, most: str) -> None:
    """Each set for its days alone."""
    found = case("JFK", "LAX", departs=day, denied=True, trip=None, fare=money("9000"))
    assert says(f"us-denied-boarding-{year}", found, "compensation")[2] == most
    others = {2011, 2015, 2021, 2025} - {year}
    assert all(judged(f"us-denied-boarding-{other}", found, "compensation") is None for other in others)


def test_denied_boarding_is_for_those_who_depart_from_the_united_states() -> None:
    """At a U.S. airport."""
    assert judged(DENIED, case("CDG", "JFK", denied=True), "compensation") is None


def test_there_is_no_pay_for_a_delay() -> None:
    """US law gives none."""
    assert says(DENIED, case("JFK", "LAX", late=9 * FLIES, departs=NOON, cause="41"), "compensation")[0] == "not_owed"
