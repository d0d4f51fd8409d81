"""Flights brought forward: a party that cannot be there, or was sold a much later departure, is moved."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.ledger import BookingStranded
from tests.journeys.small_world import T0, World
from tests.journeys.system import living


@pytest.mark.parametrize("late", [-5.9, -6.5, -4], ids=["in-six-minutes", "half-an-hour-ago", "four-hours-early"])
async def test_a_party_whose_flight_leaves_too_early_is_moved(late: float, tmp_path: Path) -> None:
    """It is due in six hours. The other flight leaves later and is caught."""
    world = World()
    early, other = world.flight(1, leaves=6), world.flight(2, leaves=9)
    world.party("HOME", early)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(early, late=late))
        end = await system.end()
    assert end.trip("HOME") == [other]
    assert [fact.reason for fact in end.facts("HOME")] == ["retimed"]


async def test_a_party_whose_flight_leaves_a_little_earlier_keeps_it(tmp_path: Path) -> None:
    """Ninety minutes early, known six hours before."""
    world = World()
    early = world.flight(1, leaves=6)
    world.flight(2, leaves=9)
    world.party("HOME", early)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(early, late=-1.5))
        end = await system.end()
    assert end.streams.bookings["HOME"].journeys[0].state == "kept"


async def test_a_party_that_can_take_no_other_flight_waits_and_gets_its_own_back(tmp_path: Path) -> None:
    """Its flight leaves in six minutes, so it has none; moved back to its time, the flight has a seat for it."""
    world = World()
    early = world.flight(1, leaves=6)
    world.party("HOME", early)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(early, late=-5.9))
        await system.hear(world.status(early, minute=5, late=0.01))
        end = await system.end()
    assert isinstance(end.facts("HOME")[0], BookingStranded)
    assert end.trip("HOME") == [early]


@pytest.mark.parametrize(("early", "left_behind"), [(-0.4, False), (-0.6, True)], ids=["24-minutes", "36-minutes"])
async def test_a_party_is_not_on_board_a_flight_that_left_well_before_the_time_it_knew(
    early: float, left_behind: bool, tmp_path: Path
) -> None:
    """The word that it has left is the first word of it."""
    world = World()
    early_flight, other = world.flight(1, leaves=2), world.flight(2, leaves=9)
    world.party("HOME", early_flight)
    left = T0 + timedelta(hours=2 + early)
    async with living(world, tmp_path, now=left + timedelta(minutes=2)) as system:
        await system.hear(world.status(early_flight, minute=60 * (2 + early) + 1, late=early, departed_at=left))
        end = await system.end()
    assert end.trip("HOME") == [other if left_behind else early_flight]


async def test_a_departure_that_creeps_forward_is_too_early_once_it_passes_what_is_allowed(tmp_path: Path) -> None:
    """By 29 minutes each time, each less than counts as brought forward: kept up to two hours earlier than sold."""
    world = World()
    creeps, other = world.flight(1, leaves=40), world.flight(2, leaves=41)
    world.party("HOME", creeps)
    async with living(world, tmp_path) as system:
        for step in range(1, 6):
            assert not step > 1 or (await system.end()).trip("HOME") == [creeps]
            await system.hear(world.status(creeps, minute=step, late=-29 * step / 60))
        end = await system.end()
    assert end.trip("HOME") == [other]
