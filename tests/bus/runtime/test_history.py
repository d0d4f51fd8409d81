"""Reading a stream from its start."""

from contextlib import aclosing

from nats.aio.client import Client

from bus import Bus, Commit, Removal, Write
from bus.admin.server import Server
from bus.wire.api import call
from contracts.flights import FLIGHT, FLIGHT_STATUS
from tests.bus.bus_world import flight, name
from tests.bus.runtime.test_hop import ECHO, publish, status
from tests.support import collector, eventually, running


async def test_history_yields_every_message_of_a_family_in_stream_order(nc: Client, bus: Bus) -> None:
    """Each once."""
    await publish(nc, *(status(n) for n in range(1, 1203)))
    found = [recorded async for recorded in bus.history(FLIGHT_STATUS)]
    assert [r.sequence for r in found] == list(range(1, 1203))
    assert found[7].message == status(8)


async def test_history_gives_a_foreign_message_the_same_trace_as_a_delivery(
    server: Server, nc: Client, bus: Bus
) -> None:
    """Without headers the trace id derives from the position in the stream."""
    heard, keep = collector()
    await publish(nc, status(1), status(2))
    async with running(server.url, ECHO, {FLIGHT_STATUS: keep}):
        await eventually(lambda: len(heard) == 2, what="both heard")
    found = [recorded.trace async for recorded in bus.history(FLIGHT_STATUS)]
    assert found == [d.trace for d in heard]
    assert found[0] != found[1]


async def test_history_leaves_a_malformed_message_out_and_notes_where_it_is(nc: Client, bus: Bus) -> None:
    """The messages around it are yielded."""
    await publish(nc, status(1))
    await nc.request(FLIGHT_STATUS.of(status(2)).name, b"not json", timeout=5)
    await publish(nc, status(3))
    assert [recorded.sequence async for recorded in bus.history(FLIGHT_STATUS)] == [1, 3]
    assert list(bus.unreadable) == [("FEED", 2)]


async def test_history_leaves_no_consumer_behind(nc: Client, bus: Bus) -> None:
    """Whether it is read to its end or not."""
    await publish(nc, *(status(n) for n in range(1, 4)))
    assert len([recorded async for recorded in bus.history(FLIGHT_STATUS)]) == 3
    async with aclosing(bus.history(FLIGHT_STATUS)) as found:
        async for recorded in found:
            assert recorded.sequence == 1
            break
    assert (await call(nc, "STREAM.INFO.FEED"))["state"]["consumer_count"] == 0


async def test_history_goes_on_after_a_server_restart(server: Server, nc: Client, bus: Bus) -> None:
    """It loses and repeats nothing."""
    await publish(nc, *(status(n) for n in range(1, 2001)))
    found: list[int] = []
    async for recorded in bus.history(FLIGHT_STATUS):
        found.append(recorded.sequence)
        if recorded.sequence == 10:
            server.kill()
            await server.start()
    assert found == list(range(1, 2001))


async def test_history_after_a_sequence_has_only_what_came_later(nc: Client, bus: Bus) -> None:
    """After the last one it is empty, and asks for no consumer."""
    await publish(nc, *(status(n) for n in range(1, 4)))
    assert [recorded.sequence async for recorded in bus.history(FLIGHT_STATUS, after=2)] == [3]
    assert [recorded.sequence async for recorded in bus.history(FLIGHT_STATUS, after=3)] == []


async def test_a_removed_state_is_not_in_the_history(nc: Client, bus: Bus) -> None:
    """Though its removal is the last message of the filter."""
    await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1)), 0)]))
    revision = (await bus.commit(Commit(states=[Write(FLIGHT.of(flight(2)), 0)])))[FLIGHT.key(flight=name(2)).name]
    await bus.commit(Commit(removals=[Removal(FLIGHT.key(flight=name(2)), revision)]))
    assert [recorded.message.flight async for recorded in bus.history(FLIGHT)] == [name(1)]
