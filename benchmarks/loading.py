"""Seeding a ledger, loading a view of it, and the planner's memory.

Seeding: `simulation.seeding` against a bare loop that publishes the same payloads in atomic batches of the same size, encoded
beforehand. Loading: a view of all bookings against a bare push consumer that decodes them. The planner: the resident memory of
`python -m agents.planner` with a ledger of 100,000 bookings, less that with an empty one.
"""

import asyncio
import os
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Sequence
from pathlib import Path

import uvloop
from msgspec.json import Decoder, encode
from nats.aio.client import Client
from nats.aio.msg import Msg

from benchmarks.report import machine, save, show, show_ratio
from benchmarks.worlds import NOW, PARTIES_A_FLIGHT, flights
from bus import Bus
from bus.clock import monotonic, wall
from bus.operations import Server, close, connect, discover, provision, set_clock
from contracts.clock import Clock
from contracts.ledger import BOOKING, Booking
from contracts.streams import STREAMS
from simulation.parties import SeededFlight
from simulation.seeding import seed_streams

BOOKINGS = 100_000
ROUNDS = 3
BATCH = 400


async def main() -> None:
    print(machine())
    world = list(flights(1000, BOOKINGS // PARTIES_A_FLIGHT, parties=PARTIES_A_FLIGHT))
    bookings = sum(len(f.bookings) for f in world)
    payloads = [(BOOKING.of(b).name, encode(b)) for f in world for b in f.bookings]
    figures = {}
    for sync in ("always", "2m"):
        seeded, bare, view, bare_view = [], [], [], []
        for turn in range(ROUNDS + 1):
            with tempfile.TemporaryDirectory() as folder:
                async with _Provisioned(Path(folder), sync) as (_, nc):
                    bare.append(bookings / await _timed(_bare_batches(nc, payloads)))
                    bare_view.append(bookings / await _timed(_bare_push(nc, bookings)))
            with tempfile.TemporaryDirectory() as folder:
                async with _Provisioned(Path(folder), sync) as (_, nc):
                    bus = Bus(nc, source="bench")
                    seeded.append(bookings / await _timed(seed_streams(bus, world)))
                    view.append(bookings / await _timed(_load_view(Bus(nc, source="view"))))
            if not turn:  # the warm-up
                for rates in (seeded, bare, view, bare_view):
                    rates.clear()
        medians = show(
            f"{bookings:,} bookings, sync_interval {sync}",
            [
                ("seeding", seeded, "bookings/s"),
                ("bare atomic batches", bare, "bookings/s"),
                ("loading a view", view, "bookings/s"),
                ("bare push consumer", bare_view, "bookings/s"),
            ],
        )
        ratios = {
            "seeding_ratio": show_ratio("seeding / bare", seeded, bare, "no figure"),
            "loading_ratio": show_ratio("view / bare", view, bare_view, "no figure"),
        }
        figures[f"sync_{sync}"] = {**medians, **ratios}
    empty, full = await _planner_mb(()), await _planner_mb(world)
    per_100k = (full - empty) * 100_000 / bookings
    figures["planner_mb"] = show(
        "the planner's memory",
        [("on an empty ledger", [empty], "MB"), ("per 100,000 bookings, at most 100 wanted", [per_100k], "MB")],
    )
    save("loading", figures)


class _Provisioned:
    """A server with streams and a clock, and a connection to it."""

    def __init__(self, folder: Path, sync: str) -> None:
        self._server = Server(folder, sync=sync)

    async def __aenter__(self) -> tuple[Server, Client]:
        await self._server.start()
        self._nc = await connect(self._server.url, name="bench")
        await provision(self._nc, STREAMS)
        await set_clock(self._nc, Clock(now=NOW, at=wall(), speed=1))
        return self._server, self._nc

    async def __aexit__(self, *_: object) -> None:
        await close(self._nc)
        self._server.stop()


async def _timed(work: Awaitable[object]) -> float:
    began = monotonic()
    await work
    return monotonic() - began


async def _bare_batches(nc: Client, payloads: list[tuple[str, bytes]]) -> None:
    """Publish the same bytes, three batches at a time."""
    slots = asyncio.Semaphore(3)

    async def send(chunk: list[tuple[str, bytes]]) -> None:
        batch = uuid.uuid4().hex
        for k, (subject, payload) in enumerate(chunk, 1):
            headers = {
                "Nats-Batch-Id": batch,
                "Nats-Batch-Sequence": str(k),
                "Nats-Expected-Last-Subject-Sequence": "0",
            }
            if k < len(chunk):
                await nc.publish(subject, payload, headers=headers)
            else:
                await nc.request(subject, payload, timeout=10, headers={**headers, "Nats-Batch-Commit": "1"})
        slots.release()

    async with asyncio.TaskGroup() as group:
        for i in range(0, len(payloads), BATCH):
            await slots.acquire()
            group.create_task(send(payloads[i : i + BATCH]))


async def _bare_push(nc: Client, wanted: int) -> None:
    decode, seen, done = Decoder(Booking).decode, [], asyncio.Event()

    async def hear(msg: Msg) -> None:
        seen.append(decode(msg.data).pnr)
        if len(seen) == wanted:
            done.set()

    await nc.jetstream().subscribe(
        BOOKING.filter, cb=hear, ordered_consumer=True, pending_msgs_limit=0, pending_bytes_limit=0
    )
    await done.wait()


async def _load_view(bus: Bus) -> None:
    bus.view(BOOKING, lambda booking, _revision, _at: booking.pnr)
    await bus.start_views()
    await bus.stop_views()


async def _planner_mb(world: Sequence[SeededFlight]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        async with _Provisioned(Path(folder), "2m") as (server, nc):
            await seed_streams(Bus(nc, source="bench"), world)
            environment = {**os.environ, "NATS_URL": server.url}
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "agents.planner", env=environment, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                while not await discover(nc, verb="PING", agent="planner", wait=0.2):
                    pass
                return _resident_mb(process.pid)
            finally:
                process.terminate()
                await process.wait()


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    uvloop.run(main())
