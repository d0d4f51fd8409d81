"""What was paid, in lines of bookings."""

import json
from decimal import Decimal
from typing import Any

import pytest

from contracts.money import Money, PaidItem
from irops.lines.bookings import parse_bookings
from irops.lines.json_lines import Bad, Good

PARTY = {"passengers": 1, "seats": 1, "cabin": "economy"}


def read(**party: Any) -> Any:
    """The one line of a party with these fields."""
    (parsed,) = parse_bookings([(1, json.dumps({"pnr": "A", "party": {**PARTY, **party}, "journeys": []}).encode())])
    return parsed.message.party.paid if isinstance(parsed, Good) else parsed


def test_a_fare_in_whole_dollars_may_stand_alone() -> None:
    """As systems write it that know one number."""
    assert read(fare=412) == (PaidItem(kind="fare", price=Money(amount=Decimal(412), currency="USD")),)
    assert read(fare=0) == ()


@pytest.mark.parametrize(
    "party",
    [
        pytest.param({"fare": 412.5}, id="cents"),
        pytest.param({"fare": "412 EUR"}, id="another-currency"),
        pytest.param({"fare": -1}, id="negative"),
        pytest.param({"fare": True}, id="no-number"),
        pytest.param({"fare": 412, "paid": []}, id="twice"),
    ],
)
def test_any_other_fare_is_refused(party: dict[str, Any]) -> None:
    """The line says that there is no such field."""
    parsed = read(**party)
    assert isinstance(parsed, Bad)
    assert "party.fare: no such field" in parsed.reason


def test_a_remark_may_speak_of_a_fare() -> None:
    """The line is read as it is."""
    assert read(remark='the "fare"') == ()
