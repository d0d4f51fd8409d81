"""Quotes answered by one booker: how many a second, and how long one takes while it commits the plans of a storm.

Ours: `python -m agents.booker`, as a separate process, with the fare rules of a made-up carrier. *Alone*: what it would cost to
give a booking up is asked about one booking after the other, `AT_ONCE` questions under way at a time. *In a storm*: the same is
asked `RATE` times a second while 9,600 plans wait in the stream, until all are committed. The reference: a process that answers
the same questions with bare nats-py and msgspec. It reads the booking, stores a quote of ours and answers with it, and judges
nothing.

`python -m benchmarks.quotes URL FILE` runs the reference, which gives the quote in the file.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import uvloop
from msgspec.structs import replace
from nats.aio.msg import Msg

from benchmarks.rebookings import PARTIES, moved, plans_waiting, rate
from benchmarks.report import machine, save, show, show_ratio
from benchmarks.worlds import NOW, flights
from bus import Bus, Unavailable
from bus.clock import monotonic
from bus.operations import Server, close, connect, provision, set_clock
from contracts.clock import Clock
from contracts.ledger import BOOKING, Booking
from contracts.names import Pnr
from contracts.requests import QUOTE, QUOTE_WANTED, Quoted, QuoteWanted, Wanted
from contracts.sales import Sale
from contracts.streams import STREAMS
from simulation.parties import SeededFlight
from simulation.seeding import seed_streams

QUOTES = 3_000
AT_ONCE = 16
RATE = 50
ROUNDS = 3
_FARES = Path(__file__).parents[1] / "tests" / "journeys" / "fare_rules"
_WITHIN = timedelta(seconds=30)


async def main() -> None:
    print(machine())
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        sample = Sample(Path(folder) / "quote.json")
        for sync in ("always", "2m"):
            ours, bare, p50, p99, stormy, calm = [], [], [], [], [], []
            for _ in range(ROUNDS):
                ours.append(await _alone(sync, sample, ours=True))
                bare.append(await _alone(sync, sample, ours=False))
                took, committed = await _in_a_storm(sync, asking=True)
                p50.append(_part(took, 0.5))
                p99.append(_part(took, 0.99))
                stormy.append(committed)
                calm.append((await _in_a_storm(sync, asking=False))[1])
            medians = show(
                f"quotes by one booker, sync_interval {sync}",
                [
                    (f"alone, {AT_ONCE} at once", ours, "quotes/s"),
                    ("bare loop", bare, "quotes/s"),
                    (f"in a storm, {RATE} asked a second, p50", p50, "ms"),
                    ("the same, p99", p99, "ms"),
                    ("rebookings committed meanwhile", stormy, "parties/s"),
                    ("rebookings without questions", calm, "parties/s"),
                ],
            )
            figures[f"sync_{sync}"] = {
                **medians,
                "ratio": show_ratio("booker / bare loop", ours, bare, "no figure"),
                "storm_ratio": show_ratio("rebookings with / without questions", stormy, calm, "no figure"),
                "rounds": {"booker": ours, "bare": bare, "p99": p99},
            }
    save("quotes", figures)


class Sample:
    """A quote in a file: ours writes it, and the reference gives it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, quoted: Quoted) -> None:
        self.path.write_bytes(msgspec.json.encode(quoted))

    def read(self) -> Quoted:
        return msgspec.json.decode(self.path.read_bytes(), type=Quoted)


async def _alone(sync: str, sample: Sample, *, ours: bool) -> float:
    """Quotes a second."""
    async with _system(sync) as (bus, url):
        pnrs = await _sold(bus, QUOTES)
        command = ("agents.booker",) if ours else ("benchmarks.quotes", url, str(sample.path))
        async with _running(url, *command):
            first = await _quoted(bus, pnrs[0], "first")
            if ours:
                sample.write(first)
            waiting = iter(pnrs)
            began = monotonic()

            async def ask() -> None:
                for pnr in waiting:
                    await _quoted(bus, pnr, "quote")

            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(ask())
            return len(pnrs) / (monotonic() - began)


async def _in_a_storm(sync: str, *, asking: bool) -> tuple[list[float], float]:
    """How long each quote took, in milliseconds, and parties committed a second."""
    async with _system(sync) as (bus, url):
        pnrs = iter(await _sold(bus, QUOTES))
        took: list[float] = []

        async def ask() -> None:
            began = monotonic()
            await _quoted(bus, next(pnrs), "quote")
            took.append(1000 * (monotonic() - began))

        await plans_waiting(bus, None)
        async with _running(url, "agents.booker"), asyncio.TaskGroup() as group:
            while not await moved(bus):
                await asyncio.sleep(0.01)
            began, asked = monotonic(), 0
            while asking and (asked % RATE or await moved(bus) < PARTIES):
                asked += 1
                group.create_task(ask())
                await asyncio.sleep(max(0, began + asked / RATE - monotonic()))
            while await moved(bus) < PARTIES:
                await asyncio.sleep(0.2)
        return took, await rate(bus)


def _part(took: list[float], part: float) -> float:
    return sorted(took)[int(part * (len(took) - 1))]


async def _quoted(bus: Bus, pnr: Pnr, quote: str) -> Quoted:
    """The answer once someone answers."""
    question = QuoteWanted(pnr=pnr, id=f"{quote}-{pnr}", wanted=Wanted(cancel=(1,)))
    deadline = monotonic() + _WITHIN.total_seconds()
    while True:
        try:
            answer = await bus.ask(QUOTE_WANTED, question, timeout=_WITHIN)
        except Unavailable:
            if monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            assert answer.quote.outcome == "allowed", answer.quote.why
            return answer


async def _sold(bus: Bus, count: int) -> list[Pnr]:
    """Seed bookings whose terms of sale are known; none of them has a plan."""
    world = []
    for each in flights(8000, count // 60, parties=60, hours=30):
        bookings = [replace(b, sale=Sale(booked_at=NOW - timedelta(days=9), family="classic")) for b in each.bookings]
        world.append(SeededFlight(each.flight, each.seat_ledger, bookings))
    await seed_streams(bus, world)
    return [booking.pnr for each in world for booking in each.bookings]


@asynccontextmanager
async def _system(sync: str) -> AsyncIterator[tuple[Bus, str]]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), sync=sync)
        await server.start()
        nc = await connect(server.url, name="bench")
        try:
            await provision(nc, STREAMS)
            await set_clock(nc, Clock(now=NOW, at=NOW, speed=0.000001))
            yield Bus(nc, source="bench"), server.url
        finally:
            await close(nc)
            server.stop()


@asynccontextmanager
async def _running(url: str, module: str, *arguments: str) -> AsyncIterator[None]:
    environment = {**os.environ, "NATS_URL": url, "IROPS_BOOKER_FARES": str(_FARES)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def answer_bare(url: str, given: Quoted) -> None:
    """The minimum that a quote takes: the booking is read, a quote is stored, and the answer has it."""
    nc = await connect(url, name="bare")
    wanted, booking = msgspec.json.Decoder(QuoteWanted).decode, msgspec.json.Decoder(Booking).decode
    encode = msgspec.json.Encoder().encode

    async def answer(msg: Msg) -> None:
        question = wanted(msg.data)
        found = await nc.request(f"$JS.API.DIRECT.GET.LEDGER.{BOOKING.key(pnr=question.pnr).name}", timeout=5)
        booking(found.data)
        quote = replace(given.quote, pnr=question.pnr, id=question.id, asked=question)
        subject = QUOTE.key(pnr=quote.pnr, id=quote.id).name
        headers = {"Nats-Expected-Last-Subject-Sequence": "0", "ce-id": subject, "ce-source": "bare"}
        stored = json.loads((await nc.request(subject, encode(quote), timeout=5, headers=headers)).data)
        await msg.respond(encode(Quoted(quote=quote, revision=stored["seq"])))

    async def begin(msg: Msg) -> None:
        task = asyncio.create_task(answer(msg))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    tasks: set[asyncio.Task[None]] = set()
    await nc.subscribe(QUOTE_WANTED.name, cb=begin)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        uvloop.run(answer_bare(sys.argv[1], Sample(Path(sys.argv[2])).read()))
    else:
        uvloop.run(main())
