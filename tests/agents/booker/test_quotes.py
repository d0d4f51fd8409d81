"""What a request would cost: the fare rules asked about what the booking says."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import structs

from agents.booker.domain.requests.facts import About, facts_of
from agents.booker.domain.rules import SaleRules
from contracts.requests import Price
from policy.fares import NO_FARE_RULES
from tests.agents.booker.booker_world import DEPARTS, NOW, booking, flight, hours, key, seated
from tests.agents.booker.request_world import HALF_BACK, dollars, fare_rules, known, quoted, sold
from tests.agents.booker.reservation_world import BACK, FIRST, OUT, round_trip, stranded

ONE_WAY = sold(booking("A", [FIRST]), "330.51")
RETURN = sold(round_trip(), "200.00", "100.00")


def refused_where(condition: str) -> str:
    """A rule."""
    return f'[[rule]]\nid = "no"\non = ["cancel"]\nwhen = {{ {condition} }}\noutcome = "refused"\nwords = "No."\n'


def test_a_quote_has_the_rule_the_amounts_and_what_becomes_of_each_instrument(tmp_path: Path) -> None:
    """What is given up is given back and forfeited, to the cent."""
    found = quoted(known(ONE_WAY, fare_rules(tmp_path)))
    assert (found.outcome, found.acts, [rule.id for rule in found.cites]) == ("allowed", ("cancel",), ["half"])
    assert found.price.gives_up == dollars("330.51")
    assert [(each.instrument, each.what, each.money) for each in found.price.movements] == [
        ("visa", "refunded", dollars("165.26")),
        ("visa", "forfeited", dollars("165.25")),
    ]


def test_a_quote_cites_file_and_line(tmp_path: Path) -> None:
    """Where the rule is written."""
    (rule,) = quoted(known(ONE_WAY, fare_rules(tmp_path))).cites
    assert rule.file == "b6.toml"
    assert (tmp_path / "b6.toml").read_text().splitlines()[rule.line - 1] == "[[rule]]"


def test_one_way_of_a_return_is_another_trip_type_and_only_what_was_paid_for_it_is_given_up(tmp_path: Path) -> None:
    """The rest stays with the instrument that had paid."""
    found = quoted(known(RETURN, fare_rules(tmp_path)), 2)
    assert found.acts == ("cancel", "change_trip_type")
    assert [(each.what, each.money) for each in found.price.movements] == [
        ("refunded", dollars("50.00")),
        ("forfeited", dollars("50.00")),
        ("kept", dollars("200.00")),
    ]


def test_what_had_paid_may_not_be_known(tmp_path: Path) -> None:
    """Amounts are the same, for those who find out."""
    found = quoted(known(sold(ONE_WAY, "300.00", card=False), fare_rules(tmp_path)))
    assert [(each.instrument, each.what, each.money) for each in found.price.movements] == [
        ("", "refunded", dollars("150.00")),
        ("", "forfeited", dollars("150.00")),
    ]


def test_a_fact_that_the_customer_may_state_is_asked_for_and_taken(tmp_path: Path) -> None:
    """And is among the facts that the quote was judged by."""
    rules = fare_rules(
        tmp_path,
        '[[rule]]\nid = "ill"\non = ["cancel"]\nwhen = { reason = "work" }\noutcome = "refused"\nwords = "No."\n'
        + HALF_BACK,
    )
    asks = quoted(known(ONE_WAY, rules))
    assert (asks.outcome, asks.price) == ("ask", Price())
    assert [(one.fact, one.may_be_stated) for one in asks.missing] == [("reason", True)]
    stated = quoted(known(ONE_WAY, rules), 1, reason="health")
    assert (stated.outcome, stated.facts["reason"], stated.asked.stated) == ("allowed", "health", {"reason": "health"})


def test_a_fact_that_the_booking_lacks_is_not_for_the_customer_to_state(tmp_path: Path) -> None:
    """It is named, and who has it may bring it into the booking."""
    rules = fare_rules(
        tmp_path,
        '[[rule]]\nid = "f"\non = ["cancel"]\nwhen = { insurance = true }\noutcome = "refused"\nwords = "No."\n'
        + HALF_BACK,
    )
    (missing,) = quoted(known(ONE_WAY, rules)).missing
    assert (missing.fact, missing.may_be_stated) == ("insurance", False)
    stated = quoted(known(ONE_WAY, rules), 1, insurance="no")
    assert (stated.outcome, stated.why) == (
        "refused",
        "insurance is what the booking says, and not for the customer to state",
    )


def test_what_is_stated_has_to_be_a_fact_of_the_rules(tmp_path: Path) -> None:
    """In one line."""
    found = quoted(known(ONE_WAY, fare_rules(tmp_path)), 1, weather="bad")
    assert found.why == "weather: no fact of B6 that a customer may state"


def test_without_rules_for_its_carrier_a_person_decides(tmp_path: Path) -> None:
    """Whatever other carriers have."""
    (tmp_path / "dl.toml").write_text('[policy]\nname = "DL"\nsource = ""\ncarriers = ["DL"]\n')
    found = quoted(known(ONE_WAY, NO_FARE_RULES))
    assert (found.outcome, found.why, found.policy) == ("person", "there are no fare rules for B6", "")


def test_the_rules_are_those_of_the_number_that_was_bought(tmp_path: Path) -> None:
    """A codeshare's ticket is its seller's."""
    ticket = structs.replace(ONE_WAY.journeys[0].ticket, sold_as=("EI.5083.JFK.2013-02-08",))
    codeshare = ONE_WAY.replacing(structs.replace(ONE_WAY.journeys[0], ticket=ticket))
    assert quoted(known(codeshare, fare_rules(tmp_path))).why == "there are no fare rules for EI"


def test_a_journey_that_has_begun_is_for_a_person(tmp_path: Path) -> None:
    """Also where its flight is presumed to have left."""
    found = quoted(known(ONE_WAY, fare_rules(tmp_path), now=DEPARTS + timedelta(minutes=1)))
    assert (found.outcome, found.why) == ("person", "has begun")


def test_a_rule_that_does_not_account_for_all_is_for_a_person(tmp_path: Path) -> None:
    """All that was paid is given back, or forfeited by a rule that says so."""
    free = '[[rule]]\nid = "free"\non = ["cancel"]\noutcome = "allowed"\nwords = "As you like."\n'
    found = quoted(known(ONE_WAY, fare_rules(tmp_path, free)))
    assert (found.outcome, found.why, found.price) == (
        "person",
        "the rule does not say what becomes of all that was paid",
        Price(),
    )


@pytest.mark.parametrize(
    ("when", "stands"),
    [
        ("", timedelta(minutes=30)),
        ("when = { hours_to_departure = { more_than = 5.75 } }", timedelta(minutes=15)),
        ("when = { hours_to_departure = { more_than = 5.999 } }", timedelta(minutes=2)),
    ],
    ids=["as long as it is held", "until the rule says otherwise", "but long enough for a yes"],
)
def test_a_quote_stands_until(when: str, stands: timedelta, tmp_path: Path) -> None:
    """The flight leaves in six hours."""
    rules = fare_rules(tmp_path, HALF_BACK.replace("outcome =", f"{when}\noutcome ="))
    assert abs(quoted(known(ONE_WAY, rules)).until - NOW - stands) < timedelta(seconds=1)


def test_the_facts_of_a_booking() -> None:
    """Each from the ledger, and nothing that is not known."""
    late = structs.replace(OUT, known_departure=OUT.departs + hours(1))
    found = facts_of(
        sold(round_trip(), "200.00", "100.00", insurance=True, bags=2, channel="web"),
        About.all_of(round_trip()),
        flights=seated([late, BACK], [round_trip()]),
        flown=[],
        now=NOW,
        rules=SaleRules(),
    )
    assert found.pop("today") == found.pop("travel_date")
    assert found.pop("booked_on") == (NOW - timedelta(days=2)).date()
    assert found == {
        "cabin": "economy",
        "tier": "none",
        "passengers": 1,
        "legs": 2,
        "legs_flown": 0,
        "changes_before": 0,
        "cabins": frozenset({"economy"}),
        "route": "domestic",
        "trip_type": "return",
        "hours_to_departure": 2,
        "flight_status": "delayed",
        "airline_cancelled": False,
        "delayed": True,
        "paid": dollars("300.00"),
        "family": "classic",
        "insurance": True,
        "channel": "web",
        "bags_before": 2,
        "hours_since_booking": 48,
        "hours_booked_ahead": 49,
    }


def test_a_party_whose_flight_was_cancelled_by_its_airline_is_known_wherever_it_is_now() -> None:
    """By the flights that were sold."""
    dead = flight(phase="cancelled")
    waits = stranded(sold(booking("A", [dead]), "300.00"))
    found = facts_of(waits, About.all_of(waits), flights={dead.flight: dead}, flown=[], now=NOW, rules=SaleRules())
    assert found["airline_cancelled"] is True
    assert "hours_to_departure" not in found


def test_amounts_in_two_currencies_are_not_added() -> None:
    """What was paid is not known then."""
    items = ONE_WAY.party.paid
    yen = structs.replace(items[0], price=structs.replace(items[0].price, currency="JPY", amount=Decimal(100)))
    both = structs.replace(ONE_WAY, party=structs.replace(ONE_WAY.party, paid=(*items, yen)))
    found = facts_of(both, About.all_of(both), flights=seated([FIRST], [both]), flown=[], now=NOW, rules=SaleRules())
    assert "paid" not in found


def test_a_flight_that_is_on_time_is_so_by_its_schedule() -> None:
    """Where it leaves abroad, the trip is international."""
    abroad = flight(key(9, "LHR"), destination="JFK")
    found = facts_of(
        booking("A", [abroad]),
        About.all_of(booking("A", [abroad])),
        flights=seated([abroad], []),
        flown=[],
        now=NOW,
        rules=SaleRules(countries={"LHR": "GB"}),
    )
    assert (found["flight_status"], found["route"]) == ("on_time", "international")
