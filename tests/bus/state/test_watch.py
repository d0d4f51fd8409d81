"""Watching a running system from outside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Fact, Removal, Write
from bus.admin.server import Server
from bus.operations import ApiError, Recorded, Watch, call
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, Flight, FlightChanged, FlightStatus
from contracts.ledger import SEAT_LEDGER
from tests.bus.bus_world import changed, flight, name, number_of, publish, status
from tests.support import eventually


@asynccontextmanager
async def started(watch: Watch) -> AsyncIterator[Watch]:
    """The watch, stopped when the block ends."""
    try:
        await watch.start()
        yield watch
    finally:
        await watch.stop()


async def test_from_the_start_every_stored_message_is_there_when_it_has_started(nc: Client) -> None:
    """In stream order, decoded, each once; what is stored later follows."""
    seen: list[Recorded[FlightStatus]] = []
    await publish(nc, range(500))
    watch = Watch(nc)
    watch.add(FLIGHT_STATUS, seen.append, after=0)
    async with started(watch):
        assert [r.sequence for r in seen] == list(range(1, 501))
        await publish(nc, [500])
        await eventually(lambda: len(seen) == 501, what="the new one")
    assert [number_of(r.message.flight) for r in seen] == list(range(501))
    assert seen[0].subject == FLIGHT_STATUS.of(status(0)).name
    assert len(seen[0].trace) == 32


async def test_from_now_on_nothing_older_is_shown(nc: Client) -> None:
    """The default."""
    seen: list[int] = []
    await publish(nc, range(5))
    watch = Watch(nc)
    watch.add(FLIGHT_STATUS, lambda r: seen.append(number_of(r.message.flight)))
    async with started(watch):
        await publish(nc, [5])
        await eventually(lambda: seen, what="the new one")
    assert seen == [5]


async def test_subjects_of_one_stream_share_a_consumer_and_keep_their_order(nc: Client, bus: Bus) -> None:
    """Each with a start of its own."""
    seen: list[str] = []

    def fact(recorded: Recorded[FlightChanged]) -> None:
        seen.append(f"fact {number_of(recorded.message.flight)}")

    def state(recorded: Recorded[Flight]) -> None:
        seen.append(f"state {number_of(recorded.message.flight)}")

    for n in (1, 2):  # sequences 1 and 2, 3 and 4
        await bus.commit(Commit(facts=[Fact(FLIGHT_CHANGED.of(changed(n)))], states=[Write(FLIGHT.of(flight(n)), 0)]))
    watch = Watch(nc)
    watch.add(FLIGHT_CHANGED, fact, after=0)
    watch.add(FLIGHT, state, after=2)
    async with started(watch):
        assert seen == ["fact 1", "fact 2", "state 2"]
        assert (await call(nc, "STREAM.INFO.FLIGHTS"))["state"]["consumer_count"] == 1
    assert (await call(nc, "STREAM.INFO.FLIGHTS"))["state"]["consumer_count"] == 0


async def test_an_empty_stream_is_watched_at_once(nc: Client) -> None:
    """There is nothing to wait for."""
    watch = Watch(nc)
    watch.add(SEAT_LEDGER, lambda _: None, after=0)
    async with asyncio.timeout(1), started(watch):
        pass


async def test_a_removed_state_is_reported_by_its_subject(nc: Client, bus: Bus) -> None:
    """A removal has no message."""
    removed: list[str] = []
    key = FLIGHT.key(flight=name(1))
    revision = (await bus.commit(Commit(states=[Write(FLIGHT.of(flight(1)), 0)])))[key.name]
    watch = Watch(nc)
    watch.add(FLIGHT, lambda _: None, on_removal=removed.append)
    async with started(watch):
        await bus.commit(Commit(removals=[Removal(key, revision)]))
        await eventually(lambda: removed == [key.name], what="the removal")


async def test_a_message_that_does_not_decode_and_a_callback_that_fails_stop_nothing(nc: Client) -> None:
    """The watch goes on with the next message."""
    seen: list[int] = []

    def fails_once(recorded: Recorded[FlightStatus]) -> None:
        seen.append(number_of(recorded.message.flight))
        if len(seen) == 1:
            raise ZeroDivisionError("a bug")

    await nc.request(FLIGHT_STATUS.of(status(0)).name, b"nonsense", timeout=2)
    await publish(nc, [1, 2])
    watch = Watch(nc)
    watch.add(FLIGHT_STATUS, fails_once, after=0)
    async with started(watch):
        assert seen == [1, 2]


async def test_a_server_restart_loses_and_repeats_nothing(server: Server, nc: Client) -> None:
    """The watch continues after the last message it received."""
    seen: list[int] = []
    await publish(nc, range(3))
    watch = Watch(nc)
    watch.add(FLIGHT_STATUS, lambda r: seen.append(number_of(r.message.flight)), after=0)
    async with started(watch):
        server.kill()
        await server.start()
        await eventually(lambda: nc.is_connected, what="connected again")
        await publish(nc, range(3, 6))
        await eventually(lambda: len(seen) == 6, what="all six")
    assert seen == list(range(6))


async def test_a_missing_stream_is_an_error(server: Server, nc: Client) -> None:
    """It names the stream."""
    await call(nc, "STREAM.DELETE.FEED")
    watch = Watch(nc)
    watch.add(FLIGHT_STATUS, lambda _: None)
    with pytest.raises(ApiError, match="FEED"):
        await watch.start()
    await watch.stop()


async def test_a_subject_is_added_before_the_start(nc: Client) -> None:
    """Later it would be ignored."""
    watch = Watch(nc)
    watch.add(FLIGHT_STATUS, lambda _: None)
    async with started(watch):
        with pytest.raises(RuntimeError, match=r"add flight\.state"):
            watch.add(FLIGHT, lambda _: None)
