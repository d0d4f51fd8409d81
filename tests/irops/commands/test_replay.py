"""`irops replay`: a day on a system that runs already."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bus import Bus
from bus.admin.server import Server
from bus.clock import wall
from contracts.clock import CLOCK
from contracts.ledger import SEAT_LEDGER
from irops.processes.roster import agents
from irops.processes.supervisor import Supervisor
from tests.irops.command_line import irops

SMALL = ("--replay-hours", "1", "--horizon-days", "1", "--sample", "0.02", "--speed", "max")


@pytest.fixture
async def team(server: Server, tmp_path: Path) -> AsyncIterator[Supervisor]:
    """The four agents on the server, which may have no streams yet."""
    own = {"NATS_URL": server.url, "IROPS_NOTIFIER_MAILDIR": str(tmp_path / "maildir")}
    supervisor = Supervisor(tmp_path / "logs", own)
    await supervisor.start([f"agents.{name}" for name in agents()])
    yield supervisor
    await supervisor.stop()


@pytest.mark.usefixtures("team")
async def test_a_replay_ends_clean_on_a_system_that_waited_for_its_streams(server: Server, tmp_path: Path) -> None:
    """It makes the streams and says so. A second one is refused: the ledger is not empty any more."""
    ended = await irops("replay", *SMALL, "--report", str(tmp_path / "report.json"), url=server.url)
    assert ended.status == 0, ended.out + ended.err
    assert "created LEDGER (ledger.>" in ended.out
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["notices_sent"] == len(list((tmp_path / "maildir" / "new").iterdir())) > 0
    again = await irops("replay", *SMALL, url=server.url)
    assert (again.status, again.err.count("\n")) == (1, 1)
    assert again.err.startswith("irops: the server has a ledger already; a replay needs an empty one")


async def test_without_agents_a_replay_ends_soon_and_names_them(server: Server, bus: Bus) -> None:
    """In one line that says how to start them. No flight was written, and the clock is as it was."""
    ended = await irops("replay", *SMALL, url=server.url)
    assert ended.status == 1
    assert ended.err == (
        "irops: these agents did not answer within 10 s: booker, care, monitor, notifier, planner, pricer; nothing was "
        "written for the replay; start the agents on this server with `irops up` or `irops agent NAME`, or let `irops demo` "
        "start all of it\n"
    )
    assert [flight async for flight in bus.history(SEAT_LEDGER)] == []
    entry = (await bus.load([CLOCK.key()]))[CLOCK.key()]
    assert entry is None or abs(entry.message.now - wall()) < timedelta(minutes=5)
