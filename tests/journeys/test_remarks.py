"""A whole storm day with a model that reads remarks, a tenth of whose answers are faults. Run by `make days`."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bus import Bus
from contracts.ledger import SEAT_LEDGER
from contracts.plans import PLAN_PROPOSED, PlanProposed
from irops.audit import Audit, Streams
from irops.replay.options import LOCKSTEP, ReplayOptions
from irops.system.reading import read_streams
from tests.journeys.passed_over import SeatsOverTime, passed_over
from tests.journeys.replaying import left_by, staged
from tests.llm.daylong import Daylong
from tests.llm.reader import reads
from tests.llm.scripted import MODEL, Scripted

pytestmark = [pytest.mark.days, pytest.mark.timeout(900)]

SETTINGS = {
    "IROPS_LLM_MODEL": MODEL,
    "IROPS_LLM_BREAKER_FAILURES": "1000000",  # what it does next depends on the wall clock
}


@dataclass(frozen=True)
class Replayed:
    report: dict[str, object]
    audit: Audit
    streams: Streams
    plans: Sequence[PlanProposed]
    seats: SeatsOverTime


async def replayed(folder: Path) -> Replayed:
    """The day for one party in twenty."""
    options, seats = ReplayOptions(speed=LOCKSTEP, seed=7, sample=0.05), SeatsOverTime()
    async with (
        Scripted(Daylong(reads, faults=0.1, seed=7)) as model,
        staged(options, folder, environment=SETTINGS | {"IROPS_LLM_BASE_URL": model.url}) as stage,
    ):
        bus = Bus(stage.bus.nc, source="seats")
        bus.view(SEAT_LEDGER, seats.keep)
        await bus.start_views()
        try:
            ended = await stage.run()
            plans = [plan.message async for plan in stage.bus.history(PLAN_PROPOSED)]
            streams = await read_streams(stage.bus)
        finally:
            await bus.stop_views()
    return Replayed(ended.report, ended.audit, streams, plans, seats)


async def test_remarks_are_met_where_they_can_be_and_one_seed_always_ends_alike(tmp_path: Path) -> None:
    """Two replays at the same time: the audit is clean, no party is passed over, and both end alike."""
    day, again = await asyncio.gather(replayed(tmp_path / "one"), replayed(tmp_path / "again"))

    assert day.audit.clean, day.audit.findings
    assert day.report["dead_letters"] == day.report["restarts"] == 0
    verdict = passed_over(day.plans, [fact for _, fact in day.streams.facts], day.streams.bookings, day.seats)
    assert not verdict.faults
    assert verdict.answers[True] > verdict.answers[False] > 0
    fallbacks = Counter(plan.judgement.fallback for plan in day.plans if plan.judgement)
    assert fallbacks.keys() <= {None, "refused", "invalid", "unreachable", "deadline"}
    assert fallbacks.total() - fallbacks[None] == day.report["fallbacks"] != 0
    assert left_by(day.streams) == left_by(again.streams)
