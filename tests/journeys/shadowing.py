"""A live system and its shadow, each with a server of its own, as small as they can be."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from bus.admin.pending import consumers_of, pending_work
from bus.runtime.running import Running
from bus.settings import Settings
from irops.shadow.agent import COPIER, build
from irops.shadow.config import Config
from tests.journeys.small_world import T0, World
from tests.journeys.system import ACK_WAIT, NOTHING, System, living
from tests.support import eventually


@asynccontextmanager
async def copying(live: System, shadow: System) -> AsyncIterator[None]:
    """The agent that feeds the shadow runs until the block ends."""
    config = Config(url=shadow.server.url)
    settings = Settings(nats_url=live.server.url, ack_wait=ACK_WAIT)
    async with Running(COPIER, partial(build, config=config), settings, asyncio.Event()):
        yield


@asynccontextmanager
async def beside(
    world: World, folder: Path, *, now: datetime = T0, speed: float = 1, environment: Mapping[str, str] = NOTHING
) -> AsyncIterator[tuple[System, System]]:
    """The live system and the shadow, which begins with the same world; the copier runs."""
    async with (
        living(world, folder / "live", now=now, speed=speed, environment=environment) as live,
        living(world, folder / "shadow", now=now, speed=speed, environment=environment, shadow=True) as shadow,
        copying(live, shadow),
    ):
        yield live, shadow


async def copied(live: System, shadow: System) -> None:
    """Return once the live system is settled, and the shadow has all of its feed and has settled too."""
    await live.settled()

    async def same() -> bool:
        pending = await pending_work(live.bus.nc, consumers_of((COPIER,)))
        return not pending and await _fed(live) == await _fed(shadow)

    await eventually(same, what="the shadow has the feed")
    await shadow.settled()


async def _fed(system: System) -> int:
    return (await system.bus.nc.jetstream().stream_info("FEED")).state.messages
