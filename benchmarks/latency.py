"""From a feed event to the notice, at 100 and 1,000 events a second, of which 1 in 20 cancels a flight with one party on it.

The other 19 *repeat* the times that are known, and end in the monitor, or *move* them by a minute, which no one is notified of:
the booker stores each such change, since a connection may hang on it.

Ours: the four agents, each a process: monitor, booker, planner, booker, notifier are five hops. The references: a bare relay of
five processes, and one that commits as much as the agents do (`benchmarks/relays.py`). All are measured in the streams: from
being stored in FEED to being stored at the end.
"""

import tempfile
from collections.abc import Callable, Container
from datetime import timedelta
from itertools import product
from pathlib import Path

import uvloop

from benchmarks.relays import HOPS, MOVED_END, RELAYED, REPEATED_END, relaying
from benchmarks.report import machine, save, show, show_ratio
from benchmarks.systems import publish_all, system, until
from benchmarks.worlds import NOW, airport, flight
from bus import Bus
from bus.operations import Server, close, connect, provision
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.names import FlightKey
from contracts.notices import NOTICE_SENT
from contracts.streams import STREAMS
from irops.audit import latencies
from simulation.parties import SeededFlight

SECONDS = 6
DISRUPTS = 20
RATES = (100, 1000)
ROUNDS = 3
MOVES = timedelta(minutes=1)
CASES = (
    ("always", "repeat", timedelta(0)),
    ("always", "move", MOVES),
    ("2m", "repeat", timedelta(0)),
)
"""With fsync of each write, and with the server's default; what the other events do."""


async def main() -> None:
    print(machine())
    figures = {}
    for (sync, others, moves), rate in product(CASES, RATES):
        rounds: dict[str, list[tuple[float, float]]] = {"agents": [], "bare relay": [], "committing relay": []}
        for turn in range(ROUNDS + 1):
            of_this = {
                "agents": await _ours(rate, sync, moves=moves),
                "bare relay": await _relay(rate, "bare", sync, moves=moves),
                "committing relay": await _relay(rate, "committing", sync, moves=moves),
            }
            for who, times in of_this.items() if turn else ():  # the first round is the warm-up
                rounds[who].append(times)
        medians = show(
            f"feed event to notice at {rate:,} events/s of which most {others} what is known, {HOPS} hops, "
            f"sync_interval {sync}",
            [
                (f"{who}, {what}", [times[i] for times in measured], "ms")
                for who, measured in rounds.items()
                for i, what in enumerate(("median", "p99"))
            ],
        )
        p50 = {who: [median for median, _ in measured] for who, measured in rounds.items()}
        bare = show_ratio("median, agents / bare relay", p50["agents"], p50["bare relay"], "at most 3")
        bound = show_ratio("median, committing / bare relay", p50["committing relay"], p50["bare relay"], "the bound")
        figures[f"at_{rate}_{others}_{sync}"] = {**medians, "ratio": bare, "bound": bound}
    save("latency", figures)


def world_of(
    rate: int, *, moves: timedelta = MOVES, remark: Callable[[int], str] = lambda i: ""
) -> list[tuple[SeededFlight, FlightStatus]]:
    """A flight for each status, twenty to a market: one has a party and is cancelled, the others get an estimate later by
    `moves`.

    `remark`: the remark of the party on the n-th cancelled flight, from 0.
    """
    world = []
    for i in range(rate * SECONDS):
        cancels = i % DISRUPTS == 0
        seeded = flight(
            i % 9000 + 1000,
            departs=NOW + timedelta(hours=6),
            parties=int(cancels),
            remark=remark(i // DISRUPTS),
            carrier=f"B{i // 9000}",
            destination=airport(i // DISRUPTS),
        )
        status = FlightStatus(
            flight=seeded.flight.flight,
            destination=seeded.flight.destination,
            observed_at=NOW + timedelta(milliseconds=i + 1),
            scheduled_departure=seeded.flight.scheduled_departure,
            scheduled_arrival=seeded.flight.scheduled_arrival,
            estimated_departure=None if cancels else seeded.flight.departs + moves,
            cancelled=cancels,
        )
        world.append((seeded, status))
    return world


async def _ours(rate: int, sync: str, *, moves: timedelta) -> tuple[float, float]:
    world = world_of(rate, moves=moves)
    statuses = [status for _, status in world]
    async with system((seeded for seeded, _ in world), sync=sync) as bus:
        await publish_all(bus, statuses, rate)
        await until(lambda: notices(bus), sum(status.cancelled for status in statuses))
        return await time_to_notice(bus)


async def time_to_notice(bus: Bus, flights: Container[FlightKey] | None = None) -> tuple[float, float]:
    """From feed event to notice: median and 99th percentile in milliseconds; only of events about these flights, if given."""
    published = {
        s.trace: s.stored_at async for s in bus.history(FLIGHT_STATUS) if flights is None or s.message.flight in flights
    }
    sent = [(n.trace, n.stored_at) async for n in bus.history(NOTICE_SENT)]
    latency = latencies(published, sent)
    assert latency is not None
    return latency.p50, latency.p99


async def notices(bus: Bus) -> int:
    return len([1 async for _ in bus.history(NOTICE_SENT)])


async def _relay(rate: int, kind: str, sync: str, *, moves: timedelta) -> tuple[float, float]:
    ends = MOVED_END if moves else REPEATED_END
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server", sync=sync)
        await server.start()
        nc = await connect(server.url, name="bench")
        try:
            await provision(nc, STREAMS)
            statuses = [status for _, status in world_of(rate, moves=moves)]
            wanted = sum(status.cancelled for status in statuses)
            bus = Bus(nc, source="bench")
            async with relaying(nc, server.url, kind, ends=ends):
                await publish_all(bus, statuses, rate)
                await until(lambda: _arrived(bus), wanted)
            published = {s.trace: s.stored_at async for s in bus.history(FLIGHT_STATUS)}
            relayed = [(s.trace, s.stored_at) async for s in bus.history(RELAYED)]
            latency = latencies(published, relayed)
            assert latency is not None
            return latency.p50, latency.p99
        finally:
            await close(nc)
            server.stop()


async def _arrived(bus: Bus) -> int:
    return len([1 async for _ in bus.history(RELAYED)])


if __name__ == "__main__":
    uvloop.run(main())
