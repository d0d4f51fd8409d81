"""How an agent stops, as a process of its own."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from nats.aio.client import Client

from bus import Bus, Delivery
from bus.admin.server import Server
from bus.clock import monotonic
from bus.wire.endpoint import ADDRESSES
from contracts.flights import FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import (
    ECHO,
    ROOT,
    agent_of,
    consumer_info,
    echoed,
    publish,
    settled,
    start_tiny_agent,
    stored,
)
from tests.support import collector, eventually

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts tiny agents, and kills them in the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str, **environment: str) -> subprocess.Popen[bytes]:
        started.append(start_tiny_agent(url, **environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


async def ended(process: subprocess.Popen[bytes], within: float = 10.0) -> int:
    """Its exit status."""
    await eventually(lambda: process.poll() is not None, what=f"the end of {process.pid}", within=within)
    return process.returncode


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
async def test_the_group_in_its_handler_is_finished_and_the_rest_returned_at_once(
    server: Server, nc: Client, bus: Bus, start: Start, signum: signal.Signals
) -> None:
    """A replica receives what was queued long before its lease of ten minutes expires."""
    process = start(server.url, TINY_PAUSE="1", TINY_GROUP="4", IROPS_ACK_WAIT_S="600")
    await publish(nc, range(12))
    await eventually(lambda: _emitted(nc), what="four facts, while others are in the handler and the rest is queued")
    heard, keep = collector()
    began = monotonic()
    process.send_signal(signum)
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        assert await ended(process) == 0
        assert monotonic() - began < 5
        await eventually(lambda: settled(nc), what="all settled", within=5)
    finished = await stored(nc, "FLIGHTS")
    assert 1 <= finished <= 8
    assert len(heard) == 12 - finished


async def _emitted(nc: Client) -> bool:
    return await stored(nc, "FLIGHTS") > 0


async def _delivered(nc: Client, number: int) -> bool:
    try:
        info = await consumer_info(nc)
    except Exception:
        return False
    return bool(info["num_ack_pending"] == number)


@pytest.mark.slow
async def test_a_handler_that_never_ends_delays_the_end_for_seconds_only(
    server: Server, nc: Client, start: Start
) -> None:
    """Less than the ten that containers allow; and its messages go to another."""
    process = start(server.url, TINY_PAUSE="3600", IROPS_ACK_WAIT_S="600")
    await publish(nc, range(3))
    await eventually(lambda: _delivered(nc, 3), what="in the handler")
    process.terminate()
    assert await ended(process, within=9) == 0
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await eventually(lambda: settled(nc), what="all settled", within=5)
    assert len(heard) == 3


async def test_an_agent_stops_while_its_server_is_away(server: Server, nc: Client, start: Start) -> None:
    """It cannot return its messages, and does not wait to."""
    process = start(server.url)
    await publish(nc, range(3))
    await eventually(lambda: settled(nc), what="at work")
    server.kill()
    process.terminate()
    assert await ended(process, within=9) == 0


async def test_an_agent_that_stops_under_load_keeps_no_message_waiting(
    server: Server, nc: Client, bus: Bus, start: Start
) -> None:
    """No message is delivered to an inbox without a subscriber."""
    process = start(server.url, IROPS_ACK_WAIT_S="600")
    await publish(nc, range(20))
    await eventually(lambda: settled(nc), what="at work")
    flood = asyncio.create_task(publish(nc, range(20, 3000)))
    process.terminate()
    assert await ended(process) == 0
    await flood
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await eventually(lambda: settled(nc), what="all settled", within=5)
    assert len(heard) + await stored(nc, "FLIGHTS") == 3000


@pytest.mark.parametrize("step", ["heard", "loaded", "publishing", "committed", "acked-some", "acked"])
async def test_an_agent_killed_at_a_step_is_replaced_without_loss(
    server: Server, nc: Client, bus: Bus, start: Start, step: str
) -> None:
    """SIGKILL the second time it passes the step; each status still becomes one fact."""
    await publish(nc, range(64))
    process = start(server.url, IROPS_FAILPOINT=f"{step}:2", IROPS_ACK_WAIT_S="0.5")
    assert await ended(process) == -signal.SIGKILL
    start(server.url, IROPS_ACK_WAIT_S="0.5")
    await eventually(lambda: echoed(bus, range(64)), what="all facts")
    await eventually(lambda: settled(nc), what="all settled")
    assert await stored(nc, "FLIGHTS") == 64


def test_a_bad_common_setting_ends_the_agent_with_one_line_and_status_2() -> None:
    """The line names the key and what is wanted, and shows nothing secret of a URL."""
    process = _run_tiny({"NATS_URL": "u:s3cret@there"})
    assert process.returncode == 2
    assert process.stderr == f"echo: NATS_URL is without a scheme: wanted {ADDRESSES}\n"


def test_a_failpoint_that_the_agent_lacks_ends_it_with_one_line_and_status_2() -> None:
    """A crash test of a misspelt step would pass without a crash."""
    process = _run_tiny({"IROPS_FAILPOINT": "comitted:1"})
    assert process.returncode == 2
    assert process.stderr.startswith(
        "echo: IROPS_FAILPOINT names 'comitted': wanted a failpoint of the echo: heard, loaded"
    )


def _run_tiny(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.bus.tiny_agent"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


async def test_the_group_in_its_handler_is_finished_before_the_context_ends(server: Server, nc: Client) -> None:
    """Completely, and no other group is started."""
    done: list[int] = []
    began = asyncio.Event()

    async def slow(group: Sequence[Delivery[FlightStatus]]) -> None:
        began.set()
        await asyncio.sleep(0.3)
        done.extend(d.sequence for d in group)

    await publish(nc, range(20))
    async with agent_of(server.url, {FLIGHT_STATUS: slow}, replace(ECHO, group=1)):
        await began.wait()
    assert done == [1]
