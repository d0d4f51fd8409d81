"""From a feed event to the notice, at 100 and 1,000 events a second, of which 1 in 20 cancels a flight with one party on it.

Ours: the four agents, each a process: monitor, booker, planner, booker, notifier are five hops. The reference: a bare relay
of five processes, each a nats-py callback on a pull inbox that publishes the message on, awaits the acknowledgement and acks;
the first lets 1 in 20 through, as the monitor does. Both are read off the streams: stored in FEED to stored in NOTICES.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import nats
import uvloop
from msgspec.json import encode
from nats.aio.client import Client
from nats.aio.msg import Msg

from benchmarks.report import machine, save, show, show_ratio
from benchmarks.worlds import NOW, airport, flight
from bus import Bus
from bus.clock import monotonic, wall
from bus.connection import close, connect
from bus.discovery import discover
from bus.envelope import envelope, parse_time
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
HOPS = 5
AGENTS = ("monitor", "booker", "planner", "notifier")


async def main() -> None:
    print(machine())
    figures = {}
    for rate in RATES:
        ours: list[tuple[float, float]] = []
        bare: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            ours.append(await _ours(rate))
            bare.append(await _relay(rate))
        medians = show(
            f"feed event to notice at {rate:,} events/s, sync_interval always",
            [
                ("agents, median", [p50 for p50, _ in ours], "ms"),
                ("agents, p99", [p99 for _, p99 in ours], "ms"),
                (f"bare relay of {HOPS} hops, median", [p50 for p50, _ in bare], "ms"),
                (f"bare relay of {HOPS} hops, p99", [p99 for _, p99 in bare], "ms"),
            ],
        )
        ratio = show_ratio("median, agents / relay", [p for p, _ in ours], [p for p, _ in bare], "at most 3")
        figures[f"at_{rate}"] = {**medians, "ratio": ratio}
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


# The bare relay: `python -m benchmarks.latency relay <url> <hop>` is one of its processes.


def _subject(hop: int) -> str:
    return FLIGHT_STATUS.filter if hop == 0 else f"relay.{hop}.>"


async def _relay(rate: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        await server.start()
        nc = await connect(server.url, name="bench")
        hops: list[asyncio.subprocess.Process] = []
        try:
            await provision(nc, STREAMS)
            js = nc.jetstream()
            for hop in range(1, HOPS + 1):
                await js.add_stream(name=f"RELAY{hop}", subjects=[_subject(hop)])
            for hop in range(HOPS):
                stream = "FEED" if hop == 0 else f"RELAY{hop}"
                await js.add_consumer(stream, durable_name="relay", filter_subject=_subject(hop), ack_policy="explicit")
                command = (sys.executable, "-m", "benchmarks.latency", "relay", server.url, str(hop))
                hops.append(await asyncio.create_subprocess_exec(*command, env=dict(os.environ)))
            for hop in range(HOPS):
                while not (await js.consumer_info("FEED" if hop == 0 else f"RELAY{hop}", "relay")).num_waiting:
                    await asyncio.sleep(0.05)
            statuses = [status for _, status in _world(rate)]
            await _publish_all(nc, statuses, rate)
            wanted = sum(status.cancelled for status in statuses)
            bus = Bus(nc, source="bench")
            await _until(lambda: _stored(nc), wanted)
            published = {s.trace: s.stored_at async for s in bus.history(FLIGHT_STATUS)}
            told = []
            for sequence in range(1, wanted + 1):
                message = await js.get_msg(f"RELAY{HOPS}", sequence)
                assert message.headers is not None
                told.append((message.headers["traceparent"].split("-")[1], _time(message.time)))
            latency = latencies(published, told)
            assert latency is not None
            return latency.p50, latency.p99
        finally:
            for process in hops:
                process.terminate()
            await asyncio.gather(*(process.wait() for process in hops))
            await close(nc)
            server.stop()


def _time(stamp: object) -> datetime:
    return stamp if isinstance(stamp, datetime) else parse_time(str(stamp))


async def _stored(nc: Client) -> int:
    return int((await nc.jetstream().stream_info(f"RELAY{HOPS}")).state.messages)


async def relay(url: str, hop: int) -> None:
    """One hop: hears, publishes on, awaits the acknowledgement, acks."""
    nc = await nats.connect(url)
    js = nc.jetstream()
    stream = "FEED" if hop == 0 else f"RELAY{hop}"
    inbox = nc.new_inbox()

    async def hear(msg: Msg) -> None:
        if not msg.reply.startswith("$JS.ACK"):
            return
        if hop or b'"cancelled":true' in msg.data:
            tail = msg.subject.split(".", 2)[2]
            await js.publish(f"relay.{hop + 1}.{tail}", msg.data, headers=dict(msg.headers or {}))
        await nc.publish(msg.reply, b"+ACK")

    await nc.subscribe(inbox, cb=hear)
    ask = json.dumps({"batch": 100_000, "expires": int(120e9)}).encode()
    await nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.relay", ask, reply=inbox)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["relay"]:
        uvloop.run(relay(sys.argv[2], int(sys.argv[3])))
    else:
        uvloop.run(main())
