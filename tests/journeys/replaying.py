"""A day of the record on a system of its own, as `irops demo` plays it: with access to the server and the processes."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct
from rich.console import Console

from bus import Bus
from bus.admin.provision import provision
from bus.admin.server import Server
from bus.clock import monotonic
from bus.wire.connection import close, connect
from contracts.streams import STREAMS
from irops.audit import Streams
from irops.processes.roster import agents
from irops.processes.supervisor import Supervisor
from irops.replay.options import Day, ReplayOptions, read_day
from irops.replay.run import Result, prepare, run_replay
from irops.system.shadow import made_shadow
from simulation.answering import Public
from simulation.seeding import Seeded


@dataclass(frozen=True)
class Staged:
    """Seeded, with agents starting, and event time standing still."""

    options: ReplayOptions
    day: Day
    server: Server
    bus: Bus
    supervisor: Supervisor
    _seeded: Seeded
    _public: Public

    async def run(self) -> Result:
        """Replay the day and judge it."""
        console = Console(quiet=True)
        return await run_replay(
            self.bus,
            self.options,
            self.day,
            self._seeded,
            console,
            began=monotonic(),
            public=self._public,
            supervisor=self.supervisor,
        )


def left_by(streams: Streams) -> dict[str, bytes]:
    """The end of a replay, as its exports have it: the same for two runs that ended alike."""
    left: dict[str, Iterable[Struct]] = {
        "flights": streams.flights.values(),
        "seats": streams.seats.values(),
        "bookings": streams.bookings.values(),
        "facts": [fact for _, fact in streams.facts],
        "notices": streams.sent,
    }
    encode = msgspec.json.Encoder(order="sorted").encode
    return {what: b"\n".join(sorted(encode(each) for each in found)) for what, found in left.items()}


@asynccontextmanager
async def staged(
    options: ReplayOptions,
    folder: Path,
    *,
    environment: Mapping[str, str] = MappingProxyType({}),
    shadow: bool = False,
) -> AsyncIterator[Staged]:
    """One process of each agent, with this added to its environment; all are stopped when the block ends. `shadow`: whether the
    system is one."""
    server = Server(folder / "nats", sync="2m")  # no test here cuts the power: a killed server keeps what it wrote
    variables = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(folder / "maildir"), "IROPS_LOG": "json"}
    supervisor = Supervisor(folder / "logs", {**environment, **variables})
    day = await asyncio.to_thread(read_day, options)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(supervisor.serving(server))
        nc = await connect(server.url, name="test")
        stack.push_async_callback(close, nc)
        await provision(nc, STREAMS)
        bus = Bus(nc, source="test")
        public = Public(bus, seed=options.seed)
        stack.push_async_callback(bus.stop_views)
        await bus.start_views()
        if shadow:
            await made_shadow(bus)
        seeded = await prepare(bus, options, day, Console(quiet=True))
        stack.push_async_callback(supervisor.stop)
        await supervisor.start([f"agents.{name}" for name in agents()])
        yield Staged(options, day, server, bus, supervisor, seeded, public)
