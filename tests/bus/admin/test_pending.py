"""Whether nothing is open."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nats.aio.client import Client

from bus import Bus, Delivery
from bus.admin.pending import consumers_of, consumers_on, pending_work
from bus.admin.server import Server
from bus.tasks import cancel
from contracts.flights import FLIGHT_STATUS
from tests.bus.runtime.test_hop import ECHO, publish, status
from tests.support import collector, eventually, running


async def test_what_nobody_hears_is_not_open(server: Server, nc: Client, bus: Bus) -> None:
    """Though it is stored all the time, as a lease is that is renewed."""
    heard, keep = collector()

    async def renew() -> None:
        while True:
            await nc.request("feed.lease", b"{}", timeout=5)

    async with running(server.url, ECHO, {FLIGHT_STATUS: keep}):
        await publish(nc, status())
        await eventually(lambda: heard, what="heard")
        await eventually(lambda: quiet(nc), what="quiet")
        renewing = asyncio.create_task(renew())
        try:
            assert [await pending_work(nc, consumers_of([ECHO])) for _ in range(10)] == [[]] * 10
        finally:
            await cancel(renewing)


async def quiet(nc: Client) -> bool:
    return await pending_work(nc, consumers_of([ECHO])) == []


async def test_a_message_is_open_until_it_is_acknowledged(server: Server, nc: Client, bus: Bus) -> None:
    """While it waits to be heard, and while it is in hand."""
    go_on, in_hand = asyncio.Event(), asyncio.Event()

    async def slow(group: Sequence[Delivery[Any]]) -> None:
        in_hand.set()
        await go_on.wait()

    async with running(server.url, ECHO, {FLIGHT_STATUS: slow}):
        await publish(nc, status())
        await in_hand.wait()
        (line,) = await pending_work(nc, await consumers_on(nc, ["FEED"]))
        assert "echo has 1 messages of FEED before it" in line
        go_on.set()
        await eventually(lambda: quiet(nc), what="quiet")


async def test_messages_without_anyone_to_hear_them_yet_are_open(nc: Client, bus: Bus) -> None:
    """An agent that has never run has everything before it."""
    await publish(nc, status())
    assert [line.split(":")[0] for line in await pending_work(nc, consumers_of([ECHO]))] == ["echo does not hear FEED"]
