"""To which means of payment the amounts of an answer go."""

from decimal import Decimal

import pytest

from contracts.money import Money
from policy.amounts import Price, written
from policy.fares import BadCase, Instrument, Settlement, judge, read_case, settle
from tests.policy.fares.asking import example

TAU, KITE = example("tau_airline"), example("low_cost")
BOOK = {
    "request": "book",
    "passengers": 1,
    "cabins": ["economy"],
    "flight_status": "available",
    "in_profile": True,
    "insurance": False,
    "tier": "gold",
    "cabin": "economy",
    "bags": 0,
    "new_price": "100.00 USD",
}


def means(*texts: str) -> list[Instrument]:
    """`kind` or `kind=100 USD` each, with ids a, b, c."""
    found = []
    for name, text in zip("abcdef", texts, strict=False):
        kind, _, amount = text.partition("=")
        found.append(Instrument(id=name, kind=kind, amount=Price.parse(amount).money if amount else None))
    return found


def lines(settled: Settlement) -> list[str]:
    """Each entry in one line."""
    entries = [f"{e.instrument} {e.what} {written(e.money)} {e.into}".strip() for e in settled.entries]
    return [
        *entries,
        *([settled.refused] if settled.refused else []),
        *([f"due {written(settled.due)}"] if settled.due else []),
    ]


PAYING = [
    ([], ["due 100.00 USD"]),
    (["credit_card"], ["a charged 100.00 USD"]),
    (["credit_card", "certificate=30 USD"], ["b charged 30 USD", "a charged 70.00 USD"]),
    (["certificate=150 USD"], ["a charged 100.00 USD", "a lost 50.00 USD"]),
    (["gift_card=150 USD"], ["a charged 100.00 USD", "a left 50.00 USD"]),
    (["gift_card=20 USD"] * 3, ["100.00 USD is to be paid, and there is 60 USD"]),
    (
        ["gift_card=60 USD", "gift_card=60 USD", "certificate=9 USD"],
        ["a charged 60 USD", "b charged 40.00 USD", "b left 20.00 USD", "c left 9.00 USD"],
    ),
    (["gift_card=40 USD"] * 4, ["4 of kind gift_card, and at most 3 of them may pay for this"]),
    (["credit_card", "credit_card"], ["2 of kind credit_card, and at most 1 of them may pay for this"]),
    (["certificate=60 USD", "certificate=60 USD"], ["2 of kind certificate, and at most 1 of them may pay for this"]),
]


@pytest.mark.parametrize(
    ("offered", "entries"), [pytest.param(*case, id=" ".join(case[0]) or "none") for case in PAYING]
)
def test_what_may_pay_pays(offered: list[str], entries: list[str]) -> None:
    """Balances first, then cards; too many of a kind, or too little, pay nothing at all."""
    case = read_case(TAU, BOOK)
    assert lines(settle(TAU, judge(TAU, case.acts, case.facts), pay_with=means(*offered))) == entries


CHANGE = {
    "request": "change_flights",
    "cabin": "economy",
    "flight_status": "available",
    "cabins": ["economy"],
    "old_price": "300.00 USD",
}
CHANGING = [
    ("350.00 USD", ["gift_card=80 USD"], ["a kept 300 USD", "a charged 50.00 USD", "a left 30.00 USD"]),
    ("350.00 USD", ["certificate=80 USD"], ["1 of kind certificate, and none of them may pay for this"]),
    ("350.00 USD", ["gift_card=30 USD", "credit_card"], ["2 instruments, and at most 1 may pay for this"]),
    ("250.00 USD", ["gift_card=0 USD"], ["a credited 50.00 USD a", "a kept 250.00 USD"]),
    ("250.00 USD", [], ["a credited 50.00 USD credit_card", "a kept 250.00 USD"]),
    ("300.00 USD", [], ["a kept 300 USD"]),
]


@pytest.mark.parametrize(
    ("price", "offered", "entries"), [pytest.param(*one, id=f"{one[0]} {one[1]}") for one in CHANGING]
)
def test_a_change_is_paid_or_paid_back_with_one_means(price: str, offered: list[str], entries: list[str]) -> None:
    """What was paid stays in the booking, less what is given back."""
    case = read_case(TAU, {**CHANGE, "new_price": price})
    answer = judge(TAU, case.acts, case.facts)
    assert lines(settle(TAU, answer, paid_with=means("credit_card=300 USD"), pay_with=means(*offered))) == entries


def test_a_kind_may_lose_what_goes_back_to_it() -> None:
    """A promotion code that paid is not given back; the card and the wallet are."""
    facts = {
        "passengers": 1,
        "channel": "web",
        "hours_to_departure": 400,
        "bundle": "plus",
        "paid": "100 EUR",
        "taxes": "40 EUR",
    }
    case = read_case(KITE, {"request": "cancel", **facts})
    settled = settle(KITE, judge(KITE, case.acts, case.facts), paid_with=means("promotion=20 EUR", "card=80 EUR"))
    assert lines(settled) == [
        "a forfeited 20 EUR",
        "b refunded 10.00 EUR",
        "b credited 18.00 EUR wallet",
        "b forfeited 52.00 EUR",
    ]


@pytest.mark.parametrize(
    ("paid_with", "fault"),
    [
        (means("cheque=300 USD"), "no instrument is a cheque"),
        (means("credit_card=299.99 USD"), "300.00 USD is given up, and 299.99 USD was paid"),
        (means("credit_card=300 EUR"), "an instrument is in EUR, and the amount in USD"),
    ],
)
def test_what_does_not_fit_the_answer_is_named(paid_with: list[Instrument], fault: str) -> None:
    """Nothing is divided then."""
    paid = Money(amount=Decimal("300.00"), currency="USD")
    answer = judge(TAU, ["cancel"], {"legs_flown": Decimal(0), "cabin": "business", "paid": paid})
    with pytest.raises(BadCase, match=fault):
        settle(TAU, answer, paid_with=paid_with)
