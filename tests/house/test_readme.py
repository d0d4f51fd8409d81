"""README.md shows what is in the tree."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from agents.notifier.adapters import load_airports, load_templates
from agents.notifier.domain import Writer
from contracts.ledger import BookingChanged, Leg
from irops.catalogue.diagram import diagram
from irops.catalogue.pages import pages
from irops.processes.declarations import declarations
from tests.irops.command_line import irops

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
ARROW = re.compile(r'^\s*(\w+)\S*(?: \w+\]\))? -->\|"?(.*?)"?\| (\w+)', re.MULTILINE)


def arrows(mermaid: str) -> dict[tuple[str, str], set[str]]:
    """Facts by publisher and hearer."""
    found = {}
    for publisher, facts, hearer in ARROW.findall(mermaid):
        found[publisher.removeprefix("any_"), hearer.partition("(")[0]] = set(re.findall(r"[A-Z]\w+", facts))
    return found


def test_the_diagram_shows_the_facts_that_agents_declare() -> None:
    """Every fact that an agent hears from another or from a feed."""
    shown = arrows(README.partition("```mermaid\n")[2].partition("```")[0])
    declared = arrows(diagram(pages(), declarations()))
    assert {pair: facts for pair, facts in shown.items() if pair[1] != "people"} == {
        pair: facts for pair, facts in declared.items() if pair[0] != "operator"
    }


def test_the_agent_it_shows_is_the_example() -> None:
    """Character for character, except the imports."""
    shown = README.partition("## An agent of yours")[2].partition("```python\n")[2].partition("```")[0]
    assert shown.strip() in (ROOT / "examples" / "stranded_desk.py").read_text()


def shown_letter() -> list[str]:
    """The lines of the letter, from its address on."""
    return README.partition("    To: gyw9mf@")[2].partition("\n\n    ...")[0].split("\n")


def test_the_letter_it_shows_is_what_the_notifier_writes() -> None:
    """Up to the dots, except line breaks."""
    _, subject, *letter = shown_letter()

    def leg(flight: str, departs: str, arrives: str) -> Leg:
        at = datetime.fromisoformat
        return Leg(flight=flight, destination="SFO", cabin="economy", departs=at(departs), arrives=at(arrives))

    fact = BookingChanged(
        pnr="GYW9MF",
        id="a-fact",
        reason="cancelled",
        before=(leg("DL.31.JFK.2013-02-08", "2013-02-08T22:00Z", "2013-02-09T04:30Z"),),
        after=(leg("VX.11.JFK.2013-02-10", "2013-02-10T12:30Z", "2013-02-10T19:15Z"),),
        language="en",
        contact="gyw9mf@example.invalid",
        decided_at=datetime.fromisoformat("2013-02-08T16:48Z"),
    )
    airports = load_airports()
    written = Writer(airports, templates=load_templates(airports)).write(fact)
    assert subject.strip() == f"Subject: {written.subject}"
    assert " ".join(written.body.split()).startswith(" ".join(" ".join(letter).split()))


def test_it_is_read_in_three_minutes() -> None:
    """At most 600 words: what is longer is a page in docs/."""
    assert len(README.split()) <= 600


@pytest.mark.slow
async def test_the_demo_it_shows_ends_as_shown(tmp_path: Path) -> None:
    """Clean, with these numbers of flights and parties, and a letter with this subject. The machine's timing may change the
    number of parties a little."""
    (options,) = re.findall(r"make demo DEMO_ARGS='(.*)'", README)
    ended = await irops("demo", *options.split(), "--data", str(tmp_path / "demo"))
    assert ended.status == 0, ended.out + ended.err
    report = json.loads((tmp_path / "demo" / "report.json").read_text())
    (cancelled, flights) = re.findall(r"cancelled (\d+) of New York's (\d+) departures", README)[0]
    assert (report["cancelled_flights"], report["flights"]) == (int(cancelled), int(flights))
    (affected,) = re.findall(r"parties affected +([\d,]+)", README)
    assert report["parties_affected"] == pytest.approx(int(affected.replace(",", "")), rel=0.02)
    assert not any(report["audit"].values())
    _, subject = shown_letter()[:2]
    written = (path.read_text() for path in (tmp_path / "demo" / "maildir" / "new").iterdir())
    assert any("To: gyw9mf@" in letter and subject.strip() in letter for letter in written)
