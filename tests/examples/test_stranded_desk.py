"""The smallest example beside the four agents, as a process of its own."""

from pathlib import Path

from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.support import eventually


async def test_a_stranded_party_shows_at_a_desk_that_only_subscribed(tmp_path: Path) -> None:
    """A cancelled flight without an alternative strands the party, and the desk prints who waits where."""
    world = World()
    flight = world.flight(1017, leaves=6)
    world.party("K7QX2M", flight)
    async with living(world, tmp_path) as system:
        await system.supervisor.start(["examples.stranded_desk"])
        await system.hear(world.status(flight, minute=1, cancelled=True))
        log = tmp_path / "logs" / "stranded_desk.log"
        line = "K7QX2M waits in JFK for a seat to SFO (had B6 1017)"
        await eventually(lambda: line in log.read_text().splitlines(), what=f"{line!r} in {log.name}")
