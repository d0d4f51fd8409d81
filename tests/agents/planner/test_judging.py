"""The planner on a real server, with an endpoint in trouble."""

import asyncio
from datetime import timedelta
from functools import partial

from msgspec import structs

from agents.planner.agent import PLANNER, build
from agents.planner.config import Config
from agents.planner.domain import Availability
from agents.planner.judgement.limits import Limits
from bus import Bus, Commit, Fact, Write
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.clock import Clock
from contracts.judgement import Judgement
from contracts.ledger import BOOKING, SEAT_LEDGER, SEATS_DISRUPTED, SeatsDisrupted
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED
from contracts.rules import RULES_IN_FORCE
from llm import ModelSettings
from tests.agents.planner.planner_worlds import IN_FORCE, NOW, booking, flight, ledger, party
from tests.llm.replies import Hangs, Status
from tests.llm.scripted import MODEL, Scripted
from tests.support import eventually

FLIGHTS: dict[Pnr, Availability] = {
    "ANA": flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1),
    "BEN": flight("B6.2", "JFK-MCO", 15, phase="cancelled", last_disruption=1),
    "CID": flight("B6.4", "JFK-MCO", 16, phase="cancelled", last_disruption=1),
}
OPEN = flight("B6.3", "JFK-MCO", 18)


async def with_remarks(bus: Bus) -> None:
    """Three parties have written the same remark, and there are seats for all."""
    who = structs.replace(party(), remark="must be there before six")
    bookings = [booking(pnr, own, who=who) for pnr, own in FLIGHTS.items()]
    ledgers = [ledger(OPEN, economy=3), *(ledger(own, pnr) for pnr, own in FLIGHTS.items())]
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    await bus.commit(
        Commit(
            states=[
                *(Write(SEAT_LEDGER.of(s), 0) for s in ledgers),
                *(Write(BOOKING.of(b), 0) for b in bookings),
                Write(RULES_IN_FORCE.of(IN_FORCE), 0),
            ]
        )
    )


def disrupted(pnr: Pnr) -> Fact:
    own = FLIGHTS[pnr]
    return Fact(
        SEATS_DISRUPTED.of(
            SeatsDisrupted(
                flight=own.flight,
                n=1,
                kind="cancelled",
                parties=(pnr,),
                departs=own.departs,
                arrives=own.arrives,
            )
        )
    )


async def judgements(bus: Bus, count: int) -> dict[Pnr, Judgement]:
    """The judgements by party, once this many parties have a plan."""

    async def found() -> dict[Pnr, Judgement]:
        plans = {plan.message.pnr: plan.message.judgement async for plan in bus.history(PLAN_PROPOSED)}
        return {pnr: judged for pnr, judged in plans.items() if judged} if len(plans) >= count else {}

    judged: dict[Pnr, Judgement] = await eventually(found, what=f"{count} plans")
    return judged


async def test_while_the_breaker_is_open_parties_with_remarks_are_planned_by_the_rules(
    server: Server, bus: Bus, scripted: Scripted
) -> None:
    """The first party's request opens it; for the second no request is made, and its plan says why."""
    scripted.table.on("", Status(401), always=True)
    built = partial(build, config=Config(model=ModelSettings(base_url=scripted.url, model=MODEL, breaker_failures=1)))
    await with_remarks(bus)
    async with Running(PLANNER, built, Settings(nats_url=server.url), asyncio.Event()):
        for count, pnr in enumerate(("ANA", "BEN"), start=1):
            await bus.emit_once([disrupted(pnr)])
            judged = await judgements(bus, count)
    assert (judged["ANA"].fallback, len(judged["ANA"].prompts)) == ("http", 1)
    assert judged["BEN"] == Judgement(fallback="open")


async def test_a_party_whose_turn_does_not_come_in_time_is_planned_by_the_rules(
    server: Server, bus: Bus, scripted: Scripted
) -> None:
    """The endpoint hangs on the first of three, and one party is judged at a time. All have plans that say why."""
    scripted.table.on("", Hangs(), always=True)
    config = Config(
        model=ModelSettings(base_url=scripted.url, model=MODEL),
        limits=Limits(deadline=timedelta(milliseconds=400), at_once=1),
    )
    await with_remarks(bus)
    await bus.emit_once([disrupted(pnr) for pnr in FLIGHTS])
    async with Running(PLANNER, partial(build, config=config), Settings(nats_url=server.url), asyncio.Event()):
        judged = await judgements(bus, len(FLIGHTS))
    assert sorted(str(judgement.fallback) for judgement in judged.values()) == ["busy", "busy", "deadline"]
