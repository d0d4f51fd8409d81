"""compose.yaml passes every rule of the page of settings on to the booker, which publishes them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"\bIROPS_RULES_[A-Z_]*[A-Z]\b")


def test_the_booker_of_compose_yaml_gets_every_rule() -> None:
    """One that is left out is silently the default, whatever the operator's environment says."""
    _, _, booker = (ROOT / "compose.yaml").read_text().partition("\n  booker:\n")
    passed = RULE.findall(re.split(r"\n  \w+:\n", booker, maxsplit=1)[0])
    assert sorted(passed) == sorted({*RULE.findall((ROOT / "docs" / "settings.md").read_text())})
