"""Amounts that depend on facts: `75.00 USD * passengers`, `max(0 USD, new_price - old_price)`, `10% of paid`.

A formula is a number or an amount of money; which of them is known when it is read. It has `+ - * /`, brackets, `N% of X`,
`min`, `max`, `floor` and `ceil`, numbers, amounts with their currency, and names of facts. A number is added to numbers only,
and money to money; money is multiplied and divided by numbers. Nothing is rounded inside; who uses the result rounds it once.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from contracts.money import Money
from policy.amounts import Price
from policy.facts import BadCase, Value

Result = Decimal | Money
Type = Literal["number", "money"]
Lookup = Callable[[str], Value | None]

LONGEST = 500
_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?: [A-Z]{3}\b)?|[a-z]\w*|%|[-+*/(),])")


@dataclass(frozen=True)
class Formula:
    """A node of a formula. Two are equal where they are written alike, but for spaces and brackets."""

    type: Type
    operation: str
    """`value`, `fact`, an operator, or a function."""
    parts: tuple["Formula", ...] = ()
    value: Result | str = ""

    def __hash__(self) -> int:
        return hash((self.operation, self.parts, str(self.value)))


def parse(text: str, types: Mapping[str, str]) -> Formula:
    """Read a formula.

    Args:
        text: as written.
        types: the kind of each fact that may be named.

    Raises:
        ValueError: it is none; the text says what was wanted.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a formula has at most {LONGEST} characters; name its parts as facts")
    return _Reader(text, types).whole()


def words(text: str) -> list[str]:
    """The names in a formula as written, of facts and of functions."""
    return re.findall(r"\b[a-z]\w*", text)


def names(formula: Formula) -> Iterator[str]:
    """The facts that it names."""
    if formula.operation == "fact":
        yield str(formula.value)
    for part in formula.parts:
        yield from names(part)


def steady(formula: Formula) -> bool:
    """Whether it is sums and products with numbers alone, so that it moves evenly if each fact in it does and no two are
    multiplied."""
    if formula.operation in ("min", "max", "floor", "ceil"):
        return False
    many = [part for part in formula.parts if any(names(part))]
    if formula.operation in ("*", "/") and (len(many) > 1 or (formula.operation == "/" and formula.parts[1] in many)):
        return False
    return all(map(steady, formula.parts))


def result(formula: Formula, lookup: Lookup) -> Result | None:
    """What it comes to; None where a fact that it needs is unknown.

    Raises:
        BadCase: amounts of two currencies meet, or something is divided by 0.
    """
    if formula.operation == "value":
        assert not isinstance(formula.value, str)
        return formula.value
    if formula.operation == "fact":
        found = lookup(str(formula.value))
        return found if isinstance(found, Decimal | Money) else None
    values = [result(part, lookup) for part in formula.parts]
    known = [value for value in values if value is not None]
    return _apply(formula, known) if len(known) == len(values) else None


def _apply(formula: Formula, values: list[Result]) -> Result:
    currencies = {value.currency for value in values if isinstance(value, Money)}
    if len(currencies) > 1:
        raise BadCase(f"amounts in {' and '.join(sorted(currencies))} meet in one formula, and are never converted")
    numbers = [value.amount if isinstance(value, Money) else value for value in values]
    if formula.operation == "/" and not numbers[1]:
        raise BadCase("a formula divides by 0")
    outcome = _OPERATIONS[formula.operation](*numbers)
    return Money(amount=outcome, currency=currencies.pop()) if formula.type == "money" else outcome


_OPERATIONS: Mapping[str, Callable[..., Decimal]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "min": min,
    "max": max,
    "floor": lambda a: a.to_integral_value(ROUND_FLOOR),
    "ceil": lambda a: a.to_integral_value(ROUND_CEILING),
}
_FUNCTIONS = ("min", "max", "floor", "ceil")


class _Reader:
    """A reader by recursive descent: a method for each level of binding."""

    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self.types = types
        self.tokens: list[str] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise ValueError(f"wanted an amount such as '75.00 USD' or '75.00 USD * passengers', not {text!r}")
            self.tokens.append(found[1])
            place = found.end()

    def whole(self) -> Formula:
        formula = self.sum()
        if self.tokens:
            raise ValueError(f"wanted an operator before {self.tokens[0]!r}")
        return formula

    def sum(self) -> Formula:
        left = self.product()
        while self.next_is("+", "-"):
            operator, right = self.take(), self.product()
            if left.type != right.type:
                raise ValueError(f"{operator} wants two numbers or two amounts, not one of each")
            left = Formula(left.type, operator, (left, right))
        return left

    def product(self) -> Formula:
        left = self.single()
        while self.next_is("*", "/"):
            operator, right = self.take(), self.single()
            if right.type == "money" and (left.type == "money" or operator == "/"):
                raise ValueError(f"{operator} wants a number after it, or only one amount")
            left = Formula("money" if "money" in (left.type, right.type) else "number", operator, (left, right))
        return left

    def single(self) -> Formula:
        token = self.take()
        if token == "(":
            inner = self.sum()
            self.expect(")")
            return inner
        if token[0].isdigit():
            return self.number(token)
        if token in _FUNCTIONS and self.next_is("("):
            return self.function(token)
        kind = self.types.get(token)
        if kind is None:
            raise ValueError(f"{token!r} is no fact and no amount")
        if kind not in ("count", "number", "money"):
            raise ValueError(f"{token} is {kind.replace('_', ' or ')}, and a formula counts with numbers and amounts")
        return Formula("money" if kind == "money" else "number", "fact", value=token)

    def number(self, token: str) -> Formula:
        if " " in token:
            return Formula("money", "value", value=Price.parse(token).money)
        number = Formula("number", "value", value=Decimal(token))
        if not self.next_is("%"):
            return number
        self.take()
        self.expect("of")
        whole = self.single()
        share = Formula("number", "/", (number, Formula("number", "value", value=Decimal(100))))
        return Formula(whole.type, "*", (share, whole))

    def function(self, name: str) -> Formula:
        self.take()
        parts = [self.sum()]
        while self.next_is(","):
            self.take()
            parts.append(self.sum())
        self.expect(")")
        if len({part.type for part in parts}) > 1:
            raise ValueError(f"{name} wants numbers or amounts, not both")
        if (len(parts) == 1) != (name in ("floor", "ceil")):
            raise ValueError(f"{name} wants {'one value' if name in ('floor', 'ceil') else 'two or more values'}")
        return Formula(parts[0].type, name, tuple(parts))

    def next_is(self, *tokens: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in tokens

    def take(self) -> str:
        if not self.tokens:
            raise ValueError(
                "wanted an amount such as '75.00 USD' or '75.00 USD * passengers': something is missing at the end"
            )
        return self.tokens.pop(0)

    def expect(self, token: str) -> None:
        if (found := self.take()) != token:
            raise ValueError(f"wanted {token!r} before {found!r}")
