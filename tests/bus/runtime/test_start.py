"""Starting in any order: agents wait for their streams, the clock and their turn. And event time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from bus import Agent, Bus, Commit, Handlers, Write
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server, free_port
from bus.clock import at, monotonic
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.api import call
from bus.wire.connection import close, connect
from contracts.clock import CLOCK, Clock
from contracts.flights import FLIGHT, FLIGHT_STATUS, Flight
from contracts.streams import STREAMS
from contracts.subject import Subject
from tests.bus.bus_world import ECHO, agent_of, flight, publish, settled
from tests.support import collector, eventually

OWN = Subject("own.{flight}", Flight, "OWN")
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
    """And for the clock: it handles nothing before, and then everything that has arrived."""
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
    """Returns when an agent has looked for a stream, which it does repeatedly."""
    sub = await nc.subscribe("$JS.API.STREAM.INFO.>")
    await sub.next_msg(timeout=5)
    await sub.unsubscribe()


async def _following(nc: Client) -> bool:
    return bool((await call(nc, "STREAM.INFO.CLOCK"))["state"]["consumer_count"])


@pytest.mark.parametrize(
    ("agent", "missing"),
    [
        pytest.param(Agent("owner", says=(OWN,)), "OWN", id="one it says into"),
        pytest.param(Agent("owner", keeps=(OWN,)), "OWN", id="one it keeps states in"),
        pytest.param(Agent("owner", reads=(OWN,)), "OWN", id="one it reads"),
        pytest.param(Agent("owner"), "DEAD", id="that of its dead letters"),
    ],
)
async def test_an_agent_is_ready_only_when_every_stream_it_uses_exists(
    server: Server, nc: Client, capsys: pytest.CaptureFixture[str], agent: Agent, missing: str
) -> None:
    """Until then it names the missing one, and what to do."""
    if missing != "OWN":
        await call(nc, f"STREAM.DELETE.{missing}")
    stop = asyncio.Event()
    task = asyncio.create_task(_run(agent, server.url, stop))
    logged = ""

    def seen(text: str) -> bool:
        nonlocal logged
        logged += capsys.readouterr().out
        return text in logged

    await eventually(lambda: seen("waiting for a stream that does not exist"), what="the wait in the log")
    assert missing in logged
    assert "irops provision" in logged
    assert "ready" not in logged
    config = {"name": missing, "subjects": [f"{missing.lower()}.>"], "allow_direct": True}
    await call(nc, f"STREAM.CREATE.{missing}", config)
    await eventually(lambda: seen("ready"), what="ready in the log")
    stop.set()
    await task


async def _run(agent: Agent, url: str, stop: asyncio.Event) -> None:
    async def build(_bus: Bus) -> Handlers:
        return Handlers({})

    async with Running(agent, build, Settings(nats_url=url), stop) as running:
        await running.until_stopped()


@pytest.mark.parametrize("there", ["no server", "no streams", "no clock"])
async def test_an_agent_that_waits_can_be_stopped_at_once(server: Server, bare: Client, there: str) -> None:
    """Whatever it is waiting for."""
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
    """Its `ready` has not returned: the active one receives everything, and the standby stops at once."""
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


async def test_an_agent_whose_background_work_fails_ends(server: Server, nc: Client) -> None:
    """Its supervisor restarts it."""

    async def fails() -> None:
        raise ZeroDivisionError("a bug")

    async def build(_bus: Bus) -> Handlers:
        _, keep = collector()
        return Handlers({FLIGHT_STATUS: keep}, background=fails)

    with pytest.raises(SystemExit) as end:
        async with Running(ECHO, build, Settings(nats_url=server.url), asyncio.Event()) as running:
            await running.until_stopped()
    assert end.value.code == 1


async def test_event_time_is_the_clock_that_was_set(nc: Client, bus: Bus) -> None:
    """A replayed noon, at 900 times the speed."""
    before = bus.now()
    assert before.year >= 2025
    await set_clock(nc, Clock(now=NOON, at=datetime.now(UTC), speed=900))
    await bus.wait_for_tick(lambda tick: tick.speed == 900)
    assert timedelta(0) <= bus.now() - NOON < timedelta(hours=1)


async def test_what_is_written_has_event_time(nc: Client, bus: Bus) -> None:
    """In a replay a state's age is by the replayed clock, not the wall clock."""
    await set_clock(nc, Clock(now=NOON, at=NOON, speed=0))
    await bus.wait_for_tick(lambda tick: tick.speed == 0)
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight()), 0)]))
    key = FLIGHT.key(flight=flight().flight)
    entry = (await bus.load([key]))[key]
    assert entry is not None
    assert entry.written_at == NOON


async def test_provisioning_never_moves_a_clock_that_was_set(nc: Client, bus: Bus) -> None:
    """A replay in progress is not reset to the wall clock."""
    await set_clock(nc, Clock(now=NOON, at=NOON, speed=0))
    await set_clock(nc)
    entry = (await bus.load([CLOCK.key()]))[CLOCK.key()]
    assert entry is not None
    assert entry.message.now == NOON


@given(moments, moments, st.floats(0, 10_000), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_time_passes_at_the_clocks_speed(now: datetime, set_at: datetime, speed: float, passed: timedelta) -> None:
    """By its factor faster than the wall clock, and never before the instant it was set to."""
    clock = Clock(now=now, at=set_at, speed=speed)
    assert at(clock, set_at + passed) == now + passed * speed
    assert at(clock, set_at - passed) == now
