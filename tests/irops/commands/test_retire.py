"""`irops retire`."""

from nats.aio.client import Client

from bus.admin.consumers import list_consumers
from bus.admin.server import Server
from bus.wire.api import call
from contracts.flights import FLIGHT_STATUS
from tests.bus.runtime.test_hop import ECHO, publish, status
from tests.irops.command_line import irops
from tests.support import collector, eventually, running


async def test_an_agent_that_is_retired_is_no_longer_pending(server: Server, nc: Client) -> None:
    """Its consumer goes, the messages stay."""
    question = {"stream_name": "FEED", "config": {"durable_name": "gone", "ack_policy": "explicit"}, "action": ""}
    await call(nc, "CONSUMER.CREATE.FEED.gone", question)
    await publish(nc, status(1))
    assert "gone has 1 pending message of FEED" in (await irops("status", url=server.url)).out
    assert (await irops("retire", "gone", url=server.url)).out == "gone is retired from FEED\n"
    assert (await list_consumers(nc, "FEED", views=False)).found == []
    assert "gone" not in (await irops("status", url=server.url)).out
    assert (await call(nc, "STREAM.INFO.FEED"))["state"]["messages"] == 1


async def test_a_running_agent_is_not_retired(server: Server, nc: Client) -> None:
    """It is named, and its consumer stays."""
    heard, keep = collector()
    await publish(nc, status(1))
    async with running(server.url, ECHO, {FLIGHT_STATUS: keep}):
        await eventually(lambda: len(heard) == 1, what="one heard")
        ended = await irops("retire", ECHO.name, url=server.url)
    assert (ended.status, ended.err) == (1, "irops: the agent echo is running; stop it first\n")
    assert [consumer.name for consumer in (await list_consumers(nc, "FEED", views=False)).found] == ["echo"]


async def test_an_unknown_agent_is_named(server: Server, nc: Client) -> None:
    """Nothing is removed, and the exit status is 1."""
    ended = await irops("retire", "desk", url=server.url)
    assert (ended.status, ended.err) == (
        1,
        "irops: no stream has a consumer of desk; `irops status` names the agents\n",
    )
