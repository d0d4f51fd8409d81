"""What a language model costs those who wait for it, and what it costs everybody else.

*Others*: from feed event to notice at 100 events a second, of parties that have written nothing, while an endpoint hangs on
each remark of as many parties that have, and of the two hundred whose flight is cancelled among them; against the same feed
where no endpoint is configured. The deadline is short, so that all through a round some are given up and others begun. Once as
things are, when the breaker opens after five failures and few are asked, and once with a breaker that never opens, when a
model is asked for as long as anybody's turn comes. Runs one after the other differ by a fifth for no reason of ours, so the
order changes from round to round, and the system with no endpoint is compared with itself, too.

*Judged*: parties a second whose remark was read, the model answering after 300 ms, from the first plan to the last. No more
than the calls under way at once, every 0.3 s, is possible; and a judged party costs the planner some 11 ms of processor time,
most of them in the libraries of client and graph.
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

from benchmarks.latency import notices, told_after, world_of
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
        f"feed event to notice at {RATE} events/s, parties that have written nothing",
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
    """Every second party that is hit has written something, and after a second a whole flight of such is cancelled; median
    and p99 of the others, milliseconds.

    Everything has been run in before by a flight of parties that have written nothing: a cold system is a third slower, and
    would be so for longer where the two hundred wait.
    """
    world = world_of(RATE, remark=lambda i: REMARK if i % 2 else "")
    statuses = [status for _, status in world]
    hit = sum(status.cancelled for status in statuses)
    silent = {
        seeded.flight.flight for seeded, _ in world if not any(booking.party.remark for booking in seeded.bookings)
    }
    full, other = _full_flight(AT_ONCE)
    run_in, elsewhere = _full_flight(AT_ONCE, destination="FLL", remark="")
    seeded = [*(seeded for seeded, _ in world), full, other, run_in, elsewhere]
    async with system(seeded, environment=environment) as bus:
        await publish_all(bus.nc, [_cancelled(run_in)], RATE)
        await until(lambda: notices(bus), AT_ONCE)
        await publish_all(bus.nc, [*statuses[:RATE], _cancelled(full), *statuses[RATE:]], RATE, first=1)
        await until(lambda: notices(bus), AT_ONCE + hit + AT_ONCE)
        return await told_after(bus, silent)


def _full_flight(
    parties: int, *, destination: Airport = "MCO", remark: str = REMARK
) -> tuple[SeededFlight, SeededFlight]:
    """One whose parties have all written this, and another, empty one that they may have: no two trips are so unlike that
    a model is to choose."""

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
            f"parties judged, the model answering in {TAKES * 1000:.0f} ms, {concurrency} calls at once",
            [(f"{concurrency} at once", rates, "parties/s")],
        )
        ceiling = concurrency / TAKES
        figures[f"{concurrency} at once, of the ceiling"] = show_ratio(
            f"of the ceiling, {ceiling:.0f} parties/s", rates, [ceiling] * len(rates), "near 1"
        )
    return figures


async def _rate(concurrency: int) -> float:
    """Of one flight that is cancelled."""
    full, other = _full_flight(PARTIES)
    async with _slow_model() as url:
        environment = {
            "IROPS_LLM_BASE_URL": url,
            "IROPS_LLM_MODEL": MODEL,
            "IROPS_LLM_CONCURRENCY": str(concurrency),
            "IROPS_LLM_DEADLINE_S": "60",
        }
        async with system([full, other], environment=environment) as bus:
            await publish_all(bus.nc, [_cancelled(full)], RATE)
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
    """The address of a scripted model, a process of its own."""
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
