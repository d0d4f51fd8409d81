"""Views: complete, consistent, current, and with a true lag."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Fact, Removal, View, Write
from bus.admin.server import Server
from bus.clock import monotonic
from bus.tasks import cancel
from bus.wire.api import call
from bus.wire.connection import close, connect
from bus.wire.follow import Follower
from contracts.flights import FLIGHT, FLIGHT_CHANGED, Flight
from contracts.ledger import SEAT_LEDGER, WAITLIST, SeatLedger, WaitlistEntry
from tests.bus.bus_world import T0, changed, flight, name
from tests.support import eventually

Flights = View[Flight, int]


def whole(message: Flight, _revision: int, _at: datetime) -> int:
    return message.last_change


@asynccontextmanager
async def viewing(url: str, keep: Any = whole, **more: Any) -> AsyncIterator[Flights]:
    """A started view of all flights, of a connection of its own."""
    reconnected = asyncio.Event()
    nc = await connect(url, name="viewer", on_reconnect=reconnected.set)
    bus = Bus(nc, source="viewer")
    following = asyncio.create_task(_restart_views(bus, reconnected))
    view = bus.view(FLIGHT, keep, **more)
    await bus.start_views()
    try:
        yield view
    finally:
        following.cancel()
        await bus.stop_views()
        await close(nc)


async def _restart_views(bus: Bus, reconnected: asyncio.Event) -> None:
    while await reconnected.wait():
        reconnected.clear()
        bus.restart_views()


def write(number: int, expected: int = 0, n: int = 1) -> Write:
    return Write(FLIGHT.of(flight(number, n)), expected)


def key(number: int) -> str:
    return FLIGHT.key(flight=name(number)).name


async def test_a_view_is_complete_before_its_first_use(server: Server, bus: Bus) -> None:
    """10,000 entries after `start_views`, the latest of each."""
    for at in range(0, 10_000, 1000):
        await bus.commit(Commit(states=[write(n) for n in range(at, at + 1000)]))
    await bus.commit(Commit(states=[write(77, expected=78, n=2)]))
    async with viewing(server.url) as view:
        assert len(view) == 10_000
        assert (view[key(77)].value, view[key(77)].revision) == (2, 10_001)


async def test_a_view_without_entries_is_complete_too(server: Server, bus: Bus) -> None:
    """It starts at once, and is proved current."""
    await bus.commit(Commit(facts=[Fact(FLIGHT_CHANGED.of(changed(1)))]))
    async with viewing(server.url) as view:
        assert len(view) == 0
        await eventually(lambda: view.lag < timedelta(seconds=1), what="a proof")


async def test_a_view_never_shows_half_of_a_batch(server: Server, bus: Bus) -> None:
    """Two flights written together 150 times, with facts between them, never differ in it."""
    seen: list[tuple[int, int]] = []
    views: list[Flights] = []

    def look(_name: str = "", _value: int | None = None) -> None:
        if views and len(views[0]) == 2:
            seen.append((views[0][key(1)].value, views[0][key(2)].value))

    async def reach_halves(view: Flights) -> None:
        """Asks for sequences in the middle of batches all the time."""
        while True:
            await view.reach(view.sequence + 1)
            look()

    async with viewing(server.url, changed=look) as view:
        views.append(view)
        revisions = {key(1): 0, key(2): 0}
        reaching = asyncio.create_task(reach_halves(view))
        for n in range(1, 151):
            facts = [Fact(FLIGHT_CHANGED.of(changed(m, n))) for m in range(20)]
            states = [write(m, revisions[key(m)], n) for m in (1, 2)]
            revisions = await bus.commit(Commit(facts=facts, states=states))
        await eventually(lambda: seen[-1] == (150, 150), what="the last")
        await cancel(reaching)
    assert all(one == other for one, other in seen)
    assert len(set(seen)) > 20


async def test_reach_returns_when_everything_up_to_a_sequence_is_applied(server: Server, bus: Bus) -> None:
    """Also for a sequence that the view does not follow, and for a batch that ends with such messages."""
    async with viewing(server.url) as view:
        for n in range(1, 40):
            revisions = await bus.commit(Commit(states=[write(n)]))
            await view.reach(revisions[key(n)])
            assert view[key(n)].value == 1
            facts = await bus.commit(Commit(facts=[Fact(FLIGHT_CHANGED.of(changed(n)))]))
            await view.reach(max(facts.values()))
            assert view.sequence >= max(facts.values())


async def test_reach_waits_for_a_sequence_that_is_not_stored_yet(server: Server, bus: Bus) -> None:
    """A delivery of a batch's first message names the end of the batch before the stream has reached it."""
    async with viewing(server.url) as view:
        reaching = asyncio.create_task(view.reach(2))
        await asyncio.wait({reaching}, timeout=0.2)
        assert not reaching.done()
        await bus.commit(Commit(states=[write(1), write(2)]))
        await reaching
        assert {key(1), key(2)} <= set(view)


async def test_reach_of_a_batchs_middle_waits_for_its_end(
    server: Server, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it is not shown, although only that half was asked for."""
    receive = Follower.receive
    arrived, let_go = asyncio.Event(), asyncio.Event()

    async def slow(self: Follower, msg: Any) -> None:
        if msg.subject == key(2):
            arrived.set()
            await let_go.wait()
        await receive(self, msg)

    monkeypatch.setattr(Follower, "receive", slow)
    async with viewing(server.url) as view:
        await bus.commit(Commit(states=[write(1), write(2)]))
        await arrived.wait()
        reaching = asyncio.create_task(view.reach(1))
        await asyncio.wait({reaching}, timeout=0.2)
        assert (reaching.done(), len(view)) == (False, 0)
        let_go.set()
        await reaching
        assert len(view) == 2


async def test_reach_applies_a_batch_whose_end_the_view_does_not_follow(server: Server, bus: Bus) -> None:
    """Without waiting for a heartbeat, which comes a quarter of a second after the last message."""
    took: list[float] = []
    async with _viewing_waiting(server.url) as view:
        for n in range(20):
            states = [Write(WAITLIST.of(_waiting(f"A{n}")), 0), Write(_seats(n), 0)]
            revisions = await bus.commit(Commit(states=states))
            began = monotonic()
            await view.reach(max(revisions.values()))
            took.append(monotonic() - began)
            assert WAITLIST.key(pnr=f"A{n}", journey=1).name in view
    assert median(took) < 0.2


def _waiting(pnr: str) -> WaitlistEntry:
    return WaitlistEntry(pnr=pnr, origin="JFK", destination="BOS", seats=1)


def _seats(number: int) -> Any:
    return SEAT_LEDGER.of(
        SeatLedger(
            flight=name(number),
            destination="BOS",
            phase="scheduled",
            departs=T0,
            arrives=T0,
            capacity={},
            last_change=1,
        )
    )


@asynccontextmanager
async def _viewing_waiting(url: str) -> AsyncIterator[View[WaitlistEntry, WaitlistEntry]]:
    nc = await connect(url, name="viewer")
    bus = Bus(nc, source="viewer")
    view = bus.view(WAITLIST, lambda marker, _revision, _at: marker)
    await bus.start_views()
    try:
        yield view
    finally:
        await bus.stop_views()
        await close(nc)


async def test_a_removed_state_leaves_the_view(server: Server, bus: Bus) -> None:
    """And comes back when it is written again."""
    async with _viewing_waiting(server.url) as view:
        marker = WAITLIST.key(pnr="A", journey=1)
        revision = (await bus.commit(Commit(states=[Write(WAITLIST.of(_waiting("A")), 0)])))[marker.name]
        await eventually(lambda: marker.name in view, what="there")
        revision = (await bus.commit(Commit(removals=[Removal(marker, revision)])))[marker.name]
        await eventually(lambda: marker.name not in view, what="gone")
        await bus.commit(Commit(states=[Write(WAITLIST.of(_waiting("A")), revision)]))
        await eventually(lambda: marker.name in view, what="there again")


async def test_an_entry_that_keep_turns_into_none_is_removed(server: Server, bus: Bus) -> None:
    """`changed` is called with None."""
    calls: list[tuple[str, int | None]] = []

    def odd(message: Flight, _revision: int, _at: datetime) -> int | None:
        return message.last_change if message.last_change % 2 else None

    async with viewing(server.url, odd, changed=lambda name, value: calls.append((name, value))) as view:
        revision = (await bus.commit(Commit(states=[write(1, n=1)])))[key(1)]
        await eventually(lambda: key(1) in view, what="kept")
        await bus.commit(Commit(states=[write(1, revision, n=2)]))
        await eventually(lambda: key(1) not in view, what="not kept")
    assert calls == [(key(1), 1), (key(1), None)]


async def test_a_state_that_cannot_be_read_is_absent(server: Server, nc: Client, bus: Bus) -> None:
    """An older version in its place would be taken for current. The others are followed as before."""
    async with viewing(server.url) as view:
        await bus.commit(Commit(states=[write(1)]))
        await eventually(lambda: key(1) in view, what="kept")
        await nc.request(key(1), b"nonsense", timeout=2)
        await bus.commit(Commit(states=[write(2)]))
        await eventually(lambda: key(2) in view, what="the other")
        assert key(1) not in view


async def test_an_exception_in_changed_keeps_no_other_from_being_called(server: Server, bus: Bus) -> None:
    """The agent's index of the view may have a bug."""
    called: list[str] = []

    def buggy(name: str, _value: int | None) -> None:
        if name == key(1):
            raise ZeroDivisionError("a bug")
        called.append(name)

    async with viewing(server.url, changed=buggy) as view:
        await bus.commit(Commit(states=[write(1), write(2)]))
        await eventually(lambda: called == [key(2)], what="the other call")
        assert len(view) == 2


async def test_a_view_is_current_within_a_second_of_a_server_restart(server: Server, nc: Client, bus: Bus) -> None:
    """It shows what is written right after. Its lag grows while the server is down and is then small again."""
    await bus.commit(Commit(states=[write(1)]))
    async with viewing(server.url) as view:
        server.kill()
        await eventually(lambda: view.lag > timedelta(seconds=1), what="a lag that grows")
        await server.start()
        began = monotonic()
        await eventually(lambda: nc.is_connected, what="the writer is connected")
        await bus.commit(Commit(states=[write(2)]))
        await eventually(lambda: key(2) in view, what="seen")
        assert monotonic() - began < 1
        await eventually(lambda: view.lag < timedelta(seconds=0.5), what="a small lag")
        assert len(view) == 2


async def test_a_lag_with_more_to_come_is_the_age_of_what_was_seen_last(server: Server, bus: Bus) -> None:
    """While it catches up, a message proves nothing about the present."""
    lags: list[float] = []
    views: list[Flights] = []

    def look(_name: str, _value: int | None) -> None:
        if views:
            lags.append(views[0].lag.total_seconds())

    for n in range(50):
        await bus.commit(Commit(states=[write(n)]))
    old = monotonic() + 1.2
    await eventually(lambda: monotonic() > old, what="they are old")
    nc = await connect(server.url, name="viewer")
    late = Bus(nc, source="viewer")
    views.append(late.view(FLIGHT, whole, changed=look))
    await late.start_views()
    assert min(lags[1:40]) > 1
    await eventually(lambda: views[0].lag < timedelta(seconds=1), what="current in the end")
    await late.stop_views()
    await close(nc)


async def test_a_gap_is_detected_and_filled(server: Server, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message lost on the way makes the view follow again from there."""
    receive = Follower.receive
    lose = [0]

    async def lossy(self: Follower, msg: Any) -> None:
        if msg.subject == key(5) and not lose[0]:
            lose[0] = 1
            return
        await receive(self, msg)

    monkeypatch.setattr(Follower, "receive", lossy)
    async with viewing(server.url) as view:
        for n in range(1, 11):
            await bus.commit(Commit(states=[write(n)]))
        await eventually(lambda: len(view) == 10, what="all ten")
    assert lose == [1]
    assert sorted(view) == sorted(key(n) for n in range(1, 11))


async def test_a_stopped_view_leaves_no_consumer_behind(server: Server, nc: Client, bus: Bus) -> None:
    """It is deleted, not left to expire."""
    async with viewing(server.url):
        assert (await call(nc, "STREAM.INFO.FLIGHTS"))["state"]["consumer_count"] == 1
    assert (await call(nc, "STREAM.INFO.FLIGHTS"))["state"]["consumer_count"] == 0
