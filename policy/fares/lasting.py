"""For how long an answer stands: until the first bound on a fact that moves with time at which it is another one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from contracts.money import Money
from policy.conditions import BOUNDS, Comparison, comparisons
from policy.facts import BadCase, Facts, Value
from policy.fares.answers import Answer
from policy.fares.ruleset import Known, Ruleset, Table
from policy.formulas import names, steady

INSTANT = Decimal(1) / 3600
"""A second, in hours: how an answer just after an instant is looked for."""


def hours_left(rules: Ruleset, acts: Sequence[str], facts: Facts, judged: Callable[[Facts], Answer]) -> Decimal | None:
    """Get the hours until the answer changes by itself; None: it never does, or it is not known how time stands.

    Where an amount moves with time, or a rule looks at hours that were rounded, it may change at any moment: 0.

    Args:
        rules: what is judged by.
        acts: what is asked for.
        facts: what is known now.
        judged: the answer to the same request with other facts.
    """
    moving = {
        name: (value, Decimal(1 if rules.facts[name].with_time == "rises" else -1))
        for name, value in facts.items()
        if isinstance(value, Decimal) and rules.facts[name].with_time is not None
    }

    def after(hours: Decimal) -> Facts:
        return {**facts, **{name: value + pace * hours for name, (value, pace) in moving.items()}}

    def moves(names_: Iterable[str]) -> bool:
        return any(not moving.keys().isdisjoint(rules.inputs(name)) for name in names_)

    if not moving:
        return None
    compared = [test for test in _compared(rules, acts) if test.how in (*BOUNDS, "is") and moves([test.fact])]
    if moves(_counted_with(rules, acts)) or any(_bends(rules, test.fact) for test in compared):
        return Decimal(0)
    now = _outcome(judged, facts)
    for bound in sorted({bound for test in compared for bound in _reached(rules, test, after) if bound >= 0}):
        if any(_outcome(judged, after(hours)) != now for hours in (bound, bound + INSTANT)):
            return _rounded(bound)
    return None


def _rounded(hours: Decimal) -> Decimal:
    """To less than a second, and never later than it is."""
    return Decimal(f"{hours.quantize(Decimal('0.0001'), ROUND_FLOOR).normalize():f}")


def _reached(rules: Ruleset, test: Comparison, after: Callable[[Decimal], Facts]) -> Iterator[Decimal]:
    """The hours after which a fact that moves evenly has come to each of the values that it is compared with."""
    now, later = (_amount(Known(rules, after(Decimal(hours))).value(test.fact)) for hours in (0, 1))
    if now is not None and later is not None and now != later:
        for wanted in test.wanted:
            if (bound := _amount(wanted)) is not None:
                yield (bound - now) / (later - now)


def _amount(value: Value | None) -> Decimal | None:
    return value.amount if isinstance(value, Money) else value if isinstance(value, Decimal) else None


def _bends(rules: Ruleset, fact: str) -> bool:
    """Whether a fact is worked out so that it may move unevenly."""
    made = rules.computed.get(fact)
    if made is None or isinstance(made, Table):
        return made is not None
    return not steady(made) or any(_bends(rules, name) for name in names(made))


def _compared(rules: Ruleset, acts: Sequence[str]) -> Iterator[Comparison]:
    for condition in (*(rule.when for act in acts for rule in rules.about(act)), *rules.conditions.values()):
        yield from comparisons(condition)


def _counted_with(rules: Ruleset, acts: Sequence[str]) -> set[str]:
    formulas = [formula for act in acts for rule in rules.about(act) for formula in rule.formulas()]
    return {fact for formula in formulas for name in names(formula) for fact in rules.inputs(name)}


def _outcome(judged: Callable[[Facts], Answer], facts: Facts) -> object:
    try:
        answer = judged(facts)
    except BadCase:  # by then a rule applies that these facts do not fit
        return None
    return (answer.outcome, answer.charges, answer.gives_up, answer.back, answer.grants, answer.pay_with)
