"""Fixtures for every test. A test that needs a nats-server gets one of its own; nothing is shared or left behind."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from nats.aio.client import Client

from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.runtime.bus import Bus
from bus.wire.connection import close, connect
from contracts.streams import STREAMS

pytest_plugins = ("tests.llm.guard",)

# Tests start hundreds of processes, which is quick only with cached bytecode, whatever the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The duration of one example shows how busy the machine is; a test that is slow in itself meets its own time-out.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_xdist_auto_num_workers() -> int:
    """Two processes per core, at most eight: tests with servers and agents of their own mostly wait."""
    return min(8, 2 * (os.cpu_count() or 1))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A running nats-server with its own port and data folder."""
    server = Server(tmp_path / "nats")
    await server.start()
    yield server
    server.kill()


@pytest.fixture
async def nc(server: Server) -> AsyncIterator[Client]:
    """A connection to a server with all streams and the wall clock."""
    nc = await connect(server.url, name="test")
    await provision(nc, STREAMS)
    await set_clock(nc)
    yield nc
    await close(nc)


@pytest.fixture
async def bus(nc: Client) -> AsyncIterator[Bus]:
    """A bus for the test itself to publish and read with."""
    bus = Bus(nc, source="test")
    await bus.start_views()
    yield bus
    await bus.stop_views()


@pytest.fixture(autouse=True)
async def nothing_left_running() -> AsyncIterator[None]:
    """Fail a test that leaves an asyncio task running."""
    before = asyncio.all_tasks()
    yield
    if closing := [t for t in asyncio.all_tasks() - before if type(t.get_coro()).__name__ == "async_generator_athrow"]:
        await asyncio.wait(
            closing, timeout=1
        )  # the event loop's own tasks: they close generators that libraries left half read
    left = [t for t in asyncio.all_tasks() - before if not t.done() and t is not asyncio.current_task()]
    assert not left, f"tasks left running: {left}"
