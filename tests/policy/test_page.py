"""docs/rules.md shows a file and what the command answers, as they are."""

import re
import shlex
from pathlib import Path

import pytest

from policy.fares.vocabulary import ACTS, FACTS
from tests.irops.command_line import irops

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text()
FARES, REACCOMMODATION = PAGE.split("\n# Re-accommodation rules")
SHOWN = re.findall(r"```console\n\$ irops (.*)\n((?:.*\n)*?)```", PAGE)


@pytest.mark.parametrize(
    ("part", "kind"), [(FARES, "fares"), (REACCOMMODATION, "reaccommodation")], ids=["fares", "moves"]
)
def test_the_page_goes_through_each_whole_file(part: str, kind: str) -> None:
    """Its blocks, one after the other, are the file."""
    blocks = re.findall(r"```toml\n(.*?)```", part, flags=re.DOTALL)
    assert "\n".join(blocks) == (ROOT / f"policy/{kind}/examples/harbour_air.toml").read_text()


@pytest.mark.parametrize(("command", "output"), [pytest.param(*shown, id=shown[0][:70]) for shown in SHOWN])
async def test_each_command_answers_as_shown(command: str, output: str) -> None:
    """Line by line; what goes to stderr included."""
    ended = await irops(*shlex.split(command))
    assert ended.out + ended.err == output


def vocabulary() -> list[str]:
    """The rows of the two tables."""
    acts = [f"| `{name}` | {means} |" for name, means in ACTS.items()]
    arrows = {"rises": " ↑", "falls": " ↓", None: ""}
    facts = [f"| `{name}` | {kind.kind}{arrows[kind.with_time]} | {kind.means} |" for name, kind in FACTS.items()]
    return acts + facts


def test_the_page_has_every_act_and_fact() -> None:
    """In the order of the code, with its meaning."""
    assert [line for line in PAGE.splitlines() if line.startswith("| `")] == vocabulary()


def test_there_are_commands_on_the_page() -> None:
    """The pattern that finds them still fits."""
    assert len(SHOWN) == PAGE.count("$ irops")
