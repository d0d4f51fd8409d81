"""Trips that no one would be sold and that can be flown: kept where nothing else is near."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import System, living

TWELVE_DAYS = 24 * 12


@pytest.mark.parametrize("other", [None, TWELVE_DAYS], ids=["no other flight", "twelve days later"])
async def test_a_flight_much_earlier_than_sold_is_better_than_none_or_one_days_later(
    other: float | None, tmp_path: Path
) -> None:
    """Two hours and twelve minutes, known two days ahead. A person is to look at it, and the letter says what to do."""
    world = World()
    early = world.flight(1, leaves=50)
    if other is not None:
        world.flight(2, leaves=50 + other)
    world.party("HOME", early)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(early, minute=1, late=-2.2))
        await system.pass_to(T0 + hours(47.2))
        end = await system.end()
    assert end.trip("HOME") == [early]
    assert [fact.marks for fact in end.facts("HOME")] == [("early",)]
    (letter,) = end.letters("HOME")
    assert "much earlier than you booked" in letter.get_content()


def to_chicago_and_on(world: World) -> tuple[FlightKey, FlightKey]:
    return world.flight(1, "JFK", "ORD", leaves=1, takes=2), world.flight(2, "ORD", "SFO", leaves=4, takes=4)


async def in_late(system: System, world: World, first: FlightKey, *, left: float) -> None:
    """The first flight leaves in time, and is to be in so many minutes before the second one leaves."""
    await system.pass_to(T0 + hours(1.1))
    await system.hear(world.status(first, minute=62, departed_at=T0 + hours(1)))
    await system.pass_to(T0 + hours(2))
    arrives = T0 + hours(4) - timedelta(minutes=left)
    await system.hear(world.status(first, minute=119, departed_at=T0 + hours(1), estimated_arrival=arrives))


@pytest.mark.parametrize("other", [None, TWELVE_DAYS], ids=["no other flight", "twelve days later"])
async def test_a_short_connection_is_better_than_none_or_one_days_later(other: float | None, tmp_path: Path) -> None:
    """25 minutes are left of it, where 30 are kept."""
    world = World()
    first, second = to_chicago_and_on(world)
    if other is not None:
        world.flight(3, "ORD", "SFO", leaves=4 + other, takes=4)
    world.party("LINKS", first, second)
    async with living(world, tmp_path) as system:
        await in_late(system, world, first, left=25)
        end = await system.end()
    assert end.trip("LINKS") == [first, second]
    assert [(fact.reason, fact.marks) for fact in end.facts("LINKS")] == [("misconnected", ("tight",))]
    (letter,) = end.letters("LINKS")
    assert "less time to change planes" in letter.get_content()


async def test_a_later_flight_on_the_same_day_is_better_than_a_short_connection(tmp_path: Path) -> None:
    """It is made for certain."""
    world = World()
    first, second = to_chicago_and_on(world)
    later = world.flight(3, "ORD", "SFO", leaves=9, takes=4)
    world.party("LINKS", first, second)
    async with living(world, tmp_path) as system:
        await in_late(system, world, first, left=25)
        end = await system.end()
    assert end.trip("LINKS") == [first, later]


@pytest.mark.parametrize(("left", "ssrs"), [(14, ()), (25, ("UMNR",))], ids=["too short to hurry", "a child alone"])
async def test_a_connection_that_cannot_be_made_is_given_up(left: float, ssrs: tuple[str, ...], tmp_path: Path) -> None:
    """A child who travels alone is not left to hurry."""
    world = World()
    first, second = to_chicago_and_on(world)
    world.party("LINKS", first, second, ssrs=ssrs)
    async with living(world, tmp_path) as system:
        await in_late(system, world, first, left=left)
        end = await system.end()
    assert end.trip("LINKS") == []


async def test_a_short_connection_that_gets_too_short_is_given_up_then(tmp_path: Path) -> None:
    """And planned from where the party is."""
    world = World()
    first, second = to_chicago_and_on(world)
    later = world.flight(3, "ORD", "SFO", leaves=4 + TWELVE_DAYS, takes=4)
    world.party("LINKS", first, second)
    async with living(world, tmp_path) as system:
        await in_late(system, world, first, left=25)
        await system.pass_to(T0 + hours(2.2))
        arrives = T0 + hours(4) - timedelta(minutes=10)
        await system.hear(world.status(first, minute=130, departed_at=T0 + hours(1), estimated_arrival=arrives))
        end = await system.end()
    assert end.trip("LINKS") == [first, later]
