"""The four agents on a server of their own, a seeded world, and its feed at an even pace."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

from msgspec.json import encode
from nats.aio.client import Client

from benchmarks.worlds import NOW
from bus import Bus
from bus.clock import monotonic, wall
from bus.operations import Server, close, connect, discover, provision, set_clock
from bus.wire.envelope import envelope
from bus.wire.publish import publish
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
    """Seeded with this world, everyone ready, and the clock at `NOW`. `environment` is the agents', `sync` the server's
    `sync_interval`. All is gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", sync=sync)
        await server.start()
        nc = await connect(server.url, name="bench")
        told = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(Path(folder) / "maildir")}
        supervisor = Supervisor(Path(folder) / "logs", {**environment, **told})
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


async def publish_all(nc: Client, statuses: Iterable[FlightStatus], rate: float, *, first: int = 0) -> None:
    """So many a second, at an even pace; each is stored with the headers of any feed. `first`: how many went before."""
    began = monotonic()
    async with asyncio.TaskGroup() as group:
        for i, status in enumerate(statuses):
            await asyncio.sleep(max(0, began + i / rate - monotonic()))
            identity = f"bench-{first + i}"
            headers = envelope(identity, FlightStatus, source="bench", trace="", now=wall())
            headers["Nats-Msg-Id"] = identity  # sent again when its answer is late, it is still one event
            said = FLIGHT_STATUS.of(status)
            group.create_task(publish(nc, said.name, encode(status), headers))


async def until(count: Callable[[], Awaitable[int]], wanted: int, *, within: float = 60) -> None:
    """Returns once it counts as many. Raises `TimeoutError` after so many seconds."""
    deadline = monotonic() + within
    while (seen := await count()) < wanted:
        if monotonic() > deadline:
            raise TimeoutError(f"{seen} of {wanted} within {within:g} s")
        await asyncio.sleep(0.5)
