"""Reading a stream from its beginning."""

from nats.aio.client import Client

from bus import Bus
from bus.admin.server import Server
from contracts.flights import FLIGHT_STATUS
from tests.bus.runtime.test_hop import ECHO, publish, status
from tests.support import collector, eventually, running


async def test_history_yields_every_message_of_a_family_in_stream_order(nc: Client, bus: Bus) -> None:
    """More than one request's worth comes out whole and in order."""
    await publish(nc, *(status(n) for n in range(1, 1203)))
    found = [recorded async for recorded in bus.history(FLIGHT_STATUS)]
    assert [r.sequence for r in found] == list(range(1, 1203))
    assert found[7].message == status(8)


async def test_history_gives_a_foreign_message_the_trace_its_hearer_gives_it(
    server: Server, nc: Client, bus: Bus
) -> None:
    """A feed without headers is traced by where its message stands in the stream, each by itself."""
    heard, keep = collector()
    await publish(nc, status(1), status(2))
    async with running(server.url, ECHO, {FLIGHT_STATUS: keep}):
        await eventually(lambda: len(heard) == 2, what="both heard")
    found = [recorded.trace async for recorded in bus.history(FLIGHT_STATUS)]
    assert found == [d.trace for d in heard]
    assert found[0] != found[1]
