"""What the bus's tests share: flights, an agent that echoes, and a connection that can be held up."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from nats.aio.client import Client

from bus import Agent, Bus, Delivery, Fact, Handlers
from bus.admin.server import free_port
from bus.agent import Handler
from bus.errors import ApiError
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.api import call, last_sequence
from bus.wire.direct_get import DirectGet
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, Flight, FlightChanged, FlightStatus
from contracts.subject import Subject

T0 = datetime(2013, 2, 8, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

ECHO = Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,))


def name(number: int) -> str:
    return f"B6.{number}.JFK.2013-02-08"


def number_of(flight: str) -> int:
    return int(flight.split(".")[1])


def status(number: int = 1) -> FlightStatus:
    return FlightStatus(
        flight=name(number),
        destination="BOS",
        observed_at=T0,
        scheduled_departure=T0,
        scheduled_arrival=T0 + timedelta(hours=1),
    )


def flight(number: int = 1, n: int = 1) -> Flight:
    return Flight(
        flight=name(number),
        destination="BOS",
        phase="scheduled",
        last_change=n,
        scheduled_departure=T0,
        scheduled_arrival=T0 + timedelta(hours=1),
        departs=T0,
        arrives=T0 + timedelta(hours=1),
        announced_departure=T0,
        announced_arrival=T0 + timedelta(hours=1),
        observed_at=T0,
        seats={},
    )


def changed(number: int = 1, n: int = 1) -> FlightChanged:
    return FlightChanged(flight=name(number), n=n, change="scheduled", state=flight(number, n))


def echo_of(delivery: Delivery[FlightStatus]) -> Fact:
    return Fact(FLIGHT_CHANGED.of(changed(number_of(delivery.message.flight))), delivery)


async def publish(nc: Client, numbers: Sequence[int]) -> None:
    """Publishes one status of each flight, in this order; all are stored when it returns."""
    statuses = [FLIGHT_STATUS.of(status(n)) for n in numbers]
    for addressed in statuses[:-1]:
        await nc.publish(addressed.name, msgspec.json.encode(addressed.message))
    await nc.request(statuses[-1].name, msgspec.json.encode(statuses[-1].message), timeout=5)


async def consumer_info(nc: Client, stream: str = "FEED", durable: str = "echo") -> dict[str, Any]:
    info: dict[str, Any] = await call(nc, f"CONSUMER.INFO.{stream}.{durable}")
    return info


async def settled(nc: Client) -> bool:
    """Whether the echo has acknowledged everything. (`num_pending` may lag behind what was stored.)"""
    try:
        info = await consumer_info(nc)
    except ApiError:
        return False  # it has not begun yet
    return bool(info["ack_floor"]["stream_seq"] >= await last_sequence(nc, "FEED"))


async def stored(nc: Client, stream: str) -> int:
    """How many messages the stream has."""
    info = await call(nc, f"STREAM.INFO.{stream}")
    return int(info["state"]["messages"])


async def subjects_in_order(nc: Client, stream: str) -> list[str]:
    """The subjects of all messages, in stream order."""
    found: list[str] = []
    direct, after = DirectGet(nc), 0
    while page := await direct.following(stream, ">", after):
        found += [raw.subject for raw in page]
        after = page[-1].sequence
    return found


@asynccontextmanager
async def agent_of(
    url: str,
    handlers: dict[Subject[Any], Handler],
    agent: Agent = ECHO,
    *,
    ack_wait: timedelta = timedelta(seconds=4),
    **wiring: Any,
) -> AsyncIterator[Bus]:
    """Runs the agent with these handlers inside the test until the block ends; yields its bus."""
    buses: list[Bus] = []

    async def build(bus: Bus) -> Handlers:
        buses.append(bus)
        return Handlers(handlers, **wiring)

    async with Running(agent, build, Settings(nats_url=url, ack_wait=ack_wait), asyncio.Event()):
        yield buses[0]


@asynccontextmanager
async def echo(url: str, *, ack_wait: timedelta = timedelta(seconds=4), agent: Agent = ECHO) -> AsyncIterator[Bus]:
    """Runs an agent that emits one fact for each status."""
    buses: list[Bus] = []

    async def hear(group: Sequence[Delivery[FlightStatus]]) -> None:
        await buses[0].emit_once([echo_of(d) for d in group])

    async with agent_of(url, {FLIGHT_STATUS: hear}, agent, ack_wait=ack_wait) as bus:
        buses.append(bus)
        yield bus


def start_tiny_agent(url: str, **environment: str) -> subprocess.Popen[bytes]:
    """`tiny_agent.py` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bus.tiny_agent"], cwd=ROOT, env={"NATS_URL": url, **environment}
    )


async def echoed(bus: Bus, numbers: Sequence[int]) -> bool:
    keys = [FLIGHT_CHANGED.key(flight=name(n), n=1) for n in numbers]
    loaded = await bus.load(keys)
    return all(loaded[key] for key in keys)


KEY = FLIGHT.key


class Wire:
    """A TCP proxy to a server. Either direction can be held up and released, and connections can be cut."""

    def __init__(self, port: int, *, rewrite: Callable[[bytes], bytes] = lambda data: data) -> None:
        """`rewrite` changes what passes, in both directions."""
        self._rewrite = rewrite
        self.port = free_port()
        self._to = port
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._up.set()
        self._down.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def hold_questions(self) -> None:
        self._up.clear()

    def hold_answers(self) -> None:
        self._down.clear()

    def let_go(self) -> None:
        self._up.set()
        self._down.set()

    def cut(self) -> None:
        """Drops the connections, with everything held up."""
        for writer in self._writers:
            writer.transport.abort()
        self.let_go()

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, far_writer}
        for source, sink, gate in ((reader, far_writer, self._up), (far_reader, writer, self._down)):
            task = asyncio.create_task(self._pump(source, sink, gate))
            self._tasks.add(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, gate: asyncio.Event) -> None:
        try:
            while data := await source.read(65536):
                await gate.wait()
                sink.write(self._rewrite(data))
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.transport.abort()


def of_version(version: str) -> Callable[[bytes], bytes]:
    """For a `Wire`: the server greets with this version."""
    return lambda data: re.sub(rb'"version":"[^"]*"', f'"version":"{version}"'.encode(), data, count=1)
