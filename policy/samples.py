"""Which values of an unknown fact need be tried, so that all that it may be has been.

Rules compare a fact with a few values only. Between two of them all values are alike to the rules, so one of each kind stands
for all.
"""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise

from contracts.money import Money
from policy.conditions import Comparison
from policy.facts import FactKind, Value

OTHER = "\0other"
"""A text that no rule mentions."""


def samples(kind: FactKind, asked: list[Comparison]) -> tuple[Value, ...]:
    """Values of an unknown fact such that each value it may have passes the same of these tests as one of them."""
    wanted = list(dict.fromkeys(value for test in asked for value in test.wanted))
    if kind.kind == "yes_no":
        return (True, False)
    if kind.kind == "text":
        texts = [text for text in kind.one_of if text in wanted] if kind.one_of else wanted
        rest = [text for text in kind.one_of if text not in wanted][:1] if kind.one_of else [OTHER]
        return (*texts, *rest)
    if kind.kind == "list":
        return _sets(sorted(map(str, (value for value in wanted if isinstance(value, str)))), asked, kind)
    return _along(kind, wanted)


def _sets(texts: list[str], asked: list[Comparison], kind: FactKind) -> tuple[Value, ...]:
    """Sets of the mentioned texts, with as many others as a count may ask for."""
    most = max((int(str(v)) for test in asked if test.how == "count" for v in test.wanted), default=0) + 1
    rest = (
        [text for text in kind.one_of if text not in texts][:most]
        if kind.one_of
        else [f"{OTHER}{n}" for n in range(most)]
    )
    return tuple(
        frozenset((*some, *rest[:others]))
        for size in range(len(texts) + 1)
        for some in combinations(texts, size)
        for others in range(len(rest) + 1)
    )


def _along(kind: FactKind, wanted: list[Value]) -> tuple[Value, ...]:
    """Each bound, and a value before, between and after them."""
    if kind.kind == "date":
        days = sorted(value for value in wanted if isinstance(value, date))
        near = {day + timedelta(days=step) for day in days for step in (-1, 0, 1)}
        return tuple(sorted(near)) or (date(2000, 1, 1),)
    currency = next((value.currency for value in wanted if isinstance(value, Money)), None)
    bounds = sorted({v.amount if isinstance(v, Money) else v for v in wanted if isinstance(v, Money | Decimal)})
    if not bounds:
        bounds = [Decimal(0)]
    between = [(a + b) / 2 for a, b in pairwise(bounds)]
    values = sorted({bounds[0] - 1, *bounds, *between, bounds[-1] + 1})
    if kind.kind == "count":
        values = sorted({n.to_integral_value() for v in bounds for n in (v - 1, v, v + 1) if n >= 0})
    if kind.kind == "money":
        return tuple(Money(amount=value, currency=currency or "USD") for value in values)
    return tuple(values)
