"""A carrier's conditions, with the law before them."""

import pytest

from tests.policy.fares.asking import asked, example, summary

RULES = example("us_carrier")
AHEAD = "legs_flown=0 hours_to_departure=300 reason=change_of_plan airline_cancelled=no holds_instead=no"

CASES = [
    # The law, whatever the fare.
    (
        f"cancel {AHEAD} hours_since_booking=24 hours_booked_ahead=168 family=basic route=domestic paid=300_USD passengers=2",
        "allowed | 24-hours | back 300.00 USD original",
    ),
    (
        f"cancel {AHEAD} hours_since_booking=24.5 hours_booked_ahead=168 family=basic route=domestic paid=300_USD passengers=2",
        "allowed | basic-cancelled | back 102.00 USD travel_credit | loses 198.00 USD",
    ),
    (
        f"cancel {AHEAD} hours_since_booking=2 hours_booked_ahead=100 family=basic route=international"
        " paid=300_USD passengers=2",
        "allowed | basic-cancelled | loses 300.00 USD",
    ),
    (
        "cancel legs_flown=0 hours_to_departure=300 airline_cancelled=no holds_instead=yes reason=other"
        " hours_since_booking=2 hours_booked_ahead=168 family=main paid=300_USD",
        "allowed | main-cancelled | back 300.00 USD travel_credit",
    ),
    # What is not known matters only where it does.
    (
        "cancel legs_flown=0 hours_to_departure=300 airline_cancelled=no reason=other family=flexible paid=300_USD",
        "allowed | 24-hours+flexible-cancelled | back 300.00 USD original",
    ),
    (
        "cancel legs_flown=0 hours_to_departure=300 airline_cancelled=no reason=other family=main paid=300_USD",
        "ask | holds_instead, hours_since_booking, hours_booked_ahead",
    ),
    (
        "cancel legs_flown=0 hours_to_departure=300 airline_cancelled=no family=main hours_since_booking=48",
        "ask | reason",
    ),
    # The carrier's own.
    ("cancel hours_since_booking=48 legs_flown=1", "person | in-use"),
    ("cancel hours_since_booking=48 legs_flown=0 hours_to_departure=-1", "refused | missed"),
    ("cancel hours_since_booking=48 legs_flown=0 hours_to_departure=5 reason=death_in_family", "person | bereavement"),
    (
        "cancel hours_since_booking=48 legs_flown=0 hours_to_departure=5 reason=other airline_cancelled=yes paid=80.25_USD",
        "allowed | airline-cancelled | back 80.25 USD original",
    ),
    (f"change_flights {AHEAD} waiver=yes new_date_in_waiver=yes family=basic", "allowed | waived-change"),
    (f"change_flights {AHEAD} waiver=no family=basic", "refused | basic-stays"),
    (
        f"change_flights {AHEAD} waiver=no family=main old_price=200_USD new_price=260.40_USD",
        "allowed | change | pays 60.40 USD",
    ),
    (
        f"change_flights {AHEAD} waiver=no family=main old_price=200_USD new_price=160_USD",
        "allowed | change | back 40.00 USD travel_credit",
    ),
    (
        f"change_flights {AHEAD} waiver=no family=flexible old_price=200_USD new_price=160_USD",
        "allowed | change-flexible | back 40.00 USD original",
    ),
    (f"change_passengers {AHEAD}", "refused | same-trip"),
    ("same_day_change legs_flown=0 hours_to_departure=25 family=main", "refused | same-day-early"),
    ("same_day_change legs_flown=0 hours_to_departure=24 family=main tier=gold", "allowed | same-day-free"),
    ("same_day_change legs_flown=0 hours_to_departure=24 family=flexible", "allowed | same-day-free"),
    (
        "same_day_change legs_flown=0 hours_to_departure=24 family=main tier=silver passengers=2",
        "allowed | same-day | pays 150.00 USD",
    ),
    ("same_day_change legs_flown=0 hours_to_departure=24 family=basic", "refused | basic-stays"),
    ("change_names name_change=correction", "allowed | spelling"),
    ("change_names name_change=by_law", "person | name-by-law"),
    ("change_names name_change=other_person", "refused | another-person"),
    ("add_bags tier=none bags=5 passengers=2", "allowed | bags | pays 205.00 USD"),
    ("add_bags tier=silver bags=2 passengers=2", "allowed | bags"),
    ("compensate", "person | otherwise"),
]


@pytest.mark.parametrize(("case", "answer"), [pytest.param(case, answer, id=case) for case, answer in CASES])
def test_the_law_comes_first_and_then_the_carrier(case: str, answer: str) -> None:
    """Outcome, rule, price, what is given back and forfeited, or which facts are missing."""
    assert summary(asked(RULES, case)) == answer


@pytest.mark.parametrize(
    ("case", "hours"),
    [
        (f"cancel {AHEAD} hours_since_booking=3.5 hours_booked_ahead=303.5 family=main paid=3_USD", "20.5"),
        (f"cancel {AHEAD} hours_since_booking=24 hours_booked_ahead=324 family=main paid=3_USD", "0"),
        (f"cancel {AHEAD} hours_since_booking=24 hours_booked_ahead=324 family=flexible paid=3_USD", "300"),
        ("same_day_change legs_flown=0 hours_to_departure=30 family=main tier=none passengers=1", "6"),
        ("change_names name_change=correction hours_since_booking=3", "None"),
    ],
)
def test_an_answer_says_for_how_long_it_stands(case: str, hours: str) -> None:
    """Until the first bound at which it is another one; an hour that no rule looks at ends none."""
    assert str(asked(RULES, case).hours) == hours


def test_the_rule_of_another_file_is_cited_by_that_file() -> None:
    """With the line on which it begins."""
    answer = asked(RULES, f"cancel {AHEAD} hours_since_booking=1 hours_booked_ahead=301 family=main paid=3_USD")
    (rule,) = answer.rules
    assert rule.file.endswith("us_24_hours.toml")
    assert (rule.line, rule.words.partition(" can ")[0]) == (11, "A booking made a week or more before departure")
