"""The tree is written in plain technical English: seven words that make its sentences hard to read do not come back.

They are counted as words and as parts of identifiers (`told_wrong`), in every text file but those of `PASSENGERS`.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORDS = re.compile(r"(?<![A-Za-z])(told|said|whoever|nobody|anew|somebody|lest)(?![A-Za-z])", re.IGNORECASE)

PASSENGERS = {
    "agents/notifier/templates/": "letters: they speak to passengers",
    "tests/agents/notifier/golden/": "letters as they come out",
    "irops/evaluation/cases/": "remarks as passengers write them",
    "docs/settings.md": "made from docstrings, where the words are counted",
    "tests/house/test_language.py": "this list",
}
"""Paths where the words may stand, and why."""

QUOTED = {
    "CHANGELOG.md": "`Addressed` was `Said`",
}
"""By file: a quotation with one of the words."""

SKIPPED = {"__pycache__", "node_modules", "dist", "results"}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".conf", ".json", ".jsonl", ".js", ".mjs", ".svg", ""}


def files() -> Iterator[Path]:
    """Every text file that people write or read. Hidden folders are caches, but for those of continuous integration."""
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in SKIPPED and (name[0] != "." or name in (".ci", ".github"))]
        yield from (Path(folder, name) for name in names if Path(name).suffix in TEXT)


def test_none_of_the_seven_words_is_in_the_tree() -> None:
    """Each is named with its file and line."""
    found = []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(tuple(PASSENGERS)):
            lines = path.read_text().replace(QUOTED.get(name, "\0"), "").splitlines()
            found += [f"{name}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if WORDS.search(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", [*PASSENGERS, *QUOTED])
def test_every_exception_is_there(path: str) -> None:
    """An exception for a file or remark that has gone goes with it."""
    assert (ROOT / path).exists()
    assert QUOTED.get(path, "") in ((ROOT / path).read_text() if path in QUOTED else "")
