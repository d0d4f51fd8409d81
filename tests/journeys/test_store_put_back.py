"""An older copy of the store is put back while all agents live."""

import shutil
from pathlib import Path

import pytest

from tests.journeys.small_world import World
from tests.journeys.system import AGENTS, living
from tests.support import eventually

pytestmark = pytest.mark.slow

WORLD = World()
DEAD = WORLD.flight(1, leaves=3)
OTHER = WORLD.flight(2, leaves=5)
WORLD.party("MOVED", DEAD)


async def test_a_cancellation_after_the_copy_moves_its_parties(tmp_path: Path) -> None:
    """Its count is below what the booker had applied before. No agent takes it for one that it has passed."""
    async with living(WORLD, tmp_path, apart=[agent.name for agent in AGENTS]) as system:
        await system.settled(within=40)
        data, copy = system.server.folder / "data", tmp_path / "copy"
        system.server.stop()
        shutil.copytree(data, copy)
        await system.server.start()
        for minute, late in ((1, 1), (2, 2), (3, 1)):
            await system.hear(WORLD.status(DEAD, minute=minute, late=late), within=40)
        assert system.deaths == []
        system.server.stop()
        shutil.rmtree(data)
        shutil.copytree(copy, data)
        for letter in list((system.maildir / "new").iterdir()):
            letter.unlink()  # the record of it went with the store
        await system.server.start()
        await eventually(lambda: len(system.deaths) == len(AGENTS), what="every agent ended", within=30)
        await system.hear(WORLD.status(DEAD, minute=4, cancelled=True), within=40)
        end = await system.end()
    assert {status for _, status in system.deaths} == {1}
    (journey,) = end.streams.bookings["MOVED"].journeys
    assert [leg.flight for leg in journey.legs] == [OTHER]
