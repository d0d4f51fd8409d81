"""The planner on a real server: what it makes of facts it has heard before, and of a view that lags."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from agents.planner.agent import PLANNER, build
from agents.planner.config import Config
from bus import Bus, Commit, Fact, Handlers, Write, derived_id
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import monotonic, wall
from bus.runtime.running import Running
from bus.settings import Settings
from bus.state.mirror import Mirror
from bus.wire.api import call
from bus.wire.follow import Follower
from contracts.clock import Clock
from contracts.ledger import (
    BOOKING,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITLIST,
    Holding,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.subject import Addressed
from tests.agents.planner.planner_worlds import NOW, booking, flight, party
from tests.support import eventually

DEAD = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LAST = flight("B6.2", "JFK-MCO", 18)
CLOSED = SeatsDisrupted(
    flight=DEAD.flight, n=1, kind="cancelled", parties=("HAD",), departs=DEAD.departs, arrives=DEAD.arrives
)
CLOSED_SEATS = SeatLedger(
    flight=DEAD.flight,
    destination="MCO",
    phase="cancelled",
    departs=DEAD.departs,
    arrives=DEAD.arrives,
    capacity={"economy": 1},
    last_change=2,
    last_fact=1,
    last_disruption=1,
    holders={"HAD": Holding("economy", 1)},
)
HAD = booking("HAD", DEAD, who=party(tier="gold"))
WAITS = booking("WAITS", DEAD, state="stranded")
SAID = PlanProposed(
    pnr="HAD",
    id=derived_id(SEATS_DISRUPTED.of(CLOSED).name, "HAD"),
    verdict="none",
    reason="cancelled",
    booking_revision=1,
    as_of=1,
    planned_at=NOW,
)


LAG_LIMIT = timedelta(milliseconds=500)


async def test_nothing_is_planned_while_the_view_lags(
    server: Server, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server sends to the view is held up, while the disruption itself is heard; the plan comes once the view is
    current again."""
    arrives = asyncio.Event()
    arrives.set()
    receive = Follower.receive

    async def held_up(follower: Follower, msg: Any) -> None:
        if follower.stream == SEAT_LEDGER.stream:
            await arrives.wait()
        await receive(follower, msg)

    monkeypatch.setattr(Follower, "receive", held_up)
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    await bus.commit(Commit(states=[Write(state, 0) for state in (SEAT_LEDGER.of(CLOSED_SEATS), BOOKING.of(HAD))]))
    views: list[Mirror] = []

    async def built(bus: Bus) -> Handlers:
        wiring = await build(bus, Config(lag_limit=LAG_LIMIT))
        views.extend(mirror for mirror in bus.mirrors if mirror.stream == SEAT_LEDGER.stream)
        return wiring

    async with Running(PLANNER, built, Settings(nats_url=server.url), asyncio.Event()):
        (view,) = views
        arrives.clear()
        await eventually(lambda: view.lag > LAG_LIMIT, what="a lag over the limit")
        await bus.emit_once([Fact(SEATS_DISRUPTED.of(CLOSED))])
        await eventually(lambda: _in_hand(bus), what="the disruption in hand")
        passed = monotonic() + 1.5
        await eventually(lambda: monotonic() > passed, what="ample time for a plan")
        assert await _plans(bus) == []
        arrives.set()
        await eventually(lambda: _plans(bus), what="a plan")
    assert await _plans(bus) == [("HAD", "none")]


async def _in_hand(bus: Bus) -> bool:
    told = await call(bus.nc, f"CONSUMER.INFO.{SEATS_DISRUPTED.stream}.{PLANNER.name}")
    return bool(told["num_ack_pending"])


async def _plans(bus: Bus) -> list[tuple[str, str]]:
    return [(plan.message.pnr, plan.message.verdict) async for plan in bus.history(PLAN_PROPOSED)]


async def test_seats_meant_for_a_plan_that_had_been_said_before_go_to_who_waits(server: Server, bus: Bus) -> None:
    """A fact is heard again: its party's plan is no plan again, and there is one seat for both."""
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    last = SeatLedger(
        flight=LAST.flight,
        destination="MCO",
        phase="scheduled",
        departs=LAST.departs,
        arrives=LAST.arrives,
        capacity={"economy": 1},
        last_change=1,
        last_fact=1,
    )
    waiting = WaitlistEntry(pnr="WAITS", origin="JFK", destination="MCO", seats=1)
    states: list[Addressed[Any]] = [
        SEAT_LEDGER.of(CLOSED_SEATS),
        SEAT_LEDGER.of(last),
        BOOKING.of(HAD),
        BOOKING.of(WAITS),
        WAITLIST.of(waiting),
    ]
    facts = [Fact(SEATS_DISRUPTED.of(CLOSED)), Fact(SEATS_FREED.of(SeatsFreed(flight=LAST.flight, n=1)))]
    await bus.emit_once([Fact(PLAN_PROPOSED.of(SAID))])
    await bus.commit(Commit(facts, [Write(state, 0) for state in states]))

    async def planned() -> list[tuple[str, str]]:
        plans = await _plans(bus)
        return plans if len(plans) > 1 else []

    settings = Settings(nats_url=server.url)
    async with Running(PLANNER, partial(build, config=Config()), settings, asyncio.Event()):
        assert await eventually(planned, what="a plan") == [("HAD", "none"), ("WAITS", "move")]
