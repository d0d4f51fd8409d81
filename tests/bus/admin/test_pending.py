"""Whether any work is pending."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Bus, Delivery
from bus.admin.pending import consumers_of, consumers_on, pending_work
from bus.admin.provision import provision
from bus.admin.server import Server
from bus.tasks import cancel
from bus.wire.api import call
from contracts.flights import FLIGHT_STATUS
from contracts.streams import STREAMS
from tests.bus.admin.clusters import cluster_of_three
from tests.bus.runtime.test_hop import ECHO, publish, status
from tests.support import collector, eventually, running


async def test_a_message_that_no_agent_hears_is_not_pending(server: Server, nc: Client, bus: Bus) -> None:
    """Though it is written all the time, as the active booker's lease is."""
    heard, keep = collector()

    async def renew() -> None:
        while True:
            await nc.request("feed.lease", b"{}", timeout=5)

    async with running(server.url, ECHO, {FLIGHT_STATUS: keep}):
        await publish(nc, status())
        await eventually(lambda: heard, what="the message is heard")
        await eventually(lambda: nothing_pending(nc), what="no pending work")
        renewing = asyncio.create_task(renew())
        try:
            assert [await pending_work(nc, consumers_of([ECHO])) for _ in range(10)] == [[]] * 10
        finally:
            await cancel(renewing)


async def nothing_pending(nc: Client) -> bool:
    return await pending_work(nc, consumers_of([ECHO])) == []


async def test_a_message_is_pending_until_it_is_acknowledged(server: Server, nc: Client, bus: Bus) -> None:
    """Also while a handler has it."""
    finish, started = asyncio.Event(), asyncio.Event()

    async def slow(group: Sequence[Delivery[Any]]) -> None:
        started.set()
        await finish.wait()

    async with running(server.url, ECHO, {FLIGHT_STATUS: slow}):
        await publish(nc, status())
        await started.wait()
        (line,) = await pending_work(nc, await consumers_on(nc, ["FEED"]))
        assert "echo has 1 pending message of FEED" in line
        finish.set()
        await eventually(lambda: nothing_pending(nc), what="no pending work")


async def test_an_agent_that_has_never_run_is_named(nc: Client, bus: Bus) -> None:
    """It has no consumer yet, so all its messages are pending."""
    await publish(nc, status())
    assert [line.split(":")[0] for line in await pending_work(nc, consumers_of([ECHO]))] == [
        "echo has no consumer on FEED"
    ]


async def test_a_consumer_that_feeds_a_view_has_no_pending_work(server: Server, nc: Client, bus: Bus) -> None:
    """Only durable consumers handle messages."""
    assert (await consumers_on(nc, ["CLOCK"])).hears == {}


@pytest.mark.slow
async def test_one_of_three_nodes_down_leaves_pending_work_known(tmp_path: Path) -> None:
    """With three copies every stream and durable consumer has another leader within seconds."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        await provision(nc, STREAMS, replicas=3)
        for stream in STREAMS:
            await durable(nc, stream.name)
        await publish(nc, status())
        cluster.kill("n2")
        lines = await pending_work(nc, await consumers_on(nc, [stream.name for stream in STREAMS]))
        assert lines == ["echo has 1 pending message of FEED, the first at 1"]


@pytest.mark.slow
async def test_a_stream_whose_only_copy_is_on_a_node_that_is_down_is_named(tmp_path: Path) -> None:
    """So is its consumer; what the others have pending is known."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        lost = {"name": "LOST", "subjects": ["lost"], "placement": {"tags": ["n2"]}}
        await call(nc, "STREAM.CREATE.LOST", lost)
        await call(nc, "STREAM.CREATE.KEPT", {"name": "KEPT", "subjects": ["kept"], "num_replicas": 3})
        for stream in ("LOST", "KEPT"):
            await durable(nc, stream)
        await nc.request("kept", b"", timeout=5)
        cluster.kill("n2")
        consumers = await consumers_on(nc, ["LOST", "KEPT"])
        assert consumers.silent == ("echo on LOST",)
        assert await pending_work(nc, consumers) == [
            "the consumer echo on LOST does not answer; is a node of the cluster down?",
            "echo has 1 pending message of KEPT, the first at 1",
        ]


async def durable(nc: Client, stream: str) -> None:
    config = {"durable_name": "echo", "ack_policy": "explicit"}
    await call(nc, f"CONSUMER.CREATE.{stream}.echo", {"stream_name": stream, "config": config, "action": ""})
