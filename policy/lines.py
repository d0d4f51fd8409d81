"""On which line of a TOML file a key is written. The parser of the standard library does not say.

TOML is a list of statements, each of which begins on a line of its own: a header or `key = value`. A statement that is cut off
at the end of a line is never valid, since something in it is still open. So the shortest run of lines that `tomllib` accepts is
one statement, and what is in it is read by `tomllib` too: there is no second parser here that could disagree with the first.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
"""The keys and places in arrays that lead to a value: `("change", 2, "fee")`."""


def lines_of(text: str) -> dict[Path, int]:
    """The line of each header, key and element, counted from 1.

    What is written within one line has that line's number. An element of an array over several lines has the line that it
    begins on; what is deeper in it, the same.

    Args:
        text: a file that `tomllib` accepts.
    """
    found: dict[Path, int] = {(): 1}
    here: Path = ()
    lengths: dict[Path, int] = {}  # of the arrays of tables
    for first, statement in _statements(text):
        head = statement.strip()
        if head.startswith("["):
            here = _header(
                tomllib.loads(statement), many=head.startswith("[["), lengths=lengths, line=first, found=found
            )
        else:
            for path in _inside(tomllib.loads(statement)):
                found.setdefault((*here, *path), first)
            found |= {(*here, *path): line for path, line in _elements(statement, first)}
    return found


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement with the number of its first line. Comments and empty lines between them are left out."""
    first, lines = 1, list[str]()
    for number, line in enumerate(_cut(text), 1):
        if not lines:
            first = number
            if _blank(line):
                continue
        lines.append(line)
        statement = "".join(lines)
        if _read(statement) is not None:
            yield first, statement
            lines = []


def _cut(text: str) -> list[str]:
    """Lines with their ends. A line of TOML ends in a line feed and in nothing else that Unicode calls a line's end."""
    return re.findall(r"[^\n]*\n|[^\n]+$", text)


def _blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _header(tree: dict[str, Any], *, many: bool, lengths: dict[Path, int], line: int, found: dict[Path, int]) -> Path:
    """Where the statements after a header belong. A name of an array of tables means its last table, or the next one."""
    keys = []
    while tree:
        (key, value), *_ = tree.items()
        keys.append(key)
        tree = value[0] if isinstance(value, list) else value
    here: Path = ()
    for number, key in enumerate(keys, 1):
        here = (*here, key)
        if many and number == len(keys):
            found.setdefault(here, line)
            lengths[here] = lengths.get(here, 0) + 1
        if here in lengths:
            here = (*here, lengths[here] - 1)
        found.setdefault(here, line)
    return here


def _inside(value: Any) -> Iterator[Path]:
    """The paths of everything in a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (key,)
        yield from ((key, *path) for path in _inside(inner))


def _elements(statement: str, first: int) -> Iterator[tuple[Path, int]]:
    """The lines of what is in an array of several lines. How much there is by the end of a line is seen by closing it there."""
    lines = _cut(statement)
    seen: set[Path] = set()
    begins = 0  # the first line of what is not yet seen
    for number in range(len(lines) - 1):
        tree = _read("".join(lines[: number + 1]) + "]")
        if tree is None:
            continue
        new = [path for path in _inside(tree) if path not in seen]
        while begins < number and _blank(lines[begins]):
            begins += 1
        if seen:
            yield from ((path, first + begins) for path in new)
        seen.update(new)
        begins = number + 1
    if seen:
        while begins < len(lines) - 1 and _blank(lines[begins]):
            begins += 1
        yield from ((path, first + begins) for path in _inside(tomllib.loads(statement)) if path not in seen)
