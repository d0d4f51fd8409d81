"""`irops watch`: the panel of a running system."""

import signal
from pathlib import Path

from bus.admin.server import Server
from bus.operations import call
from irops.live.picture import figures_in
from tests.irops.command_line import irops, line_with, started
from tests.journeys.small_world import World
from tests.journeys.system import living


def stormy() -> tuple[World, str]:
    """A flight with a party that another flight can take."""
    world = World()
    gone = world.flight(1, leaves=5)
    world.flight(2, leaves=7)
    world.party("A", gone)
    return world, gone


async def test_what_happens_is_shown_as_lines_where_there_is_no_terminal(tmp_path: Path) -> None:
    """What happened within the window counts from the first line on; Ctrl-C ends it with exit status 0."""
    world, gone = stormy()
    async with living(world, tmp_path) as system:
        await system.hear(world.status(gone, minute=1, cancelled=True))
        process = await started("watch", url=system.server.url)
        line = await line_with(process, "feed")
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert "feed 1  disruptions 1  rebooked 1  kept 0  stranded 0  notices 1" in line


async def test_a_picture_of_a_running_system_is_written_once(tmp_path: Path) -> None:
    """It has the same figures, the agents and a news line; and the watcher's consumers are gone."""
    world, gone = stormy()
    async with living(world, tmp_path) as system:
        await system.hear(world.status(gone, minute=1, cancelled=True))
        before = (await call(system.bus.nc, "STREAM.INFO.LEDGER"))["state"]["consumer_count"]
        ended = await irops("watch", "--svg", str(tmp_path / "watch.svg"), url=system.server.url)
        after = (await call(system.bus.nc, "STREAM.INFO.LEDGER"))["state"]["consumer_count"]
    assert (ended.status, ended.err, after) == (0, "", before)
    figures = figures_in((tmp_path / "watch.svg").read_text())
    assert figures.counts.news == ("B6 1 from JFK cancelled: 1 party, 1 rebooked (1 on B6 2)",)
    assert set(figures.reports.agents) == {"booker", "care", "monitor", "notifier", "planner", "pricer"}
    assert figures.window == "the last 60 min"


async def test_a_server_without_streams_is_named_with_what_to_do(server: Server) -> None:
    """One line, exit status 1."""
    ended = await irops("watch", url=server.url)
    assert (ended.status, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert "irops provision" in ended.err
