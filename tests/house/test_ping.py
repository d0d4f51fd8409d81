"""The health check's question: does an agent of this name answer?"""

import asyncio
import os
import sys

import pytest

from bus import Agent
from bus.admin.server import Server, free_port
from bus.ping import answers
from bus.settings import Settings
from contracts.flights import FLIGHT_CHANGED
from tests.support import collector, eventually, running


@pytest.mark.usefixtures("nc")
async def test_a_running_agent_answers_a_ping(server: Server) -> None:
    """Its service is up, so containers call it healthy."""
    _, keep = collector()
    async with running(server.url, Agent("listener", hears=(FLIGHT_CHANGED,)), {FLIGHT_CHANGED: keep}):
        await eventually(lambda: answers(Settings(nats_url=server.url), "listener"), what="the listener answers")


async def test_an_agent_that_does_not_run_does_not_answer(server: Server) -> None:
    """The server says at once that nobody listens."""
    assert not await answers(Settings(nats_url=server.url), "nobody")


async def test_without_a_server_nobody_answers() -> None:
    """The check ends by itself, so it can't pile up."""
    assert not await answers(Settings(nats_url=f"nats://127.0.0.1:{free_port()}"), "monitor")


async def ping(url: str, *arguments: str) -> tuple[int | None, str]:
    """The command's exit status and what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bus.ping",
        *arguments,
        env={**os.environ, "NATS_URL": url},
        stderr=asyncio.subprocess.PIPE,
    )
    _, words = await process.communicate()
    return process.returncode, words.decode()


async def test_the_command_fails_in_one_line_when_nobody_answers(server: Server) -> None:
    """Exit status 1 is what a health check goes by."""
    assert await ping(server.url, "nobody") == (1, "ping: no nobody answers\n")


async def test_the_command_names_a_setting_it_cannot_use() -> None:
    """In one line without a password, with exit status 2, as agents do."""
    told = "ping: NATS_URL is 'nats://...': wanted an address such as nats://127.0.0.1:4222\n"
    assert await ping("nats://me:secret@127.0.0.1:no", "monitor") == (2, told)


async def test_the_command_wants_to_know_which_agent() -> None:
    """Exit status 2: nothing was asked."""
    assert await ping("nats://127.0.0.1:4222") == (2, "ping: say which agent: python -m bus.ping planner\n")
