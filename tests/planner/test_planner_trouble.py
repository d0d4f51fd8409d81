"""The planner on a real server, and an endpoint that has nothing but errors."""

import asyncio
from functools import partial

from msgspec import structs

from agents.planner.agent import PLANNER, build
from agents.planner.config import Config
from agents.planner.domain import Availability
from agents.planner.judgement.settings import ModelSettings
from bus import Bus, Commit, Fact, Write
from bus.clock import wall
from bus.provision import set_clock
from bus.running import Running
from bus.server import Server
from bus.settings import Settings
from contracts.clock import Clock
from contracts.judgement import Judgement
from contracts.ledger import BOOKING, SEATS, SEATS_DISRUPTED, Held, SeatLedger, SeatsDisrupted
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED
from tests.models.replies import Status
from tests.models.scripted import MODEL, Scripted
from tests.planner.planner_worlds import NOW, booking, flight, party
from tests.support import eventually

GONE: dict[Pnr, Availability] = {
    "ANA": flight("B6.1", "JFK-MCO", 14, phase="cancelled", disrupted_n=1),
    "BEN": flight("B6.2", "JFK-MCO", 15, phase="cancelled", disrupted_n=1),
}
OPEN = flight("B6.3", "JFK-MCO", 18)


def seats(of: Availability, *holders: Pnr) -> SeatLedger:
    return SeatLedger(
        flight=of.flight,
        destination=of.destination,
        phase=of.phase,
        departs=of.departs,
        arrives=of.arrives,
        capacity={"economy": 2},
        flight_n=1,
        disrupted_n=of.disrupted_n,
        holders={pnr: Held("economy", 1) for pnr in holders},
    )


async def test_while_the_endpoint_is_left_alone_remarks_are_planned_like_all_others(
    server: Server, bus: Bus, scripted: Scripted
) -> None:
    """The first party finds it in trouble; about the second nobody thinks of asking, and its plan says why."""
    scripted.table.on("", Status(401), always=True)
    model = ModelSettings(base_url=scripted.url, model=MODEL, breaker_failures=1)
    who = structs.replace(party(), remark="must be there before six")
    bookings = [booking(pnr, gone, who=who) for pnr, gone in GONE.items()]
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    ledgers = [seats(OPEN), *(seats(gone, pnr) for pnr, gone in GONE.items())]
    await bus.commit(
        Commit(states=[*(Write(SEATS.of(s), 0) for s in ledgers), *(Write(BOOKING.of(b), 0) for b in bookings)])
    )

    async def judgement(pnr: Pnr) -> Judgement | None:
        return {plan.message.pnr: plan.message.judgement async for plan in bus.history(PLAN_PROPOSED)}.get(pnr)

    async def judged(pnr: Pnr) -> Judgement:
        gone = GONE[pnr]
        fact = SeatsDisrupted(
            flight=gone.flight, n=1, kind="closed", parties=(pnr,), departs=gone.departs, arrives=gone.arrives
        )
        await bus.say([Fact(SEATS_DISRUPTED.of(fact))])
        told: Judgement = await eventually(lambda: judgement(pnr), what=f"a plan for {pnr}")
        return told

    built = partial(build, config=Config(model=model))
    async with Running(PLANNER, built, Settings(nats_url=server.url), asyncio.Event()):
        first, then = [await judged(pnr) for pnr in GONE]
    assert (first.fallback, len(first.prompts)) == ("http", 1)
    assert then == Judgement(fallback="open")
