"""`irops status` as an operator reads it."""

from functools import partial
from pathlib import Path

from contracts.fares import FARE
from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.journeys.system import System, living
from tests.support import eventually


async def fares_are(system: System, *, closed: bool) -> bool:
    """Whether the one flight of the system has a state that says so."""
    return [recorded.message.closed async for recorded in system.bus.history(FARE)] == [closed]


async def test_the_status_of_a_running_system_fits_into_80_columns(tmp_path: Path) -> None:
    """No heading and no figure is cut off."""
    world = World()
    flight = world.flight(1, leaves=6)
    world.party("A", flight)
    async with living(world, tmp_path) as system:
        await eventually(partial(fares_are, system, closed=False), what="the flight has fares")
        await system.hear(world.status(flight, minute=1, cancelled=True))
        await eventually(partial(fares_are, system, closed=True), what="the flight has no fares")
        ended = await irops("status", url=system.server.url, COLUMNS="80")
    assert ended.status == 0
    assert "…" not in ended.out
    assert "fares: 0 flights by the ladder, 0 by a feed, 1 closed" in ended.out.splitlines()
    heading = next(line for line in ended.out.splitlines() if line.startswith("agent "))
    assert [word.strip() for word in heading.split("┃")] == [
        "agent",
        "process",
        "done",
        "retried",
        "conflicts",
        "letters",
        "queued",
        "p50, p99",
    ]
