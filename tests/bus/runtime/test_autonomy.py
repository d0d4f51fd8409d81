"""A shadow's mark, and agents that may run in a shadow alone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Delivery, Handlers, Write
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.errors import NotAShadow
from bus.operations import stored, written_in_shadow
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS
from contracts.shadow import SHADOW, Shadow
from contracts.streams import STREAMS
from tests.bus.bus_world import ECHO, echo_of, publish
from tests.support import eventually

ROOT = Path(__file__).parents[3]
NOON = datetime(2013, 2, 8, 17, tzinfo=UTC)


async def mark(nc: Client) -> None:
    await Bus(nc, source="test").commit(Commit(states=[Write(SHADOW.of(Shadow(since=NOON)), 0)]))


def echoing(url: str, *, autonomy: Any = "shadow") -> Running:
    """An agent that answers each status with a fact."""

    async def build(bus: Bus) -> Handlers:
        async def hear(group: Sequence[Delivery[Any]]) -> None:
            await bus.emit_once([echo_of(delivery) for delivery in group])

        return Handlers({FLIGHT_STATUS: hear})

    return Running(ECHO, build, Settings(nats_url=url, autonomy=autonomy), asyncio.Event())


async def written(nc: Client) -> list[bool]:
    """Of each fact of the agent, whether it has the mark."""
    return [
        written_in_shadow(raw.headers)
        async for raw in stored(nc, "FLIGHTS")
        if raw.subject.startswith(FLIGHT_CHANGED.pattern.partition("{")[0])
    ]


async def test_it_takes_no_message_in_a_system_that_is_no_shadow(server: Server, nc: Client) -> None:
    """It does not start, and what there was to handle is left alone."""
    await publish(nc, [1])
    with pytest.raises(NotAShadow, match="is NATS_URL that of the live one"):
        async with echoing(server.url):
            pass
    assert await written(nc) == []


def test_as_a_process_it_ends_with_one_line_and_status_2(server: Server, nc: Client) -> None:
    """Another start would end the same, so its supervisor does not start it again."""
    ended = subprocess.run(
        [sys.executable, "-m", "agents.monitor"],
        cwd=ROOT,
        env={**os.environ, "NATS_URL": server.url, "IROPS_AUTONOMY": "shadow"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == (
        "monitor: IROPS_AUTONOMY is shadow, and the system is none: is NATS_URL that of the live one? "
        "`irops provision --shadow` makes an empty system a shadow\n"
    )


@pytest.mark.parametrize("autonomy", ["", "shadow"])
async def test_in_a_shadow_it_marks_what_it_writes(server: Server, nc: Client, autonomy: str) -> None:
    """By the system's mark, whatever its own setting is."""
    await mark(nc)
    await publish(nc, [1])
    async with echoing(server.url, autonomy=autonomy):

        async def answered() -> bool:
            return bool(await written(nc))

        await eventually(answered, what="the fact")
    assert await written(nc) == [True]


async def test_an_agent_that_was_there_first_finds_the_mark(server: Server) -> None:
    """It waits for the streams and the clock; the clock is set after the mark."""
    nc = await connect(server.url, name="test")
    running = echoing(server.url)
    entering = asyncio.create_task(running.__aenter__())
    try:
        await provision(nc, STREAMS)
        await mark(nc)
        await set_clock(nc)
        await asyncio.wait_for(entering, 20)
        await running.__aexit__(None, None, None)
    finally:
        await close(nc)


def test_a_misspelt_autonomy_is_an_error() -> None:
    """It names what is wanted."""
    with pytest.raises(ValueError, match="IROPS_AUTONOMY is 'shade': wanted shadow, or nothing"):
        Settings.from_environment({"IROPS_AUTONOMY": "shade"})
