"""One window, on a real server: a view that lags, and causes that are redelivered."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import permutations, product
from typing import Any

from msgspec import structs
from nats.aio.client import Client

from agents.planner.agent import PLANNER, build
from agents.planner.config import Config
from agents.planner.domain import Reservations, plan_id
from agents.planner.judgement.judge import Judge
from agents.planner.judging import Judging
from agents.planner.live_planner import AffectedJourney, LivePlanner
from agents.planner.views import PlannerViews, StoredBooking
from agents.planner.window import WindowPlanner
from bus import Bus, Commit, Delivery, Fact, Write
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.clock import Clock
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITLIST,
    ActiveBooker,
    SeatsDisrupted,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED, PlanProposed, PlanRefused
from contracts.rules import RULES_IN_FORCE
from contracts.subject import Addressed
from llm import open_client
from tests.agents.planner.lagging import LaggingViews
from tests.agents.planner.planner_worlds import IN_FORCE, NOW, booking, flight, ledger, party
from tests.single_journey import journey_of
from tests.support import eventually

CANCELLED = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LAST = flight("B6.2", "JFK-MCO", 18)
DISRUPTED = SeatsDisrupted(
    flight=CANCELLED.flight,
    n=1,
    kind="cancelled",
    parties=("HAD",),
    departs=CANCELLED.departs,
    arrives=CANCELLED.arrives,
)
HAD = booking("HAD", CANCELLED, who=party(tier="gold"))
WAITS = booking("WAITS", CANCELLED, state="stranded")
PROPOSED_BEFORE = PlanProposed(
    pnr="HAD",
    id=plan_id(SEATS_DISRUPTED.of(DISRUPTED).name, ("HAD", 1)),
    verdict="none",
    reason="cancelled",
    booking_revision=1,
    as_of=1,
    planned_at=NOW,
)


AIRPORTS = ("ATL", "BOS", "CLT", "DEN", "LAX", "ORD", "SEA")


async def plans(bus: Bus) -> list[tuple[str, str]]:
    """All plans proposed, as (pnr, verdict)."""
    return [(plan.message.pnr, plan.message.verdict) async for plan in bus.history(PLAN_PROPOSED)]


async def test_nothing_is_planned_while_the_view_of_seats_lags(nc: Client, bus: Bus) -> None:
    """The window looks at the lag again and again, and plans as soon as it is within the limit."""
    await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
    config, reservations, own_bus = (
        Config(lag_limit=timedelta(milliseconds=20)),
        Reservations(),
        Bus(nc, source="planner"),
    )
    views = LaggingViews(own_bus, reservations, countries={})
    live = LivePlanner(own_bus, views, reservations, config)
    judging = Judging(live, Judge(open_client(config.model), config.limits), zones={})
    window = WindowPlanner(live, judging)
    await own_bus.start_views()
    states: list[Addressed[Any]] = [
        SEAT_LEDGER.of(ledger(CANCELLED, "HAD")),
        BOOKING.of(HAD),
        RULES_IN_FORCE.of(IN_FORCE),
    ]
    written = max((await bus.commit(Commit(states=[Write(state, 0) for state in states]))).values())
    cause = Delivery(
        message=DISRUPTED,
        subject=SEATS_DISRUPTED.of(DISRUPTED).name,
        stream=SEATS_DISRUPTED.stream,
        sequence=written,
        settled=written,
        id="cause-1",
        trace="0" * 32,
        stored_at=NOW,
    )
    views.set_lag = timedelta(seconds=1)
    heard = asyncio.create_task(window.hear([cause]))
    await eventually(lambda: views.looks > 5, what="looks at the lag")
    assert (await plans(bus), heard.done()) == ([], False)
    views.set_lag = timedelta(0)
    await heard
    await own_bus.stop_views()
    assert await plans(bus) == [("HAD", "none")]


async def test_seats_of_a_plan_proposed_before_go_to_a_waiting_party(server: Server, bus: Bus) -> None:
    """A cause is redelivered: its party's plan is not new, so the last seat is free for another party in the same window."""
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    waiting = WaitlistEntry(pnr="WAITS", origin="JFK", destination="MCO", seats=1)
    states: list[Addressed[Any]] = [
        SEAT_LEDGER.of(ledger(CANCELLED, "HAD")),
        SEAT_LEDGER.of(ledger(LAST, economy=1)),
        BOOKING.of(HAD),
        BOOKING.of(WAITS),
        WAITLIST.of(waiting),
        RULES_IN_FORCE.of(IN_FORCE),
    ]
    facts = [Fact(SEATS_DISRUPTED.of(DISRUPTED)), Fact(SEATS_FREED.of(SeatsFreed(flight=LAST.flight, n=1)))]
    await bus.emit_once([Fact(PLAN_PROPOSED.of(PROPOSED_BEFORE))])
    await bus.commit(Commit(facts, [Write(state, 0) for state in states]))

    async def both() -> list[tuple[str, str]]:
        found = await plans(bus)
        return found if len(found) > 1 else []

    settings = Settings(nats_url=server.url)
    async with Running(PLANNER, partial(build, config=Config()), settings, asyncio.Event()):
        assert await eventually(both, what="a plan for each") == [("HAD", "none"), ("WAITS", "move")]


async def test_a_disruption_that_comes_beside_a_plan_to_move_back_is_answered_once_that_is_refused(
    server: Server, bus: Bus
) -> None:
    """The refusal of such a plan says nothing of what has happened meanwhile to the flight that the party has."""
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    sold, later = flight("B6.3", "JFK-MCO", 16), flight("B6.4", "JFK-MCO", 20)
    moved = booking("HAD", LAST, state="rebooked")
    ticket = journey_of(booking("HAD", sold)).ticket
    moved = moved.replacing(structs.replace(journey_of(moved), ticket=ticket))
    states: list[Addressed[Any]] = [
        SEAT_LEDGER.of(ledger(LAST, "HAD")),
        SEAT_LEDGER.of(ledger(sold)),
        SEAT_LEDGER.of(ledger(later)),
        BOOKING.of(moved),
        RULES_IN_FORCE.of(IN_FORCE),
    ]
    freed = SeatsFreed(flight=sold.flight, n=1, lost_by=(("HAD", 1),))
    written = await bus.commit(Commit([Fact(SEATS_FREED.of(freed))], [Write(state, 0) for state in states]))

    async def reasons(number: int) -> list[PlanProposed]:
        found = [plan.message async for plan in bus.history(PLAN_PROPOSED)]
        return found if len(found) == number else []

    smaller = structs.replace(ledger(LAST, "HAD", economy=0), last_disruption=1, offloaded=("HAD",))
    disrupted = structs.replace(DISRUPTED, flight=LAST.flight, kind="downgauged")
    async with Running(PLANNER, partial(build, config=Config()), Settings(nats_url=server.url), asyncio.Event()):
        (back,) = await eventually(lambda: reasons(1), what="a plan to move back")
        assert back.reason == "restored"
        lost = Write(SEAT_LEDGER.of(smaller), written[SEAT_LEDGER.key(flight=LAST.flight).name])
        await bus.commit(Commit([Fact(SEATS_DISRUPTED.of(disrupted))], [lost]))
        refused = PlanRefused(pnr="HAD", id=back.id, refusal="illegal", reason="restored", detail="")
        heard = ActiveBooker(holder="booker", until=NOW, plans_heard=1)
        await bus.commit(Commit([Fact(PLAN_REFUSED.of(refused))], [Write(ACTIVE_BOOKER.of(heard), 0)]))
        _, plan = await eventually(lambda: reasons(2), what="a plan for what has happened since")
    assert (plan.reason, [leg.flight for leg in plan.options[0].legs]) == ("downgauged", [sold.flight])


async def test_the_loop_goes_on_while_a_window_is_planned(nc: Client) -> None:
    """Leases are renewed on it: parties search fourteen days for a way into an airport with no seats, and other work has its
    turns."""
    await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
    own_bus, config, reservations = Bus(nc, source="planner"), Config(), Reservations()
    views = PlannerViews(own_bus, reservations, countries={})
    live = LivePlanner(own_bus, views, reservations, config)
    await own_bus.start_views()
    written = await own_bus.commit(Commit(states=[Write(RULES_IN_FORCE.of(IN_FORCE), 0)]))
    await views.reach(max(written.values()))
    for hour, (i, (a, b)) in product(range(13, 24 * 14, 3), enumerate(permutations(AIRPORTS, 2))):
        views.network.put(flight(f"B6.{100 * hour + i}", f"{a}-{b}", hour, economy=0 if b == "SEA" else 2))
    origins = AIRPORTS[:-1]
    dead = [flight(f"B6.{i}", f"{a}-SEA", 15, phase="cancelled", last_disruption=1) for i, a in enumerate(origins)]
    for each in dead:
        views.network.put(each)
    journeys = [
        AffectedJourney(StoredBooking(booking(f"P{i}", each, who=party(seats=2)), 1, NOW), 1)
        for i, each in enumerate(dead)
    ]
    planning = asyncio.create_task(planned(live, journeys))
    turns = 0
    while not planning.done():
        turns += 1
        await asyncio.wait({planning}, timeout=0.001)
    assert [plan.verdict for plan in planning.result()] == ["none"] * len(origins)
    assert turns > 5
    await own_bus.stop_views()


async def planned(live: LivePlanner, journeys: Sequence[AffectedJourney]) -> list[PlanProposed]:
    async with live.moment():
        return await live.plan_window(journeys)
