"""The operator's commands while one of a cluster's three nodes is down."""

from pathlib import Path

import pytest

from bus.wire.api import call
from contracts.streams import STREAMS
from tests.bus.admin.clusters import cluster_of_three
from tests.irops.command_line import irops

pytestmark = pytest.mark.slow


async def test_with_three_copies_every_command_works(tmp_path: Path) -> None:
    """Also those that ask for consumers and streams whose leader was on that node."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        assert (await irops("provision", "--replicas", "3", url=cluster.url)).status == 0
        for stream in STREAMS:
            config = {"durable_name": "monitor", "ack_policy": "explicit"}
            question = {"stream_name": stream.name, "config": config, "action": ""}
            await call(nc, f"CONSUMER.CREATE.{stream.name}.monitor", question)
        cluster.kill("n2")
        for command in (["provision"], ["status"], ["audit"], ["export", "flights"], ["dead", "list"]):
            ended = await irops(*command, url=cluster.url)
            assert ended.status == 0, (command, ended.out, ended.err)
        status = (await irops("status", url=cluster.url)).out
        assert [line for line in status.splitlines() if line.startswith("pending: ")] == [
            "pending: monitor has 1 pending message of CLOCK, the first at 1"
        ]
        assert (await irops("provision", url=cluster.url)).out == "nothing had to change\n"


async def test_a_stream_whose_only_copy_is_on_that_node_is_named(tmp_path: Path) -> None:
    """An agent's own, for example; the rest is shown."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        assert (await irops("provision", "--replicas", "3", url=cluster.url)).status == 0
        lost = {"name": "HOTEL", "subjects": ["hotel.>"], "placement": {"tags": ["n2"]}, "metadata": {"irops": "1"}}
        await call(nc, "STREAM.CREATE.HOTEL", lost)
        cluster.kill("n2")
        status = await irops("status", url=cluster.url)
        assert status.status == 0, status.err
        assert "pending: the stream HOTEL does not answer; is a node of the cluster down?" in status.out
        assert "does not answer" in next(line for line in status.out.splitlines() if "HOTEL" in line)
