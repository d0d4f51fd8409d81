"""Facts with source, revision and age, fitted into a budget."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from llm import SourcedFact, fit_facts, token_estimate

NOW = datetime(2013, 2, 8, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def fact(name: str, text: str = "so", *, priority: int = 1, **fields: Any) -> SourcedFact:
    usual: dict[str, Any] = {
        "source": "ledger.booking.PNR042",
        "revision": 7,
        "written_at": NOW - 3 * HOUR,
        "known_at": NOW,
    }
    return SourcedFact(name=name, text=text, priority=priority, **usual | fields)


def fitted(*facts: SourcedFact, room: int = 1000) -> str:
    return fit_facts(facts, heading="Facts:", now=NOW, room=room).text


def test_a_fact_stands_with_its_source_and_age() -> None:
    """Of the source only its kind: the rest may identify a person. No revision: it differs from run to run."""
    assert fitted(fact("ticket", "JFK to MCO")) == "Facts:\n- ticket: JFK to MCO. [ledger.booking, 3 h]"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        pytest.param(timedelta(seconds=59), "under a minute", id="seconds"),
        pytest.param(timedelta(minutes=59, seconds=59), "59 min", id="minutes"),
        pytest.param(47 * HOUR, "47 h", id="hours"),
        pytest.param(72 * HOUR, "3 days", id="days"),
    ],
)
def test_an_age_is_in_its_largest_whole_unit(age: timedelta, text: str) -> None:
    """Seconds make no other prompt."""
    assert fact("x", written_at=NOW - age).line(NOW).endswith(f", {text}]")


def test_a_rule_is_in_force() -> None:
    """It has no age."""
    assert fact("x", source="planner.rules", in_force=True).line(NOW).endswith("[planner.rules, in force]")


def test_a_fact_is_too_old_by_when_it_was_last_known_to_hold() -> None:
    """Not by when it was written."""
    old, known = (
        fact("old", max_age=HOUR, known_at=NOW - 2 * HOUR),
        fact("known", max_age=HOUR, written_at=NOW - 99 * HOUR),
    )
    text = fitted(old, known, fact("forever", known_at=NOW - 999 * HOUR))
    assert "- old" not in text
    assert "- known" in text
    assert "- forever" in text
    assert text.endswith("\nLeft out because too old: old.")


def test_facts_without_room_are_left_out_whole_by_priority_and_counted() -> None:
    """The list keeps the given order."""
    facts = [fact("c", "x" * 90, priority=3), fact("b", "y" * 90, priority=2), fact("a", "z" * 90, priority=1)]
    fitting = fit_facts(facts, heading="Facts:", now=NOW, room=110)
    assert [each.name for each in fitting.facts] == ["b", "a"]
    assert fitting.text.endswith("\nLeft out for lack of room: 1 facts.")


@pytest.mark.parametrize("room", range(20, 400, 37))
def test_the_list_keeps_to_its_room(room: int) -> None:
    """Heading and notes included."""
    facts = [fact(f"fact {n}", "word " * n, priority=n % 4) for n in range(12)]
    assert token_estimate(fitted(*facts, room=room)) <= room


def test_the_facts_returned_are_the_callers_own() -> None:
    """A subclass can have fields that select its facts."""

    class Trip(SourcedFact, frozen=True, kw_only=True):
        personal: bool

    trip = Trip(**structs.asdict(fact("x")), personal=True)
    assert fit_facts([trip], heading="", now=NOW, room=100).facts[0].personal
