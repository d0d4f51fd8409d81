"""Explains to its author why a JSON value is not the message it should be.

msgspec decides whether a value is a message. Where it is not, each fault is named with its place and what is wanted there, from
the message's types alone: their `Meta(description=..., examples=[...])` and their literals.

The faulty value is shown only where its type has an example (a flight, an airport, an instant). Anything else may be personal
data and is not repeated.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

_NAMED = 3
"""Faults of one value that are named; the rest are counted."""
_SHOWN = 40
"""Characters shown of a value or a name."""
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}
"""JSON types in words, by Python type."""
_WANTED = {**_KINDS, float: "a number", Decimal: "a number", datetime: "an instant", tuple: "a list"}


def in_words(value: Any, message: type[Struct]) -> str:
    """Explain in one line why a decoded JSON value is not this message: `party.cabin: wanted first or economy`."""
    found = _faults(value, message, "")
    named = list(islice(found, _NAMED))
    more = sum(1 for _ in found)
    return "; ".join(named + ([f"and {more} more"] if more else [])) or f"is no {message.__name__}"


def _faults(value: Any, kind: Any, place: str, *, needless: bool = False) -> Iterator[str]:
    """`needless`: the field can be left out."""
    bare = _bare(kind)
    inner: Iterator[str] = iter(())
    if value is not None:
        if _is_object(bare) and isinstance(value, dict):
            inner = _in_object(value, bare, place)
        elif _is_list(bare) and isinstance(value, list):
            inner = (
                fault for i, item in enumerate(value) for fault in _faults(item, get_args(bare)[0], f"{place}[{i}]")
            )
        elif get_origin(bare) is dict and isinstance(value, dict):
            inner = _in_mapping(value, bare, place)
    faulty = False
    for fault in inner:
        faulty = True
        yield fault
    if not faulty and not _is(value, kind):
        left_out = " (or leave it out)" if needless and value in (None, "") else ""
        yield _at(place, f"wanted {_wanted(kind)}{_instead(value, kind)}{left_out}")


def _in_object(value: dict[str, Any], message: type[Struct], place: str) -> Iterator[str]:
    known = {field.encode_name: field for field in sorted(fields(message), key=lambda field: not field.required)}
    for name in (name for name in value if name not in known):
        yield _unknown(name, known, place)
    for name, field in known.items():
        where = f"{place}.{name}" if place else name
        if name in value:
            yield from _faults(value[name], field.type, where, needless=not field.required)
        elif field.required:
            yield f"{where} is missing: wanted {_wanted(field.type)}"


def _in_mapping(value: dict[str, Any], mapping: Any, place: str) -> Iterator[str]:
    key, kind = get_args(mapping)
    for name, item in value.items():
        if _is(name, key):
            yield from _faults(item, kind, f"{place}.{_name(name)}")
        elif get_origin(key) is Literal:
            yield _unknown(name, get_args(key), place)
        else:
            yield _at(place, f"wanted {_wanted(key)} before each colon")


def _unknown(name: str, known: Iterable[str], place: str) -> str:
    known = list(known)
    meant = get_close_matches(name, known, n=1)
    hint = f"did you mean {meant[0]}?" if meant else f"there are {', '.join(known)}"
    return _at(f"{place}.{_name(name)}" if place else _name(name), f"no such field; {hint}")


def _wanted(kind: Any) -> str:
    """Describe a value of this type to its author."""
    arguments = get_args(kind)
    if get_origin(kind) is Annotated:
        for meta in (each for each in arguments[1:] if isinstance(each, Meta) and each.description):
            return f"{meta.description} such as {meta.examples[0]}" if meta.examples else str(meta.description)
        return _wanted(arguments[0])
    if get_origin(kind) is Literal:
        words = list(map(str, arguments))
        return f"one of {', '.join(words)}" if len(words) > 2 else " or ".join(words)
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_wanted(each) for each in arguments if each is not NoneType)
    if isinstance(kind, type) and issubclass(kind, Struct):
        form = "an object" if _is_object(kind) else "a list"
        return f"{form} with {', '.join(field.encode_name for field in _needed(kind))}"
    return _WANTED.get(get_origin(kind) or kind, "something else")


def _needed(message: type[Struct]) -> list[FieldInfo]:
    """The required fields; all fields, where none is required."""
    return [field for field in fields(message) if field.required] or list(fields(message))


def _instead(value: Any, kind: Any) -> str:
    """The faulty value, or its JSON type where it may be personal data."""
    if _has_example(kind) and not isinstance(value, (list, dict)):
        shown = json.dumps(value)
        return f", not {shown}" if len(shown) <= _SHOWN else f", not {shown[:_SHOWN]}..."
    bare = _bare(kind)
    if isinstance(value, str) and (bare in (str, datetime) or get_origin(bare) is Literal):
        return ""  # text was wanted, and text it is
    found = _KINDS[type(value)]
    return "" if found == _WANTED.get(get_origin(bare) or bare) else f", not {found}"


def _has_example(kind: Any) -> bool:
    """Whether the type itself has an example; the items of a list do not count."""
    if get_origin(kind) not in (Annotated, Union, UnionType):
        return False
    return any((isinstance(each, Meta) and each.examples) or _has_example(each) for each in get_args(kind))


def _bare(kind: Any) -> Any:
    """The type without `Annotated`, and without None in a union of two."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        others = [each for each in get_args(kind) if each is not NoneType]
        return _bare(others[0]) if len(others) == 1 else kind
    return kind


def _is_object(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct) and not kind.__struct_config__.array_like


def _is_list(kind: Any) -> bool:
    """Whether it is a list, or a tuple of any length."""
    return get_origin(kind) is list or (get_origin(kind) is tuple and get_args(kind)[1:] == (...,))


def _is(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _at(place: str, text: str) -> str:
    return f"{place}: {text}" if place else text


def _name(name: str) -> str:
    """A field's name, where it is an identifier: anything else may be personal data in the wrong place."""
    if not name.isidentifier():
        return "(something that is no name)"
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN]}..."
