"""A crash at every step: each agent dies (SIGKILL) exactly at each step it declares, and the end is the same.

The cases are made from the agents' own declarations, so a new step or a new agent has its case at once. Each agent dies
twice: in its first life the first time it passes the step, in its second life the second time.
"""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from agents.planner.agent import PLANNER
from contracts.fares import FARE, FareStatus, OpenFare
from contracts.judgement import Wishes
from contracts.money import Money
from contracts.names import FlightKey
from irops.processes.roster import agents
from simulation.conductor import LockStep
from tests.journeys.small_world import T0, World
from tests.journeys.system import ACK_WAIT, AGENTS, End, System, asking, living
from tests.llm.replies import NOTHING, says
from tests.llm.scripted import Scripted
from tests.support import eventually

STEPS = [pytest.param(agent.name, step, id=f"{agent.name}-{step}") for agent in AGENTS for step in agent.failpoints]

WORLD = World()
DEAD = WORLD.flight(1, leaves=3)
OTHER = WORLD.flight(2, leaves=5, economy=2)
LARGER = WORLD.flight(3, leaves=7, economy=0)
LATE = WORLD.flight(4, to="BOS", leaves=4, takes=1)
WORLD.party("MOVED", DEAD, seats=2, tier="gold", language="fr", remark="Nous voyageons ensemble.")
WORLD.party("WAITS", DEAD, seats=3, language="es")
WORLD.party("KEEPS", LATE, remark="We travel together.")

TOGETHER = says(NOTHING | {"together": True})


def fare(flight: FlightKey, *, minute: int, seats: int) -> FareStatus:
    """What a feed reports of the flight's fares so many minutes after `T0`."""
    price = Money(amount=Decimal(99), currency="USD")
    offered = OpenFare(cabin="economy", family="basic", price=price, seats=seats)
    return FareStatus(flight=flight, observed_at=T0 + timedelta(minutes=minute), fares=(offered,))


FIRST = (
    WORLD.status(DEAD, minute=1, cancelled=True),
    WORLD.status(LATE, minute=2, late=2),
    fare(OTHER, minute=1, seats=8),
    fare(LATE, minute=1, seats=4),
)
THEN = (
    WORLD.status(LARGER, minute=3, seats={"economy": 5}),
    WORLD.status(LATE, minute=4, late=3),
    fare(OTHER, minute=2, seats=9),
    fare(LATE, minute=3, seats=2),
)


EXPECTED = {
    "MOVED": ("rebooked", [OTHER], ["Vol B6 1 annulé : votre nouveau voyage"]),
    "WAITS": (
        "rebooked",
        [LARGER],
        ["Vuelo B6 1 cancelado: buscamos otras plazas", "Hemos encontrado plazas para su viaje: vuelo B6 3"],
    ),
    "KEEPS": ("kept", [LATE], ["New times for flight B6 4", "New times for flight B6 4"]),
}
OFFERED = {LARGER: ("ladder", {2}), LATE: ("feed", {2})}
"""Of the flights with open fares their source, and how many seats are open: those of the parties above are taken."""
HELD = {DEAD: {}, OTHER: {"MOVED": 2}, LARGER: {"WAITS": 3}, LATE: {"KEEPS": 1}}


def seen(end: End) -> object:
    """The end without what a crash may change: counts, revisions, identities that derive from them, and times of day."""
    return {
        pnr: (
            booking.journeys[0].state,
            [leg.flight for leg in booking.journeys[0].legs],
            [letter["Subject"] for letter in end.letters(pnr)],
        )
        for pnr, booking in end.streams.bookings.items()
    }


def held(end: End) -> object:
    """Seats by flight and party."""
    return {key: {pnr: held.seats for pnr, held in ledger.holders.items()} for key, ledger in end.streams.seats.items()}


async def offers(system: System) -> bool:
    """Whether the fares are those of the end."""
    fares = [recorded.message async for recorded in system.bus.history(FARE)]
    return {each.flight: (each.source, {of.seats for of in each.fares}) for each in fares if each.fares} == OFFERED


def test_every_agent_is_covered() -> None:
    """The cases below are for all agents that a replay runs, which are all folders under `agents`."""
    folders = {path.parent.name for path in (Path(__file__).parents[2] / "agents").glob("*/__main__.py")}
    assert folders == {agent.name for agent in AGENTS} == set(agents())


async def test_one_is_moved_one_waits_and_is_moved_and_one_keeps_its_flight(tmp_path: Path) -> None:
    """The end of this world when no process dies."""
    async with living(WORLD, tmp_path) as system:
        await system.hear(*FIRST)
        await system.hear(*THEN)
        await eventually(partial(offers, system), what="fares of the seats as they are")
        end = await system.end()
    assert (seen(end), held(end)) == (EXPECTED, HELD)


@pytest.mark.slow
@pytest.mark.parametrize(("agent", "step"), STEPS)
async def test_a_crash_at_this_step_changes_nothing(agent: str, step: str, tmp_path: Path, scripted: Scripted) -> None:
    """The same bookings, seats, fares and messages, each message once, and nothing dead-lettered."""
    scripted.table.on("The passengers wrote:", TOGETHER, always=True)
    # A planner that has a model to ask takes seconds to start, and passes the bus's steps like any other.
    asks = asking(scripted) if step in PLANNER.own_failpoints else {}
    lives = [{"IROPS_FAILPOINT": f"{step}:{nth}"} for nth in (1, 2)]
    async with living(WORLD, tmp_path, apart=[agent], environment=asks, lives=lives) as system:
        await system.say(*FIRST)
        await eventually(lambda: system.deaths, what=f"death of {agent} at {step}", within=30)
        await system.settled(within=30)
        for status in THEN:  # heard together, they might pass the step but once
            await system.hear(status)
        await eventually(lambda: len(system.deaths) == 2, what=f"second death of {agent} at {step}")
        await system.settled(within=30)
        await eventually(partial(offers, system), what="fares of the seats as they are")
        end = await system.end()
    assert system.deaths == [(agent, -9), (agent, -9)]
    assert (seen(end), held(end)) == (EXPECTED, HELD)
    assert bool(asks) == any(plan.judgement and plan.judgement.wishes == Wishes(together=True) for plan in end.plans)


@pytest.mark.slow
async def test_a_plan_from_before_a_crash_does_not_answer_a_later_disruption(tmp_path: Path) -> None:
    """Dead for longer than its lease on a delay it has planned, the planner hears of delay and cancellation together."""
    world = World()
    flight, other = world.flight(1, leaves=3), world.flight(2, leaves=7)
    world.party("HIT", flight)
    pause = 1.5 * ACK_WAIT.total_seconds()
    lives = [{"IROPS_FAILPOINT": "committed:1"}]
    async with living(world, tmp_path, apart=["planner"], lives=lives, pause=pause) as system:
        await system.say(world.status(flight, minute=1, late=1))
        await eventually(lambda: system.deaths, what="death of the planner")
        await system.say(world.status(flight, minute=2, late=1, cancelled=True))
        await system.settled()
        end = await system.end()
    assert end.streams.bookings["HIT"].journeys[0].legs[0].flight == other
    assert len(end.facts("HIT")) == 2


@pytest.mark.slow
async def test_in_lock_step_a_step_that_an_agent_died_at_is_asked_again(tmp_path: Path) -> None:
    """Booker and planner die when they have committed for the first time; their next lives answer the conductor."""
    dying = ["booker", "planner"]
    lives = [{"IROPS_FAILPOINT": "committed:1"}]
    async with living(WORLD, tmp_path, apart=dying, lives=lives, speed=0) as system:
        conductor = LockStep(system.bus, [agent.name for agent in AGENTS])
        await system.say(*FIRST)
        await conductor.settle(T0 + timedelta(minutes=2))
        await system.say(*THEN)
        await conductor.settle(T0 + timedelta(minutes=4))
        end = await system.end()
    assert sorted(system.deaths) == sorted((agent, -9) for agent in dying)
    assert (seen(end), held(end)) == (EXPECTED, HELD)
