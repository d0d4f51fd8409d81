"""Stopping, as a process of its own."""

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
    """Starts tiny agents, and sees to it that none is left."""
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
async def test_what_is_in_hand_is_finished_and_the_rest_goes_back_at_once(
    server: Server, nc: Client, bus: Bus, start: Start, signum: signal.Signals
) -> None:
    """A replica has what was held long before its lease of ten minutes would have been over."""
    process = start(server.url, TINY_PAUSE="1", TINY_GROUP="4", IROPS_ACK_WAIT_S="600")
    await publish(nc, range(12))
    await eventually(lambda: _said(nc), what="the first four said, others in hand, and the rest held")
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


async def _said(nc: Client) -> bool:
    return await stored(nc, "FLIGHTS") > 0


async def _delivered(nc: Client, number: int) -> bool:
    try:
        info = await consumer_info(nc)
    except Exception:
        return False
    return bool(info["num_ack_pending"] == number)


async def test_a_handler_that_never_ends_delays_the_end_for_seconds_only(
    server: Server, nc: Client, start: Start
) -> None:
    """Within the ten that containers give; and its messages move on."""
    process = start(server.url, TINY_PAUSE="3600", IROPS_ACK_WAIT_S="600")
    await publish(nc, range(3))
    await eventually(lambda: _delivered(nc, 3), what="in hand")
    process.terminate()
    assert await ended(process, within=9) == 0
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await eventually(lambda: settled(nc), what="all settled", within=5)
    assert len(heard) == 3


async def test_an_agent_stops_while_its_server_is_away(server: Server, nc: Client, start: Start) -> None:
    """There is nobody to tell, and it does not insist."""
    process = start(server.url)
    await publish(nc, range(3))
    await eventually(lambda: settled(nc), what="at work")
    server.kill()
    process.terminate()
    assert await ended(process, within=9) == 0


async def test_an_agent_stops_in_the_middle_of_a_flood_and_nothing_waits(
    server: Server, nc: Client, bus: Bus, start: Start
) -> None:
    """No message is sent to where nobody listens any more."""
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
async def test_an_agent_dies_exactly_at_a_step_and_another_finishes(
    server: Server, nc: Client, bus: Bus, start: Start, step: str
) -> None:
    """SIGKILL the second time it passes there; each status ends as one fact all the same."""
    await publish(nc, range(64))
    process = start(server.url, IROPS_FAILPOINT=f"{step}:2", IROPS_ACK_WAIT_S="0.5")
    assert await ended(process) == -signal.SIGKILL
    start(server.url, IROPS_ACK_WAIT_S="0.5")
    await eventually(lambda: echoed(bus, range(64)), what="all said")
    await eventually(lambda: settled(nc), what="all settled")
    assert await stored(nc, "FLIGHTS") == 64


def test_a_bad_setting_of_all_agents_ends_it_with_one_line_and_status_2() -> None:
    """The key and what is wanted; of a URL nothing that may be secret."""
    process = _run_tiny({"NATS_URL": "u:s3cret@there"})
    assert process.returncode == 2
    assert process.stderr == f"echo: NATS_URL is without a scheme: wanted {ADDRESSES}\n"


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


async def test_the_group_in_hand_is_finished_before_the_context_ends(server: Server, nc: Client) -> None:
    """Whole, and no other is begun."""
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
