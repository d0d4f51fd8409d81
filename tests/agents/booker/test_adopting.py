"""Which rules a booker works by: its own settings, unless a booker that was active while it stood by replaced them."""

import asyncio
from datetime import timedelta

import pytest

from agents.booker.adopting import adopt, adopt_again, read, read_as_asked
from agents.booker.domain import SaleRules
from bus import AskFailed, Bus
from bus.admin.provision import set_clock
from bus.clock import wall
from bus.tasks import cancel
from contracts.clock import Clock
from contracts.rules import RULES_ADOPTED, RULES_IN_FORCE, Rules, RulesInForce
from policy.files import BadFile, Fault
from policy.reaccommodation import RuleFiles
from tests.agents.booker.booker_service import lease_of
from tests.agents.booker.booker_world import NOW, ONE, booking, decide, flight, leg, none, refusals, seated

ONES, OTHERS = Rules(lead=timedelta(hours=1)), Rules(lead=timedelta(hours=2))


async def term(bus: Bus, own: Rules) -> RulesInForce:
    """A booker with these settings starts, becomes active, and stops."""
    lease = lease_of(bus, "alone")
    await lease.acquire()
    found = await adopt(bus, lease, own)
    await lease.release()
    return found


async def clock(bus: Bus) -> None:
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    await bus.wait_for_tick(lambda tick: tick.now >= NOW)


async def test_settings_that_differ_from_the_set_in_force_are_a_new_version(bus: Bus) -> None:
    """Also those that were in force earlier. The same settings are no new version."""
    await clock(bus)
    found = [await term(bus, own) for own in (ONES, ONES, OTHERS, ONES)]
    assert [(each.version, each.rules) for each in found] == [(1, ONES), (1, ONES), (2, OTHERS), (3, ONES)]


async def test_every_set_stays_on_record_beside_the_one_in_force(bus: Bus) -> None:
    """With its rules; a decision is judged by them later."""
    await clock(bus)
    for own in (ONES, OTHERS):
        await term(bus, own)
    (state,) = [read.message async for read in bus.history(RULES_IN_FORCE)]
    facts = [read.message async for read in bus.history(RULES_ADOPTED)]
    assert [(fact.version, fact.rules) for fact in facts] == [(1, ONES), (2, OTHERS)]
    assert (state.version, state.rules, state.since) == (2, OTHERS, facts[-1].since)


async def test_a_booker_that_stood_by_does_not_bring_back_a_set_that_was_replaced(bus: Bus) -> None:
    """Two bookers with different settings would else replace each other's rules whenever the lease passes."""
    await clock(bus)
    await term(bus, ONES)
    assert (await _stood_by(bus, OTHERS, new=ONES)).version == 2
    found = await _stood_by(bus, ONES, new=OTHERS)
    assert (found.version, found.rules) == (3, ONES)


async def _stood_by(bus: Bus, holders: Rules, *, new: Rules) -> RulesInForce:
    """What a booker with the settings `new` works by that took over from one that was active while it stood by."""
    holder, standby = lease_of(bus, "holder"), lease_of(bus, "standby")
    await holder.acquire()
    await adopt(bus, holder, holders)
    kept = asyncio.create_task(holder.keep())
    waits = asyncio.create_task(standby.acquire())
    async with asyncio.timeout(10):
        while not standby.took_over:
            await asyncio.wait({waits}, timeout=0.05)
    await cancel(kept)
    await waits
    found = await adopt(bus, standby, new)
    await standby.release()
    return found


async def test_an_operator_who_asks_brings_back_an_earlier_set(bus: Bus) -> None:
    """As the files have it; to ask for what is in force is no news."""
    await clock(bus)
    for own in (ONES, OTHERS):
        await term(bus, own)
    lease = lease_of(bus, "alone")
    await lease.acquire()
    found = [await adopt_again(bus, lease, ONES) for _ in range(2)]
    await lease.release()
    assert [(each.version, each.rules, is_new) for each, is_new in found] == [(3, ONES, True), (3, ONES, False)]


@pytest.mark.parametrize(
    "failure",
    [BadFile((Fault("b6.toml", 8, "onto", "no such tier"),)), NotADirectoryError("no folder")],
    ids=["fault", "folder-is-gone"],
)
async def test_files_that_cannot_be_used_change_nothing(bus: Bus, failure: Exception) -> None:
    """An operator who asks learns why. A booker that becomes active works by the set in force, and by none if there is none."""

    def files() -> RuleFiles:
        raise failure

    await clock(bus)
    assert read(files) is None
    lease = lease_of(bus, "first")
    await lease.acquire()
    with pytest.raises(LookupError):
        await adopt(bus, lease, None)
    await lease.release()
    await term(bus, ONES)
    lease = lease_of(bus, "alone")
    await lease.acquire()
    with pytest.raises(AskFailed, match=r"onto: no such tier|no folder"):
        read_as_asked(files)
    found = await adopt(bus, lease, None)
    await lease.release()
    assert (found.version, found.rules) == (1, ONES)


@pytest.mark.parametrize(("version", "refused"), [(2, ["stale"]), (1, [])], ids=["others", "those-in-force"])
def test_a_plan_made_by_other_rules_is_refused_as_stale(version: int, refused: list[str]) -> None:
    """The planner then plans the party again, by the rules in force."""
    gone = flight(phase="cancelled", last_fact=1, last_disruption=1)
    a = booking("A", [flight()])
    decision = decide(seated([gone], [a]), [a], none("A", leg(ONE, 1), rules=1), rules=SaleRules(version=version))
    assert refusals(decision) == refused
