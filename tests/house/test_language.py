"""The tree is written in plain technical English: seven words that make its sentences hard to read do not come back.

They are counted as words and as parts of identifiers (`told_wrong`), in every text file but those of `PASSENGERS`.
"""

import os
import re
from collections import Counter
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

CEILINGS: dict[str, int] = {
}
"""By folder: how many are left. A folder that is not named has none. Lower a number when words go; never raise one."""

SKIPPED = {"__pycache__", "node_modules", "dist", "results"}
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".conf", ".json", ".jsonl", ".js", ".mjs", ".svg", ""}


def files() -> Iterator[Path]:
    """Every text file that people write or read. Hidden folders are caches, but for those of continuous integration."""
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in SKIPPED and (name[0] != "." or name in (".ci", ".github"))]
        yield from (Path(folder, name) for name in names if Path(name).suffix in TEXT)


def room(name: str) -> str:
    """The folder a file is counted under: `llm`, `agents/booker`, `tests/bus`; `.` for files at the root."""
    parents = name.split("/")[:-1]
    depth = 3 if parents[:2] == ["tests", "agents"] else 2 if parents[:1] in (["tests"], ["agents"]) else 1
    return "/".join(parents[:depth]) or "."


def counted() -> Counter[str]:
    found: Counter[str] = Counter()
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(tuple(PASSENGERS)):
            found[room(name)] += len(WORDS.findall(path.read_text().replace(QUOTED.get(name, "\0"), "")))
    return +found


def test_no_folder_gains_one_of_the_seven_words() -> None:
    """What is above its ceiling is named with both numbers."""
    over = {folder: (n, CEILINGS.get(folder, 0)) for folder, n in counted().items() if n > CEILINGS.get(folder, 0)}
    assert not over, f"more of the seven words than before (now, ceiling): {over}"


@pytest.mark.parametrize("path", [*PASSENGERS, *QUOTED])
def test_every_exception_is_there(path: str) -> None:
    """An exception for a file or remark that has gone goes with it."""
    assert (ROOT / path).exists()
    assert QUOTED.get(path, "") in ((ROOT / path).read_text() if path in QUOTED else "")
