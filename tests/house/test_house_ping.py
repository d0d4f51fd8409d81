"""The health check's question: does an agent of this name answer?"""

import asyncio
import os
import sys

import pytest

from bus import Agent
from bus.ping import answers
from bus.server import Server, free_port
from contracts.flights import FLIGHT_CHANGED
from tests.support import collector, eventually, running


@pytest.mark.usefixtures("nc")
async def test_a_running_agent_answers_a_ping(server: Server) -> None:
    """Its service is up, so containers call it healthy."""
    _, keep = collector()
    async with running(server.url, Agent("listener", hears=(FLIGHT_CHANGED,)), {FLIGHT_CHANGED: keep}):
        await eventually(lambda: answers(server.url, "listener"), what="the listener answers")


async def test_an_agent_that_does_not_run_does_not_answer(server: Server) -> None:
    """The server says at once that nobody listens."""
    assert not await answers(server.url, "nobody")


async def test_without_a_server_nobody_answers() -> None:
    """The check ends by itself, so it can't pile up."""
    assert not await answers(f"nats://127.0.0.1:{free_port()}", "monitor")


async def test_the_command_fails_in_one_line_when_nobody_answers(server: Server) -> None:
    """Exit status 1 is what a health check goes by."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bus.ping",
        "nobody",
        env={**os.environ, "NATS_URL": server.url},
        stderr=asyncio.subprocess.PIPE,
    )
    _, words = await process.communicate()
    assert (process.returncode, words) == (1, b"no nobody answers\n")
