"""Read a rule file into typed structs, with faults that name file, line and key.

    fares/b6.toml, line 14, change[2].fee: wanted an amount such as '75.00 USD'

The structs of a file derive from `Table` (`class Change(Table, frozen=True, kw_only=True)`), so a key that they lack is a
fault. A field may have a type of its own that reads a value as written: a class with `parse(written)`, which raises ValueError
that says what was wanted; `policy.amounts.Price` is one.
"""

import re
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from policy import lines

T = TypeVar("T")

_AT = re.compile(r"(?s)(.*?)(?: - at `(?:key in )?\$[^`]*`)?")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_NAMES = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list"}
_NAMES |= {"object": "a table", "date": "a date", "datetime": "an instant", "null": "nothing", "decimal": "a number"}


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a rule file."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file, and where. As text it is one line."""

    file: str
    line: int
    key: str
    """Where in the file, such as `change[2].fee`; empty: the file as a whole."""
    problem: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.key + ': ' if self.key else ''}{self.problem}"


class BadFile(ValueError):
    """A rule file has faults. As text it is one line per fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A file that was read."""

    value: T
    file: str
    """Its name, as faults and answers show it."""
    lines: Mapping[lines.Path, int]

    def line(self, *path: str | int) -> int:
        """The line of a key, such as `line("change", 2, "fee")`. Of what is not in the file itself: of what it would be in."""
        return _line(self.lines, path)

    def fault(self, problem: str, *path: str | int) -> Fault:
        """A fault that types alone do not show, for a `BadFile`."""
        return Fault(file=self.file, line=self.line(*path), key=spelled(path), problem=problem)


def load(path: Path, kind: type[T], *, name: str | None = None) -> Loaded[T]:
    """Read a file.

    Args:
        path: where it is.
        kind: a `Table`.
        name: how faults and answers call it; else its path.

    Raises:
        BadFile: it is no TOML, or not what `kind` wants. Each fault is named, but no more than one per value.
        OSError: it cannot be read.
    """
    shown = name or str(path)
    try:
        return loads(path.read_bytes().decode(), kind, name=shown)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadFile((Fault(shown, line, "", "the file is not UTF-8 text"),)) from error


def loads(text: str, kind: type[T], *, name: str) -> Loaded[T]:
    """Likewise, of a text."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile((_no_toml(text, error, name),)) from error
    except RecursionError as error:
        raise BadFile((Fault(name, 1, "", "tables or lists are nested too deep"),)) from error
    known = lines.lines_of(text)
    try:
        return Loaded(_read(tree, kind), name, known)
    except msgspec.ValidationError as error:
        found = list(_faults(tree, kind, ())) or [((), _problem(error))]
        faults = [Fault(name, _line(known, path), spelled(path), problem) for path, problem in found]
        raise BadFile(tuple(sorted(faults, key=lambda fault: fault.line))) from error


def spelled(path: lines.Path) -> str:
    """A path as a key: `change[2].fee`."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(parts).removeprefix(".")


def _line(known: Mapping[lines.Path, int], path: lines.Path) -> int:
    while path not in known:
        path = path[:-1]
    return known[path]


def _read(tree: object, kind: Any) -> Any:
    return msgspec.convert(tree, kind, dec_hook=_own)


def _own(kind: type, value: object) -> object:
    parse = getattr(kind, "parse", None)
    if parse is None:
        raise NotImplementedError(f"{kind} has no parse()")
    return parse(value)


def _problem(error: msgspec.ValidationError) -> str:
    """msgspec's words in a rule file's: no Python names, and without the path, which does not name keys of mappings."""
    found = _AT.fullmatch(str(error))
    words = found[1] if found else str(error)
    if match := re.fullmatch(r"Expected `(.*)`, got `(.*)`", words):
        wanted = " or ".join(_NAMES.get(name, name) for name in match[1].split(" | "))
        return f"wanted {wanted}, not {_NAMES.get(match[2], match[2])}"
    if match := re.fullmatch(r"Object missing required field `(.*)`", words):
        return f"{match[1]} is missing"
    if match := re.fullmatch(r"Invalid enum value (.*)", words):
        return f"{match[1]} is none of those allowed"
    return words[:1].lower() + words[1:] if words.startswith(("Expected", "Object", "Invalid")) else words


def _faults(tree: object, kind: Any, path: lines.Path) -> Iterator[tuple[lines.Path, str]]:
    """Look for what msgspec refuses in the smallest value that has it."""
    try:
        _read(tree, kind)
        return
    except msgspec.ValidationError as error:
        problem = _problem(error)
        unknown = _UNKNOWN.match(str(error))
    inner = list(_deeper(tree, kind, path))
    if isinstance(kind, type) and issubclass(kind, Struct) and isinstance(tree, dict):
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        extra = [key for key in tree if key not in fields]
        yield from (((*path, key), f"no such key{_like(key, fields)}") for key in extra)
        missing = [name for name, field in fields.items() if field.required and name not in tree]
        yield from ((path, f"{name} is missing") for name in missing)
        if extra or missing or inner:
            yield from inner
            return
    if inner:
        yield from inner
    else:
        yield path, _options(problem, kind) if not unknown else problem


def _deeper(tree: object, kind: Any, path: lines.Path) -> Iterator[tuple[lines.Path, str]]:
    """The faults of what is in a table or a list."""
    arguments = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        # Only where one of the choices could hold the value are its faults those of the value.
        shaped = [choice for choice in arguments if _fits(tree, choice)]
        if len(shaped) == 1:
            yield from _faults(tree, shaped[0], path)
    elif isinstance(tree, dict) and isinstance(kind, type) and issubclass(kind, Struct):
        hints = get_type_hints(kind, include_extras=True)
        for field in msgspec.structs.fields(kind):
            if field.encode_name in tree:
                yield from _faults(tree[field.encode_name], hints[field.name], (*path, field.encode_name))
    elif isinstance(tree, dict) and len(arguments) == 2:
        for key, value in tree.items():
            yield from _faults(value, arguments[1], (*path, key))
    elif isinstance(tree, list) and arguments:
        for number, value in enumerate(tree):
            yield from _faults(value, arguments[0], (*path, number))


def _fits(tree: object, kind: Any) -> bool:
    origin = get_origin(kind) or kind
    if isinstance(tree, dict):
        return isinstance(origin, type) and issubclass(origin, Struct | Mapping)
    return isinstance(tree, list) and isinstance(origin, type) and issubclass(origin, tuple | list | frozenset)


def _like(key: str, fields: Mapping[str, object]) -> str:
    near = get_close_matches(key, fields, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(fields)}"


def _options(problem: str, kind: Any) -> str:
    """Name the texts that a field allows."""
    options = [value for value in get_args(kind) if isinstance(value, str)]
    return f"{problem}: {', '.join(options)}" if "none of those" in problem and options else problem


def _no_toml(text: str, error: tomllib.TOMLDecodeError, name: str) -> Fault:
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
    words, line = (found[1], found[2]) if found else (str(error), None)
    return Fault(name, int(line) if line else text.count("\n") + 1, "", f"no TOML: {words[:1].lower()}{words[1:]}")
