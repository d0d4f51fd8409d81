"""What README.md shows is what is there."""

import re
from pathlib import Path

from irops.catalogue.diagram import diagram
from irops.catalogue.pages import pages
from irops.processes.declarations import declarations

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ARROW = re.compile(r'^\s*(\w+)\S*(?: \w+\]\))? -->\|"?(.*?)"?\| (\w+)', re.MULTILINE)


def arrows(mermaid: str) -> dict[tuple[str, str], set[str]]:
    """Who says which facts to whom."""
    found = {}
    for speaker, said, hearer in ARROW.findall(mermaid):
        found[speaker.removeprefix("any_"), hearer.partition("(")[0]] = set(re.findall(r"[A-Z]\w+", said))
    return found


def test_the_picture_shows_who_says_what_to_whom_as_the_agents_declare_it() -> None:
    """All that one agent hears from another or from a feed."""
    shown = arrows(README.partition("```mermaid\n")[2].partition("```")[0])
    declared = arrows(diagram(pages(), declarations()))
    assert {pair: said for pair, said in shown.items() if pair[1] != "people"} == {
        pair: said for pair, said in declared.items() if pair[0] != "operator"
    }


def test_the_agent_it_shows_is_the_example() -> None:
    """To the letter, but for the imports."""
    shown = README.partition("## Adding an agent")[2].partition("```python\n")[2].partition("```")[0]
    assert shown.strip() in (ROOT / "examples" / "stranded_desk.py").read_text()
