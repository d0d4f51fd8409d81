"""The report: every figure of a replay, recomputed from the final streams."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bus import Bus
from bus.clock import monotonic, wall
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT_STATUS
from contracts.notices import NOTICE_SENT
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED
from irops.audit import (
    Audit,
    audit,
    fell_back,
    flight_figures,
    latencies,
    notice_figures,
    offer_figures,
    percentile,
    remark_figures,
)
from irops.live.follow import Follow
from irops.replay.options import Day, ReplayOptions
from irops.system.reading import read_streams
from simulation.hindsight import passenger_delays
from simulation.seeding import Seeded


async def judge(
    bus: Bus,
    options: ReplayOptions,
    day: Day,
    seeded: Seeded,
    *,
    restarts: int,
    follow: Follow,
    began: float,
) -> tuple[dict[str, Any], Audit]:
    """Make the report, as it is written to JSON, and the audit. `began`: monotonic seconds at which the command started.
    Raises `Unavailable`."""
    streams = await read_streams(bus, horizon=day.horizon)
    judged = audit(streams)
    flights = flight_figures(streams.flights, day=options.day)
    notices = notice_figures(streams.sent, streams.superseded, streams.pointless, streams.failed)
    remarks = remark_figures(judged.latest.values())
    offers = offer_figures(
        (offer for _, offer in streams.offered), (fact for _, fact in streams.facts), streams.offers.values()
    )
    fallbacks = [fell_back(plan.message) async for plan in bus.history(PLAN_PROPOSED)]
    delays = passenger_delays(streams.bookings.values(), day.record, day.horizon)
    feed_times = {status.trace: status.stored_at async for status in bus.history(FLIGHT_STATUS)}
    sent_at: list[tuple[str, datetime]] = [
        (notice.trace, notice.stored_at) async for notice in bus.history(NOTICE_SENT)
    ]
    latency = latencies(feed_times, sent_at)
    tally = follow.tally
    affected, lags = judged.affected, follow.lags
    report: dict[str, Any] = {
        "day": options.day.isoformat(),
        "replay_hours": options.replay_hours,
        "horizon_days": day.record.days - 1,
        "horizon_days_asked": options.horizon_days,
        "speed": "max" if options.lockstep else options.speed,
        "seed": options.seed,
        "sample": options.sample,
        "load_factor": options.load_factor,
        "wall_s": round(monotonic() - began, 1),
        "flights": flights.flights,
        "feed_events": len(day.feed),
        "cancelled_flights": flights.cancelled,
        "delayed_flights": flights.delayed,
        "diverted_flights": flights.diverted,
        "disruptions": len(streams.disrupted),
        "parties": seeded.parties,
        "passengers": seeded.passengers,
        "parties_affected": affected.parties,
        "passengers_affected": affected.passengers,
        "parties_rebooked": affected.rebooked,
        "parties_kept": affected.kept,
        "parties_stranded": affected.stranded,
        "notices_sent": notices.sent,
        "notices_superseded": notices.superseded,
        "notices_pointless": notices.pointless,
        "notices_undelivered": notices.undelivered,
        "plans_proposed": len(fallbacks),
        "plans_refused": await _count(bus, PLAN_REFUSED),
        **{f"offers_{outcome}": number for outcome, number in asdict(offers).items()},
        "remarks_met": remarks.met,
        "remarks_unmet": remarks.unmet,
        "fallbacks": sum(fallbacks),
        "model": asdict(follow.model) if follow.model.names else None,
        "first_rebooking_s": _seconds(wall() - timedelta(seconds=monotonic() - began), tally.first_rebooking),
        "first_rebooking_after_s": _seconds(tally.first_cancellation, tally.first_rebooking),
        "dead_letters": await _count(bus, DEAD_LETTER),
        "restarts": restarts,
        "latency_ms": {
            "event_to_notice": {"p50": latency.p50, "p99": latency.p99, "max": latency.max} if latency else None
        },
        "view_lag_ms": {
            "p50": percentile([p50 for p50, _ in lags], 0.5),
            "p99": percentile([p99 for _, p99 in lags], 0.99),
        }
        if lags
        else None,
        "passenger_delay_min": {
            key: value for key, value in asdict(delays).items() if key not in ("parties", "passengers")
        },
        "audit": dict(judged.figures),
    }
    return report, judged


async def _count(bus: Bus, subject: Any) -> int:
    return sum([1 async for _ in bus.history(subject)])


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    """Seconds of wall time from one to the other, at least 0; None where one of them did not happen."""
    return None if begin is None or end is None else round(max((end - begin).total_seconds(), 0.0), 1)
