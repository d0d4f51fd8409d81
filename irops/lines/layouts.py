"""Layouts in a file: JSON lines, or TOML with a table for each, which is easier to write by hand.

[[layouts]]
layout = "a320-150"
exits = [10, 11]

[[layouts.sections]]
cabin = "economy"
first = 1
last = 25
letters = "ABC DEF"
"""

import tomllib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, BinaryIO

import msgspec

from contracts.layouts import Layout, layout_fault
from irops.lines.json_lines import Bad, Good, parse


class NoTables(ValueError):
    """The file is no TOML, or has no `[[layouts]]`; the reason, in one line."""


async def tables(file: BinaryIO) -> AsyncIterator[list[tuple[int, bytes]]]:
    """Read a TOML file's layouts, each as a line of JSON, numbered from 1. Raises `NoTables`, and `OSError`."""
    try:
        content: Any = tomllib.loads(file.read().decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        raise NoTables(f"no TOML: {failure}") from failure
    found = content.pop("layouts", None)
    if not isinstance(found, list) or content:
        other = f"it has {min(content)} beside" if content else "there is no"
        raise NoTables(f"{other} [[layouts]], the one table that it may have")
    try:
        yield [(number, msgspec.json.encode(each)) for number, each in enumerate(found, start=1)]
    except msgspec.EncodeError as failure:
        raise NoTables(str(failure)) from failure


def parse_layouts(lines: Iterable[tuple[int, bytes]]) -> Iterator[Good[Layout] | Bad]:
    """Parse each line as a layout of which nothing contradicts the rest."""
    for line in parse(lines, Layout):
        if isinstance(line, Good) and (why := layout_fault(line.message)):
            yield Bad(line.number, f"{line.message.layout}: {why}")
        else:
            yield line
