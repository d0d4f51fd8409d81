"""Conditions over facts, and their three values: yes, no, and not known.

    when = { cabin = ["economy", "business"], hours_to_departure = { at_least = 2 } }
    when = { any = [{ insurance = true }, { not = { tier = "regular" } }] }

The keys of a table hold together; `any` wants one of its tables to hold, `all` each of them, and `not` that its table does not.
What is known decides where it can: with one no, a table does not hold, whatever the rest may be. That is Kleene's strong logic.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contracts.money import Money
from policy.facts import WANTED, BadCase, FactKind, Value, read_value
from policy.lines import Path

Lookup = Callable[[str], Value | None]
Complain = Callable[[str, Path], None]
"""Takes what is wrong with a condition, and where."""

BOUNDS = ("at_least", "more_than", "at_most", "less_than")
OF_LISTS = ("has", "has_any", "only", "none_of")
WORDS = ("any", "all", "not")


@dataclass(frozen=True)
class Comparison:
    """One fact is one of some values, or within bounds, or a list that has something."""

    fact: str
    how: str
    wanted: tuple[Value, ...]

    def holds(self, value: Value) -> bool:
        """Whether a known value passes."""
        if self.how == "is":
            return value in self.wanted
        if isinstance(value, frozenset):
            return _has(self.how, value, self.wanted)
        return _within(self.how, value, self.wanted[0], self.fact)


@dataclass(frozen=True)
class Group:
    """`all`, `any` or `not` of some conditions; `not`: none of them."""

    word: str
    parts: tuple["Condition", ...]


Condition = Comparison | Group
ALWAYS = Group("all", ())


def _has(how: str, value: frozenset[str], wanted: tuple[Value, ...]) -> bool:
    texts = frozenset(text for text in wanted if isinstance(text, str))
    return {
        "count": Decimal(len(value)) in wanted,
        "has": value >= texts,
        "has_any": bool(value & texts),
        "only": value <= texts,
        "none_of": not value & texts,
    }[how]


def _within(how: str, value: Any, bound: Any, fact: str) -> bool:
    if isinstance(value, Money) and isinstance(bound, Money):
        if value.currency != bound.currency:
            raise BadCase(
                f"{fact}: in {value.currency}, and a rule wants {bound.currency}; amounts are never converted"
            )
        value, bound = value.amount, bound.amount
    return bool(
        {
            "at_least": lambda: value >= bound,
            "more_than": lambda: value > bound,
            "at_most": lambda: value <= bound,
            "less_than": lambda: value < bound,
        }[how]()
    )


def truth(condition: Condition, lookup: Lookup) -> bool | None:
    """Whether it holds; None: what is not known decides.

    Args:
        condition: what to evaluate.
        lookup: gives a fact's value, or None where it is unknown.

    Raises:
        BadCase: an amount is in another currency than the rule's.
    """
    if isinstance(condition, Comparison):
        value = lookup(condition.fact)
        return None if value is None else condition.holds(value)
    decisive = condition.word != "all"  # the value of a part that decides the whole
    values = [truth(part, lookup) for part in condition.parts]
    if decisive in values:
        return condition.word == "any"
    if None in values:
        return None
    return condition.word != "any"


def open_facts(condition: Condition, lookup: Lookup, derived: Mapping[str, Condition]) -> set[str]:
    """The unknown facts because of which a condition is neither yes nor no.

    Args:
        condition: one that is neither.
        lookup: as for `truth`.
        derived: facts that are conditions themselves: what they depend on is named in their place.
    """
    found: set[str] = set()
    followed: set[str] = set()
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        if truth(one, lookup) is not None:
            continue
        if isinstance(one, Group):
            waiting += one.parts
        elif one.fact not in derived:
            found.add(one.fact)
        elif one.fact not in followed:
            followed.add(one.fact)
            waiting.append(derived[one.fact])
    return found


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every test in it."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for part in condition.parts:
            yield from comparisons(part)


def read_condition(raw: object, facts: Mapping[str, FactKind], path: Path, complain: Complain) -> Condition:
    """Read a condition, and complain of each thing in it that makes no sense."""
    if not isinstance(raw, dict):
        complain("wanted a table such as { cabin = 'economy' }", path)
        return ALWAYS
    parts: list[Condition] = []
    for key, inner in raw.items():
        here = (*path, key)
        if key in WORDS:
            parts.append(_group(key, inner, facts, here, complain))
        elif key in facts:
            parts += _tests(key, inner, facts[key], here, complain)
        else:
            complain(f"no such fact; declare it under [facts.{key}], or is it misspelt?", here)
    return parts[0] if len(parts) == 1 else Group("all", tuple(parts))


def _group(word: str, raw: object, facts: Mapping[str, FactKind], path: Path, complain: Complain) -> Condition:
    if word == "not" and isinstance(raw, dict):
        return Group("not", (read_condition(raw, facts, path, complain),))
    if not isinstance(raw, list) or not raw:
        complain(f"wanted a list of tables, such as {word} = [{{ cabin = 'economy' }}, {{ insurance = true }}]", path)
        return ALWAYS
    return Group(word, tuple(read_condition(one, facts, (*path, n), complain) for n, one in enumerate(raw)))


def _tests(name: str, raw: object, kind: FactKind, path: Path, complain: Complain) -> list[Condition]:
    def value(one: object, here: Path, of: FactKind = kind) -> tuple[Value, ...]:
        try:
            if of.kind == "yes_no" and not isinstance(one, bool):
                raise BadCase(f"{name}: wanted true or false, not {one!r}")
            return (read_value(name, one, of),)
        except BadCase as error:
            complain(str(error).removeprefix(f"{name}: "), here)
            return ()

    if not isinstance(raw, dict):
        if kind.kind == "list":
            complain(f"wanted a table such as {{ has = ['x'] }}: {', '.join((*OF_LISTS, 'count'))}", path)
            return []
        many = raw if isinstance(raw, list) else [raw]
        if not many:
            complain(f"wanted {WANTED[kind.kind]}, or a list of at least one", path)
        return [Comparison(name, "is", tuple(found for one in many for found in value(one, path)))]
    allowed = (*OF_LISTS, "count") if kind.kind == "list" else BOUNDS if kind.kind not in ("yes_no", "text") else ()
    found: list[Condition] = []
    for how, bound in raw.items():
        here = (*path, how)
        if how not in allowed:
            options = f"there are {', '.join(allowed)}" if allowed else f"wanted {WANTED[kind.kind]}, or a list"
            complain(f"no such comparison for {name}; {options}", here)
        elif how == "count":
            counts = bound if isinstance(bound, list) else [bound]
            count = FactKind("count", "")
            found.append(Comparison(name, how, tuple(v for one in counts for v in value(one, here, count))))
        elif how in OF_LISTS:
            texts = bound if isinstance(bound, list) else [bound]
            found.append(
                Comparison(name, how, tuple(t for one in texts for v in value([one], here) for t in _texts(v)))
            )
        elif read := value(bound, here):
            found.append(Comparison(name, how, read))
    return found


def _texts(value: Value) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, frozenset) else ()
