"""The example of docs/bus.md, run as it stands there."""

import asyncio
import importlib
from datetime import timedelta
from pathlib import Path

import pytest

from bus import Bus
from bus.admin.provision import provision
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.streams import STREAMS
from tests.journeys.small_world import T0, World
from tests.journeys.system import living

PAGE = Path(__file__).parents[2] / "docs" / "bus.md"


async def test_the_example_reminds_of_a_party_that_waits_for_two_hours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before, and once, also after a restart."""
    (tmp_path / "reminders.py").write_text(PAGE.read_text().partition("```python\n")[2].partition("```")[0])
    monkeypatch.syspath_prepend(tmp_path)
    reminders = importlib.import_module("reminders")
    world = World()
    flight = world.flight(1017, leaves=20)
    world.party("K7QX2M", flight)

    async def reminded(bus: Bus) -> list[tuple[str, int, str]]:
        return [(r.message.pnr, r.message.journey, r.message.origin) async for r in bus.history(reminders.REMINDER)]

    async with living(world, tmp_path) as system:
        await provision(system.bus.nc, [*STREAMS, reminders.STREAM])
        settings = Settings(nats_url=system.server.url)
        async with Running(reminders.REMINDERS, reminders.build, settings, asyncio.Event()):
            await system.hear(world.status(flight, minute=1, cancelled=True))
            await system.pass_to(T0 + timedelta(hours=1, minutes=50))
            assert await reminded(system.bus) == []
            await system.pass_to(T0 + timedelta(hours=2, minutes=10))
            assert await reminded(system.bus) == [("K7QX2M", 1, "JFK")]
        async with Running(reminders.REMINDERS, reminders.build, settings, asyncio.Event()):
            await system.pass_to(T0 + timedelta(hours=5))
            assert await reminded(system.bus) == [("K7QX2M", 1, "JFK")]
