"""The table of the README names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_of_the_table_exists() -> None:
    """A row without a test, or whose test is renamed or gone, says nothing."""
    lines = (Path(__file__).parent / "README.md").read_text().splitlines()
    _, _, *rows = [line for line in lines if line.startswith("|")]
    named = [NAMED.findall(row) for row in rows]
    assert [row for row, tests in zip(rows, named, strict=True) if not tests] == []
    every = [test for tests in named for test in tests]
    assert every
    assert [f"{path}::{name}" for path, name in every if not _has_test(path, name)] == []


def _has_test(path: str, name: str) -> bool:
    return re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE) is not None
