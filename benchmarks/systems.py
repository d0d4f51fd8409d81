"""The four agents on a new server with a seeded world, and a feed at an even pace."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from benchmarks.worlds import NOW
from bus import Bus
from bus.clock import monotonic, wall
from bus.operations import Server, close, connect, discover, provision, set_clock
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.streams import STREAMS
from irops.processes.supervisor import Supervisor
from simulation.parties import SeededFlight
from simulation.seeding import seed_streams

AGENTS = ("monitor", "booker", "planner", "notifier")


@asynccontextmanager
async def system(
    world: Iterable[SeededFlight],
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
    sync: str = "always",
) -> AsyncIterator[Bus]:
    """A system seeded with this world, all agents ready and the clock at `NOW`; removed at the end.

    `environment` is for the agents, `sync` is the server's `sync_interval`.
    """
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", sync=sync)
        await server.start()
        nc = await connect(server.url, name="bench")
        own = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(Path(folder) / "maildir")}
        supervisor = Supervisor(Path(folder) / "logs", {**environment, **own})
        try:
            await provision(nc, STREAMS)
            await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
            bus = Bus(nc, source="bench")
            await seed_streams(bus, list(world))
            await supervisor.start([f"agents.{name}" for name in AGENTS])
            while {i.agent for i in await discover(nc, verb="PING", wait=0.1)} < set(AGENTS):
                pass
            yield bus
        finally:
            await supervisor.stop()
            await close(nc)
            server.stop()


async def publish_all(bus: Bus, statuses: Iterable[FlightStatus], rate: float, *, first: int = 0) -> None:
    """Publish the statuses at an even pace of `rate` a second, as a feed does. `first`: the number published before."""
    began = monotonic()
    async with asyncio.TaskGroup() as group:
        for i, status in enumerate(statuses):
            await asyncio.sleep(max(0, began + i / rate - monotonic()))
            group.create_task(bus.append(FLIGHT_STATUS.of(status), identity=f"bench-{first + i}"))


async def until(count: Callable[[], Awaitable[int]], wanted: int, *, within: float = 60) -> None:
    """Return once the count is reached. Raises TimeoutError after `within` seconds."""
    deadline = monotonic() + within
    while (seen := await count()) < wanted:
        if monotonic() > deadline:
            raise TimeoutError(f"{seen} of {wanted} within {within:g} s")
        await asyncio.sleep(0.5)
