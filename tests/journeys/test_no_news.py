"""Flights past their time without a word: their parties are presumed on board, until the word is that they are not."""

from pathlib import Path

import pytest

from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living

SILENT = T0 + hours(2.3)
"""Eighteen minutes after the first flight's time."""


def connecting(world: World) -> tuple[FlightKey, FlightKey]:
    """JFK-ORD at 2 h, ORD-SFO at 5 h, and a party on both."""
    first = world.flight(1, to="ORD", leaves=2, takes=2)
    second = world.flight(2, "ORD", leaves=5, takes=4)
    world.party("THROUGH", first, second)
    return first, second


async def test_a_party_of_a_silent_flight_is_planned_on_from_where_it_lands(tmp_path: Path) -> None:
    """Not from home, by the non-stop flight that arrives sooner."""
    world = World()
    first, second = connecting(world)
    world.flight(3, leaves=4, takes=6)
    later = world.flight(4, "ORD", leaves=8, takes=4)
    async with living(world, tmp_path, now=SILENT) as system:
        await system.hear(world.status(second, minute=138, cancelled=True))
        await system.hear(world.status(first, minute=139, departed_at=T0 + hours(2)))
        end = await system.end()
    assert end.trip("THROUGH") == [first, later]
    assert len(end.facts("THROUGH")) == 1


@pytest.mark.parametrize(("silent", "home"), [(0.9, False), (1.1, True)], ids=["within-the-hour", "after-an-hour"])
async def test_a_flight_is_presumed_under_way_for_an_hour(silent: float, home: bool, tmp_path: Path) -> None:
    """After that the party may as well be at home, and the non-stop flight is the better one."""
    world = World()
    first, second = connecting(world)
    direct, later = world.flight(3, leaves=4, takes=6), world.flight(4, "ORD", leaves=8, takes=4)
    async with living(world, tmp_path, now=T0 + hours(2 + silent)) as system:
        await system.hear(world.status(second, minute=60 * (2 + silent), cancelled=True))
        end = await system.end()
    assert end.trip("THROUGH") == ([direct] if home else [first, later])


@pytest.mark.parametrize("cancelled", [True, False], ids=["cancelled", "late"])
async def test_a_party_whose_flight_has_not_left_after_all_is_planned_again(cancelled: bool, tmp_path: Path) -> None:
    """From home if it is cancelled, and to a later connection if it is late."""
    world = World()
    first, second = connecting(world)
    later, last = (world.flight(n, "ORD", leaves=2 * n, takes=4) for n in (4, 5))
    direct = world.flight(6, leaves=9)
    async with living(world, tmp_path, now=SILENT) as system:
        await system.hear(world.status(second, minute=138, cancelled=True))
        presumed = await system.end()
        word = world.status(first, minute=139, cancelled=True) if cancelled else world.status(first, minute=139, late=4)
        await system.hear(word)
        end = await system.end()
    assert presumed.trip("THROUGH") == [first, later]
    assert end.trip("THROUGH") == ([direct] if cancelled else [first, last])


def stranded_on_the_way(world: World) -> tuple[FlightKey, FlightKey, FlightKey]:
    """JFK-ORD, on to SFO, and a non-stop flight four hours later, which no party on board of the first can take."""
    first, second = connecting(world)
    return first, second, world.flight(3, leaves=6)


async def test_a_party_stranded_in_presumption_is_planned_from_home_when_its_flight_is_cancelled(
    tmp_path: Path,
) -> None:
    """No message says that seats are free: the word that its flight has not left is enough."""
    world = World()
    first, second, direct = stranded_on_the_way(world)
    async with living(world, tmp_path, now=SILENT) as system:
        await system.hear(world.status(second, minute=138, cancelled=True))
        stranded = await system.end()
        await system.hear(world.status(first, minute=139, cancelled=True))
        await system.pass_to(T0 + hours(2.4))
        end = await system.end()
    assert set(stranded.streams.waiting) == {("THROUGH", 1)}
    assert end.trip("THROUGH") == [direct]


async def test_a_party_stranded_in_presumption_is_planned_from_home_when_no_word_comes(tmp_path: Path) -> None:
    """When the hour is over."""
    world = World()
    _, second, direct = stranded_on_the_way(world)
    async with living(world, tmp_path, now=SILENT) as system:
        await system.hear(world.status(second, minute=138, cancelled=True))
        await system.pass_to(T0 + hours(2.95))
        waiting = await system.end()
        await system.pass_to(T0 + hours(3.01))
        end = await system.end()
    assert set(waiting.streams.waiting) == {("THROUGH", 1)}
    assert end.trip("THROUGH") == [direct]


async def test_a_party_stranded_in_presumption_is_on_its_way_once_its_flight_has_left(tmp_path: Path) -> None:
    """The hour passes, and it still waits where the flight takes it."""
    world = World()
    first, second, _ = stranded_on_the_way(world)
    async with living(world, tmp_path, now=SILENT) as system:
        await system.hear(world.status(second, minute=138, cancelled=True))
        await system.hear(world.status(first, minute=139, departed_at=T0 + hours(2)))
        await system.pass_to(T0 + hours(3.01))
        end = await system.end()
    assert end.streams.waiting["THROUGH", 1].origin == "ORD"


async def test_a_party_stranded_in_presumption_waits_where_its_flight_lands(tmp_path: Path) -> None:
    """There are no seats on from there. Seats freed within the hour are taken, and the flight's word changes nothing."""
    world = World()
    first, second = connecting(world)
    full = world.flight(4, "ORD", leaves=8, takes=4, economy=1)
    world.party("HAS", full)
    async with living(world, tmp_path, now=SILENT) as system:
        await system.hear(world.status(second, minute=138, cancelled=True))
        stranded = await system.end()
        await system.hear(world.status(full, minute=139, seats={"economy": 2}))
        await system.hear(world.status(first, minute=140, departed_at=T0 + hours(2)))
        end = await system.end()
    assert stranded.streams.waiting["THROUGH", 1].origin == "ORD"
    assert end.trip("THROUGH") == [first, full]
