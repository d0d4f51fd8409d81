"""Pausing agents, and what is paused or under a brake now, with how much waits for it."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from bus import Bus, Commit, Removal, Write
from bus.clock import monotonic
from bus.operations import consumers_on, discover, list_streams, waiting_for
from contracts.brakes import BRAKED, BRAKES, Brake
from contracts.brakes import in_words as brake_in_words
from contracts.pauses import AGENT_PAUSE, AgentPause

_AT_REST_WITHIN = 10.0
"""Seconds for what an agent has in hand."""


async def pause_agent(bus: Bus, pause: AgentPause) -> None:
    """Write the pause over the one that there is. Raises `Conflict`, `Unavailable`."""
    key = AGENT_PAUSE.key(agent=pause.agent)
    expected = (await bus.load([key])).revision(key)
    await bus.commit(Commit(states=[Write(AGENT_PAUSE.of(pause), expected)]))


async def resume_agent(bus: Bus, agent: str) -> bool:
    """End the agent's pause; get whether it had one. Raises `Conflict`, `Unavailable`."""
    key = AGENT_PAUSE.key(agent=agent)
    entry = (await bus.load([key]))[key]
    if entry is None:
        return False
    await bus.commit(Commit(removals=[Removal(key, entry.revision)]))
    return entry.message.is_in_force(bus.now())


async def at_rest(bus: Bus, agent: str) -> tuple[int, int]:
    """How many of the agent's processes answer, and how many of them have something in hand still, after a wait for them."""
    deadline = monotonic() + _AT_REST_WITHIN
    while True:
        found = await discover(bus.nc, agent=agent, wait=0.2)
        busy = sum(not instance.stats.get("paused") for instance in found)
        if not busy or monotonic() > deadline:
            return len(found), busy
        await asyncio.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Paused:
    """An agent that is paused, or a brake, and how many messages or journeys wait for it."""

    state: AgentPause | Brake
    waiting: int

    @property
    def line(self) -> str:
        """In words."""
        if isinstance(self.state, Brake):
            waits = _counted(self.waiting, "journey waits", "journeys wait")
            return f"brake on {', '.join(brake_in_words(self.state))}; {waits}"
        until = f", until {self.state.until:%Y-%m-%d %H:%M} UTC" if self.state.until else ""
        since = f"since {self.state.since:%Y-%m-%d %H:%M} UTC by {self.state.by}: {self.state.why}"
        return (
            f"{self.state.agent} is paused {since}{until}; {_counted(self.waiting, 'message waits', 'messages wait')}"
        )


async def paused(bus: Bus) -> list[Paused]:
    """Every pause and brake in force, agents first. Raises `ApiError`, `Unavailable`."""
    if not bus.clock_is_set:
        return []
    now = bus.now()
    pauses = [found.message async for found in bus.history(AGENT_PAUSE) if found.message.is_in_force(now)]
    consumers = await consumers_on(bus.nc, [s.name for s in (await list_streams(bus.nc)).found]) if pauses else None
    agents = [
        Paused(pause, await waiting_for(bus.nc, pause.agent, consumers) if consumers else 0)
        for pause in sorted(pauses, key=lambda pause: pause.agent)
    ]
    entry = (await bus.load([BRAKES.key()]))[BRAKES.key()]
    in_force = [brake for brake in entry.message.brakes if brake.is_in_force(now)] if entry else []
    waiting = Counter([found.message.brake async for found in bus.history(BRAKED)]) if entry else Counter[int]()
    return agents + [Paused(brake, waiting[brake.n]) for brake in in_force]


def _counted(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"
