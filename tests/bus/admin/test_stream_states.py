"""The system's streams, as an operator sees them."""

from pathlib import Path

import pytest
from nats.aio.client import Client

from bus.admin.provision import provision
from bus.admin.stream_config import new_config
from bus.admin.stream_states import list_streams, stream_state
from bus.wire.api import call
from contracts.streams import STREAMS, Stream
from tests.bus.admin.clusters import cluster_of_three
from tests.bus.bus_world import publish

HOTEL = Stream("HOTEL", ("hotel.>",), "an agent's own stream")


async def test_streams_that_agents_own_are_listed_and_other_applications_are_not(nc: Client) -> None:
    """Sorted by name."""
    await provision(nc, [HOTEL])
    await call(nc, "STREAM.CREATE.ROSTER", {"name": "ROSTER", "subjects": ["roster.>"]})
    listed = await list_streams(nc)
    assert [stream.name for stream in listed.found] == sorted([*(stream.name for stream in STREAMS), "HOTEL"])
    assert listed.silent == []


async def test_a_stream_is_described_with_its_figures(nc: Client) -> None:
    """As the server has them."""
    await publish(nc, [1, 2, 3])
    feed = await stream_state(nc, "FEED")
    assert (feed.name, feed.what, feed.messages, feed.last_sequence, feed.copies) == (
        "FEED",
        "raw facts as they arrived",
        3,
        3,
        1,
    )
    assert feed.bytes > 0


@pytest.mark.slow
async def test_a_stream_whose_only_node_is_down_is_named(tmp_path: Path) -> None:
    """The others are listed."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        await provision(nc, STREAMS, replicas=3)
        lost = new_config(HOTEL, replicas=1, max_age=None) | {"placement": {"tags": ["n2"]}}
        await call(nc, "STREAM.CREATE.HOTEL", lost)
        cluster.kill("n2")
        listed = await list_streams(nc)
        assert "HOTEL" in listed.silent
        assert {*(stream.name for stream in listed.found), *listed.silent} == {
            *(stream.name for stream in STREAMS),
            "HOTEL",
        }
