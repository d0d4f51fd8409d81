"""The health check: does an agent of this name answer?"""

import asyncio
import os
import sys

import pytest

from bus import Agent, Unavailable
from bus.admin.server import Server, free_port
from bus.ping import check
from bus.settings import Settings
from bus.wire.endpoint import ADDRESSES
from contracts.flights import FLIGHT_CHANGED
from tests.support import collector, eventually, running


@pytest.mark.usefixtures("nc")
async def test_a_running_agent_answers_a_ping(server: Server) -> None:
    """Its service is up, so containers report it healthy."""
    _, keep = collector()
    async with running(server.url, Agent("listener", hears=(FLIGHT_CHANGED,)), {FLIGHT_CHANGED: keep}):
        await eventually(lambda: answers(server.url, "listener"), what="the listener answers")


async def test_an_agent_that_does_not_run_does_not_answer(server: Server) -> None:
    """The server reports at once that there is no responder."""
    with pytest.raises(Unavailable, match="no stranger answers"):
        await check(Settings(nats_url=server.url), "stranger")


async def test_without_a_server_the_check_ends_with_the_cause() -> None:
    """It ends by itself, so checks do not pile up."""
    with pytest.raises(Unavailable, match=r"cannot connect to 127\.0\.0\.1:\d+: connection refused"):
        await check(Settings(nats_url=f"nats://127.0.0.1:{free_port()}"), "monitor")


async def answers(url: str, agent: str) -> bool:
    """Whether the check succeeds."""
    try:
        await check(Settings(nats_url=url), agent)
    except Unavailable:
        return False
    return True


async def ping(url: str, *arguments: str) -> tuple[int | None, str]:
    """The command's exit status and what it writes to stderr."""
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


async def test_the_command_fails_in_one_line_when_there_is_no_answer(server: Server) -> None:
    """A health check goes by exit status 1."""
    assert await ping(server.url, "stranger") == (1, "ping: no stranger answers\n")


async def test_the_command_names_a_setting_it_cannot_use() -> None:
    """In one line without a password, with exit status 2, as agents do."""
    line = f"ping: NATS_URL is 'nats://...': wanted {ADDRESSES}\n"
    assert await ping("nats://me:secret@127.0.0.1:no", "monitor") == (2, line)


async def test_the_command_requires_an_agent() -> None:
    """Exit status 2."""
    assert await ping("nats://127.0.0.1:4222") == (2, "ping: name an agent: python -m bus.ping planner\n")
