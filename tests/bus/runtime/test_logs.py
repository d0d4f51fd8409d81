"""What an agent logs about a message."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Bus
from bus.admin.server import Server
from contracts.asks import Retried, retry_of
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS
from tests.bus.bus_world import ROOT, name, settled, status
from tests.support import eventually


@pytest.fixture
def log(server: Server, nc: Client, tmp_path: Path) -> Iterator[Path]:
    """The log of `faulty_agent.py`, as a process of its own."""
    path = tmp_path / "log"
    with path.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bus.faulty_agent"],
            cwd=ROOT,
            env={"NATS_URL": server.url, "IROPS_LOG": "json"},
            stderr=written,
        )
    yield path
    process.kill()
    process.wait()


def lines(log: Path, event: str) -> list[dict[str, Any]]:
    """The lines of this event. The last line of the file may be incomplete."""
    whole = log.read_text().rpartition("\n")[0].splitlines()
    return [line for line in map(json.loads, whole) if line["event"] == event]


async def test_every_log_line_about_a_message_has_the_trace_of_its_feed_event(bus: Bus, log: Path) -> None:
    """And its position in the stream. The facts it leads to have the same trace."""
    for number in range(1, 8):
        await bus.append(FLIGHT_STATUS.of(status(number)), identity=f"event-{number}")
    await eventually(lambda: settled(bus.nc), what="all settled")
    feed = {recorded.subject: recorded async for recorded in bus.history(FLIGHT_STATUS)}
    emitted = {recorded.message.flight: recorded.trace async for recorded in bus.history(FLIGHT_CHANGED)}
    faults = defaultdict[str, list[int]](list)
    for event in ("dead letter", "retry", "bug", "conflict", "waiting for the server", "deferred work is repeated"):
        for line in lines(log, event):
            heard = feed[line["subject"]]
            assert (line["trace"], line["sequence"]) == (heard.trace, heard.sequence), line
            faults[event].append(heard.sequence)
    assert faults == {
        "dead letter": [1],
        "retry": [2],
        "bug": [3],
        "conflict": [4],
        "waiting for the server": [5],
        "deferred work is repeated": [6],
    }
    assert emitted == {name(n): feed[FLIGHT_STATUS.key(flight=name(n)).name].trace for n in range(2, 8)}


async def test_a_bug_in_a_dead_letters_retry_is_logged_with_traceback_and_trace(bus: Bus, log: Path) -> None:
    """Without the exception's text, which may name a person: the dead letter has it."""
    await bus.append(FLIGHT_STATUS.of(status(1)), identity="event")
    await eventually(lambda: settled(bus.nc), what="settled")
    (event,) = [recorded async for recorded in bus.history(FLIGHT_STATUS)]
    (letter,) = [recorded async for recorded in bus.history(DEAD_LETTER)]
    answer = await bus.ask(retry_of("echo"), letter.message)
    assert answer == Retried(done=False, why="it failed; the log of echo says why")
    (line,) = lines(log, "dead letter failed again")
    assert line["trace"] == event.trace
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("ZeroDivisionError")
