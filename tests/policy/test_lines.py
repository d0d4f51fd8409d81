"""On which line a key of a TOML file is."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.lines import Path, lines_of

FILE = """\
# a comment with a [bracket]
name = "one"

[fares.basic]
fee = "75.00 USD" # [not a header]
words = '''
[nor]
this = 1
'''
after.dotted = { a = 1, b = [2, 3] }

[[change]]
id = "first"
charge = [
    # the fee
    { for = "fee" },

    { for = "difference" },
]
[[change]]
"quoted key" = 1
  [change.inner]
  deep = [["x",
    "y"], ["z"]]
  [[change.many]]
  k = 1
  [[change.many]]
  k = 2
"""

WANTED: list[tuple[Path, int]] = [
    (("name",), 2),
    (("fares",), 4),
    (("fares", "basic"), 4),
    (("fares", "basic", "fee"), 5),
    (("fares", "basic", "words"), 6),
    (("fares", "basic", "after", "dotted", "b", 1), 10),
    (("change",), 12),
    (("change", 0), 12),
    (("change", 0, "id"), 13),
    (("change", 0, "charge"), 14),
    (("change", 0, "charge", 0, "for"), 16),
    (("change", 0, "charge", 1), 18),
    (("change", 1), 20),
    (("change", 1, "quoted key"), 21),
    (("change", 1, "inner"), 22),
    (("change", 1, "inner", "deep"), 23),
    (("change", 1, "many", 0, "k"), 26),
    (("change", 1, "many", 1), 27),
    (("change", 1, "many", 1, "k"), 28),
]


@pytest.mark.parametrize(("path", "line"), [pytest.param(path, line, id=str(path)) for path, line in WANTED])
def test_a_key_has_the_line_on_which_it_is_written(path: Path, line: int) -> None:
    """Headers, dotted and quoted keys, arrays over several lines, tables inside the last table of an array."""
    assert lines_of(FILE)[path] == line


def paths(value: Any, here: Path = ()) -> set[Path]:
    """Every path of a parsed file."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {here}.union(*(paths(inner, (*here, key)) for key, inner in pairs))


def test_every_key_that_the_parser_finds_has_a_line() -> None:
    """And no other."""
    assert set(lines_of(FILE)) == paths(tomllib.loads(FILE))


def test_lines_of_another_system_count_the_same() -> None:
    """A line ends in a line feed, with or without a carriage return; what Unicode calls a separator ends none."""
    assert lines_of(FILE.replace("\n", "\r\n")) == lines_of(FILE)
    assert lines_of('a = "\u2028"\nb = 1\n')["b",] == 2


names = st.sampled_from("abc")
values = st.sampled_from(["1", '"x"', "[1, 2]", "[\n  1,\n  # c\n  2\n]", '"""\n[a]\n"""', "{ a = 1 }"])
blocks = st.lists(
    st.tuples(st.sampled_from(["[{}]", "[[{}]]", "# [{}]", "{} = "]), names, values).map(
        lambda drawn: drawn[0].format(drawn[1]) + (drawn[2] if drawn[0].endswith("= ") else "")
    ),
    max_size=8,
)


@given(blocks)
def test_whatever_is_valid_has_a_line_for_each_key(drawn: list[str]) -> None:
    """The locator finds what the parser finds, and in the same order of lines."""
    text = "\n".join(drawn)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = lines_of(text)
    assert set(found) == paths(tree)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
