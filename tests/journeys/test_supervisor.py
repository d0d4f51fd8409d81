"""The supervisor: a dead process is started again, and none outlives a stop."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bus.admin.server import Server
from bus.clock import monotonic
from irops.processes.supervisor import SERVER, Death, Supervisor
from irops.terminal.failures import Failed
from tests.support import eventually

SLEEPS = "import time; time.sleep(60)"
DIES = "import sys; sys.stderr.write('starting\\nprogram: no way\\n'); sys.exit(3)"
REFUSES = "import sys; sys.stderr.write('starting\\nprogram: KEY is bad\\n'); sys.exit(2)"
SEES_ITS_LIFE = "import os, time; print(os.environ['LIFE'], flush=True); time.sleep(60)"


def supervisor_of(
    folder: Path, program: str, environment: dict[str, str] | None = None, *, stops_within: float = 7.0
) -> Supervisor:
    """For a module `program` that writes down its process id and then runs this code."""
    note = f"import os; open({str(folder / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
    (folder / "program.py").write_text(note + program)
    own = environment if environment is not None else {}
    own["PYTHONPATH"] = str(folder)
    return Supervisor(folder / "logs", own, pause=0.01, stops_within=stops_within)


def left(folder: Path) -> list[int]:
    """The processes that were started and still run."""
    noted = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
    return [int(pid) for pid in noted if _is_there(int(pid))]


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_dead_process_is_started_again_and_its_death_is_reported(tmp_path: Path) -> None:
    """With its exit status; a signal is a negative one."""
    supervisor = supervisor_of(tmp_path, SLEEPS)
    deaths: list[tuple[str, int]] = []
    supervisor.died = lambda death: deaths.append((death.name, death.status))
    await supervisor.start(["program"])
    (process,) = supervisor.processes
    first = process.pid
    assert first
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: process.pid not in (None, first), what="another process")
    await supervisor.stop()
    assert (deaths, supervisor.restarts) == ([("program", -9)], 1)


async def test_deaths_in_a_row_are_counted_and_each_has_the_last_words(tmp_path: Path) -> None:
    """What the process wrote last says why it dies at each start, and the log has the rest."""
    supervisor = supervisor_of(tmp_path, DIES)
    deaths: list[Death] = []
    supervisor.died = deaths.append
    await supervisor.start(["program"])
    await eventually(lambda: len(deaths) >= 3, what="three deaths")
    await supervisor.stop()
    log = tmp_path / "logs" / "program.log"
    assert deaths[:3] == [
        Death(name="program", status=3, log=log, in_a_row=n, words="program: no way") for n in (1, 2, 3)
    ]


async def test_each_life_gets_the_environment_of_its_start(tmp_path: Path) -> None:
    """What is changed between two starts is seen by the second."""
    environment = {"LIFE": "first"}
    supervisor = supervisor_of(tmp_path, SEES_ITS_LIFE, environment)
    log = tmp_path / "logs" / "program.log"
    await supervisor.start(["program"])
    await eventually(lambda: "first" in log.read_text(), what="the first life")
    environment["LIFE"] = "second"
    pid = supervisor.processes[0].pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: "second" in log.read_text(), what="the second life")
    await supervisor.stop()


async def test_a_process_that_refuses_its_settings_is_not_started_again_and_ends_waiting_work(tmp_path: Path) -> None:
    """With its last log line, and exit status 2."""
    supervisor = supervisor_of(tmp_path, REFUSES)
    await supervisor.start(["program"])
    with pytest.raises(Failed, match=r"^program: KEY is bad$") as failure:
        await supervisor.unless_refused(asyncio.Event().wait())
    assert (failure.value.status, supervisor.restarts, left(tmp_path)) == (2, 0, [])
    await supervisor.stop()


async def test_waiting_work_is_finished_unless_a_process_refuses(tmp_path: Path) -> None:
    """Its result is the work's own."""
    supervisor = supervisor_of(tmp_path, SLEEPS)
    await supervisor.start(["program"])
    assert await supervisor.unless_refused(asyncio.sleep(0, "done")) == "done"
    await supervisor.stop()


async def test_a_killed_server_is_started_again_on_its_port_and_its_death_is_reported(tmp_path: Path) -> None:
    """It counts among the restarts, and is stopped at the end."""
    supervisor = supervisor_of(tmp_path, SLEEPS)
    deaths: list[tuple[str, int]] = []
    supervisor.died = lambda death: deaths.append((death.name, death.status))
    server = Server(tmp_path / "nats")
    async with supervisor.serving(server):
        first, url = server.pid, server.url
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: server.running and server.pid != first, what="another server")
        assert server.url == url
    assert not server.running
    assert (deaths, supervisor.restarts) == ([(SERVER, -9)], 1)


@pytest.mark.parametrize("moment", range(5))
async def test_a_stop_amid_restarts_leaves_nothing_behind(moment: int, tmp_path: Path) -> None:
    """Whether the processes run, are being started, or wait for a restart."""
    supervisor = supervisor_of(tmp_path, DIES)
    await supervisor.start(["program"], replicas=3)
    await eventually(lambda: supervisor.restarts >= moment, what=f"{moment} restarts")
    await supervisor.stop()
    assert left(tmp_path) == []


async def test_a_stop_kills_a_process_that_does_not_end(tmp_path: Path) -> None:
    """One that ignores SIGTERM has seven seconds; here, half of one."""
    ignores = f"import signal; signal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\n{SLEEPS}"
    supervisor = supervisor_of(tmp_path, ignores, stops_within=0.5)
    await supervisor.start(["program"])
    log = tmp_path / "logs" / "program.log"
    await eventually(lambda: "up" in log.read_text(), what="it to be up")
    await supervisor.stop()
    assert left(tmp_path) == []


@pytest.mark.slow
async def test_everything_ends_within_ten_seconds_though_nothing_reacts(tmp_path: Path) -> None:
    """An agent and the server are frozen, so that SIGTERM does nothing, and another agent is well."""
    supervisor = supervisor_of(tmp_path, SLEEPS)
    server = Server(tmp_path / "nats")
    async with supervisor.serving(server):
        await supervisor.start(["program"], replicas=2)
        await eventually(lambda: len(left(tmp_path)) == 2, what="two processes")
        for pid in (left(tmp_path)[0], server.pid):
            os.kill(pid, signal.SIGSTOP)
        began = monotonic()
        await supervisor.stop()
    assert monotonic() - began < 10
    assert (left(tmp_path), server.running) == ([], False)
