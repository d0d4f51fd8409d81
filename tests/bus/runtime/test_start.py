"""Starting in any order: agents wait for the streams, the clock and their turn. And the time they then go by."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus import Bus, Commit, Handlers, Write
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server, free_port
from bus.clock import at, monotonic
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.api import call
from bus.wire.connection import close, connect
from contracts.clock import CLOCK, Clock
from contracts.flights import FLIGHT, FLIGHT_STATUS
from contracts.streams import STREAMS
from tests.bus.bus_world import ECHO, agent_of, flight, publish, settled
from tests.support import collector, eventually

NOON = datetime(2013, 2, 8, 17, tzinfo=UTC)
moments = st.integers(946684800, 2524608000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@pytest.fixture
async def bare(server: Server) -> AsyncIterator[Client]:
    """A connection to a server that has no streams."""
    nc = await connect(server.url, name="bare")
    yield nc
    await close(nc)


async def _hold(server_url: str, stop: asyncio.Event, keep: object) -> None:
    async def build(_bus: Bus) -> Handlers:
        return Handlers({FLIGHT_STATUS: keep})  # type: ignore[dict-item]

    async with Running(ECHO, build, Settings(nats_url=server_url), stop) as running:
        await running.until_stopped()


async def test_an_agent_started_before_the_streams_waits_for_them(server: Server, bare: Client) -> None:
    """And for the clock: then it handles what has come meanwhile, and nothing before."""
    stop = asyncio.Event()
    heard, keep = collector()
    agent = asyncio.create_task(_hold(server.url, stop, keep))
    await _asking(bare)
    await provision(bare, STREAMS)
    await publish(bare, range(3))
    await eventually(lambda: _following(bare), what="the agent's view of the clock")
    assert heard == []
    await set_clock(bare)
    await eventually(lambda: settled(bare), what="all handled")
    assert len(heard) == 3
    stop.set()
    await agent


async def _asking(nc: Client) -> None:
    """Returns when somebody asks for a consumer: whoever waits for a stream does so over and over."""
    sub = await nc.subscribe("$JS.API.CONSUMER.CREATE.>")
    await sub.next_msg(timeout=5)
    await sub.unsubscribe()


async def _following(nc: Client) -> bool:
    return bool((await call(nc, "STREAM.INFO.CLOCK"))["state"]["consumer_count"])


@pytest.mark.parametrize("there", ["no server", "no streams", "no clock"])
async def test_an_agent_that_waits_can_be_stopped_at_once(server: Server, bare: Client, there: str) -> None:
    """Whatever it waits for."""
    if there == "no clock":
        await provision(bare, STREAMS)
    url = f"nats://127.0.0.1:{free_port()}" if there == "no server" else server.url
    stop = asyncio.Event()
    _, keep = collector()
    agent = asyncio.create_task(_hold(url, stop, keep))
    await asyncio.wait({agent}, timeout=0.3)
    assert not agent.done()
    began = monotonic()
    stop.set()
    await agent
    assert monotonic() - began < 2


async def test_a_standby_waits_for_its_turn_and_hears_nothing(server: Server, nc: Client) -> None:
    """Its `ready` has not returned: the other gets everything, and the standby stops at once."""
    heard, keep = collector()
    others, keep_others = collector()

    async def never() -> None:
        await asyncio.Event().wait()

    began = 0.0
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        async with agent_of(server.url, {FLIGHT_STATUS: keep_others}, ready=never):
            await publish(nc, range(50))
            await eventually(lambda: settled(nc), what="all handled")
            began = monotonic()
        assert monotonic() - began < 2
    assert len(heard) == 50
    assert others == []


async def test_an_agent_whose_companion_fails_ends(server: Server, nc: Client) -> None:
    """What runs beside the handlers is part of it; its supervisor starts it anew."""

    async def fails() -> None:
        raise ZeroDivisionError("a bug")

    async def build(_bus: Bus) -> Handlers:
        _, keep = collector()
        return Handlers({FLIGHT_STATUS: keep}, background=fails)

    with pytest.raises(SystemExit) as end:
        async with Running(ECHO, build, Settings(nats_url=server.url), asyncio.Event()) as running:
            await running.until_stopped()
    assert end.value.code == 1


async def test_everyone_goes_by_the_clock_that_was_set(nc: Client, bus: Bus) -> None:
    """A replayed noon, at 900 times the pace."""
    before = bus.now()
    assert before.year >= 2025
    await set_clock(nc, Clock(now=NOON, at=datetime.now(UTC), speed=900))
    await bus.wait_for_tick(lambda tick: tick.speed == 900)
    assert timedelta(0) <= bus.now() - NOON < timedelta(hours=1)


async def test_what_is_written_is_dated_by_the_clock_that_was_set(nc: Client, bus: Bus) -> None:
    """In a replay a state is as old as the replayed time says, not as the wall clock does."""
    await set_clock(nc, Clock(now=NOON, at=NOON, speed=0))
    await bus.wait_for_tick(lambda tick: tick.speed == 0)
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight()), 0)]))
    key = FLIGHT.key(flight=flight().flight)
    entry = (await bus.load([key]))[key]
    assert entry is not None
    assert entry.written_at == NOON


async def test_provisioning_never_moves_a_clock_that_was_set(nc: Client, bus: Bus) -> None:
    """A replay that is under way is not thrown back to the wall clock."""
    await set_clock(nc, Clock(now=NOON, at=NOON, speed=0))
    await set_clock(nc)
    entry = (await bus.load([CLOCK.key()]))[CLOCK.key()]
    assert entry is not None
    assert entry.message.now == NOON


@given(moments, moments, st.floats(0, 10_000), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_time_passes_at_the_clocks_speed(now: datetime, set_at: datetime, speed: float, passed: timedelta) -> None:
    """So much faster than the wall clock, and never back before the instant it was set to."""
    clock = Clock(now=now, at=set_at, speed=speed)
    assert at(clock, set_at + passed) == now + passed * speed
    assert at(clock, set_at - passed) == now
