"""`irops demo`: a day from end to end, its report, its messages, and its end on Ctrl-C."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.admin.server import free_port
from bus.clock import monotonic
from irops.__main__ import build
from irops.live.picture import figures_in
from irops.replay.options import LOCKSTEP, ReplayOptions
from tests.irops.command_line import irops, line_with, processes_of, started

FIGURES = {
    "day",
    "replay_hours",
    "horizon_days",
    "speed",
    "seed",
    "sample",
    "wall_s",
    "flights",
    "feed_events",
    "cancelled_flights",
    "delayed_flights",
    "disruptions",
    "parties",
    "passengers",
    "parties_affected",
    "parties_rebooked",
    "parties_kept",
    "parties_stranded",
    "notices_sent",
    "notices_superseded",
    "notices_pointless",
    "notices_undelivered",
    "plans_proposed",
    "plans_refused",
    "dead_letters",
    "restarts",
    "latency_ms",
    "view_lag_ms",
    "passenger_delay_min",
    "audit",
}
REPORT = (Path(__file__).parents[3] / "docs" / "report.md").read_text()
SMALL = ("--replay-hours", "1", "--horizon-days", "1", "--sample", "0.02")


async def test_a_demo_ends_clean_with_a_report_and_a_message_for_everyone(tmp_path: Path) -> None:
    """In lock-step: exit status 0, every figure (docs/report.md explains each), a letter per notice sent, no process left."""
    ended = await irops("demo", *SMALL, "--speed", "max", "--data", str(tmp_path / "demo"))
    assert ended.status == 0, ended.out + ended.err
    report = json.loads((tmp_path / "demo" / "report.json").read_text())
    assert report.keys() >= FIGURES
    assert report["parties_rebooked"] > 0
    assert not any(report["audit"].values())
    assert [figure for figure in {**report, **report["audit"]} if not re.search(rf"`{figure}[`.]", REPORT)] == ["audit"]
    affected = sum(report[f"parties_{state}"] for state in ("rebooked", "kept", "stranded"))
    assert report["parties_affected"] == affected
    assert len(list((tmp_path / "demo" / "maildir" / "new").iterdir())) == report["notices_sent"]
    assert "audit" in ended.out
    assert processes_of(tmp_path / "demo") == {}


@pytest.mark.slow
async def test_three_of_each_agent_at_speed_pass_the_same_audit_and_kept_data_can_be_read(
    tmp_path: Path,
) -> None:
    """Exit status 0 and every figure at 0; `irops up` on the kept folder has what the report counted."""
    data, written = tmp_path / "demo", tmp_path / "elsewhere" / "report.json"
    ended = await irops(
        "demo", *SMALL, "--speed", "1800", "--replicas", "3", "--keep", "--data", str(data), "--report", str(written)
    )
    assert ended.status == 0, ended.out + ended.err
    report = json.loads(written.read_text())
    assert report["parties_rebooked"] > 0
    assert not any(report["audit"].values())
    assert report["still_open"] == []
    assert len(list((data / "logs").glob("planner-*.log"))) == 3
    port = free_port()
    process = await started("up", "--data", str(data), "--port", str(port))
    try:
        await line_with(process, "nats-server is at")
        await line_with(process, "the clock is a replay's")
        notices = await irops("export", "notices", url=f"nats://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate(b"")
    assert notices.out.count('"channel":') == report["notices_sent"]


@pytest.mark.slow
async def test_what_a_demo_leaves_behind_is_named(tmp_path: Path) -> None:
    """The last frame as a picture; and the kept data's clock, in one sentence."""
    svg = tmp_path / "pictures" / "last.svg"
    ended = await irops("demo", *SMALL, "--speed", "max", "--keep", "--svg", str(svg), "--data", str(tmp_path / "demo"))
    assert ended.status == 0, ended.out + ended.err
    figures = figures_in(svg.read_text())
    assert figures.progress
    assert figures.counts.statuses == figures.progress.statuses
    assert figures.counts.outcomes["rebooked"] > 0
    assert figures.pace == "lock-step"
    assert "the clock is a replay's: 2013-02-08 06:0" in ended.out


async def test_ctrl_c_ends_a_demo_within_10_s_and_leaves_no_process(tmp_path: Path) -> None:
    """Server and agents are running when it comes; the exit status is 130."""
    process = await started("demo", *SMALL, "--speed", "60", "--data", str(tmp_path / "demo"))
    await line_with(process, "feed")
    process.send_signal(signal.SIGINT)
    asked = monotonic()
    _, err = await process.communicate()
    assert monotonic() - asked < 10
    assert (process.returncode, err.decode().strip()) == (130, "irops: interrupted")
    assert processes_of(tmp_path / "demo") == {}


@pytest.mark.slow
async def test_a_server_that_is_killed_during_a_demo_is_restarted_and_the_audit_is_clean(tmp_path: Path) -> None:
    """Its death is shown and counted among the restarts."""
    data = tmp_path / "demo"
    process = await started("demo", *SMALL, "--speed", "900", "--data", str(data))
    await line_with(process, "feed")
    (server,) = [pid for pid, line in processes_of(data).items() if "nats-server" in line]
    os.kill(server, signal.SIGKILL)
    await line_with(process, "nats-server died (SIGKILL) and is started again")
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    report = json.loads((data / "report.json").read_text())
    assert (report["restarts"], report["dead_letters"], any(report["audit"].values())) == (1, 0, False)
    assert report["parties_rebooked"] > 0


@pytest.mark.slow
async def test_a_demo_leaves_the_folder_of_a_running_one_alone(tmp_path: Path) -> None:
    """One line, exit status 1; the running demo ends as it should."""
    data = tmp_path / "demo"
    process = await started("demo", *SMALL, "--speed", "1800", "--data", str(data))
    await line_with(process, "feed")
    second = await irops("demo", *SMALL, "--data", str(data))
    assert (second.status, second.out) == (1, "")
    assert second.err == (
        f"irops: another nats-server has its data in {data}/server; stop it, or name another folder with --data\n"
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()


async def test_a_demo_ends_with_the_line_of_an_agent_that_refuses_its_settings(tmp_path: Path) -> None:
    """Exit status 2, and nothing is left running."""
    data = tmp_path / "demo"
    ended = await irops("demo", *SMALL, "--data", str(data), IROPS_BOOKER_LEASE_S="0")
    assert ended.status == 2
    assert ended.err == "irops: booker: IROPS_BOOKER_LEASE_S is '0': wanted a number of seconds from 0.1 to 3600\n"
    assert processes_of(data) == {}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(("--day", "yesterday"), "'yesterday' is not a day", id="not a day"),
        pytest.param(("--speed", "fast"), "'fast' is neither 'max' nor a number", id="not a speed"),
        pytest.param(("--speed", "max", "--replicas", "3"), "lock-step", id="replicas in lock-step"),
    ],
)
def test_a_bad_option_is_named(arguments: tuple[str, ...], complaint: str) -> None:
    """Exit status 2, and what is wrong with it."""
    result = CliRunner().invoke(build(), ["demo", *arguments])
    assert result.exit_code == 2
    assert complaint in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(("--day", "2014-02-08"), "2014-02-08", id="a day outside the record"),
        pytest.param(("--record", "nowhere"), "nowhere", id="no such record"),
    ],
)
async def test_a_day_that_cannot_be_read_is_reported_before_anything_starts(
    arguments: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    """In one line, with exit status 2; no folder is made or emptied."""
    ended = await irops("demo", *arguments, "--data", str(tmp_path / "demo"))
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert complaint in ended.err
    assert not (tmp_path / "demo").exists()


def test_speed_zero_is_lock_step() -> None:
    """A replay at any other speed is paced."""
    assert (ReplayOptions(speed=LOCKSTEP).lockstep, ReplayOptions(speed=900).lockstep) == (True, False)


async def test_a_demo_empties_only_folders_a_demo_has_made(tmp_path: Path) -> None:
    """Other `logs` are kept, and the failure names the folder."""
    (tmp_path / "logs").mkdir()
    ended = await irops("demo", *SMALL, "--data", str(tmp_path))
    assert (ended.status, (tmp_path / "logs").exists()) == (2, True)
    assert "--data" in ended.err
