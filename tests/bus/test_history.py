"""Reading a stream from its beginning."""

from nats.aio.client import Client

from bus import Bus
from contracts.flights import FLIGHT_STATUS
from tests.bus.test_hop import publish, status


async def test_history_yields_every_message_of_a_family_in_stream_order(nc: Client, bus: Bus) -> None:
    """More than one request's worth comes out whole and in order."""
    await publish(nc, *(status(n) for n in range(1, 1203)))
    found = [recorded async for recorded in bus.history(FLIGHT_STATUS)]
    assert [r.sequence for r in found] == list(range(1, 1203))
    assert found[7].message == status(8)
