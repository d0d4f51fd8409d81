"""A policy that others have written, in a file: reads, refusals and fees are as its owners say."""

import pytest

from tests.policy.fares.asking import asked, example, summary

RULES = example("tau_airline")
OPEN = "flight_status=available cabins=economy in_profile=yes"

CASES = [
    # What it costs to book: bags by tier and cabin, insurance for each passenger.
    (
        f"book {OPEN} insurance=no passengers=1 tier=regular cabin=economy bags=1 new_price=120_USD",
        "allowed | book | pays 120.00 USD",
    ),
    (
        f"book {OPEN} insurance=no passengers=1 tier=regular cabin=economy bags=3 new_price=120_USD",
        "allowed | book | pays 220.00 USD",
    ),
    (
        f"book {OPEN} insurance=yes passengers=2 tier=gold cabin=economy bags=7 new_price=400_USD",
        "allowed | book-insured | pays 510.00 USD",
    ),
    (
        f"book {OPEN} insurance=no passengers=2 tier=silver cabin=basic_economy bags=2 new_price=99.5_USD",
        "allowed | book | pays 99.50 USD",
    ),
    (f"book {OPEN} insurance=no passengers=5 tier=gold new_price=1_USD bags=0", "ask | cabin"),
    (f"book {OPEN} insurance=no passengers=6", "refused | five-passengers"),
    ("book passengers=6", "refused | five-passengers"),
    ("book passengers=2 cabins=economy,business", "refused | one-cabin"),
    ("book passengers=2 cabins=economy flight_status=delayed", "refused | available-only"),
    ("book passengers=2 cabins=economy flight_status=available in_profile=no", "refused | profile-only"),
    # To cancel.
    ("cancel legs_flown=1", "person | flown"),
    ("cancel legs_flown=0 hours_since_booking=24 paid=300_USD", "allowed | cancel | back 300.00 USD original"),
    (
        "cancel legs_flown=0 hours_since_booking=24.1 airline_cancelled=yes paid=9_USD",
        "allowed | cancel | back 9.00 USD original",
    ),
    (
        "cancel legs_flown=0 cabin=business hours_since_booking=900 paid=9_USD",
        "allowed | cancel | back 9.00 USD original",
    ),
    ("cancel legs_flown=0 insurance=yes reason=weather paid=9_USD", "allowed | cancel | back 9.00 USD original"),
    (
        "cancel legs_flown=0 insurance=yes reason=change_of_plan cabin=economy airline_cancelled=no hours_since_booking=25",
        "refused | no-reason-to-cancel",
    ),
    (
        "cancel legs_flown=0 insurance=no reason=health cabin=economy airline_cancelled=no hours_since_booking=25",
        "refused | no-reason-to-cancel",
    ),
    (
        "cancel legs_flown=0 insurance=no cabin=basic_economy airline_cancelled=no hours_since_booking=25",
        "refused | no-reason-to-cancel",
    ),
    ("cancel legs_flown=0 insurance=yes cabin=economy airline_cancelled=no hours_since_booking=25", "ask | reason"),
    ("cancel legs_flown=0 cabin=business", "ask | paid"),
    # To change.
    (
        "change_flights cabin=basic_economy flight_status=available cabins=basic_economy",
        "refused | basic-economy-stays",
    ),
    (
        "change_flights cabin=economy flight_status=available cabins=economy old_price=200_USD new_price=260_USD",
        "allowed | fare-difference | pays 60.00 USD",
    ),
    (
        "change_flights cabin=economy flight_status=available cabins=economy old_price=200_USD new_price=150_USD",
        "allowed | fare-difference | back 50.00 USD credit_card/gift_card",
    ),
    ("change_destination", "refused | same-trip"),
    ("change_cabin cabins=business legs_flown=1", "refused | cabin-before-travel"),
    (
        "change_cabin cabin=basic_economy cabins=economy legs_flown=0 old_price=100_USD new_price=180_USD",
        "allowed | fare-difference | pays 80.00 USD",
    ),
    ("change_cabin cabins=economy,business legs_flown=0", "refused | one-cabin"),
    (
        "change_flights,change_cabin cabin=economy cabins=business flight_status=available legs_flown=0"
        " old_price=100_USD new_price=180_USD",
        "allowed | fare-difference | pays 80.00 USD",
    ),
    (
        "change_cabin,change_flights cabin=basic_economy cabins=economy flight_status=available",
        "refused | basic-economy-stays",
    ),
    ("change_passengers", "refused | as-many-passengers"),
    ("change_names", "allowed | names"),
    ("change_names,change_passengers", "refused | as-many-passengers"),
    ("add_bags bags=4 bags_before=1 passengers=1 tier=regular cabin=economy", "allowed | more-bags | pays 150.00 USD"),
    ("add_bags bags=4 bags_before=3 passengers=1 tier=gold cabin=business", "allowed | more-bags"),
    ("add_bags bags=4 bags_before=3 passengers=1 tier=gold", "ask | cabin"),
    ("remove_bags", "refused | no-fewer-bags"),
    ("add_insurance", "refused | insured-at-booking"),
    # To be compensated.
    ("compensate asked=no tier=gold confirmed=yes complaint=cancelled_flight passengers=2", "refused | asked-only"),
    ("compensate asked=yes tier=regular insurance=no cabin=economy", "refused | not-in-favour"),
    ("compensate asked=yes tier=gold confirmed=no complaint=cancelled_flight", "refused | not-confirmed"),
    (
        "compensate asked=yes tier=silver confirmed=yes complaint=cancelled_flight passengers=3",
        "allowed | cancelled-flight | given 300.00 USD certificate",
    ),
    (
        "compensate asked=yes tier=regular insurance=yes confirmed=yes complaint=delayed_flight passengers=2"
        " changed_or_cancelled=yes",
        "allowed | delayed-flight | given 100.00 USD certificate",
    ),
    (
        "compensate asked=yes cabin=business confirmed=yes complaint=delayed_flight passengers=2 changed_or_cancelled=no",
        "refused | nothing-else",
    ),
    ("compensate asked=yes cabin=business confirmed=yes complaint=other", "refused | nothing-else"),
    ("compensate asked=yes tier=gold complaint=cancelled_flight passengers=1", "ask | confirmed"),
    # What it says nothing of.
    ("change_seat", "person | otherwise"),
]


@pytest.mark.parametrize(("case", "answer"), [pytest.param(case, answer, id=case) for case, answer in CASES])
def test_it_decides_as_its_owners_say(case: str, answer: str) -> None:
    """Outcome, rule, price, what is given, or which facts are missing."""
    assert summary(asked(RULES, case)) == answer
