"""Facts of a case: what kinds there are, and how a value is read from a file or from the command line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.money import Money
from policy.amounts import Price, written

Kind = Literal["yes_no", "text", "count", "number", "date", "money", "list"]
"""`count`: a whole number from 0 on. `number`: any number, such as hours. `list`: a set of texts."""

Value = bool | str | Decimal | date | Money | frozenset[str]
Facts = Mapping[str, Value]
"""What is known. A fact that is absent is unknown, which is not the same as no."""

WANTED: Mapping[Kind, str] = {
    "yes_no": "yes or no",
    "text": "a text",
    "count": "a whole number from 0 on",
    "number": "a number below a billion",
    "date": "a day such as 2013-02-08",
    "money": "an amount such as '75.00 USD'",
    "list": "a list of texts",
}


@dataclass(frozen=True)
class FactKind:
    """What is known about a fact before its value is."""

    kind: Kind
    means: str
    """What it says, in words; who lacks it asks for this."""
    one_of: tuple[str, ...] = ()
    """All the texts that it may be; empty: any."""
    with_time: Literal["rises", "falls"] | None = field(default=None)
    """A number of hours that grows or shrinks by one each hour by itself."""


class BadCase(ValueError):
    """A case cannot be judged: a value is not what its fact wants, or amounts of two currencies meet. One line."""


def read_value(name: str, raw: object, kind: FactKind) -> Value:
    """Read a value of a case; from the command line it is a text.

    Raises:
        BadCase: it is no value of this kind.
    """
    value = _value(raw, kind.kind)
    if value is None:
        raise BadCase(f"{name}: wanted {WANTED[kind.kind]}, not {raw!r}")
    texts = {value} if isinstance(value, str) else value if isinstance(value, frozenset) else frozenset()
    if kind.one_of and (strange := texts - set(kind.one_of)):
        raise BadCase(f"{name}: {', '.join(sorted(map(str, strange)))} is none of {', '.join(kind.one_of)}")
    return value


def _value(raw: object, kind: Kind) -> Value | None:
    match kind:
        case "yes_no":
            return (
                raw if isinstance(raw, bool) else {"yes": True, "true": True, "no": False, "false": False}.get(str(raw))
            )
        case "text":
            return raw if isinstance(raw, str) else None
        case "count" | "number":
            return _number(raw, whole=kind == "count")
        case "date":
            return _date(raw)
        case "money":
            return _money(raw)
        case "list":
            return _texts(raw)


def _texts(raw: object) -> frozenset[str] | None:
    """From the command line, texts with commas between them."""
    texts = [part for part in re.split(r",\s*", raw) if part] if isinstance(raw, str) else raw
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return None
    return frozenset(map(str, texts))


def _number(raw: object, *, whole: bool) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return None
    text = f"{raw:f}" if isinstance(raw, Decimal) and raw.is_finite() else str(raw)
    if not re.fullmatch(r"\d{1,9}(\.0+)?" if whole else r"-?\d{1,9}(\.\d{1,30})?", text):
        return None
    return Decimal(text)


def _date(raw: object) -> date | None:
    try:
        return raw if type(raw) is date else date.fromisoformat(str(raw))
    except ValueError:
        return None


def _money(raw: object) -> Money | None:
    try:
        return Price.parse(raw).money
    except ValueError:
        return None


def shown(value: Value) -> str:
    """A value as a case writes it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Money():
            return written(value)
        case frozenset():
            return ", ".join(sorted(value))
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)
