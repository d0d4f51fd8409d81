"""A flight's life as a table: its state, and what a status says that is new, give the state after.

The table is total: every pair has an entry. That a flight has left follows from a departure or an arrival and from nothing
else: a flight that is reported to land elsewhere before it has left is `rerouted`, and its passengers are at home.

The table in the README is made from this one; `python -m agents.monitor.domain.lifecycle` prints it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from msgspec import convert

from contracts.flights import Phase

Row = Literal[
    "scheduled", "rerouted", "cancelled", "departed", "diverted", "returning", "landed", "returned", "arrived"
]
"""A phase; `returning` is `diverted` to its own origin."""
Report = Literal[
    "nothing new", "leaves later", "cancelled", "elsewhere", "as planned", "left", "left for elsewhere", "landed",
    "returned", "arrived",
]  # fmt: skip
"""What a status says that is new.

`leaves later`: a departure is estimated that is still to come. `elsewhere`: it lands at another airport than was known.
`as planned`: it lands at its destination (a diversion withdrawn). `left`: it has left its origin, or the airport that it was
diverted to. `landed`: elsewhere. `returned`: at its origin.
"""
AWAY: frozenset[Phase] = frozenset({"departed", "diverted", "landed", "arrived"})
"""Phases after a departure."""
ELSEWHERE: frozenset[Phase] = frozenset({"rerouted", "diverted", "landed", "returned"})
"""Phases that have `diverted_to`."""

_TABLE = """
            | nothing new | leaves later | cancelled  | elsewhere | as planned | left     | left for elsewhere | landed | returned | arrived
scheduled   | scheduled   | scheduled    | cancelled  | rerouted  | scheduled  | departed | diverted           | landed | returned | arrived
rerouted    | rerouted    | rerouted     | cancelled  | rerouted  | scheduled  | departed | diverted           | landed | returned | arrived
cancelled   | scheduled   | scheduled    | cancelled  | rerouted  | scheduled  | departed | diverted           | landed | returned | arrived
departed    | departed    | departed ?   | departed ? | diverted  | departed   | departed | diverted           | landed | returned | arrived
diverted    | diverted    | diverted ?   | diverted ? | diverted  | departed   | departed | diverted           | landed | returned | arrived
returning   | diverted    | scheduled    | cancelled  | diverted  | departed   | departed | diverted           | landed | returned | arrived
landed      | landed      | landed       | landed     | landed ?  | landed     | departed | diverted           | landed | returned | arrived
returned    | returned    | scheduled    | cancelled  | rerouted  | returned   | departed | diverted           | landed | returned | arrived
arrived     | arrived     | arrived ?    | arrived ?  | arrived ? | arrived    | arrived ? | arrived ?         | arrived ? | arrived ? | arrived
"""  # noqa: E501 - a table is read in rows


def _parsed() -> tuple[Mapping[tuple[Row, Report], Phase], frozenset[tuple[Row, Report]]]:
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in _TABLE.strip("\n").splitlines()]
    after: dict[tuple[Row, Report], Phase] = {}
    doubted: set[tuple[Row, Report]] = set()
    for row, *cells in lines:
        for report, cell in zip(head[1:], cells, strict=True):
            pair: tuple[Row, Report] = convert((row, report), tuple[Row, Report])
            after[pair] = convert(cell.removesuffix(" ?"), Phase)
            if cell.endswith("?"):
                doubted.add(pair)
    return MappingProxyType(after), frozenset(doubted)


AFTER, DOUBTED = _parsed()
"""The phase after a status, for each row and report; the pairs of which the status is not believed."""


def table() -> str:
    """The table in Markdown; what is not believed in italics."""
    columns = get_args(Report)
    lines = [["", *columns], ["---"] * (1 + len(columns))]
    for row in get_args(Row):
        cells = (f"*{AFTER[row, report]}*" if (row, report) in DOUBTED else AFTER[row, report] for report in columns)
        lines.append([f"**{row}**", *cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 - what this module is run for
