"""Rules that an operator has changed: decisions follow them, and the audit judges each by what was in force then."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.ledger import BookingChanged, BookingStranded
from contracts.names import FlightKey
from contracts.rules import Rules
from tests.journeys.small_world import World
from tests.journeys.system import End, living
from tests.support import eventually

WITHIN_TWO_HOURS = {"IROPS_RULES_LATER_MIN": "120"}


def cancelled_with_another_six_hours_later() -> tuple[World, FlightKey, FlightKey]:
    world = World()
    dead, later = world.flight(1, leaves=3), world.flight(2, leaves=9)
    world.party("HIT", dead)
    return world, dead, later


def decided(end: End) -> list[tuple[type, int]]:
    """What was decided about the party, and by which rules."""
    return [(type(fact), fact.rules) for fact in end.facts("HIT")]


async def test_a_seat_beyond_the_rules_strands_a_party_and_is_no_fault(tmp_path: Path) -> None:
    """A free flight leaves six hours after the ticket, and two are allowed. The audit, which runs at the end, knows."""
    world, dead, _ = cancelled_with_another_six_hours_later()
    async with living(world, tmp_path, environment=WITHIN_TWO_HOURS) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert decided(end) == [(BookingStranded, 1)]
    assert end.streams.adopted[0][1].rules == Rules(later=timedelta(hours=2))


@pytest.mark.parametrize(
    "changed",
    [
        {"IROPS_RULES_CO_TERMINAL_LEAST_MIN": "60"},
        {"IROPS_RULES_CO_TERMINAL_LEAST_MIN": "60", "IROPS_RULES_LEAD_MIN": "10", "IROPS_RULES_LEEWAY_MIN": "0"},
    ],
    ids=["co-terminal", "no-leeway"],
)
async def test_a_shorter_way_to_another_airport_is_sold_as_it_is_planned(
    changed: dict[str, str], tmp_path: Path
) -> None:
    """Planner and booker work by the same set: no plan is refused."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, "LGA", leaves=1.25)
    world.party("HIT", dead)
    async with living(world, tmp_path, environment=changed) as system:
        await system.hear(world.status(dead, cancelled=True))
        end = await system.end()
    assert end.trip("HIT") == [other]
    assert len(end.plans) == 1


async def under_wider_rules(folder: Path, *, dies_at: str) -> End:
    """The end of a party whose booker dies at this step, and comes back with rules that allow the later flight."""
    world, dead, later = cancelled_with_another_six_hours_later()
    lives = [WITHIN_TWO_HOURS | {"IROPS_FAILPOINT": dies_at}]
    async with living(world, folder, apart=["booker"], lives=lives) as system:
        await system.say(world.status(dead, cancelled=True))
        await eventually(lambda: system.deaths, what="death of the booker", within=30)
        await system.settled(within=30)
        end = await system.end()
    assert end.trip("HIT") == [later]
    return end


async def test_other_rules_are_in_force_from_the_commit_that_publishes_them(tmp_path: Path) -> None:
    """The party that waits is planned again, and each decision is judged by its own."""
    end = await under_wider_rules(tmp_path, dies_at="acked:2")
    assert decided(end) == [(BookingStranded, 1), (BookingChanged, 2)]


async def test_a_plan_by_rules_that_were_replaced_is_refused_and_made_again(tmp_path: Path) -> None:
    """The booker dies before it decides the plan."""
    end = await under_wider_rules(tmp_path, dies_at="heard:2")
    assert [plan.rules for plan in end.plans] == [1, 2]
    assert decided(end) == [(BookingChanged, 2)]
