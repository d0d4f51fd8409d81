"""A live system and its shadow on one server, an account each, with keys: the server keeps the two apart."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus.access.keys import make_key
from bus.access.permissions import permissions
from bus.access.users import User, users_conf
from bus.admin.provision import provision, set_clock
from bus.clock import wall
from bus.operations import last_sequence
from bus.runtime.bus import Bus
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.causes import shown
from bus.wire.connection import close, connect
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS
from contracts.streams import STREAMS
from irops.shadow.agent import COPIER, build
from irops.shadow.config import Config
from irops.system.shadow import made_shadow
from simulation.seeding import seed_streams
from tests.bus.bus_world import publish, stored
from tests.bus.wire.servers import Configured, configured
from tests.deploy.test_configurations import without_ports
from tests.irops.command_line import irops, line_with, started
from tests.journeys.small_world import T0, World
from tests.journeys.system import AGENTS
from tests.support import eventually

WRITTEN = [
    pytest.param("feed.flight.B6.1.JFK.2013-02-08", id="a status"),
    pytest.param("feed.reservation.K7QX2M", id="a reservation"),
    pytest.param("ledger.booking.K7QX2M", id="a booking"),
    pytest.param("ledger.flight.B6.1.JFK.2013-02-08", id="a seat"),
    pytest.param("booking.changed.K7QX2M.x", id="a fact"),
    pytest.param("plan.proposed.K7QX2M.x", id="a plan"),
    pytest.param("notice.sent.K7QX2M.x", id="a notice"),
    pytest.param("request.made.K7QX2M.x", id="a request"),
    pytest.param("clock.now", id="the clock"),
]


@dataclass
class Both:
    folder: Path
    server: Configured
    live: Client
    shadow: Client
    """Connections of the two operators."""

    def settings(self, system: str) -> Settings:
        return Settings(nats_url=self.server.url, keys=self.folder / system)

    async def sequences(self) -> list[int]:
        """How many messages each stream of the live system has ever had."""
        return [await last_sequence(self.live, stream.name) for stream in STREAMS]


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """NORTH of the configuration is the live system, and has a key for the copier; SOUTH is the shadow."""
    for system, agents in (("north", (*AGENTS, COPIER)), ("south", AGENTS)):
        keys = tmp_path / system
        users = [User(agent.name, make_key(keys, agent.name)[0], permissions(agent)) for agent in agents]
        (keys / "users.conf").write_text(users_conf([*users, User("irops", make_key(keys, "irops")[0], None)]))
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            configured(tmp_path, without_ports("nats-server-accounts.conf", tmp_path))
        )
        operators: list[Client] = []
        for system in ("north", "south"):
            settings = Settings(nats_url=server.url, keys=tmp_path / system)
            nc = await connect(settings.endpoint("irops"), name="irops")
            stack.push_async_callback(close, nc)
            await provision(nc, STREAMS)
            await set_clock(nc)
            operators.append(nc)
        yield Both(tmp_path, server, *operators)


@pytest.mark.parametrize("subject", WRITTEN)
async def test_the_copier_may_write_nothing_in_the_live_system(both: Both, subject: str) -> None:
    """The server refuses it: its key is for its own consumers."""
    before, refused = await both.sequences(), list[str]()
    endpoint = both.settings("north").endpoint("shadow")
    nc = await connect(endpoint, name="shadow", on_problem=lambda problem, _: refused.append(problem))
    try:
        await nc.publish(subject, b"{}")
        await eventually(lambda: refused, what="the server's refusal")
    finally:
        await close(nc)
    assert subject in refused[0] or shown(subject) in refused[0]
    assert await both.sequences() == before


@pytest.mark.parametrize("agent", ["booker", "planner", "notifier", "irops"])
@pytest.mark.parametrize("subject", WRITTEN)
async def test_a_key_of_the_shadow_writes_nothing_in_the_live_system(both: Both, subject: str, agent: str) -> None:
    """Whatever it publishes is published in the account of the shadow, if it may be at all; the operator's key too."""
    before, heard = await both.sequences(), list[str]()

    async def keep(message: object) -> None:
        heard.append(repr(message))

    await both.live.subscribe(subject, cb=keep)
    await both.live.flush()
    nc = await connect(both.settings("south").endpoint(agent), name=agent)
    try:
        await nc.publish(subject, b"{}")
        await nc.flush()
    finally:
        await close(nc)
    await both.live.flush()
    assert (heard, await both.sequences()) == ([], before)


async def test_a_shadow_answers_no_question_of_the_live_system(both: Both) -> None:
    """Its agents' subscriptions are in its own account."""
    nc = await connect(both.settings("south").endpoint("booker"), name="booker")
    asked: list[str] = []

    async def keep(message: object) -> None:
        asked.append(repr(message))

    try:
        await nc.subscribe("ask.booker.*", cb=keep)
        await nc.flush()
        await both.live.publish("ask.booker.quote", b"{}")
        await both.live.flush()
        await nc.flush()
    finally:
        await close(nc)
    assert asked == []


async def test_the_copier_copies_with_these_keys(both: Both) -> None:
    """All that it needs is permitted: what the live feed says is in the shadow."""
    await made_shadow(Bus(both.shadow, source="irops"))
    config = Config(url=both.server.url, keys=both.folder / "south")
    async with Running(COPIER, partial(build, config=config), both.settings("north"), asyncio.Event()):
        await publish(both.live, [1, 2, 3])

        async def copied() -> bool:
            return await stored(both.shadow, FLIGHT_STATUS.stream) == 3

        await eventually(copied, what="the shadow has the feed")


@pytest.mark.slow
async def test_a_shadow_on_the_same_server_by_the_commands_of_the_page(tmp_path: Path) -> None:
    """Keys, accounts, the state and `irops up`: the live system has no agents, and a feed alone. It has nothing more than what
    that feed has published when the shadow has decided."""
    for system, more in (("north", ("--also", "irops.shadow")), ("south", ())):
        made = await irops("users", "--keys", str(tmp_path / system), *more)
        assert made.status == 0, made.err
    north, south = (str(tmp_path / system) for system in ("north", "south"))
    world = World()
    dead = world.flight(1, leaves=3)
    world.flight(2, leaves=6)
    world.party("P", dead)
    async with configured(tmp_path, without_ports("nats-server-accounts.conf", tmp_path)) as server:
        await irops("provision", url=server.url, IROPS_KEYS=north)
        nc = await connect(Settings(nats_url=server.url, keys=tmp_path / "north").endpoint("irops"), name="irops")
        try:
            await set_clock(nc, Clock(now=T0, at=wall()))
            live = Bus(nc, source="test")
            await live.start_views()
            await seed_streams(live, world.seeded())
            state = tmp_path / "state.jsonl"
            state.write_text((await irops("export", "state", url=server.url, IROPS_KEYS=north)).out)
            process = await started(
                *("up", "--data", str(tmp_path / "data"), "--shadow", "--state", str(state)),
                *("--of", server.url, "--of-keys", north),
                url=server.url,
                IROPS_KEYS=south,
            )
            try:
                await line_with(process, "ready: ")
                await live.append(FLIGHT_STATUS.of(world.status(dead, minute=1, cancelled=True)), identity="gone")
                before = [await last_sequence(nc, stream.name) for stream in STREAMS]

                async def reported() -> bool:
                    return (
                        "P 1  moved  cancelled (B6 1)" in (await irops("shadow", url=server.url, IROPS_KEYS=south)).out
                    )

                await eventually(reported, what="the shadow has decided", within=30)
                assert [await last_sequence(nc, stream.name) for stream in STREAMS] == before
            finally:
                process.send_signal(signal.SIGINT)
                await process.communicate(b"")
            await live.stop_views()
        finally:
            await close(nc)
    assert len(list((tmp_path / "data" / "maildir" / "new").iterdir())) == 1
