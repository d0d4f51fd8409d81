"""A brake in the whole system: nothing is decided under it, and no one is lost by it."""

import os
import signal
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bus.admin.provision import set_clock
from bus.clock import wall
from bus.failpoints import BUS_FAILPOINTS
from contracts.brakes import Scope
from contracts.clock import Clock
from contracts.ledger import BookingChanged
from simulation.conductor import LockStep
from tests.journeys.braking import brake, pause, release, resume, waiting, waits
from tests.journeys.replaying import left_by
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import AGENTS, End, System, living
from tests.support import eventually

MINUTE = timedelta(minutes=1)
JFK = Scope(airport="JFK")


def three_and_one() -> tuple[World, str, str, str, str]:
    """Three parties on a flight from JFK with another after it, and one from BOS with another after that."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    away, then = world.flight(3, "BOS", "ORD", leaves=3), world.flight(4, "BOS", "ORD", leaves=5)
    for i in range(3):
        world.party(f"P{i}", dead)
    world.party("AWAY", away)
    return world, dead, other, away, then


async def test_under_a_brake_flights_are_what_they_are_and_no_one_is_moved_until_it_ends(tmp_path: Path) -> None:
    """Only those whom it is on wait."""
    world, dead, other, away, then = three_and_one()
    async with living(world, tmp_path) as system:
        await brake(system.bus, JFK)
        await system.hear(world.status(dead, cancelled=True), world.status(away, cancelled=True))
        now = await system.end()
        assert (now.streams.seats[dead].phase, now.trip("P0"), now.trip("AWAY")) == ("cancelled", [dead], [then])
        assert await waiting(system.bus) == ["P0", "P1", "P2"]
        assert (await release(system.bus, JFK)).waiting == 3
        await system.pass_to(system.bus.now())
        end = await system.end()
    assert [end.trip(f"P{i}") for i in range(3)] == [[other]] * 3
    assert [len(end.letters(f"P{i}")) for i in range(3)] == [1, 1, 1]


async def test_a_journey_under_a_brake_is_not_planned(tmp_path: Path) -> None:
    """No trip is searched for, and later disruptions add no plan: the ledger has it among those that wait."""
    world, dead, _, _, _ = three_and_one()
    async with living(world, tmp_path) as system:
        await brake(system.bus, JFK)
        await system.hear(world.status(dead, minute=1, late=5))
        await system.hear(world.status(dead, minute=2, late=6))
        await system.hear(world.status(dead, minute=3, cancelled=True))
        plans = (await system.end()).plans
        assert [(plan.pnr, plan.options) for plan in plans] == [("P0", ()), ("P1", ()), ("P2", ())]
        await release(system.bus, JFK)
        await system.pass_to(system.bus.now())


async def test_what_waited_is_decided_on_the_facts_of_then(tmp_path: Path) -> None:
    """The flight that would have been given is gone by then; and one that needs no answer any more gets none."""
    world = World()
    dead, gone, left = (world.flight(number, leaves=2 + number) for number in (1, 2, 3))
    back = world.flight(4, leaves=9)
    world.party("MOVED", dead)
    world.party("STAYS", back)
    async with living(world, tmp_path) as system:
        await brake(system.bus)
        await system.hear(world.status(dead, cancelled=True), world.status(back, minute=1, cancelled=True))
        await system.hear(world.status(gone, minute=2, cancelled=True), world.status(back, minute=3))
        await waits(system.bus, ["MOVED", "STAYS"])
        await release(system.bus)
        await system.pass_to(system.bus.now())
        end = await system.end()
    assert (end.trip("MOVED"), end.trip("STAYS")) == ([left], [back])
    assert [type(fact).__name__ for fact in end.facts("STAYS")] == ["BookingKept"]


async def test_a_brake_ends_by_itself(tmp_path: Path) -> None:
    world, dead, other, _, _ = three_and_one()
    async with living(world, tmp_path) as system:
        await brake(system.bus, JFK, until=T0 + 10 * MINUTE)
        await system.hear(world.status(dead, cancelled=True))
        await system.pass_to(T0 + 9 * MINUTE)
        assert await waiting(system.bus) == ["P0", "P1", "P2"]
        await system.pass_to(T0 + 10 * MINUTE)
        end = await system.end()
        assert await waiting(system.bus) == []
    assert [end.trip(f"P{i}") for i in range(3)] == [[other]] * 3


async def test_a_brake_ends_by_itself_though_all_bookers_were_down(tmp_path: Path) -> None:
    """The next one does what was due."""
    world, dead, other, _, _ = three_and_one()
    async with living(world, tmp_path, apart=["booker"], pause=2) as system:
        await brake(system.bus, JFK, until=T0 + 10 * MINUTE)
        await system.hear(world.status(dead, cancelled=True))
        await waits(system.bus, ["P0", "P1", "P2"])
        kill(system)
        await set_clock(system.bus.nc, Clock(now=T0 + 20 * MINUTE, at=wall()))
        assert await waiting(system.bus) == ["P0", "P1", "P2"]
        await waits(system.bus, [])
        await system.settled()
        end = await system.end()
    assert [end.trip(f"P{i}") for i in range(3)] == [[other]] * 3


async def test_no_one_is_moved_onto_what_is_under_a_brake(tmp_path: Path) -> None:
    """A party of an airport under none waits for the carrier of its best trip."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=5)
    world.party("WAITS", dead)
    async with living(world, tmp_path) as system:
        await brake(system.bus, Scope(flight=other))
        await system.hear(world.status(dead, cancelled=True))
        assert await waiting(system.bus) == ["WAITS"]
        await release(system.bus, Scope(flight=other))
        await system.pass_to(system.bus.now())
        end = await system.end()
    assert end.trip("WAITS") == [other]


async def test_who_waits_for_seats_gets_those_that_are_freed_under_a_brake_when_it_ends(tmp_path: Path) -> None:
    world = World()
    dead, full = world.flight(1, leaves=3), world.flight(2, leaves=5, economy=1)
    world.party("HAS", full)
    world.party("STRANDED", dead)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(dead, cancelled=True))
        assert (await system.end()).trip("STRANDED") == []
        await brake(system.bus)
        await system.hear(world.status(full, minute=1, seats={"economy": 2}))
        assert ((await system.end()).trip("STRANDED"), await waiting(system.bus)) == ([], ["STRANDED"])
        await release(system.bus)
        await system.pass_to(system.bus.now())
        end = await system.end()
    assert end.trip("STRANDED") == [full]


async def test_seats_to_wait_with_lapse_when_the_brake_has_ended(tmp_path: Path) -> None:
    """Though they were due before."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=3, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=6, takes=4)
    world.party("HOLDS", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, cancelled=True))
        assert (await system.end()).facts("HOLDS")[-1].reason == "cancelled"
        await brake(system.bus, Scope(airport="SFO"))
        await system.pass_to(T0 + hours(2.5))
        held = (await system.end()).streams.bookings["HOLDS"].journeys[0].held
        assert [leg.flight for leg in held] == [first]
        await release(system.bus, Scope(airport="SFO"))
        await system.pass_to(T0 + hours(2.6))
        end = await system.end()
    assert [fact.reason for fact in end.facts("HOLDS")] == ["cancelled", "lapsed"]


# Caps.


def ten_on_one_flight() -> tuple[World, str, str]:
    world = World()
    dead, other = world.flight(1, leaves=6), world.flight(2, leaves=8, economy=20)
    for i in range(10):
        world.party(f"P{i}", dead, tier="gold" if i == 7 else "none")
    return world, dead, other


def moves(end: End) -> list[datetime]:
    return sorted(fact.decided_at for _, fact in end.streams.facts if isinstance(fact, BookingChanged))


def most_in_a_minute(times: Sequence[datetime]) -> int:
    return max(sum(first <= at < first + MINUTE for at in times) for first in times)


async def test_a_cap_lets_so_many_through_in_any_minute_and_the_most_urgent_first(tmp_path: Path) -> None:
    """In event time, until all are moved."""
    world, dead, other = ten_on_one_flight()
    async with living(world, tmp_path, speed=0) as system:
        conductor = LockStep(system.bus, [agent.name for agent in AGENTS])
        await brake(system.bus, moves=3)
        await system.say(world.status(dead, cancelled=True))
        await conductor.settle(T0)
        first = await system.end()
        assert (len(moves(first)), first.trip("P7")) == (3, [other])
        order = await waiting(system.bus)
        assert len(order) == 7
        await conductor.settle(T0 + MINUTE)
        second = await system.end()
        assert [pnr for pnr in order if second.trip(pnr) == [other]] == order[:3]
        await conductor.settle(T0 + 10 * MINUTE)
        end = await system.end()
        assert await waiting(system.bus) == []
    assert [(at - T0) // MINUTE for at in moves(end)] == [0] * 3 + [1] * 3 + [2] * 3 + [3]
    assert most_in_a_minute(moves(end)) == 3


async def test_a_cap_on_a_carrier_is_on_no_other(tmp_path: Path) -> None:
    world, dead, _ = ten_on_one_flight()
    async with living(world, tmp_path) as system:
        await brake(system.bus, Scope(carrier="DL"), moves=1)
        await system.hear(world.status(dead, cancelled=True))
        assert len(moves(await system.end())) == 10


async def test_who_waits_for_a_cap_is_moved_when_it_ends(tmp_path: Path) -> None:
    """All at once."""
    world, dead, _ = ten_on_one_flight()
    async with living(world, tmp_path) as system:
        await brake(system.bus, Scope(carrier="B6"), moves=1)
        await system.hear(world.status(dead, cancelled=True))
        assert len(moves(await system.end())) == 1
        await release(system.bus, Scope(carrier="B6"))
        await system.pass_to(system.bus.now())
        assert len(moves(await system.end())) == 10


# Lock-step.


async def braked_day(folder: Path) -> End:
    world, dead, _, away, _ = three_and_one()
    async with living(world, folder, speed=0) as system:
        conductor = LockStep(system.bus, [agent.name for agent in AGENTS])
        await conductor.settle(T0)
        await brake(system.bus, JFK, until=T0 + 30 * MINUTE)
        await system.say(world.status(dead, cancelled=True), world.status(away, cancelled=True))
        await conductor.settle(T0 + 5 * MINUTE)
        assert await waiting(system.bus) == ["P0", "P1", "P2"]
        await brake(system.bus, Scope(carrier="B6"), moves=2)
        await conductor.settle(T0 + 60 * MINUTE)
        return await system.end()


async def test_a_lock_step_with_brakes_always_ends_in_the_same_ledger(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What waits is released at the instant at which its brake ends, and a minute later at the pace of the cap."""
    ends = [await braked_day(tmp_path_factory.mktemp(name)) for name in ("one", "two")]
    assert left_by(ends[0].streams) == left_by(ends[1].streams)
    assert [(at - T0) // MINUTE for at in moves(ends[0])] == [5, 30, 30, 31]


# Agents.


@pytest.mark.parametrize("agent", ["booker", "planner", "monitor"])
async def test_nothing_is_decided_while_an_agent_is_paused_and_everything_after(tmp_path: Path, agent: str) -> None:
    world, dead, other, _, _ = three_and_one()
    async with living(world, tmp_path) as system:
        await waits(system.bus, [])
        await pause(system.bus, agent)
        await system.say(world.status(dead, cancelled=True))
        await left_alone(system)
        await resume(system.bus, agent)
        await system.settled()
        end = await system.end()
    assert [end.trip(f"P{i}") for i in range(3)] == [[other]] * 3


async def left_alone(system: System) -> None:
    """For a while, in which there are no facts."""
    looked = 0

    async def long_enough() -> bool:
        nonlocal looked
        looked += 1
        return looked > 20

    await eventually(long_enough, what="a while")
    assert not (await system.end()).streams.facts


async def test_a_paused_booker_sets_and_ends_brakes(tmp_path: Path) -> None:
    """It answers: so a system can be started with brakes on."""
    world, dead, _, _, _ = three_and_one()
    async with living(world, tmp_path) as system:
        await eventually(lambda: system.bus.clock_is_set, what="a clock")
        await pause(system.bus, "booker")
        await system.say(world.status(dead, cancelled=True))
        await brake(system.bus, JFK)
        await resume(system.bus, "booker")
        await waits(system.bus, ["P0", "P1", "P2"])
        await system.settled()
        assert not (await system.end()).streams.facts
        await release(system.bus, JFK)
        await system.pass_to(system.bus.now())


async def test_letters_of_a_paused_notifier_say_what_is_so_when_it_is_resumed(tmp_path: Path) -> None:
    """Moved twice meanwhile, a party has one letter, about the second move."""
    world = World()
    dead, then, last = (world.flight(number, leaves=2 + 2 * number) for number in (1, 2, 3))
    world.party("TWICE", dead)
    async with living(world, tmp_path) as system:
        await pause(system.bus, "notifier")
        await system.say(world.status(dead, minute=1, cancelled=True))

        async def moved_to(flight: str) -> bool:
            return (await system.end()).trip("TWICE") == [flight]

        await eventually(lambda: moved_to(then), what="a first move")
        await system.say(world.status(then, minute=2, cancelled=True))
        await eventually(lambda: moved_to(last), what="a second move")
        assert not (await system.end()).mail
        await resume(system.bus, "notifier")
        await system.settled()
        end = await system.end()
    (letter,) = end.letters("TWICE")
    text = letter.get_content()
    assert ("B6 3" in text, "B6 2" in text) == (True, False)


# Crashes.


@pytest.mark.slow
@pytest.mark.parametrize("passing", [1, 2, 3])
@pytest.mark.parametrize("step", sorted(BUS_FAILPOINTS))
async def test_a_booker_that_dies_at_any_step_of_braking_loses_no_one(tmp_path: Path, step: str, passing: int) -> None:
    """While it puts aside, while it sets and ends a brake, and while it releases."""
    world, dead, other, _, _ = three_and_one()
    lives = [{}, *[{"IROPS_FAILPOINT": f"{step}:{passing}"}] * 2]  # the first is ended below
    async with living(world, tmp_path, apart=["booker"], lives=lives) as system:
        await brake(system.bus, JFK)
        kill(system)
        await system.say(world.status(dead, cancelled=True))
        await waits(system.bus, ["P0", "P1", "P2"])
        await system.settled(within=30)

        async def ended() -> bool:
            try:
                await release(system.bus, JFK)
            except Exception as failure:
                return "404" in str(failure)
            return True

        await eventually(ended, what="the end of the brake", within=30)
        await waits(system.bus, [])
        await system.settled(within=30)
        end = await system.end()
    assert [end.trip(f"P{i}") for i in range(3)] == [[other]] * 3


def kill(system: System) -> None:
    """End the one process that is apart."""
    (process,) = system.supervisor.processes
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
