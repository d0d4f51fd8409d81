"""The durable consumer behind an agent."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from nats.aio.client import Client

from bus import Delivery
from bus.admin.server import Server
from bus.wire.api import call
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import (
    ECHO,
    agent_of,
    consumer_info,
    echo,
    name,
    number_of,
    publish,
    settled,
    stored,
    subjects_in_order,
)
from tests.support import collector, eventually


async def test_a_server_restart_loses_nothing(server: Server, nc: Client) -> None:
    """2,000 messages all become facts, although the server is killed in the middle."""
    await publish(nc, range(2000))
    async with echo(server.url, agent=replace(ECHO, group=32), ack_wait=timedelta(seconds=1)):
        await eventually(lambda: _some_emitted(nc, 200), what="well under way")
        server.kill()
        await server.start()
        await eventually(lambda: nc.is_connected, what="connected again")
        await eventually(lambda: settled(nc), what="all settled", within=20)
    emitted = await subjects_in_order(nc, "FLIGHTS")
    assert sorted(emitted) == sorted(FLIGHT_CHANGED.key(flight=name(n), n=1).name for n in range(2000))


async def _some_emitted(nc: Client, number: int) -> bool:
    return await stored(nc, "FLIGHTS") >= number


async def test_no_more_is_requested_than_the_prefetch(server: Server, nc: Client) -> None:
    """While a handler is busy, an agent has at most four groups queued; the rest stays for its replicas."""
    let_go = asyncio.Event()
    heard: list[int] = []

    async def slow(group: Sequence[Delivery[FlightStatus]]) -> None:
        heard.extend(number_of(d.message.flight) for d in group)
        await let_go.wait()

    others, keep = collector()
    agent = replace(ECHO, group=8)
    await publish(nc, range(200))
    async with agent_of(server.url, {FLIGHT_STATUS: slow}, agent):
        await eventually(lambda: heard, what="a group in the handler")
        async with agent_of(server.url, {FLIGHT_STATUS: keep}, agent):
            await eventually(lambda: len(others) >= 200 - 5 * 8, what="the rest handled by the replica")
            await eventually(lambda: _all_delivered(nc), what="all delivered")
            assert len(others) + len(heard) < 200
            let_go.set()
            await eventually(lambda: settled(nc), what="all settled")


async def _all_delivered(nc: Client) -> bool:
    return not (await consumer_info(nc))["num_pending"]


async def test_a_consumer_that_differs_is_updated(server: Server, nc: Client) -> None:
    """It delivers what the agent declares, from its position."""
    await publish(nc, range(3))
    async with echo(server.url):
        await eventually(lambda: settled(nc), what="the first three")
    config = (await consumer_info(nc))["config"]
    config |= {"ack_wait": int(77e9), "filter_subjects": ["feed.nothing"], "max_ack_pending": 5}
    config.pop("filter_subject", None)
    await call(nc, "CONSUMER.CREATE.FEED.echo", {"stream_name": "FEED", "config": config, "action": "update"})
    await publish(nc, range(3, 6))
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await eventually(lambda: len(heard) == 3, what="the next three")
    config = (await consumer_info(nc))["config"]
    assert config["ack_wait"] == int(4e9)
    assert [number_of(d.message.flight) for d in heard] == [3, 4, 5]


async def test_a_consumer_that_cannot_be_updated_is_replaced(server: Server, nc: Client) -> None:
    """For example one without acknowledgements. Everything is delivered again."""
    wrong = {"durable_name": "echo", "ack_policy": "none", "filter_subject": "feed.>"}
    await call(nc, "CONSUMER.CREATE.FEED.echo", {"stream_name": "FEED", "config": wrong, "action": "create"})
    await publish(nc, range(3))
    heard, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}):
        await eventually(lambda: len(heard) == 3, what="all three")
    assert (await consumer_info(nc))["config"]["ack_policy"] == "explicit"


async def test_a_consumer_deleted_under_its_agent_is_recreated(server: Server, nc: Client) -> None:
    """The agent continues within seconds; redelivered messages take effect once."""
    async with echo(server.url):
        await publish(nc, range(5))
        await eventually(lambda: settled(nc), what="the first five")
        await call(nc, "CONSUMER.DELETE.FEED.echo")
        await publish(nc, range(5, 10))
        await eventually(lambda: _emitted(nc, 10), what="the next five", within=5)
        await eventually(lambda: settled(nc), what="all settled")
    assert await stored(nc, "FLIGHTS") == 10


async def _emitted(nc: Client, number: int) -> bool:
    return await stored(nc, "FLIGHTS") == number


async def test_an_idle_agent_makes_few_requests(server: Server, nc: Client) -> None:
    """A pull request stays open for twenty seconds."""
    async with echo(server.url):
        await publish(nc, [1])
        await eventually(lambda: settled(nc), what="handled")
        before = await _api_calls(nc)
        await eventually(lambda: _waiting(nc), what="its open request")
        assert await _api_calls(nc) - before < 20


async def _api_calls(nc: Client) -> int:
    return int((await call(nc, "INFO"))["api"]["total"])


async def _waiting(nc: Client) -> bool:
    return bool((await consumer_info(nc))["num_waiting"] == 1)
