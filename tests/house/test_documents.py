"""What the pages name is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.md")
    if not {".venv", "node_modules", ".pytest_cache", ".irops"} & set(path.parts)
)
MADE = {".irops", ".venv", "dist"}
"""Folders that a page may name though a clone has none."""


def named(text: str) -> Iterator[str]:
    """Targets of links, and files and folders between backticks."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from (target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in target)
    yield from re.findall(r"`([\w.-]+(?:/[\w.-]+)+(?:/|\.\w+))`", prose)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page: str) -> None:
    """Relative to the page, to its room's tests, or to the root."""
    path = ROOT / page
    bases = (path.parent, ROOT / "tests" / Path(page).parent, ROOT)
    wanted = {name for name in named(path.read_text()) if name and name.split("/")[0] not in MADE}
    assert {name for name in wanted if not any((base / name).exists() for base in bases)} == set()
