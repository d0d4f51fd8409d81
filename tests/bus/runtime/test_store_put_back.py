"""A store that is put back, wiped or swapped while agents live: each ends, and the next process starts from what is there."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus import Agent, Bus, Commit, Delivery, Handlers, Write
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from contracts.streams import STREAMS
from tests.bus.bus_world import echo_of, flight, name, number_of, publish, settled, subjects_in_order
from tests.support import eventually

AGENT = Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,), views=(FLIGHT,))


class Follows:
    """Echoes, and follows the states of flights."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.heard: list[int] = []

    async def build(self, bus: Bus) -> Handlers:
        self.view = bus.view(FLIGHT, lambda state, _revision, _at: state.last_change)

        async def hear(group: Sequence[Delivery[FlightStatus]]) -> None:
            self.heard += [number_of(d.message.flight) for d in group]
            await bus.emit_once([echo_of(d) for d in group])

        return Handlers({FLIGHT_STATUS: hear})


@asynccontextmanager
async def following(server: Server) -> AsyncIterator[Follows]:
    follows = Follows()
    async with Running(AGENT, follows.build, Settings(nats_url=server.url), follows.stop):
        yield follows


async def put_back(server: Server, copy: Path | None) -> None:
    """Stops the server and starts it on the copy, or on nothing."""
    server.stop()
    shutil.rmtree(server.folder / "data")
    if copy:
        shutil.copytree(copy, server.folder / "data")
    await server.start()


async def lived_through(server: Server, nc: Client, bus: Bus, copy: Path | None) -> None:
    """An agent that has seen more than the copy has, which is put back. Raises `SystemExit`, as its process ends."""
    async with following(server) as follows:
        await eventually(lambda: len(follows.heard) == 2, what="two heard")
        key = FLIGHT.key(flight=name(1))
        revision = (await bus.load([key])).revision(key)
        await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1, n=2)), revision)]))
        await publish(nc, [3, 4])
        await eventually(lambda: len(follows.heard) == 4, what="four heard")
        await eventually(lambda: settled(nc), what="settled")
        await put_back(server, copy)
        await asyncio.wait_for(follows.stop.wait(), 20)


@pytest.mark.parametrize("wiped", [False, True], ids=["an older copy", "a wiped server"])
async def test_an_agent_ends_and_the_next_process_starts_from_what_is_there(
    server: Server, nc: Client, bus: Bus, tmp_path: Path, wiped: bool
) -> None:
    """Neither its view nor its place in the feed is of the store before."""
    await publish(nc, [1, 2])
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1, n=1)), 0)]))
    server.stop()
    copy = tmp_path / "copy"
    if not wiped:
        shutil.copytree(server.folder / "data", copy)
    await server.start()
    await eventually(lambda: nc.is_connected, what="a connection")
    with pytest.raises(SystemExit):
        await lived_through(server, nc, bus, None if wiped else copy)
    again = await connect(server.url, name="after")
    if wiped:
        await provision(again, STREAMS)
        await set_clock(again)
    await publish(again, [5])
    async with following(server) as follows:
        await eventually(lambda: settled(again), what="settled")
        seen = {key: entry.value for key, entry in follows.view.items()}
    facts = [s for s in await subjects_in_order(again, "FLIGHTS") if s.startswith("flight.changed.")]
    echoes = {number_of(subject.removeprefix("flight.changed.")) for subject in facts}
    await close(again)
    assert echoes >= ({5} if wiped else {1, 2, 5})
    assert seen == ({} if wiped else {FLIGHT.key(flight=name(1)).name: 1})


async def test_an_agent_lives_through_a_restart_of_its_own_server(server: Server, nc: Client, bus: Bus) -> None:
    """Nothing of the store has changed."""
    async with following(server) as follows:
        await publish(nc, [1])
        await eventually(lambda: follows.heard == [1], what="one heard")
        server.kill()
        await server.start()
        await eventually(lambda: nc.is_connected, what="a connection")
        await publish(nc, [2])
        await eventually(lambda: 2 in follows.heard, what="two heard", within=20)
        await eventually(lambda: settled(nc), what="settled")
        assert not follows.stop.is_set()
