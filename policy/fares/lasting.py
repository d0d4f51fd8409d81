"""For how long an answer stands: until the first bound on a fact that moves with time at which it is another one."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from policy.conditions import Comparison, comparisons
from policy.facts import BadCase, Facts
from policy.fares.answers import Answer
from policy.fares.ruleset import Ruleset
from policy.formulas import names

INSTANT = Decimal(1) / 3600
"""A second, in hours: how an answer just after an instant is looked for."""


def hours_left(rules: Ruleset, acts: Sequence[str], facts: Facts, judged: Callable[[Facts], Answer]) -> Decimal | None:
    """Get the hours until the answer changes by itself; None: it never does, or it is not known how time stands.

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
    bounds = {
        (bound - moving[test.fact][0]) * moving[test.fact][1]
        for test in _compared(rules, acts)
        if test.fact in moving
        for bound in test.wanted
        if isinstance(bound, Decimal)
    }
    if not moving.keys().isdisjoint(_counted_with(rules, acts)):
        bounds.add(Decimal(0))  # the amount itself moves
    now = _outcome(judged, facts) if bounds else None
    for bound in sorted(bound for bound in bounds if bound >= 0):
        for hours in (bound, bound + INSTANT):
            later = {name: value + pace * hours for name, (value, pace) in moving.items()}
            if _outcome(judged, {**facts, **later}) != now:
                return bound
    return None


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
