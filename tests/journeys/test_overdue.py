"""Parties that wait until no trip can be legal any more: a person has to take over, and they know it."""

from datetime import timedelta
from pathlib import Path

from contracts.ledger import BookingFact
from irops.audit import audit
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, living

LATER = timedelta(days=14)


def lost(world: World, *, language: str = "en") -> None:
    """A party whose flight is cancelled, and a free seat a day after it may leave."""
    flight = world.flight(1, leaves=5)
    world.flight(2, leaves=5 + 24 * 15)
    world.party("WAITS", flight, language=language)


async def test_a_party_for_which_no_trip_can_be_legal_any_more_is_marked_for_a_person(tmp_path: Path) -> None:
    """Once, and it has a letter."""
    world = World()
    lost(world)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(next(iter(world.flights)), minute=1, cancelled=True))
        await system.pass_to(T0 + hours(4.9) + LATER)
        before = await system.end()
        await system.pass_to(T0 + hours(5) + LATER)
        marked = await system.end()
        await system.pass_to(T0 + LATER + timedelta(days=6))
        end = await system.end()
    assert _reasons(before) == ["cancelled"]
    assert audit(before.streams).for_a_person.shown == []
    assert _reasons(marked) == _reasons(end) == ["cancelled", "overdue"]
    fact: BookingFact = marked.facts("WAITS")[-1]
    assert (fact.marks, fact.decided_at >= T0 + hours(5) + LATER) == (("overdue",), True)
    assert "a member of our staff takes over" in end.letters("WAITS")[-1]["Subject"]
    assert audit(end.streams).for_a_person.shown == ["WAITS waits in JFK for SFO, and no trip can be legal any more"]


def _reasons(end: End) -> list[str]:
    return [fact.reason for fact in end.facts("WAITS")]


async def test_a_shorter_limit_marks_a_party_as_soon_as_it_is_in_force(tmp_path: Path) -> None:
    """And it is no trip to be offered that leaves after it."""
    world = World()
    flight, _ = world.flight(1, leaves=5), world.flight(2, leaves=40)
    world.party("WAITS", flight)
    async with living(world, tmp_path, environment={"IROPS_RULES_LATER_MIN": "1440"}) as system:
        await system.hear(world.status(flight, minute=1, cancelled=True))
        await system.pass_to(T0 + hours(29))
        end = await system.end()
    assert _reasons(end) == ["cancelled", "overdue"]
    assert set(end.streams.waiting) == {("WAITS", 1)}
