"""`irops status` as an operator reads it."""

from pathlib import Path

from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.journeys.system import living


async def test_the_status_of_a_running_system_fits_into_80_columns(tmp_path: Path) -> None:
    """No heading and no figure is cut off."""
    world = World()
    flight = world.flight(1, leaves=6)
    world.party("A", flight)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(flight, minute=1, cancelled=True))
        ended = await irops("status", url=system.server.url, COLUMNS="80")
    assert ended.status == 0
    assert "…" not in ended.out
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
