"""What a test says as the operator: brakes, pauses, and their ends."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bus import Bus, Commit, Removal, Unavailable, Write
from bus.admin.discovery import discover
from contracts.brakes import BRAKED, END_BRAKE, SET_BRAKE, BrakeAnswer, EndBrake, Scope, SetBrake
from contracts.fares import FareStatus
from contracts.flights import FlightStatus
from contracts.names import Pnr
from contracts.pauses import AGENT_PAUSE, AgentPause
from contracts.reservations import ReservationStatus
from tests.journeys.system import System
from tests.support import eventually

EVERYTHING = Scope()
_ANSWERS_WITHIN = timedelta(seconds=10)


async def brake(
    bus: Bus, scope: Scope = EVERYTHING, *, until: datetime | None = None, moves: int | None = None
) -> BrakeAnswer:
    """Set a brake, as soon as there is a booker to ask."""
    question = SetBrake(scope=scope, by="ops", why="fog", until=until, moves_a_minute=moves)

    async def asked() -> BrakeAnswer | None:
        try:
            return await bus.ask(SET_BRAKE, question, timeout=_ANSWERS_WITHIN)
        except Unavailable:
            return None

    answer: BrakeAnswer = await eventually(asked, what="an answer", within=30)
    return answer


async def take_place(
    system: System, happening: FlightStatus | ReservationStatus | FareStatus | SetBrake | EndBrake
) -> None:
    """Return once it was heard, or the operator's word was answered, and what followed is done."""
    if isinstance(happening, SetBrake):
        await brake(system.bus, happening.scope, until=happening.until, moves=happening.moves_a_minute)
    elif isinstance(happening, EndBrake):
        await release(system.bus, happening.scope)
    else:
        await system.say(happening)
    await system.settled()


async def release(bus: Bus, scope: Scope = EVERYTHING) -> BrakeAnswer:
    return await bus.ask(END_BRAKE, EndBrake(scope=scope, by="ops"), timeout=_ANSWERS_WITHIN)


async def waiting(bus: Bus) -> list[Pnr]:
    """The parties that wait for a brake, or for their turn, in their order."""
    entries = [found.message async for found in bus.history(BRAKED)]
    return [entry.pnr for entry in sorted(entries, key=lambda entry: entry.order) if entry.called_at is None]


async def waits(bus: Bus, pnrs: Collection[Pnr]) -> None:
    """Return once these wait, and no others."""

    async def as_expected() -> bool:
        return set(await waiting(bus)) == set(pnrs)

    await eventually(as_expected, what=f"{pnrs} waiting")


async def pause(bus: Bus, agent: str) -> None:
    """Return once it has nothing in hand."""
    key = AGENT_PAUSE.key(agent=agent)
    expected = (await bus.load([key])).revision(key)
    state = AgentPause(agent=agent, by="ops", why="a look at it", since=bus.now())
    await bus.commit(Commit(states=[Write(AGENT_PAUSE.of(state), expected)]))

    async def at_rest() -> bool:
        found = await discover(bus.nc, agent=agent, wait=0.1)
        return bool(found) and all(each.stats["paused"] for each in found)

    await eventually(at_rest, what="an agent at rest")


async def resume(bus: Bus, agent: str) -> None:
    key = AGENT_PAUSE.key(agent=agent)
    await bus.commit(Commit(removals=[Removal(key, (await bus.load([key])).revision(key))]))
