"""Lock-step: with one seed a replay always ends in the same ledger, however the machine shared out its time."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from bus import Bus
from bus.connection import close, connect
from bus.provision import provision
from bus.server import Server
from contracts.streams import STREAMS
from irops.demo.replay import perform, stage
from irops.demo.script import LOCKSTEP, Script, read
from irops.reading import read_streams
from irops.supervisor import Supervisor
from simulation.conductor import ORDER


async def replayed(folder: Path, *, seed: int) -> dict[str, bytes]:
    """Four hours of the storm for one party in fifty, and all that is left of them."""
    script = Script(replay_hours=4, horizon_days=0, speed=LOCKSTEP, seed=seed, sample=0.02)
    day = await asyncio.to_thread(read, script)
    server = Server(folder / "nats", sync="2m")
    environment = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(folder / "maildir")}
    supervisor = Supervisor(folder / "logs", environment)
    console = Console(quiet=True)
    await server.start()
    nc = await connect(server.url, name="test")
    bus = Bus(nc, source="test")
    try:
        await provision(nc, STREAMS)
        await bus.start_views()
        sown = await stage(bus, script, day, console)
        await supervisor.start([f"agents.{name}" for name in ORDER])
        ended = await perform(bus, script, day, sown, console, supervisor=supervisor)
        assert ended.audit.clean, ended.audit.findings
        assert ended.report["parties_rebooked"] > 10
        assert supervisor.restarts == 0
        streams = await read_streams(bus)
    finally:
        await supervisor.stop()
        await bus.stop_views()
        await close(nc)
        server.kill()
    left = {
        "flights": streams.flights.values(),
        "seats": streams.seats.values(),
        "bookings": streams.bookings.values(),
        "facts": [fact for _, fact in streams.facts],
        "notices": streams.sent,
    }
    encode = msgspec.json.Encoder(order="sorted").encode
    return {what: b"\n".join(sorted(encode(each) for each in found)) for what, found in left.items()}


@pytest.mark.timeout(180)
async def test_one_seed_always_ends_alike_and_another_seed_does_not(tmp_path: Path) -> None:
    """Three replays at the same time, so that none has the machine to itself."""
    one, again, other = await asyncio.gather(
        replayed(tmp_path / "one", seed=7), replayed(tmp_path / "again", seed=7), replayed(tmp_path / "other", seed=8)
    )
    assert one == again
    assert all(one[what] != other[what] for what in one)
