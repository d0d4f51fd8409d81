"""EU 261/2004, case by case."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contracts.care import EntitlementKind
from contracts.money import Money
from tests.policy.rights.cases import MINUTE, NOON, case, judged, says, sold, trip

EU = "eu-261-2004"
H = timedelta(hours=1)
D = timedelta(days=1)


@pytest.mark.parametrize(
    ("ends", "happened", "answer"),
    [
        (("CDG", "MAD"), {"late": 3 * H, "cause": "41"}, ("owed", "delay-7(1)(a)", "250.00 EUR")),
        (("CDG", "MAD"), {"late": 3 * H - MINUTE, "cause": "41"}, ("not_owed", "", "")),
        (("CDG", "MAD"), {"late": 30 * H, "cause": "41"}, ("owed", "delay-7(1)(a)", "250.00 EUR")),
        (("CDG", "ATH"), {"late": 3 * H, "cause": "41"}, ("owed", "delay-7(1)(b)", "400.00 EUR")),
        (("CDG", "CMN"), {"late": 3 * H, "cause": "41"}, ("owed", "delay-7(1)(b)", "400.00 EUR")),
        (("CDG", "PTP"), {"late": 3 * H, "cause": "41"}, ("owed", "delay-7(1)(b)", "400.00 EUR")),
        (("CDG", "JFK"), {"late": 3 * H, "cause": "41"}, ("owed", "delay-7(1)(c)", "300.00 EUR")),
        (("CDG", "JFK"), {"late": 4 * H - MINUTE, "cause": "41"}, ("owed", "delay-7(1)(c)", "300.00 EUR")),
        (("CDG", "JFK"), {"late": 4 * H, "cause": "41"}, ("owed", "delay-7(1)(c)", "600.00 EUR")),
        (("JFK", "CDG"), {"late": 4 * H, "cause": "41"}, ("owed", "delay-7(1)(c)", "600.00 EUR")),
        (("CDG", "MAD"), {"late": 3 * H, "cause": "41", "passengers": 3}, ("owed", "delay-7(1)(a)", "750.00 EUR")),
        (("CDG", "MAD"), {"late": 3 * H, "cause": "71"}, ("not_owed", "delay-7(1)(a)", "")),
        (("CDG", "MAD"), {"late": 3 * H, "cause": "93"}, ("cause_unknown", "delay-7(1)(a)", "250.00 EUR")),
        (("CDG", "MAD"), {"late": 3 * H}, ("cause_unknown", "delay-7(1)(a)", "250.00 EUR")),
        (("CDG", "MAD"), {"late": 3 * H, "cause": "97"}, ("owed", "delay-7(1)(a)", "250.00 EUR")),
        (("CDG", "MAD"), {"late": 3 * H, "cause": "98"}, ("not_owed", "delay-7(1)(a)", "")),
    ],
)
def test_a_delay_at_the_final_destination(
    ends: tuple[str, str], happened: dict[str, Any], answer: tuple[str, str, str]
) -> None:
    """Three hours to the minute, by distance and cause; between three and four hours half above 3,500 km."""
    assert says(EU, case(*ends, **happened), "compensation") == answer


@pytest.mark.parametrize(
    ("happened", "answer"),
    [
        ({"notice": 14 * D}, ("not_owed", "5(1)(c)(i)")),
        ({"notice": 14 * D, "trip": None}, ("not_owed", "5(1)(c)(i)")),
        ({"notice": 14 * D - MINUTE, "trip": None}, ("owed", "5(1)(c)-7(1)(a)")),
        ({"notice": 14 * D - MINUTE, "late": 4 * H - MINUTE}, ("not_owed", "5(1)(c)(ii)")),
        ({"notice": 14 * D - MINUTE, "late": 4 * H}, ("owed", "5(1)(c)-7(1)(a)")),
        ({"notice": 8 * D, "left": -2 * H}, ("not_owed", "5(1)(c)(ii)")),
        ({"notice": 8 * D, "left": -2 * H - MINUTE}, ("owed", "5(1)(c)-7(1)(a)")),
        ({"notice": 7 * D, "late": 4 * H - MINUTE}, ("not_owed", "5(1)(c)(ii)")),
        ({"notice": 7 * D - MINUTE, "late": 4 * H - MINUTE}, ("owed", "5(1)(c)-7(1)(a)")),
        ({"late": 2 * H - MINUTE}, ("not_owed", "5(1)(c)(iii)")),
        ({"late": 2 * H}, ("owed", "5(1)(c)-7(1)(a)")),
        ({"left": -H}, ("not_owed", "5(1)(c)(iii)")),
        ({"left": -H - MINUTE}, ("owed", "5(1)(c)-7(1)(a)")),
    ],
)
def test_a_cancellation_by_notice_and_rerouting(happened: dict[str, Any], answer: tuple[str, str]) -> None:
    """The windows of article 5(1)(c), to the minute."""
    assert says(EU, case("CDG", "MAD", cancelled=True, cause="41", **happened), "compensation")[:2] == answer


@pytest.mark.parametrize(
    ("ends", "late", "amount"),
    [
        (("CDG", "MAD"), 2 * H, "125.00 EUR"),
        (("CDG", "MAD"), 2 * H + MINUTE, "250.00 EUR"),
        (("CDG", "ATH"), 3 * H, "200.00 EUR"),
        (("CDG", "ATH"), 3 * H + MINUTE, "400.00 EUR"),
        (("CDG", "JFK"), 4 * H, "300.00 EUR"),
        (("CDG", "JFK"), 4 * H + MINUTE, "600.00 EUR"),
    ],
)
def test_half_is_owed_where_the_rerouting_arrives_in_time(ends: tuple[str, str], late: timedelta, amount: str) -> None:
    """Article 7(2): two, three and four hours, the limit included."""
    assert says(EU, case(*ends, cancelled=True, cause="63", late=late), "compensation")[2] == amount


@pytest.mark.parametrize(
    ("ends", "operator", "covered"),
    [
        (("CDG", "JFK"), "DL", True),
        (("JFK", "CDG"), "AF", True),
        (("JFK", "CDG"), "DL", False),
        (("JFK", "CDG"), None, False),
        (("JFK", "LAX"), "AF", False),
        (("PTP", "JFK"), "DL", True),
        (("LHR", "JFK"), "BA", False),
        (("LHR", "CDG"), "BA", False),
        (("LHR", "CDG"), "AF", True),
        (("CDG", "LHR"), "BA", True),
    ],
)
def test_which_journeys_it_covers(ends: tuple[str, str], operator: str | None, covered: bool) -> None:
    """From the territory with any airline, to it with one of its own."""
    assert (judged(EU, case(*ends, operator=operator, late=4 * H), "compensation") is not None) == covered


@pytest.mark.parametrize(
    ("ends", "departs", "covered"),
    [
        (("LHR", "JFK"), datetime(2020, 12, 31, 12, tzinfo=UTC), True),
        (("LHR", "JFK"), datetime(2021, 1, 1, 12, tzinfo=UTC), False),
        (("ZAG", "TLV"), datetime(2013, 6, 30, 12, tzinfo=UTC), False),
        (("ZAG", "TLV"), datetime(2013, 6, 30, 22, tzinfo=UTC), True),
        (("CDG", "JFK"), datetime(2005, 2, 16, 12, tzinfo=UTC), False),
        (("CDG", "JFK"), datetime(2005, 2, 17, 12, tzinfo=UTC), True),
    ],
)
def test_from_which_day(ends: tuple[str, str], departs: datetime, covered: bool) -> None:
    """The day is local to the origin: in Zagreb 1 July begins at 22:00 UTC."""
    found = case(*ends, departs=departs, operator="DL", late=4 * H)
    assert (judged(EU, found, "compensation") is not None) == covered


@pytest.mark.parametrize(
    ("ends", "kind", "late", "answer"),
    [
        (("CDG", "MAD"), "meals", 2 * H, "owed"),
        (("CDG", "MAD"), "meals", 2 * H - MINUTE, "not_owed"),
        (("CDG", "ATH"), "meals", 3 * H, "owed"),
        (("CDG", "ATH"), "meals", 3 * H - MINUTE, "not_owed"),
        (("CDG", "CMN"), "communication", 3 * H, "owed"),
        (("CDG", "JFK"), "meals", 4 * H, "owed"),
        (("CDG", "JFK"), "meals", 4 * H - MINUTE, "not_owed"),
        (("CDG", "MAD"), "hotel", 9 * H, "not_owed"),
        (("CDG", "MAD"), "hotel", 10 * H - MINUTE, "not_owed"),
        (("CDG", "MAD"), "hotel", 10 * H, "owed"),
        (("CDG", "MAD"), "transfers", 10 * H, "owed"),
        (("CDG", "MAD"), "refund", 5 * H, "owed"),
        (("CDG", "MAD"), "refund", 5 * H - MINUTE, "not_owed"),
    ],
)
def test_care_and_refund_while_a_flight_is_late(
    ends: tuple[str, str], kind: EntitlementKind, late: timedelta, answer: str
) -> None:
    """Articles 6 and 9, whatever the cause. A hotel from the next local date: 22:00 UTC is midnight in Paris."""
    assert says(EU, case(*ends, late=late, cause="71"), kind)[0] == answer


@pytest.mark.parametrize("kind", ["refund", "rebooking", "meals", "communication"])
@pytest.mark.parametrize("what", ["cancelled", "denied"])
def test_care_and_choice_at_once_where_there_is_no_flight(what: str, kind: EntitlementKind) -> None:
    """Articles 4, 5, 8 and 9: whatever the cause and the trip offered."""
    happened: dict[str, Any] = {what: True, "cause": "71"}
    assert says(EU, case("CDG", "MAD", **happened), kind)[0] == "owed"


def test_a_change_days_ahead_is_no_wait() -> None:
    """The choice of article 8 stays; meals are for those who wait."""
    ahead = case("CDG", "MAD", cancelled=True, notice=3 * D)
    assert [says(EU, ahead, kind)[:2] for kind in ("refund", "meals")] == [
        ("owed", "refund-cancelled"),
        ("not_owed", "no-wait"),
    ]


def test_who_is_denied_boarding_is_compensated_whatever_the_cause() -> None:
    """Article 4(3) knows no extraordinary circumstances, and no exception for a smaller aircraft."""
    found = case("CDG", "MAD", denied=True, smaller_aircraft=True, cause="71", late=5 * H)
    assert says(EU, found, "compensation") == ("owed", "4(3)-7(1)(a)", "250.00 EUR")


@pytest.mark.parametrize(("left", "answer"), [(-H, "not_owed"), (-H - MINUTE, "owed")])
def test_brought_forward_by_more_than_an_hour_is_cancelled(left: timedelta, answer: str) -> None:
    """C-146/20."""
    assert says(EU, case("CDG", "MAD", left=left, cause="96"), "compensation")[0] == answer


@pytest.mark.parametrize(
    ("ends", "rule", "amount"),
    [
        (("CDG", "MAD"), "10(2)(a)", "60.00 EUR"),
        (("CDG", "ATH"), "10(2)(b)", "100.00 EUR"),
        (("CDG", "CMN"), "10(2)(b)", "100.00 EUR"),
        (("CDG", "PTP"), "10(2)(c)", "150.00 EUR"),
        (("CDG", "JFK"), "10(2)(c)", "150.00 EUR"),
    ],
)
def test_a_lower_cabin(ends: tuple[str, str], rule: str, amount: str) -> None:
    """30, 50 and 75 % of the fare; the French departments overseas count as far away."""
    of = sold(*ends, cabin="business")
    fare = Money(amount=Decimal(200), currency="EUR")
    found = case(*ends, sold=of, trip=trip(of, cabin="economy"), fare=fare)
    assert says(EU, found, "downgrade_refund") == ("owed", rule, amount)


def test_the_operating_carrier_owes() -> None:
    """Whose number was sold makes no difference."""
    answer = judged(EU, case("CDG", "JFK", operator="DL", late=4 * H, cause="41"), "compensation")
    assert answer is not None
    assert answer.owed_by == "DL"


def test_an_airport_that_is_not_known_is_covered_by_nothing() -> None:
    """Without a country and a position nothing can be judged."""
    assert judged(EU, case("CDG", "XXX", departs=NOON), "refund") is None
