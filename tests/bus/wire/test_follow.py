"""Followers of a stream in a cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus.admin.provision import provision
from bus.clock import monotonic
from bus.wire.follow import Follower
from contracts.flights import FLIGHT_STATUS
from contracts.streams import STREAMS
from tests.bus.admin.clusters import cluster_of_three
from tests.bus.bus_world import publish
from tests.support import eventually


@asynccontextmanager
async def following(nc: Client) -> AsyncIterator[list[str]]:
    """The subjects that a follower of all statuses has received."""
    received: list[str] = []
    follower = Follower(
        nc,
        "FEED",
        (FLIGHT_STATUS.filter,),
        on_message=lambda msg, _metadata, _proved: received.append(msg.subject),
        on_idle=lambda _proved: None,
        after=0,
    )
    await follower.start()
    try:
        yield received
    finally:
        await follower.stop()


@pytest.mark.slow
async def test_a_follower_started_just_after_a_node_went_down_receives_everything(tmp_path: Path) -> None:
    """Its consumer may first be placed on that node; then another one is created."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        await provision(nc, STREAMS, replicas=3)
        await publish(nc, [1, 2, 3])
        cluster.kill("n2")
        for _ in range(12):
            began = monotonic()
            async with following(nc) as received:
                await eventually(lambda: len(received) == 3, what="the three statuses")
            assert monotonic() - began < 20
