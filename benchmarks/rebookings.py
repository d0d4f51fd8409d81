"""Rebookings committed per second by one booker, from plans waiting in the stream.

Ours: `python -m agents.booker`, as a separate process. The reference: a bare nats-py and msgspec loop that fetches the same
plans, decodes them, encodes the same bookings, facts and flights, commits them in atomic batches of the same size, and acks.
It checks nothing, reads no booking and keeps no revision; where seats have numbers it gives out the next ones. Rates are
measured by the stream's own times, from the end of the first batch to the end of the last, so the start does not count.
"""

import asyncio
import json
import os
import sys
import tempfile
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import uvloop
from msgspec.structs import replace
from nats.aio.client import Client

from benchmarks.report import machine, save, show, show_ratio
from benchmarks.worlds import NARROW, NOW, PARTIES_A_FLIGHT, SEATS, flights, move
from bus import Bus, Fact
from bus.operations import Server, close, connect, provision, set_clock
from contracts.clock import Clock
from contracts.layouts import LAYOUT, Layout, SeatNumber
from contracts.ledger import BOOKING, BOOKING_CHANGED, SEAT_LEDGER, Booking, BookingChanged, Holding, Leg, SeatLedger
from contracts.names import FlightKey, Pnr
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.streams import STREAMS
from simulation.seeding import seed_streams

PARTIES = 9_600
GROUP = 160
Numbers = tuple[SeatNumber, ...]
ROUNDS = 3


async def main() -> None:
    print(machine())
    figures = {}
    for sync, layout in (("always", None), ("2m", None), ("always", NARROW), ("2m", NARROW)):
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(await _round(sync, layout, ours=True))
            bare.append(await _round(sync, layout, ours=False))
        seats = ", seats by number" if layout else ""
        medians = show(
            f"rebookings committed, sync_interval {sync}, {PARTIES:,} parties in groups of up to {GROUP}{seats}",
            [("one booker", ours, "parties/s"), ("bare loop", bare, "parties/s")],
        )
        ratio = show_ratio("booker / bare loop", ours, bare, "at least 0.5; 2,000/s with fsync")
        figures[f"sync_{sync}" + ("_numbered" if layout else "")] = {
            **medians,
            "ratio": ratio,
            "rounds": {"booker": ours, "bare": bare},
        }
    save("rebookings", figures)


async def _round(sync: str, layout: Layout | None, *, ours: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), sync=sync)
        await server.start()
        nc = await connect(server.url, name="bench")
        try:
            await provision(nc, STREAMS)
            await set_clock(nc, Clock(now=NOW, at=NOW, speed=0.000001))
            bus = Bus(nc, source="bench")
            world = await plans_waiting(bus, layout)
            if ours:
                await _run_booker(bus, server.url)
            else:
                await _run_bare(nc, *world)
            return await rate(bus)
        finally:
            await close(nc)
            server.stop()


async def plans_waiting(
    bus: Bus, layout: Layout | None
) -> tuple[dict[Pnr, Booking], dict[FlightKey, SeatLedger], dict[str, int]]:
    """Store full flights, empty flights, and in PLANS a plan for every party to move from one to the other."""
    if layout is not None:
        await bus.append(LAYOUT.of(layout), identity=layout.layout)
    full = list(flights(1000, PARTIES // PARTIES_A_FLIGHT, parties=PARTIES_A_FLIGHT, layout=layout))
    to = list(flights(5000, PARTIES // PARTIES_A_FLIGHT, parties=0, hours=9, layout=layout))
    await seed_streams(bus, [*full, *to])
    keys = [BOOKING.key(pnr=b.pnr) for f in full for b in f.bookings]
    loaded = await bus.load(keys)
    plans = []
    for source, target in zip(full, to, strict=True):
        for booking in source.bookings:
            revision = loaded.revision(BOOKING.key(pnr=booking.pnr))
            ledger = target.seat_ledger
            plans.append(move(booking, revision, ledger.flight, arrives=ledger.arrives, at=NOW))
    await bus.emit_once([Fact(PLAN_PROPOSED.of(plan)) for plan in plans])
    flights_loaded = await bus.load(SEAT_LEDGER.key(flight=f.flight.flight) for f in (*full, *to))
    revisions = {k.name: loaded.revision(k) for k in keys}
    revisions |= {
        SEAT_LEDGER.key(flight=f.flight.flight).name: flights_loaded.revision(SEAT_LEDGER.key(flight=f.flight.flight))
        for f in (*full, *to)
    }
    bookings = {b.pnr: b for f in full for b in f.bookings}
    return bookings, {f.flight.flight: f.seat_ledger for f in (*full, *to)}, revisions


async def _run_booker(bus: Bus, url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agents.booker", env={**os.environ, "NATS_URL": url}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        while await moved(bus) < PARTIES:
            await asyncio.sleep(0.2)
    finally:
        process.terminate()
        await process.wait()


async def moved(bus: Bus) -> int:
    info = await bus.nc.request(
        "$JS.API.STREAM.INFO.LEDGER", json.dumps({"subjects_filter": "booking.changed.>"}).encode(), timeout=5
    )
    return len(json.loads(info.data)["state"].get("subjects") or {})


async def _run_bare(
    nc: Client, bookings: dict[Pnr, Booking], seats: dict[FlightKey, SeatLedger], revisions: dict[str, int]
) -> None:
    """The minimum that a booker has to do: no checks, no reads, no lease."""
    js = nc.jetstream()
    sub = await js.pull_subscribe(PLAN_PROPOSED.filter, durable="bare", stream="PLANS")
    decode, encode = msgspec.json.Decoder(PlanProposed).decode, msgspec.json.Encoder().encode
    done = 0
    while done < PARTIES:
        group = await sub.fetch(GROUP, timeout=5)
        batch, k = uuid.uuid4().hex, 0
        out: list[tuple[str, bytes, int]] = []
        touched: dict[FlightKey, SeatLedger] = {}
        for msg in group:
            plan = decode(msg.data)
            booking = bookings[plan.pnr]
            new = plan.options[0].legs[0].flight
            old = booking.journeys[0].legs[0].flight
            for flight in (old, new):
                if flight not in touched:
                    ledger = seats[flight]
                    touched[flight] = replace(ledger, holders=dict(ledger.holders), numbers=dict(ledger.numbers))
            to = touched[new]
            had, has = _change_seats(plan.pnr, touched[old], to)
            legs = (Leg(flight=new, destination="MCO", cabin="economy", departs=to.departs, arrives=to.arrives),)
            before, after = (replace(booking.journeys[0].legs[0], seats=had),), (replace(legs[0], seats=has),)
            fact = BookingChanged(
                pnr=plan.pnr,
                id=plan.id,
                reason="cancelled",
                before=before,
                after=after,
                language="en",
                contact=booking.party.contact,
                decided_at=NOW,
            )
            out.append((BOOKING_CHANGED.of(fact).name, encode(fact), 0))
            name = BOOKING.key(pnr=plan.pnr).name
            moved = replace(booking.journeys[0], legs=legs, state="rebooked", last_fact=plan.id)
            out.append((name, encode(replace(booking, journeys=(moved,))), revisions[name]))
        for flight, ledger in touched.items():
            name = SEAT_LEDGER.key(flight=flight).name
            out.append((name, encode(ledger), revisions[name]))
            seats[flight] = ledger
        for k, (subject, payload, revision) in enumerate(out, 1):
            headers = _headers(subject, revision, batch, k)
            if k < len(out):
                await nc.publish(subject, payload, headers=headers)
            else:
                answer = await nc.request(subject, payload, timeout=10, headers={**headers, "Nats-Batch-Commit": "1"})
        stored = json.loads(answer.data)
        if "error" in stored:
            raise RuntimeError(stored["error"])
        for i, (subject, _, _) in enumerate(reversed(out)):
            if subject in revisions:
                revisions[subject] = stored["seq"] - i
        for msg in group:
            await msg.ack()
        done += len(group)
    await nc.flush()


def _change_seats(pnr: Pnr, old: SeatLedger, new: SeatLedger) -> tuple[Numbers, Numbers]:
    """Get the party's seats by number, where there are any: those that it had, and the next ones of the other flight."""
    old.holders.pop(pnr)
    new.holders[pnr] = Holding("economy", 2)
    if new.layout is None:
        return (), ()
    numbers = new.numbers[pnr] = SEATS[2 * len(new.numbers) : 2 * len(new.numbers) + 2]
    return old.numbers.pop(pnr), numbers


def _headers(subject: str, revision: int, batch: str, k: int) -> dict[str, str]:
    """The same headers as the booker's."""
    return {
        "ce-specversion": "1.0",
        "ce-id": subject,
        "ce-type": "irops.BookingChanged",
        "ce-source": "booker",
        "ce-time": "2013-02-08T12:00:00.000Z",
        "ce-causationid": f"plan.proposed.{subject}",
        "traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00",
        "Irops-Commit": f"{batch}.400",
        "Nats-Expected-Last-Subject-Sequence": str(revision),
        "Nats-Batch-Id": batch,
        "Nats-Batch-Sequence": str(k),
    }


async def rate(bus: Bus) -> float:
    """Parties a second from the first commit to the last."""
    stored = [changed.stored_at async for changed in bus.history(BOOKING_CHANGED)]
    first = _end_of_first(stored)
    after = sum(1 for at in stored if at > first)
    return after / ((max(stored) - first) / timedelta(seconds=1))


def _end_of_first(stored: list[datetime]) -> datetime:
    return max(at for at in stored[:GROUP])


if __name__ == "__main__":
    uvloop.run(main())
