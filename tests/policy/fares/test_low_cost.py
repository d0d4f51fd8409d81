"""Terms unlike those of other carriers fit into a file too: own acts and facts, shares, dates, credit that expires."""

import pytest

from tests.policy.fares.asking import asked, example, summary

RULES = example("low_cost")
ONE = "channel=web passengers=1 infants=0 legs_changed=1"

CASES = [
    ("carry_pet passengers=16", "person | group"),
    ("carry_pet passengers=15 animal=assistance_dog", "allowed | guide-dog"),
    ("carry_pet passengers=15 animal=cat", "refused | no-pets"),
    ("carry_pet animal=cat", "ask | passengers"),
    ("split_booking passengers=2", "refused | otherwise"),
    ("cancel passengers=2 channel=agent services=bag", "refused | through-an-agent"),
    (
        "cancel passengers=2 channel=agent services=bag,own_contact hours_to_departure=100 paid=200_EUR taxes=41.50_EUR",
        "allowed | taxes | back 31.50 EUR original | loses 168.50 EUR",
    ),
    (
        "cancel passengers=2 channel=web hours_to_departure=336 bundle=plus paid=200_EUR taxes=41.55_EUR",
        "allowed | refund | back 31.55 EUR original | back 47.54 EUR wallet | loses 120.91 EUR",
    ),
    (
        "cancel passengers=2 channel=web hours_to_departure=335.9 paid=9_EUR taxes=9_EUR",
        "allowed | taxes | loses 9.00 EUR",
    ),
    ("change_dates passengers=2 channel=web hours_to_departure=2", "refused | closed"),
    (
        f"change_dates {ONE} hours_to_departure=72 bundle=light travel_date=2026-05-01 old_price=200_EUR new_price=230_EUR",
        "allowed | change | pays 75.00 EUR",
    ),
    (
        f"change_dates {ONE} hours_to_departure=72 bundle=light travel_date=2026-08-31 old_price=80_EUR new_price=90_EUR",
        "allowed | change | pays 50.00 EUR",
    ),
    (
        f"change_dates {ONE} hours_to_departure=720 bundle=plus travel_date=2027-01-05 old_price=80_EUR new_price=50_EUR",
        "allowed | cheaper | pays 45.00 EUR | back 30.00 EUR wallet",
    ),
    (
        f"change_dates {ONE} hours_to_departure=719 bundle=plus travel_date=2027-01-04 old_price=80_EUR new_price=50_EUR",
        "allowed | change | pays 40.00 EUR | loses 30.00 EUR",
    ),
    (
        "change_dates channel=airport passengers=3 infants=1 legs_changed=2 hours_to_departure=719 bundle=flex"
        " changes_before=1 travel_date=2026-05-01 old_price=800_EUR new_price=800_EUR",
        "allowed | change | pays 240.00 EUR",
    ),
    (
        f"change_dates {ONE} hours_to_departure=719 bundle=flex changes_before=0 old_price=80_EUR new_price=85.5_EUR",
        "allowed | free-change | pays 5.50 EUR",
    ),
    (
        "change_names passengers=1 channel=web letters_changed=4 hours_since_booking=48",
        "allowed | another-name | pays 115.00 EUR",
    ),
    ("change_names passengers=1 channel=web letters_changed=3", "allowed | misspelt"),
    ("change_names passengers=1 channel=web letters_changed=4", "ask | hours_since_booking"),
    ("missed_departure passengers=2 hours_after_departure=0.5", "allowed | rescue | pays 220.00 EUR"),
    ("missed_departure passengers=2 hours_after_departure=1.5", "refused | missed"),
    ("remove_bags passengers=2 services=gift,bag", "person | package"),
    ("remove_bags passengers=2 services=bag", "refused | bought"),
]


@pytest.mark.parametrize(("case", "answer"), [pytest.param(case, answer, id=case) for case, answer in CASES])
def test_it_decides_as_its_file_says(case: str, answer: str) -> None:
    """Outcome, rule, price, what is given back and forfeited, or which facts are missing."""
    assert summary(asked(RULES, case)) == answer


def test_an_answer_stands_until_a_fact_that_is_worked_out_from_hours_reaches_a_bound() -> None:
    """Fourteen days before departure are 336 hours."""
    answer = asked(
        RULES, "cancel passengers=1 channel=web hours_to_departure=340.25 bundle=flex paid=9_EUR taxes=1_EUR"
    )
    assert str(answer.hours) == "4.25"


def test_credit_may_expire() -> None:
    """The answer says after how many days."""
    answer = asked(RULES, "cancel passengers=1 channel=web hours_to_departure=400 bundle=flex paid=99_EUR taxes=20_EUR")
    assert [(part.for_, part.valid_days) for part in answer.back] == [("taxes", None), ("fare", 365)]
