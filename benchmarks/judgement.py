"""The delay that a language model causes to the parties that wait for it, and to all others.

*Others*: from feed event to notice at 100 events a second, for parties without a remark, while an endpoint hangs on each remark
of as many other parties, and of two hundred whose flight is cancelled in between; against the same feed without an endpoint.
The deadline is short, so that throughout a round some calls are given up and others begun. It is measured with the default
breaker, which opens after five failures, so few calls are made, and with a breaker that never opens, so a model is called
whenever a call is free. Successive runs differ by a fifth for reasons outside this code, so the order changes from round to
round, and the system without an endpoint is also compared with itself.

*Judged*: parties a second whose remark was read, with a model that answers after 300 ms, from the first plan to the last. The
ceiling is the number of concurrent calls every 0.3 s; and a judged party costs the planner some 11 ms of CPU time, most of it
in the libraries for client and graph.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import uvloop

from benchmarks.latency import notices, time_to_notice, world_of
from benchmarks.report import machine, save, show, show_ratio
from benchmarks.systems import publish_all, system, until
from benchmarks.worlds import NOW, flight
from bus import Bus
from contracts.flights import FlightStatus
from contracts.names import Airport
from contracts.plans import PLAN_PROPOSED
from simulation.parties import SeededFlight
from tests.llm.replies import Hangs
from tests.llm.scripted import MODEL, Scripted

RATE = 100
ROUNDS = 12
USUAL = "no endpoint"
COMPARED = ("the same again", "hanging", "hanging, no breaker")
AT_ONCE = 200
DEADLINE_S = "2"
REMARK = "We can't change planes with my father's oxygen."
OFF = {"IROPS_LLM_BASE_URL": ""}
NEVER_OPENS = {"IROPS_LLM_BREAKER_FAILURES": "1000000"}

TAKES = 0.3
PARTIES = 400
CONCURRENCY = (8, 32)
_ROOT = Path(__file__).parents[1]


async def main() -> None:
    print(machine())
    save("judgement", {"others": await _others(), "judged": await _judged()})


async def _others() -> dict[str, float]:
    rounds: dict[str, list[tuple[float, float]]] = {who: [] for who in (USUAL, *COMPARED)}
    asked: list[float] = []
    order, shuffled = list(rounds), Random(1)
    for _ in range(ROUNDS):
        shuffled.shuffle(order)
        async with Scripted(lambda _: Hangs()) as model:
            hangs = {"IROPS_LLM_BASE_URL": model.url, "IROPS_LLM_MODEL": MODEL, "IROPS_LLM_DEADLINE_S": DEADLINE_S}
            environments = {
                USUAL: OFF,
                "the same again": OFF,
                "hanging": hangs,
                "hanging, no breaker": hangs | NEVER_OPENS,
            }
            for who in order:
                before = len(model.requests)
                rounds[who].append(await _round(environments[who]))
                if who == "hanging, no breaker":
                    asked.append(len(model.requests) - before)
    medians = show(
        f"feed event to notice at {RATE} events/s, parties without a remark",
        [
            *(
                (f"{who}, {what}", [times[i] for times in measured], "ms")
                for who, measured in rounds.items()
                for i, what in enumerate(("median", "p99"))
            ),
            ("asked without a breaker", asked, "requests"),
        ],
    )
    p50 = {who: [median for median, _ in measured] for who, measured in rounds.items()}
    wanted = dict.fromkeys(COMPARED, "at most 1.1") | {"the same again": "1: what differs is noise"}
    ratios = {
        f"{who} / {USUAL}": show_ratio(f"median, {who} / {USUAL}", p50[who], p50[USUAL], wanted[who])
        for who in COMPARED
    }
    return medians | ratios


async def _round(environment: dict[str, str]) -> tuple[float, float]:
    """Median and p99 in milliseconds, for the disrupted parties without a remark.

    Every second disrupted party has a remark, and after a second a whole flight of such parties is cancelled. A cancelled
    flight of parties without a remark warms the system up: a cold one is a third slower, and for longer where two hundred
    parties wait.
    """
    world = world_of(RATE, remark=lambda i: REMARK if i % 2 else "")
    statuses = [status for _, status in world]
    disrupted = sum(status.cancelled for status in statuses)
    silent = {
        seeded.flight.flight for seeded, _ in world if not any(booking.party.remark for booking in seeded.bookings)
    }
    full, other = _full_flight(AT_ONCE)
    warm_up, elsewhere = _full_flight(AT_ONCE, destination="FLL", remark="")
    seeded = [*(seeded for seeded, _ in world), full, other, warm_up, elsewhere]
    async with system(seeded, environment=environment) as bus:
        await publish_all(bus, [_cancelled(warm_up)], RATE)
        await until(lambda: notices(bus), AT_ONCE)
        await publish_all(bus, [*statuses[:RATE], _cancelled(full), *statuses[RATE:]], RATE, first=1)
        await until(lambda: notices(bus), AT_ONCE + disrupted + AT_ONCE)
        return await time_to_notice(bus, silent)


def _full_flight(
    parties: int, *, destination: Airport = "MCO", remark: str = REMARK
) -> tuple[SeededFlight, SeededFlight]:
    """A flight whose parties all have this remark, and an empty one to move them to: no choice between trips is left to a
    model."""

    def leaves(number: int, hours: float, parties_: int) -> SeededFlight:
        return flight(
            number,
            departs=NOW + timedelta(hours=hours),
            parties=parties_,
            capacity=2 * parties,
            carrier="XX" if destination == "MCO" else "XY",
            destination=destination,
            remark=remark,
        )

    return leaves(1, 6, parties), leaves(2, 7, 0)


def _cancelled(seeded: SeededFlight) -> FlightStatus:
    state = seeded.flight
    return FlightStatus(
        flight=state.flight,
        destination=state.destination,
        observed_at=NOW + timedelta(milliseconds=1),
        scheduled_departure=state.scheduled_departure,
        scheduled_arrival=state.scheduled_arrival,
        cancelled=True,
    )


async def _judged() -> dict[str, float]:
    figures: dict[str, float] = {}
    for concurrency in CONCURRENCY:
        rates = [await _rate(concurrency) for _ in range(3)]
        figures |= show(
            f"parties judged, the model answering in {TAKES * 1000:.0f} ms, {concurrency} concurrent calls",
            [(f"{concurrency} at once", rates, "parties/s")],
        )
        ceiling = concurrency / TAKES
        figures[f"{concurrency} at once, of the ceiling"] = show_ratio(
            f"of the ceiling, {ceiling:.0f} parties/s", rates, [ceiling] * len(rates), "near 1"
        )
    return figures


async def _rate(concurrency: int) -> float:
    """Parties judged a second, of one cancelled flight."""
    full, other = _full_flight(PARTIES)
    async with _slow_model() as url:
        environment = {
            "IROPS_LLM_BASE_URL": url,
            "IROPS_LLM_MODEL": MODEL,
            "IROPS_LLM_CONCURRENCY": str(concurrency),
            "IROPS_LLM_DEADLINE_S": "60",
        }
        async with system([full, other], environment=environment) as bus:
            await publish_all(bus, [_cancelled(full)], RATE)
            await until(lambda: _plans(bus), PARTIES)
            return await _judged_a_second(bus, concurrency)


async def _judged_a_second(bus: Bus, concurrency: int) -> float:
    """From the end of the first `concurrency` plans to the last."""
    stored: list[datetime] = []
    async for plan in bus.history(PLAN_PROPOSED):
        judged = plan.message.judgement
        assert judged is not None
        assert judged.fallback is None, judged.fallback
        stored.append(plan.stored_at)
    stored.sort()
    return (PARTIES - concurrency) / ((stored[-1] - stored[concurrency - 1]) / timedelta(seconds=1))


async def _plans(bus: Bus) -> int:
    return len([1 async for _ in bus.history(PLAN_PROPOSED)])


@asynccontextmanager
async def _slow_model() -> AsyncIterator[str]:
    """The address of a scripted model in a separate process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.llm.scripted", "--delay", str(TAKES)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    uvloop.run(main())
