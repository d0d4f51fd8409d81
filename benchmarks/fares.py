"""Fare messages for 20 rebookings, and how soon a fare follows the seats that change it.

Ours: `python -m agents.pricer`, as a separate process, on a ledger of 400 flights with 30 of 150 seats free. Parties of two
are rebooked from one of them to another at random, 20 in a commit, as fast as the commits go. The reference: a bare loop that
follows the ledger and publishes a fare with every change of a flight's seats.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import uvloop
from msgspec.json import Decoder, encode
from msgspec.structs import replace
from nats.aio.msg import Msg

from benchmarks.report import machine, save, show, show_ratio
from benchmarks.systems import until
from benchmarks.worlds import NOW, PARTIES_A_FLIGHT, flights
from bus import Bus, Commit, Write
from bus.clock import monotonic, wall
from bus.operations import Instance, Server, close, connect, discover, provision, set_clock
from contracts.clock import Clock
from contracts.fares import FARE, Fare
from contracts.ledger import SEAT_LEDGER, Holding, SeatLedger
from contracts.streams import STREAMS
from simulation.parties import SeededFlight
from simulation.seeding import seed_streams

FLIGHTS = 400
REBOOKINGS = 4_000
GROUP = 20
ROUNDS = 3
_WITHIN = 60.0
"""Seconds in which the last fare has to follow."""


async def main() -> None:
    print(machine())
    ours, bare, rates, lags = [], [], [], []
    for turn in range(ROUNDS):
        messages, rate, lag = await _by_the_pricer(Random(turn))
        ours.append(20 * messages / REBOOKINGS)
        rates.append(rate)
        lags.append(lag)
        bare.append(20 * await _by_every_change(Random(turn)) / REBOOKINGS)
    medians = show(
        f"{REBOOKINGS:,} rebookings among {FLIGHTS:,} flights, sync_interval 2m",
        [
            ("fare messages for 20 rebookings, at most 1 wanted", ours, "messages"),
            ("with every change of a flight's seats", bare, "messages"),
            ("seats committed meanwhile", rates, "parties/s"),
            ("the view of seats behind the stream, p99", lags, "ms"),
        ],
    )
    ratio = show_ratio("pricer / every change", ours, bare, "no figure")
    save("fares", {**medians, "ratio": ratio, "rounds": {"pricer": ours, "every change": bare}})


async def _by_the_pricer(random: Random) -> tuple[int, float, float]:
    """Messages after the first of each flight, rebookings committed a second, and the lag of its view."""
    async with _ledger() as (bus, url):
        environment = {**os.environ, "NATS_URL": url}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agents.pricer", env=environment, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await until(lambda: _priced(bus), FLIGHTS)
            began = monotonic()
            last = await _rebook(bus, random)
            rate = REBOOKINGS / (monotonic() - began)
            found = await _settled(bus, last)
            messages: dict[str, int] = found.stats["fares"]
            return sum(messages.values()) - FLIGHTS, rate, found.stats["view_lag_ms"][1]
        finally:
            process.terminate()
            await process.wait()


async def _by_every_change(random: Random) -> int:
    """The fares that a loop without a ladder publishes."""
    async with _ledger() as (bus, _):
        decode, seen = Decoder(SeatLedger).decode, 0

        async def follow(msg: Msg) -> None:
            nonlocal seen
            ledger = decode(msg.data)
            fare = Fare(flight=ledger.flight, source="ladder", observed_at=NOW, because="seats")
            await bus.nc.publish(FARE.of(fare).name, encode(fare))
            seen += 1

        await bus.nc.subscribe(SEAT_LEDGER.filter, cb=follow, pending_msgs_limit=0, pending_bytes_limit=0)
        await _rebook(bus, random)
        await bus.nc.flush()
        return seen


async def _rebook(bus: Bus, random: Random) -> int:
    """Move parties of two between flights. Returns the ledger's last sequence."""
    keys = {r.message.flight: (r.message, r.sequence) async for r in bus.history(SEAT_LEDGER)}
    names, last = sorted(keys), 0
    for at in range(0, REBOOKINGS, GROUP):
        touched: dict[str, SeatLedger] = {}
        for number in range(at, at + GROUP):
            source, target = _pick(random, names, keys, touched)
            party, holding = next(iter(touched[source].holders.items()))
            del touched[source].holders[party]
            touched[target].holders[f"{party[:12]}-{number}"] = holding
        writes = [Write(SEAT_LEDGER.of(ledger), keys[name][1]) for name, ledger in touched.items()]
        revisions = await bus.commit(Commit(states=writes))
        for name, ledger in touched.items():
            last = max(last, revisions[SEAT_LEDGER.key(flight=name).name])
            keys[name] = (ledger, revisions[SEAT_LEDGER.key(flight=name).name])
    return last


def _pick(
    random: Random, names: list[str], known: dict[str, tuple[SeatLedger, int]], touched: dict[str, SeatLedger]
) -> tuple[str, str]:
    """A flight that a party leaves, and one with two free seats; both are ready to be changed."""
    while True:
        pair = random.sample(names, 2)
        for name in pair:
            if name not in touched:
                touched[name] = replace(known[name][0], holders=dict(known[name][0].holders))
        source, target = pair
        if touched[source].holders and touched[target].free("economy") >= Holding("economy", 2).seats:
            return source, target


@asynccontextmanager
async def _ledger() -> AsyncIterator[tuple[Bus, str]]:
    """A server with the flights, and the clock at `NOW`."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), sync="2m")
        await server.start()
        nc = await connect(server.url, name="bench")
        try:
            await provision(nc, STREAMS)
            await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
            bus = Bus(nc, source="bench")
            await bus.start_views()
            world = flights(1000, FLIGHTS, parties=PARTIES_A_FLIGHT, hours=30)
            await seed_streams(bus, [SeededFlight(each.flight, each.seat_ledger, []) for each in world])
            yield bus, server.url
            await bus.stop_views()
        finally:
            await close(nc)
            server.stop()


async def _priced(bus: Bus) -> int:
    return len([fare async for fare in bus.history(FARE)])


async def _settled(bus: Bus, last: int) -> Instance:
    """The pricer once nothing is due: it has no timer before the next rung of days. Raises `TimeoutError`."""
    deadline = monotonic() + _WITHIN
    quiet = 0
    while quiet < 3:
        for instance in await discover(bus.nc, agent="pricer"):
            at = instance.wakes_at
            quiet = quiet + 1 if at is None or at > bus.now() + timedelta(minutes=1) else 0
        if monotonic() > deadline:
            raise TimeoutError(f"fares are still due {_WITHIN:g} s after sequence {last}")
        await asyncio.sleep(0.1)
    return instance


if __name__ == "__main__":
    uvloop.run(main())
