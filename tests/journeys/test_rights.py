"""What is owed, in the whole system: on a day on which the rules of the US Department of Transportation are in force.

A flight is cancelled; one party is moved, one waits. Another flight is four hours late, and its party keeps it. Each may have
its fare back instead, and the audit, which derives that for itself, finds no one to whom it was not stated.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from agents.care.agent import CARE
from contracts.care import CARE_OWED, CareOwed
from contracts.flights import Cause
from contracts.notices import NOTICE_SENT
from simulation.conductor import LockStep
from tests.journeys.offering import answers, asking, open_offer
from tests.journeys.small_world import World
from tests.journeys.system import AGENTS, System, living
from tests.support import eventually

BEGINS = datetime(2025, 6, 10, 12, tzinfo=UTC)
WORLD = World(begins=BEGINS)
DEAD = WORLD.flight(1, leaves=3)
OTHER = WORLD.flight(2, leaves=5, economy=2)
LATE = WORLD.flight(4, to="BOS", leaves=4, takes=1)
WORLD.party("MOVED", DEAD, seats=2, tier="gold")
WORLD.party("WAITS", DEAD, seats=3)
WORLD.party("KEEPS", LATE)

FIRST = (WORLD.status(DEAD, minute=1, cancelled=True), WORLD.status(LATE, minute=2, late=2))
THEN = (WORLD.status(LATE, minute=3, late=4),)
EXPECTED = {
    "MOVED": [("refund", "cancelled", "200.00")],
    "WAITS": [("refund", "cancelled", "200.00")],
    "KEEPS": [("refund", "later", "200.00")],
}
"""A party paid 200 dollars, however many it is: the refund of three is that of all, to the cent."""


async def packages(system: System) -> list[CareOwed]:
    return [each.message async for each in system.bus.history(CARE_OWED)]


def held(found: list[CareOwed]) -> dict[str, list[tuple[str, str, str]]]:
    """What the last package for each party has."""
    last = {care.pnr: care for care in found}
    return {
        pnr: [(each.kind, each.rule, str(each.amount.amount) if each.amount else "") for each in care.package]
        for pnr, care in last.items()
    }


def one_after_another(found: list[CareOwed]) -> bool:
    """Each follows the one before it, and none comes twice."""
    last: dict[str, str] = {}
    for care in found:
        if care.follows != last.get(care.pnr, ""):
            return False
        last[care.pnr] = care.id
    return max(Counter((care.pnr, care.id) for care in found).values()) == 1


async def test_each_party_may_have_its_fare_back(tmp_path: Path) -> None:
    """And the audit is clean, which it would not be without the agent that says so."""
    async with living(WORLD, tmp_path, now=BEGINS) as system:
        await system.hear(*FIRST)
        await system.hear(*THEN)

        async def all_stated() -> bool:
            return held(await packages(system)) == EXPECTED

        await eventually(all_stated, what="a refund is stated to each")
        assert one_after_another(await packages(system))


async def test_each_party_reads_it(tmp_path: Path) -> None:
    """In the letter about its trip or in one of its own; the last package is in some letter to each."""
    async with living(WORLD, tmp_path, now=BEGINS) as system:
        await system.hear(*FIRST)
        await system.hear(*THEN)

        async def all_read() -> bool:
            stated = await packages(system)
            last = {(care.pnr, care.id) for care in {care.pnr: care for care in stated}.values()}
            sent = {(each.message.pnr, each.message.care) async for each in system.bus.history(NOTICE_SENT)}
            return held(stated) == EXPECTED and last <= sent

        await eventually(all_read, what="a letter with what is owed to each")


async def test_in_lock_step_it_is_stated_in_the_step_of_its_cause(tmp_path: Path) -> None:
    """When a step has ended, nothing is left to be stated."""
    async with living(WORLD, tmp_path, now=BEGINS, speed=0) as system:
        conductor = LockStep(system.bus, [agent.name for agent in AGENTS])
        await system.say(*FIRST)
        await conductor.settle(BEGINS + timedelta(minutes=2))
        assert held(await packages(system)).keys() == {"MOVED", "WAITS"}
        await system.say(*THEN)
        await conductor.settle(BEGINS + timedelta(minutes=3))
        assert held(await packages(system)) == EXPECTED
        assert one_after_another(await packages(system))


@pytest.mark.slow
@pytest.mark.parametrize("step", CARE.failpoints)
async def test_a_crash_at_this_step_states_nothing_twice(step: str, tmp_path: Path) -> None:
    """The agent dies there, and is started again."""
    lives = [{"IROPS_FAILPOINT": f"{step}:1"}]
    async with living(WORLD, tmp_path, apart=["care"], lives=lives, now=BEGINS) as system:
        await system.say(*FIRST)
        await eventually(lambda: system.deaths, what=f"death at {step}", within=30)
        await system.settled(within=30)
        await system.hear(*THEN)

        async def all_stated() -> bool:
            return held(await packages(system)) == EXPECTED

        await eventually(all_stated, what="a refund is stated to each", within=20)
        assert one_after_another(await packages(system))
    assert system.deaths == [("care", -9)]


async def test_a_cause_that_comes_after_arrival_decides_what_is_owed(tmp_path: Path) -> None:
    """Paris to Madrid, four hours late in the end, for a reason that is known an hour after that. Compensation is withdrawn,
    for it was the weather; what comes after that of another departure is a doubt."""
    world = World(begins=BEGINS)
    late = world.flight(7, "CDG", "MAD", leaves=2, takes=2)
    world.party("LATE", late)
    landed = BEGINS + timedelta(hours=8)
    there = world.status(late, minute=480, departed_at=BEGINS + timedelta(hours=6), arrived_at=landed)
    async with living(world, tmp_path, now=BEGINS + timedelta(hours=10)) as system:
        await system.hear(there)

        async def compensation() -> list[str]:
            found = await packages(system)
            return [each.answer for each in found[-1].package if each.kind == "compensation"] if found else ["none yet"]

        async def is_open() -> bool:
            return await compensation() == ["cause_unknown"]

        async def is_withdrawn() -> bool:
            return await compensation() == []

        await eventually(is_open, what="compensation depends on the cause")
        minute = timedelta(minutes=1)
        caused = structs.replace(there, observed_at=landed + 60 * minute, cause=Cause(code="71", by="airline"))
        await system.hear(caused)
        await eventually(is_withdrawn, what="compensation is withdrawn")
        again = {"departed_at": landed + 62 * minute, "arrived_at": None, "cause": Cause(code="41")}
        await system.hear(structs.replace(caused, observed_at=landed + 65 * minute, **again))
        end = await system.end()
    assert [doubt.reason for doubt in end.streams.doubted] == ["contradictory"]
    assert end.streams.flights[late].cause == caused.cause
    assert [change.change for _, change in end.streams.changes if change.state.phase == "arrived"] == ["arrived"]


async def test_a_party_that_is_asked_knows_its_refund_before_it_chooses(tmp_path: Path) -> None:
    """14 CFR 260.6: its flight is cancelled, and the trip that it is offered is one it may reject."""
    async with living(WORLD, tmp_path, now=BEGINS, environment=asking(tmp_path)) as system:
        await system.hear(WORLD.status(DEAD, minute=1, cancelled=True))
        await system.pass_to(BEGINS + timedelta(minutes=1))

        async def stated() -> bool:
            return held(await packages(system)).get("MOVED") == EXPECTED["MOVED"]

        await eventually(stated, what="the refund is stated while the offer is open")
        offer = await open_offer(system, "MOVED")
        assert offer is not None
        await answers(system, offer, "take")
        assert held(await packages(system))["MOVED"] == EXPECTED["MOVED"]
        assert one_after_another(await packages(system))
