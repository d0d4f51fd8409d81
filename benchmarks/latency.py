"""From a feed event to the notice, at 100 and 1,000 events a second, of which 1 in 20 cancels a flight with one party on it.

Ours: the four agents, each a process: monitor, booker, planner, booker, notifier are five hops. The references: a bare relay of
five processes, and one that commits what the agents have to (`benchmarks/relays.py` tells of both). All are read off the
streams: from being stored in FEED to being stored at the end.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import uvloop
from msgspec.json import encode
from nats.aio.client import Client

from benchmarks.relays import HOPS, LAST, relaying
from benchmarks.report import machine, save, show, show_ratio
from benchmarks.worlds import NOW, airport, flight
from bus import Bus
from bus.clock import monotonic, wall
from bus.connection import close, connect
from bus.directget import DirectGet
from bus.discovery import discover
from bus.envelope import envelope
from bus.provision import provision, set_clock
from bus.publish import publish
from bus.server import Server
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.notices import NOTICE_SENT
from contracts.streams import STREAMS
from irops.audit import latencies
from irops.supervisor import Supervisor
from simulation.parties import SeededFlight
from simulation.sowing import sow

SECONDS = 10
DISRUPTS = 20
RATES = (100, 1000)
ROUNDS = 3
AGENTS = ("monitor", "booker", "planner", "notifier")


async def main() -> None:
    print(machine())
    figures = {}
    for rate in RATES:
        rounds: dict[str, list[tuple[float, float]]] = {"agents": [], "bare relay": [], "committing relay": []}
        for _ in range(ROUNDS):
            rounds["agents"].append(await _ours(rate))
            rounds["bare relay"].append(await _relay(rate, "bare"))
            rounds["committing relay"].append(await _relay(rate, "committing"))
        medians = show(
            f"feed event to notice at {rate:,} events/s, {HOPS} hops, sync_interval always",
            [
                (f"{who}, {what}", [times[i] for times in measured], "ms")
                for who, measured in rounds.items()
                for i, what in enumerate(("median", "p99"))
            ],
        )
        p50 = {who: [median for median, _ in measured] for who, measured in rounds.items()}
        bare = show_ratio("median, agents / bare relay", p50["agents"], p50["bare relay"], "at most 3")
        bound = show_ratio("median, committing / bare relay", p50["committing relay"], p50["bare relay"], "the bound")
        figures[f"at_{rate}"] = {**medians, "ratio": bare, "bound": bound}
    save("latency", figures)


def _world(rate: int) -> list[tuple[SeededFlight, FlightStatus]]:
    """A flight per status, twenty to a market: one has one party and is cancelled, of the others the estimate moves by a
    minute."""
    world = []
    for i in range(rate * SECONDS):
        cancels = i % DISRUPTS == 0
        seeded = flight(
            i % 9000 + 1000,
            departs=NOW + timedelta(hours=6),
            parties=int(cancels),
            carrier=f"B{i // 9000}",
            destination=airport(i // DISRUPTS),
        )
        status = FlightStatus(
            flight=seeded.flight.flight,
            destination=seeded.flight.destination,
            observed_at=NOW + timedelta(milliseconds=i + 1),
            scheduled_departure=seeded.flight.scheduled_departure,
            scheduled_arrival=seeded.flight.scheduled_arrival,
            estimated_departure=None if cancels else seeded.flight.departs + timedelta(minutes=1),
            cancelled=cancels,
        )
        world.append((seeded, status))
    return world


async def _publish_all(nc: Client, statuses: list[FlightStatus], rate: int) -> None:
    """At an even pace; each is stored with the headers of any feed."""
    began = monotonic()
    async with asyncio.TaskGroup() as group:
        for i, status in enumerate(statuses):
            await asyncio.sleep(max(0, began + i / rate - monotonic()))
            identity = f"bench-{i}"
            headers = envelope(identity, FlightStatus, source="bench", trace="", now=wall())
            headers["Nats-Msg-Id"] = identity  # sent again when its answer is late, it is still one event
            said = FLIGHT_STATUS.of(status)
            group.create_task(publish(nc, said.name, encode(status), headers))


async def _ours(rate: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        await server.start()
        nc = await connect(server.url, name="bench")
        environment = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(Path(folder) / "maildir")}
        supervisor = Supervisor(Path(folder) / "logs", environment)
        try:
            await provision(nc, STREAMS)
            await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
            bus = Bus(nc, source="bench")
            world = _world(rate)
            statuses = [status for _, status in world]
            await sow(bus, [seeded for seeded, _ in world])
            await supervisor.start([f"agents.{name}" for name in AGENTS])
            while {i.agent for i in await discover(nc, verb="PING", wait=0.1)} < set(AGENTS):
                pass
            await _publish_all(nc, statuses, rate)
            wanted = sum(status.cancelled for status in statuses)
            await _until(lambda: _count(bus), wanted)
            published = {s.trace: s.stored_at async for s in bus.history(FLIGHT_STATUS)}
            told = [(n.trace, n.stored_at) async for n in bus.history(NOTICE_SENT)]
            latency = latencies(published, told)
            assert latency is not None
            return latency.p50, latency.p99
        finally:
            await supervisor.stop()
            await close(nc)
            server.stop()


async def _count(bus: Bus) -> int:
    return len([1 async for _ in bus.history(NOTICE_SENT)])


async def _until(count: Callable[[], Awaitable[int]], wanted: int) -> None:
    deadline = monotonic() + 60
    while (seen := await count()) < wanted:
        if monotonic() > deadline:
            raise TimeoutError(f"{seen} of {wanted} after a minute")
        await asyncio.sleep(0.5)


async def _relay(rate: int, kind: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        await server.start()
        nc = await connect(server.url, name="bench")
        try:
            await provision(nc, STREAMS)
            statuses = [status for _, status in _world(rate)]
            wanted = sum(status.cancelled for status in statuses)
            bus, direct = Bus(nc, source="bench"), DirectGet(nc)
            async with relaying(nc, server.url, kind):
                await _publish_all(nc, statuses, rate)
                await _until(lambda: _arrived(direct), wanted)
            published = {s.trace: s.stored_at async for s in bus.history(FLIGHT_STATUS)}
            arrived = await direct.following(LAST, f"relay.{HOPS}.>", 0)
            told = [(m.headers["traceparent"].split("-")[1], m.stored_at) for m in arrived]
            latency = latencies(published, told)
            assert latency is not None
            return latency.p50, latency.p99
        finally:
            await close(nc)
            server.stop()


async def _arrived(direct: DirectGet) -> int:
    return len(await direct.following(LAST, f"relay.{HOPS}.>", 0))


if __name__ == "__main__":
    uvloop.run(main())
