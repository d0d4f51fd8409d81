"""Random cases of a set of rules: every fact has a value, near the bounds that rules name and elsewhere."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from contracts.money import Money
from policy.fares import Facts, Ruleset, Value
from policy.samples import OTHER

CENTS = st.integers(0, 100_000).map(lambda cents: Money(amount=Decimal(cents) / 100, currency="USD"))


def whole_cases(rules: Ruleset) -> st.SearchStrategy[dict[str, Value]]:
    """All facts of a case that rules name or count with."""
    given = [name for name in rules.facts if name not in rules.conditions and name not in rules.computed]
    return st.fixed_dictionaries({name: _values(rules, name) for name in given})


def _values(rules: Ruleset, name: str) -> st.SearchStrategy[Value]:
    kind = rules.facts[name]
    near = [value for value in rules.samples.get(name, ()) if OTHER not in str(value)]
    anything: dict[str, st.SearchStrategy[Any]] = {
        "yes_no": st.booleans(),
        "text": st.sampled_from(kind.one_of or ("a text", "another")),
        "count": st.integers(0, 9).map(Decimal),
        "number": st.integers(-10, 4_000).map(lambda tenths: Decimal(tenths) / 10),
        "date": st.dates(date(2013, 1, 1), date(2013, 12, 31)),
        "money": CENTS,
        "list": st.frozensets(st.sampled_from(kind.one_of or ("a text", "another")), max_size=3),
    }
    drawn: st.SearchStrategy[Value] = anything[kind.kind]
    return drawn | st.sampled_from(near) if near else drawn


def some_of(facts: Facts) -> st.SearchStrategy[dict[str, Value]]:
    """A part of what is known."""
    return st.sets(st.sampled_from(sorted(facts))).map(lambda names: {name: facts[name] for name in names})
