"""`irops export state` and `irops import state`: a world that goes on elsewhere."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.json import decode, encode

from bus import Bus
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.operations import consumers_on, pending_work
from bus.retention import FACTS_LAST
from bus.wire.connection import close, connect
from contracts.ledger import BOOKING, BOOKING_CHANGED
from contracts.streams import STREAMS
from irops.processes.supervisor import Supervisor
from irops.system.state import Line
from simulation.seeding import seed_streams
from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.support import eventually

AGENTS = ("monitor", "booker", "planner", "notifier", "care", "pricer")


@asynccontextmanager
async def empty_server(folder: Path) -> AsyncIterator[Server]:
    """A provisioned server without a message in it."""
    server = Server(folder)
    await server.start()
    nc = await connect(server.url, name="test")
    await provision(nc, STREAMS)
    await set_clock(nc)
    await close(nc)
    try:
        yield server
    finally:
        server.kill()


def stormy() -> World:
    """Two flights; one is to be cancelled, and the other has a seat too few for its parties."""
    world = World()
    gone = world.flight(1, leaves=5)
    world.flight(2, leaves=7, economy=3)
    for pnr in ("A", "B"):
        world.party(pnr, gone, seats=2)
    return world


async def exported(folder: Path) -> str:
    """The state of a world in which a party has been rebooked and another stranded."""
    world = stormy()
    async with living(world, folder) as system:
        await system.hear(world.status("B6.1.JFK.2013-02-08", minute=1, cancelled=True))
        return (await irops("export", "state", url=system.server.url)).out


@pytest.mark.slow
async def test_a_state_that_is_imported_audits_the_same_and_exports_the_same_bytes(tmp_path: Path) -> None:
    """And so does the world it came from."""
    world = stormy()
    async with living(world, tmp_path / "one") as system:
        await system.hear(world.status("B6.1.JFK.2013-02-08", minute=1, cancelled=True))
        audited = await irops("audit", url=system.server.url)
        state = await irops("export", "state", url=system.server.url)
    assert "2 parties affected (4 passengers): 1 rebooked, 0 kept, 1 stranded" in audited.out
    async with empty_server(tmp_path / "two") as server:
        ended = await irops("import", "state", "-", url=server.url, stdin=state.out.encode())
        assert ended.status == 0
        assert ended.err.startswith("irops: the clock is a replay's: 2013-02-08 ")
        of_one, of_two = (each.out.splitlines() for each in (audited, await irops("audit", url=server.url)))
        differ = [pair for pair in zip(of_one, of_two, strict=True) if pair[0] != pair[1]]
        assert len(differ) == 1
        assert all("not judged by the feed" in line for line in differ[0])  # which is no part of a state
        assert (await irops("export", "state", url=server.url)).out == state.out


async def agents_have_handled_everything(server: Server, folder: Path) -> None:
    """Run the agents until no work is pending."""
    environment = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(folder / "maildir")}
    supervisor = Supervisor(folder / "logs", environment)
    nc = await connect(server.url, name="test")
    await supervisor.start([f"agents.{name}" for name in AGENTS])
    try:

        async def handled() -> bool:
            consumers = await consumers_on(nc, [stream.name for stream in STREAMS])
            return set(consumers.hears) == set(AGENTS) and not await pending_work(nc, consumers)

        await eventually(handled, what="everything handled", within=30)
    finally:
        await supervisor.stop()
        await close(nc)


@pytest.mark.slow
async def test_agents_that_start_on_an_imported_state_send_nothing_again_and_change_nothing(tmp_path: Path) -> None:
    """Their consumers deliver every restored fact, and each has had its effect."""
    state = await exported(tmp_path / "one")
    async with empty_server(tmp_path / "two") as server:
        await irops("import", "state", "-", url=server.url, stdin=state.encode())
        await agents_have_handled_everything(server, tmp_path)
        assert (await irops("export", "state", url=server.url)).out == state
        assert not list((tmp_path / "maildir" / "new").glob("*"))


async def test_a_state_is_not_imported_where_there_is_one(server: Server, bus: Bus) -> None:
    """The streams are named, exit status 1, and nothing has changed."""
    world = stormy()
    await seed_streams(bus, world.seeded())
    state = (await irops("export", "state", url=server.url)).out
    ended = await irops("import", "state", "-", url=server.url, stdin=state.encode())
    assert (ended.status, ended.out, ended.err) == (
        1,
        "",
        "irops: FLIGHTS is not empty; only an empty system can import the state (use a new data folder)\n",
    )


async def test_a_state_is_not_imported_while_an_agent_runs(tmp_path: Path) -> None:
    """It would act on half a world."""
    async with living(World(), tmp_path) as system:
        ended = await irops("import", "state", "-", url=system.server.url, stdin=b"")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == (
        "irops: agents are running (booker, care, monitor, notifier, planner, pricer); stop them, then import the state\n"
    )


GOOD = (
    b'{"subject":"ledger.waiting.A.1","stored_at":"2013-02-08T17:00:00Z",'
    b'"message":{"pnr":"A","origin":"JFK","destination":"LAX","seats":1}}\n'
)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "is no JSON"),
        (b'{"subject":"x.y"}', "stored_at is missing"),
        (
            GOOD.replace(b"ledger.waiting.A.1", b"ledger.active"),
            "no message of a system's state has the subject ledger.active",
        ),
        (
            GOOD.replace(b"ledger.waiting.A.1", b"ledger.waiting.B.1"),
            "subject: the message belongs to ledger.waiting.A.1",
        ),
        (GOOD.replace(b'"seats":1', b'"seats":"one"'), "message: seats: wanted a whole number"),
        (GOOD.replace(b'"seats":1', b'"seats":1,"extra":1'), "extra: no such field"),
    ],
    ids=["no JSON", "no time", "not state", "another address", "wrong type", "unknown field"],
)
async def test_one_bad_line_and_nothing_is_imported(server: Server, bus: Bus, line: bytes, complaint: str) -> None:
    """It is named with its number and reason; exit status 1."""
    ended = await irops("import", "state", "-", url=server.url, stdin=GOOD + line.strip() + b"\n")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("stdin:2: ")
    assert complaint in ended.err
    assert "nothing is imported: 1 of the lines cannot be restored" in ended.err
    assert (await irops("export", "state", url=server.url)).out.count("\n") == 1  # the clock


async def test_a_fact_keeps_its_age(tmp_path: Path, server: Server, bus: Bus) -> None:
    """One that has expired since is left out; a booking as old as that is known to be forgotten by the audit."""
    state = await exported(tmp_path / "one")
    old = (wall() - FACTS_LAST - timedelta(hours=2)).isoformat()
    lines = [decode(line, type=Line) for line in state.splitlines()]
    aged = b"".join(
        encode({**json.loads(encode(line)), "stored_at": old}) + b"\n" for line in lines if line.subject != "clock.now"
    )
    facts = sum(line.expires for line in lines)
    ended = await irops("import", "state", "-", url=server.url, stdin=aged)
    assert ended.out == f"{len(lines) - 1 - facts} messages imported, {facts} have expired\n"
    assert [r async for r in bus.history(BOOKING_CHANGED)] == []
    assert {r.stored_at.isoformat() async for r in bus.history(BOOKING)} == {old}
    assert "of 2 it can't be known" in (await irops("audit", url=server.url)).out


@pytest.mark.slow
async def test_plans_that_were_overtaken_are_not_refused_again(tmp_path: Path) -> None:
    """The second disruption of a party overtakes its first plan: the answer to that plan is in the ledger."""
    world = World()
    first, second = world.flight(1, leaves=5), world.flight(2, leaves=7)
    world.flight(3, leaves=9)
    world.party("A", first)
    async with living(world, tmp_path / "one") as system:
        for minute, flight in ((1, first), (2, second)):
            await system.hear(world.status(flight, minute=minute, cancelled=True))
        state = (await irops("export", "state", url=system.server.url)).out
    assert state.count('{"subject":"booking.changed.A.') == 2
    async with empty_server(tmp_path / "two") as server:
        await irops("import", "state", "-", url=server.url, stdin=state.encode())
        await agents_have_handled_everything(server, tmp_path)
        assert (await irops("export", "state", url=server.url)).out == state
