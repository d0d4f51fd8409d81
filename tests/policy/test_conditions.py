"""Conditions: yes, no, and not known."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.money import Money
from policy.conditions import open_facts, read_condition, truth
from policy.facts import FactKind, Value
from policy.lines import Path

KINDS = {
    "cabin": FactKind("text", "", one_of=("economy", "business")),
    "reason": FactKind("text", ""),
    "hours": FactKind("number", ""),
    "day": FactKind("date", ""),
    "paid": FactKind("money", ""),
    "insured": FactKind("yes_no", ""),
    "changes": FactKind("list", ""),
    "unknown": FactKind("yes_no", ""),
}
FACTS: dict[str, Value] = {
    "cabin": "economy",
    "reason": "health",
    "hours": Decimal(24),
    "day": date(2026, 7, 1),
    "paid": Money(amount=Decimal(100), currency="USD"),
    "insured": True,
    "changes": frozenset({"flights", "cabin"}),
}
HOLDS: list[tuple[dict[str, Any], bool | None]] = [
    ({}, True),
    ({"cabin": "economy"}, True),
    ({"cabin": ["business"]}, False),
    ({"reason": ["weather", "health"]}, True),
    ({"hours": 24}, True),
    ({"hours": [1, 2]}, False),
    ({"hours": {"at_most": 24}}, True),
    ({"hours": {"less_than": 24}}, False),
    ({"hours": {"at_least": 24, "at_most": 23}}, False),
    ({"hours": {"more_than": 23.5}}, True),
    ({"day": {"at_least": date(2026, 7, 1), "less_than": date(2026, 7, 2)}}, True),
    ({"day": date(2026, 7, 2)}, False),
    ({"paid": {"at_least": "100 USD"}}, True),
    ({"insured": True, "cabin": "business"}, False),
    ({"changes": {"has": "flights"}}, True),
    ({"changes": {"has": ["flights", "names"]}}, False),
    ({"changes": {"has_any": ["names", "cabin"]}}, True),
    ({"changes": {"only": ["flights", "cabin", "names"]}}, True),
    ({"changes": {"only": ["flights"]}}, False),
    ({"changes": {"none_of": ["names"]}}, True),
    ({"changes": {"count": [1, 2]}}, True),
    ({"unknown": True}, None),
    ({"unknown": True, "cabin": "business"}, False),
    ({"any": [{"unknown": True}, {"insured": True}]}, True),
    ({"any": [{"unknown": True}, {"insured": False}]}, None),
    ({"all": [{"unknown": True}, {"insured": False}]}, False),
    ({"not": {"unknown": True}}, None),
    ({"not": [{"unknown": True}, {"insured": True}]}, False),
    ({"not": {"cabin": "business"}}, True),
]


def complaints(raw: object) -> list[tuple[str, Path]]:
    """What reading it complains of."""
    found: list[tuple[str, Path]] = []
    read_condition(raw, KINDS, ("when",), lambda problem, path: found.append((problem, path)))
    return found


@pytest.mark.parametrize(("raw", "holds"), [pytest.param(*case, id=str(case[0])) for case in HOLDS])
def test_a_condition_holds_or_not_or_depends_on_what_is_not_known(raw: dict[str, Any], holds: bool | None) -> None:
    """What is known decides where it can. Only what it depends on is open."""
    assert complaints(raw) == []
    condition = read_condition(raw, KINDS, (), lambda *_: None)
    assert truth(condition, FACTS.get) is holds
    assert open_facts(condition, FACTS.get, {}) == (set() if holds is not None else {"unknown"})


WRONG: list[tuple[object, str, str]] = [
    ("economy", "wanted a table such as { cabin = 'economy' }", "when"),
    ({"cabn": "economy"}, "no such fact; declare it under [facts.cabn], or is it misspelt?", "when.cabn"),
    ({"cabin": "first"}, "first is none of economy, business", "when.cabin"),
    ({"cabin": []}, "wanted a text, or a list of at least one", "when.cabin"),
    ({"cabin": {"at_least": 1}}, "no such comparison for cabin; wanted a text, or a list", "when.cabin.at_least"),
    ({"insured": "yes"}, "wanted true or false, not 'yes'", "when.insured"),
    ({"hours": "24 h"}, "wanted a number below a billion, not '24 h'", "when.hours"),
    (
        {"hours": {"atmost": 24}},
        "no such comparison for hours; there are at_least, more_than, at_most, less_than",
        "when.hours.atmost",
    ),
    ({"paid": {"at_least": 100}}, "wanted an amount such as '75.00 USD', not 100", "when.paid.at_least"),
    (
        {"changes": "flights"},
        "wanted a table such as { has = ['x'] }: has, has_any, only, none_of, count",
        "when.changes",
    ),
    (
        {"any": {"cabin": "economy"}},
        "wanted a list of tables, such as any = [{ cabin = 'economy' }, { insurance = true }]",
        "when.any",
    ),
    ({"any": []}, "wanted a list of tables, such as any = [{ cabin = 'economy' }, { insurance = true }]", "when.any"),
    ({"not": {"any": [{"day": "soon"}]}}, "wanted a day such as 2013-02-08, not 'soon'", "when.not.any.0.day"),
]


@pytest.mark.parametrize(("raw", "problem", "where"), [pytest.param(*case, id=case[2]) for case in WRONG])
def test_what_makes_no_sense_is_named_where_it_is(raw: object, problem: str, where: str) -> None:
    """With what was wanted."""
    assert [(found, ".".join(map(str, path))) for found, path in complaints(raw)] == [(problem, where)]
