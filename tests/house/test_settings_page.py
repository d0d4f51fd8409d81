"""docs/settings.md has every setting, in the words of its docstring."""

import re
from pathlib import Path

from tests.house.settings_page import page

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text()


def test_the_page_is_what_the_docstrings_say() -> None:
    """`make settings` was run after the last change of one."""
    assert page() == PAGE


def test_every_variable_that_the_code_names_is_on_the_page() -> None:
    """Whatever begins with IROPS_ and is named in full."""
    sources = (
        path.read_text() for package in ("bus", "llm", "agents", "irops") for path in (ROOT / package).rglob("*.py")
    )
    named = {name for source in sources for name in re.findall(r"\bIROPS_[A-Z_]*[A-Z]\b", source)}
    assert {name for name in named if f"`{name}`" not in PAGE} == set()
