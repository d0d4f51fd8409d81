"""`irops up`: everything started, everything stopped."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus.admin.discovery import discover
from bus.admin.provision import set_clock
from bus.admin.server import Server, alone_in, free_port
from bus.clock import monotonic, wall
from contracts.clock import Clock
from irops.processes.roster import agents
from tests.irops.command_line import ROOT, irops, line_with, processes_of, started
from tests.support import eventually


@asynccontextmanager
async def system_up(data: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """`irops up`, until it is ready; stopped at the end if it has not been."""
    process = await started("up", "--data", str(data), "--port", str(port))
    try:
        await line_with(process, "ready: booker, care, monitor, notifier, planner, pricer")
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate(b"")


async def test_up_starts_everything_and_ctrl_c_leaves_no_process(tmp_path: Path) -> None:
    """Four agents and a server are there, and within 10 s none of them; what was stored is kept."""
    data, port = tmp_path / "system", free_port()
    async with system_up(data, port) as process:
        ours = list(processes_of(data).values())
        assert {f"agents.{name}" for name in ("monitor", "booker", "planner", "notifier", "care", "pricer")} <= {
            word for line in ours for word in line.split()
        }
        assert any("nats-server" in line for line in ours)
        status = await irops("status", url=f"nats://127.0.0.1:{port}")
        assert "pending: nothing" in status.out
        began = monotonic()
        process.send_signal(signal.SIGINT)
        await process.communicate(b"")
        assert monotonic() - began < 10
    assert process.returncode == 0
    assert processes_of(data) == {}
    assert (data / "server").exists()
    assert "stopped" in (data / "logs" / "booker.log").read_text()


@pytest.mark.slow
async def test_a_process_that_dies_is_restarted_and_reported(tmp_path: Path) -> None:
    """The server and an agent are killed; both come back, and what was stored is there."""
    data, port = tmp_path / "system", free_port()
    async with system_up(data, port) as process:
        for pid, line in processes_of(data).items():
            if "nats-server" in line or "agents.monitor" in line:
                os.kill(pid, signal.SIGKILL)
        shown = {await line_with(process, "is started again") for _ in range(2)}
        assert {line.split()[0] for line in shown} == {"nats-server", "monitor"}
        status = await irops("status", url=f"nats://127.0.0.1:{port}")
        assert (status.status, "LEDGER" in status.out) == (0, True)


@pytest.mark.slow
async def test_other_agents_run_beside_ours_and_some_of_ours_are_left_out(tmp_path: Path) -> None:
    """What another agent declares, and its streams, are in the status; each process is shown by host and pid."""
    data, port = tmp_path / "system", free_port()
    process = await started(
        "up", "--data", str(data), "--port", str(port), "--also", "examples.hotel", "--without", "notifier"
    )
    try:
        await line_with(process, "ready: booker, care, hotel, monitor, planner, pricer")
        ours = processes_of(data)
        status = await irops("status", url=f"nats://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate(b"")
    assert not [line for line in ours.values() if "agents.notifier" in line]
    (hotel,) = [pid for pid, line in ours.items() if "-m examples.hotel" in line]
    assert f"{socket.gethostname()}:{hotel}" in status.out
    assert "hotel: hears booking.stranded.{pnr}.{id}" in status.out
    assert [line for line in status.out.splitlines() if line.startswith("│ HOTEL")]
    assert (data / "logs" / "hotel.log").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("--without", "pilot"),
            "there is no agent 'pilot'; there are booker, care, monitor, notifier, planner, pricer",
        ),
        (("--also", "nowhere"), "there is no module 'nowhere' that can be run from this folder"),
        (("--also", "agents.booker"), "several agents are called booker; give one another name"),
    ],
    ids=["no such agent", "no such module", "a name that is taken"],
)
async def test_a_team_that_cannot_be_started_is_a_usage_error(
    arguments: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    """Nothing is started, and the exit status is 2."""
    ended = await irops("up", "--data", str(tmp_path / "system"), *arguments)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert complaint in ended.err
    assert not (tmp_path / "system").exists()


async def test_up_says_that_the_clock_is_a_replays(server: Server, nc: Client, tmp_path: Path) -> None:
    """In one sentence, with the command that resets it."""
    await set_clock(nc, Clock(now=datetime(2013, 2, 8, 12, tzinfo=UTC), at=wall()))
    process = await started("up", "--data", str(tmp_path / "system"), url=server.url)
    try:
        line = await line_with(process, "the clock is a replay's: 2013-02-08 12:0")
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate(b"")
    assert "`irops provision --wall-clock`" in line


async def test_up_uses_the_server_it_is_given_and_leaves_it_running(server: Server, tmp_path: Path) -> None:
    """NATS_URL names it; what was provisioned is provisioned there."""
    process = await started("up", "--data", str(tmp_path / "system"), url=server.url)
    try:
        await line_with(process, "created LEDGER")
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate(b"")
    assert process.returncode == 0
    assert server.running
    assert not (tmp_path / "system" / "server").exists()


async def test_a_second_system_on_the_same_data_or_port_is_refused(tmp_path: Path) -> None:
    """In one line each, before anything is started."""
    data, port = tmp_path / "system", free_port()
    process = await started("up", "--data", str(data), "--port", str(port))
    try:
        await line_with(process, "nats-server is at")
        same_data = await irops("up", "--data", str(data), "--port", str(free_port()))
        same_port = await irops("up", "--data", str(tmp_path / "other"), "--port", str(port))
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate(b"")
    assert [(ended.status, ended.out, ended.err.count("\n")) for ended in (same_data, same_port)] == [(1, "", 1)] * 2
    assert "--data" in same_data.err
    assert "--port" in same_port.err


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGKILL], ids=["its terminal is closed", "it is killed"])
async def test_nothing_outlives_it_when(how: signal.Signals, tmp_path: Path) -> None:
    """Agents and server end by themselves, and the folder can be used again."""
    data = tmp_path / "system"
    async with system_up(data, free_port()) as process:
        process.send_signal(how)
        await process.communicate(b"")
        await eventually(lambda: not processes_of(data), what="no process left", within=15)
    with alone_in(data / "server"):
        pass


async def test_up_ends_with_the_line_of_an_agent_that_refuses_its_settings(tmp_path: Path) -> None:
    """Exit status 2, and nothing is left running: after a restart it would refuse them again."""
    data = tmp_path / "system"
    ended = await irops("up", "--data", str(data), "--port", str(free_port()), IROPS_RULES_MAX_CONNECTIONS="many")
    assert ended.status == 2
    assert ended.err == "irops: booker: IROPS_RULES_MAX_CONNECTIONS is 'many': wanted a whole number from 0 to 2\n"
    assert processes_of(data) == {}


async def test_an_agent_that_dies_at_each_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    """And with its log. After the third death in a row there are no more lines, however often it is started again."""
    (tmp_path / "mine.py").write_text(
        "import sys\nfrom bus import Agent, run\n"
        "if '--declare' not in sys.argv: raise LookupError('no table of hotels')\n"
        "run(Agent('mine'), None)\n"
    )
    data = tmp_path / "system"
    ours = [word for name in agents() for word in ("--without", name)]
    options = ["--data", str(data), "--port", str(free_port()), "--also", "mine", *ours]
    process = await started("up", *options, PYTHONPATH=f"{ROOT}:{tmp_path}")
    why, log = "LookupError: no table of hotels", data / "logs" / "mine.log"
    try:
        for _ in range(2):
            line = await line_with(process, "mine ")
            assert line == f"mine died (exit status 1) and is started again: {why}; its log is {log}\n"
        line = await line_with(process, "mine ")
        assert line == (
            f"mine has died 3 times in a row: {why}; it is started again and again, without another line here; "
            f"its log is {log}\n"
        )
        await eventually(lambda: log.read_text().count(why) >= 4, what="four deaths")
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = await process.communicate(b"")
    assert "mine" not in rest.decode()


async def test_a_port_together_with_a_given_server_is_a_usage_error(tmp_path: Path) -> None:
    """It is not clear which one is meant: exit status 2."""
    ended = await irops("up", "--data", str(tmp_path), "--port", "4555", url="nats://127.0.0.1:4555")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == ("irops: NATS_URL or a context names a server, so --port has no effect; unset one\n")


async def test_agent_becomes_the_agents_own_process(server: Server, nc: Client) -> None:
    """It answers as the agent, and SIGTERM is the agent's own clean stop."""
    process = await started("agent", "monitor", url=server.url)
    try:

        async def there() -> bool:
            return [instance.agent for instance in await discover(nc, verb="PING")] == ["monitor"]

        await eventually(there, what="the monitor", within=30)
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate(b"")
    assert process.returncode == 0
    assert b"stopped" in log
