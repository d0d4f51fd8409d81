"""Formulas: what they come to, and what is no formula."""

from decimal import Decimal

import pytest

from contracts.money import Money
from policy.facts import BadCase, Value
from policy.formulas import parse, result

FACTS: dict[str, Value | None] = {
    "passengers": Decimal(3),
    "hours": Decimal("1.5"),
    "paid": Money(amount=Decimal("99.99"), currency="USD"),
    "euros": Money(amount=Decimal(1), currency="EUR"),
    "cabin": "economy",
    "bags": None,
}
KINDS = {"passengers": "count", "hours": "number", "paid": "money", "euros": "money", "cabin": "text", "bags": "count"}

VALUES = [
    ("75.00 USD", "75.00 USD"),
    ("75 USD * passengers", "225 USD"),
    ("passengers * 75 USD", "225 USD"),
    ("10% of paid", "9.999 USD"),
    ("10 % of (paid + 0.01 USD)", "10.000 USD"),
    ("paid - 100 USD", "-0.01 USD"),
    ("max(0 USD, paid - 100 USD, 5 USD)", "5 USD"),
    ("min(paid, 20 USD) / 2", "10 USD"),
    ("1 + 2 * 3 - 4 / 2", "5"),
    ("(1 + 2) * 3", "9"),
    ("8 - 4 - 2", "2"),
    ("8 / 4 / 2", "1"),
    ("ceil(hours) * floor(hours)", "2"),
    ("max(0, passengers - 5)", "0"),
    ("75 USD * bags", None),
    ("max(1, bags)", None),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_formula_comes_to(text: str, value: str | None) -> None:
    """Exactly, in decimals; nothing where a fact in it is unknown."""
    found = result(parse(text, KINDS), FACTS.get)
    shown = f"{found.amount} {found.currency}" if isinstance(found, Money) else None if found is None else f"{found}"
    assert shown == value


WRONG = [
    ("", "something is missing at the end"),
    ("75 USD *", "something is missing at the end"),
    ("75 usd", "wanted an operator before 'usd'"),
    ("75 USD 3", "wanted an operator before '3'"),
    ("$75", "wanted an amount such as '75.00 USD' or '75.00 USD * passengers', not '$75'"),
    ("1.234 USD", "an amount in USD has at most 2 decimals"),
    ("75 ZZZ", "ZZZ is no currency of ISO 4217"),
    ("75 USD + 1", "+ wants two numbers or two amounts, not one of each"),
    ("75 USD * paid", "* wants a number after it, or only one amount"),
    ("3 / paid", "/ wants a number after it, or only one amount"),
    ("max(1)", "max wants two or more values"),
    ("floor(1, 2)", "floor wants one value"),
    ("max(1, 1 USD)", "max wants numbers or amounts, not both"),
    ("(1 + 2", "something is missing at the end"),
    ("cabin * 2", "cabin is text, and a formula counts with numbers and amounts"),
    ("bag * 2", "'bag' is no fact and no amount"),
    ("10% 3", "wanted 'of' before '3'"),
    ("1 +" * 200, "a formula has at most 500 characters; name its parts as facts"),
]


@pytest.mark.parametrize(("text", "fault"), [pytest.param(*case, id=case[0][:20] or "empty") for case in WRONG])
def test_what_is_no_formula_is_explained(text: str, fault: str) -> None:
    """In one line."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse(text, KINDS)
    assert str(caught.value).endswith(fault)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("paid + euros", "amounts in EUR and USD meet in one formula, and are never converted"),
        ("paid / (passengers - 3)", "a formula divides by 0"),
    ],
)
def test_what_cannot_be_worked_out_in_a_case_is_named(text: str, fault: str) -> None:
    """Instead of a number that means nothing."""
    with pytest.raises(BadCase, match=fault):
        result(parse(text, KINDS), FACTS.get)
