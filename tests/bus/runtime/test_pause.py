"""A paused agent takes no work and answers; once it is resumed, nothing that came meanwhile is missing."""

import asyncio
import signal
from datetime import datetime, timedelta

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Removal, Write
from bus.admin.discovery import Instance, discover
from bus.admin.pending import timers_due
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from contracts.clock import Clock
from contracts.pauses import AGENT_PAUSE, AgentPause
from tests.bus.bus_world import T0, echo, echoed, publish, start_tiny_agent, stored
from tests.bus.runtime.test_lockstep import stand_still, step
from tests.bus.runtime.test_timekeeper import GRACE, MINUTE, declared_silent, stepped, watching
from tests.support import eventually

KEY = AGENT_PAUSE.key(agent="echo")


async def pause(bus: Bus, *, until: datetime | None = None, agent: str = "echo") -> None:
    key = AGENT_PAUSE.key(agent=agent)
    expected = (await bus.load([key])).revision(key)
    state = AgentPause(agent=agent, by="ops", why="a look at it", since=bus.now(), until=until)
    await bus.commit(Commit(states=[Write(AGENT_PAUSE.of(state), expected)]))


async def resume(bus: Bus) -> None:
    entry = (await bus.load([KEY]))[KEY]
    assert entry is not None
    await bus.commit(Commit(removals=[Removal(KEY, entry.revision)]))


async def the_one(nc: Client, *, verb: str = "STATS") -> Instance:
    """The agent that answers."""

    async def answers() -> Instance | None:
        return next(iter(await discover(nc, verb=verb, wait=0.05)), None)

    found: Instance = await eventually(answers, what="an answer")
    return found


async def at_rest(nc: Client) -> None:
    async def paused() -> bool:
        return bool((await the_one(nc)).stats.get("paused"))

    await eventually(paused, what="a paused agent")


async def left_alone(nc: Client) -> None:
    """For as long as messages that were requested before take to come, and are given back."""
    seen = 0

    async def requested_before() -> bool:
        nonlocal seen
        seen += 1
        return seen > 6

    await eventually(requested_before, what="a while", within=20)
    assert await stored(nc, "FLIGHTS") == 0


async def test_a_paused_agent_takes_nothing_and_then_everything(server: Server, nc: Client, bus: Bus) -> None:
    """Also of what it had requested before."""
    async with echo(server.url):
        await the_one(nc)
        await pause(bus)
        await at_rest(nc)
        await publish(nc, range(1, 31))
        await left_alone(nc)
        await resume(bus)
        await eventually(lambda: echoed(bus, range(1, 31)), what="all echoed")


async def test_a_paused_agent_answers_and_says_that_it_is_paused(server: Server, nc: Client, bus: Bus) -> None:
    """To a ping too: since when, by whom and why."""
    async with echo(server.url):
        assert "paused" not in (await the_one(nc, verb="PING")).metadata
        await pause(bus)
        await at_rest(nc)
        assert (await the_one(nc, verb="PING")).metadata["paused"].endswith("UTC by ops: a look at it")
        await resume(bus)

        async def works() -> bool:
            return "paused" not in (await the_one(nc, verb="PING")).metadata

        await eventually(works, what="an agent that works")


async def test_another_agents_pause_is_none_of_its_own(server: Server, nc: Client, bus: Bus) -> None:
    await pause(bus, agent="echoes")
    async with echo(server.url):
        await publish(nc, range(3))
        await eventually(lambda: echoed(bus, range(3)), what="all echoed")


async def test_an_agent_that_starts_while_it_is_paused_takes_nothing(server: Server, nc: Client, bus: Bus) -> None:
    await publish(nc, range(3))
    await pause(bus)
    async with echo(server.url):
        await at_rest(nc)
        await left_alone(nc)
        await resume(bus)
        await eventually(lambda: echoed(bus, range(3)), what="all echoed")


async def test_a_pause_ends_by_itself(server: Server, nc: Client, bus: Bus) -> None:
    """In event time."""
    await publish(nc, range(3))
    await pause(bus, until=bus.now() + timedelta(hours=1))
    async with echo(server.url):
        await at_rest(nc)
        await set_clock(nc, Clock(now=bus.now() + timedelta(minutes=59, seconds=59), at=wall()))
        await eventually(lambda: echoed(bus, range(3)), what="all echoed")


async def test_a_pause_ends_also_if_no_agent_runs(server: Server, nc: Client, bus: Bus) -> None:
    await publish(nc, range(3))
    await pause(bus, until=bus.now() + timedelta(hours=1))
    await set_clock(nc, Clock(now=bus.now() + timedelta(hours=1), at=wall()))
    async with echo(server.url):
        await eventually(lambda: echoed(bus, range(3)), what="all echoed")
        assert not (await the_one(nc)).stats["paused"]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
async def test_an_agent_that_ends_while_it_is_paused_loses_nothing(
    server: Server, nc: Client, bus: Bus, signum: signal.Signals
) -> None:
    """Its next process is paused as well."""
    process = start_tiny_agent(server.url)
    await the_one(nc)
    await pause(bus)
    await at_rest(nc)
    await publish(nc, range(1, 31))
    process.send_signal(signum)
    await asyncio.to_thread(process.wait)
    process = start_tiny_agent(server.url)
    try:
        await at_rest(nc)
        await left_alone(nc)
        await resume(bus)
        await eventually(lambda: echoed(bus, range(1, 31)), what="all echoed", within=20)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


async def test_what_is_due_while_an_agent_is_paused_is_done_when_it_is_resumed(
    server: Server, nc: Client, bus: Bus
) -> None:
    async with watching(server.url):
        await set_clock(nc, Clock(now=T0, at=wall()))
        await bus.wait_for_tick(lambda tick: tick.now == T0)
        await publish(nc, [1])

        async def scheduled() -> bool:
            return bool(await timers_due(nc, by=T0 + 2 * GRACE))

        await eventually(scheduled, what="a timer")
        await pause(bus)
        await at_rest(nc)
        await set_clock(nc, Clock(now=T0 + 2 * GRACE, at=wall()))
        await left_alone_timer(bus)
        await resume(bus)

        async def declared() -> bool:
            return await declared_silent(bus) == [1]

        await eventually(declared, what="what was due")


async def left_alone_timer(bus: Bus) -> None:
    seen = 0

    async def again() -> bool:
        nonlocal seen
        seen += 1
        return seen > 20

    await eventually(again, what="a while")
    assert await declared_silent(bus) == []


async def test_in_lock_step_a_paused_agent_handles_nothing_and_asks_for_the_end_of_its_pause(
    server: Server, nc: Client, bus: Bus
) -> None:
    """The conductor steps to it."""
    await stand_still(nc)
    await publish(nc, range(5))
    async with echo(server.url):
        await step(bus, nc, 0)
        await pause(bus, until=T0 + 5 * MINUTE)
        rests = await step(bus, nc, 5, T0 + MINUTE)
        assert (rests.handled, rests.wake_at) == (0, T0 + 5 * MINUTE)
        assert (await step(bus, nc, 5, T0 + 5 * MINUTE)).handled == 5


async def test_in_lock_step_a_paused_agent_is_not_woken(server: Server, nc: Client, bus: Bus) -> None:
    await stand_still(nc)
    async with watching(server.url) as watch:
        await publish(nc, [1])
        await eventually(lambda: the_one(nc), what="an agent")
        await stepped(bus, nc, 1, T0)
        await pause(bus)
        rests = await stepped(bus, nc, 1, T0 + GRACE)
        assert (rests.wake_at, watch.woken) == (None, [])
        await resume(bus)
        await stepped(bus, nc, 1, T0 + GRACE + MINUTE)
        assert watch.woken == [T0 + GRACE + MINUTE]
