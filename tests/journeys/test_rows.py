"""The table of the README names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_of_the_table_exists() -> None:
    """A row whose test is renamed or gone says nothing."""
    rows = NAMED.findall((Path(__file__).parent / "README.md").read_text())
    assert len(rows) > 20
    assert [f"{path}::{name}" for path, name in rows if f"def {name}(" not in (ROOT / path).read_text()] == []
