"""When a message came: by its writer and by the server, whichever is earlier."""

from datetime import datetime, timedelta

import pytest
from nats.aio.client import Client

from bus import Bus
from bus.admin.provision import set_clock
from bus.clock import wall
from bus.wire.envelope import encode
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS
from tests.bus.bus_world import status

NOON = datetime.fromisoformat("2013-02-08T12:00:00Z")


async def came(bus: Bus, nc: Client, headers: dict[str, str]) -> datetime:
    """Of a status with these headers, while event time runs as fast as the wall clock and began at noon."""
    await set_clock(nc, Clock(now=NOON, at=wall(), speed=1))
    await bus.wait_for_tick(lambda tick: tick.now == NOON and tick.speed == 1)
    await nc.jetstream().publish(FLIGHT_STATUS.of(status()).name, encode(status()), headers=headers)
    (recorded,) = [each async for each in bus.history(FLIGHT_STATUS)]
    return bus.came_at(recorded)


@pytest.mark.parametrize("headers", [{}, {"ce-time": "2013-02-08T13:00:00.000Z"}], ids=["no time", "an hour ahead"])
async def test_no_message_comes_later_than_the_server_has_it(bus: Bus, nc: Client, headers: dict[str, str]) -> None:
    """A feed's clock may be ahead, and what it writes on its messages with it."""
    assert NOON <= await came(bus, nc, headers) < NOON + timedelta(minutes=1)


async def test_a_message_that_was_stored_later_came_when_it_was_written(bus: Bus, nc: Client) -> None:
    """A writer that waits for its server has the right time."""
    assert await came(bus, nc, {"ce-time": "2013-02-08T11:59:00.000Z"}) == NOON - timedelta(minutes=1)
