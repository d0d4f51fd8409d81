"""The agent in JavaScript, run by Node beside the four agents."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.small_world import World
from tests.journeys.system import System, living

pytestmark = pytest.mark.javascript

SOURCE = Path(__file__).parents[2] / "examples" / "departures_board"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example with the packages of its lock."""
    folder = tmp_path_factory.mktemp("javascript") / "board"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


@asynccontextmanager
async def board(folder: Path, system: System) -> AsyncIterator[asyncio.StreamReader]:
    """What the board prints; SIGTERM ends it with status 0."""
    process = await asyncio.create_subprocess_exec(
        "node",
        "board.js",
        "JFK",
        cwd=folder,
        env={**os.environ, "NATS_URL": system.server.url},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        yield process.stdout
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line(output: asyncio.StreamReader) -> str:
    return (await asyncio.wait_for(output.readline(), 20)).decode().strip()


async def test_a_board_shows_what_changes_and_takes_up_where_it_stopped(installed: Path, tmp_path: Path) -> None:
    """Flights of its airport only, each change once, though the board was stopped in between."""
    world = World()
    cancelled, elsewhere = world.flight(83, leaves=3), world.flight(85, "LGA", leaves=3)
    late = world.flight(87, leaves=4)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(elsewhere, minute=1, cancelled=True))
        await system.hear(world.status(cancelled, minute=2, cancelled=True))
        async with board(installed, system) as output:
            assert await line(output) == "B6 83 to SFO: cancelled"
        await system.hear(world.status(late, minute=3, late=2))
        async with board(installed, system) as output:
            assert await line(output) == "B6 87 to SFO: leaves at 2013-02-08T18:00:00Z"


def test_a_board_without_an_airport_names_what_it_needs(installed: Path) -> None:
    """In one line, with exit status 2: it connects to nothing."""
    ended = subprocess.run(["node", "board.js", "jfk"], cwd=installed, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "board: name an airport by its IATA code: node board.js JFK\n"
