"""Timers: an agent is woken at the instant it asks for, in event time, and never loses what is due.

The agent of these tests hears of flights, and wants to be woken when a flight has been scheduled for a while; then it says so
once, and keeps that it did. What it has to do it knows from its view alone.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from nats.aio.client import Client

from bus import Agent, Bus, Commit, Conflict, Deadlines, Delivery, Fact, Handlers, Retry, Timer, Write
from bus.admin.discovery import discover
from bus.admin.pending import timers_due
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.asks import Step, Stepped, step_of
from contracts.clock import Clock
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS, Flight, FlightStatus
from tests.bus.bus_world import T0, Wire, changed, flight, name, number_of, publish
from tests.bus.runtime.test_lockstep import stand_still
from tests.support import eventually

MINUTE = timedelta(minutes=1)
GRACE = timedelta(minutes=7)

WATCH = Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,), keeps=(FLIGHT,), views=(FLIGHT,))


async def nothing(_now: datetime) -> None:
    """The default of what fails."""


@dataclass
class Watch:
    """Keeps each flight it hears of, and declares it diverted once it has been silent for `GRACE`. `fails` runs first when it
    is woken."""

    fails: Callable[[datetime], Awaitable[None]] = nothing
    woken: list[datetime] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)
    """The instants at which it has wanted to be woken."""
    deadlines: Deadlines = field(default_factory=Deadlines)

    async def build(self, bus: Bus) -> Handlers:
        self.bus = bus
        self.view = bus.view(FLIGHT, lambda state, _revision, _at: state, changed=self._changed)
        return Handlers({FLIGHT_STATUS: self._hear}, wakes=Timer(self.deadlines.earliest, self._woken))

    def _changed(self, key: str, state: Flight | None) -> None:
        at = state.observed_at + GRACE if state and state.phase == "scheduled" else None
        self.deadlines.set(key, at)
        self.asked += [at] if at else []

    async def _hear(self, group: Sequence[Delivery[FlightStatus]]) -> None:
        numbers = {number_of(d.message.flight) for d in group}
        loaded = await self.bus.load(FLIGHT.key(flight=name(n)) for n in numbers)
        self.heard += sorted(numbers)
        states = [
            Write(
                FLIGHT.of(msgspec.structs.replace(flight(n), observed_at=self.bus.now())),
                loaded.revision(FLIGHT.key(flight=name(n))),
            )
            for n in numbers
        ]
        await self.bus.commit(Commit(states=states))

    async def _woken(self, now: datetime) -> None:
        self.woken.append(now)
        await self.fails(now)
        keys = [FLIGHT.key(flight=self.view[found].value.flight) for found in self.deadlines.due(now)]
        loaded = await self.bus.load(keys)
        facts, states = [], []
        for key in keys:
            entry = loaded[key]
            if entry and entry.message.phase == "scheduled":
                facts.append(Fact(FLIGHT_CHANGED.of(changed(number_of(entry.message.flight)))))
                silent = msgspec.structs.replace(entry.message, phase="diverted")
                states.append(Write(FLIGHT.of(silent), entry.revision))
        await self.bus.commit(Commit(facts=facts, states=states))


@asynccontextmanager
async def watching(url: str, watch: Watch | None = None) -> AsyncIterator[Watch]:
    watch = watch or Watch()
    settings = Settings(nats_url=url, ack_wait=timedelta(seconds=1))
    async with Running(WATCH, watch.build, settings, asyncio.Event()):
        yield watch


async def stepped(bus: Bus, nc: Client, feed: int, now: datetime) -> Stepped:
    """One step at this instant, asked until it is answered."""
    await stand_still(nc, now)
    return await bus.ask(step_of("echo"), Step(now=now, upto={"FEED": feed}), timeout=timedelta(seconds=10))


async def declared_silent(bus: Bus) -> list[int]:
    return [number_of(fact.message.flight) async for fact in bus.history(FLIGHT_CHANGED)]


async def ready(nc: Client) -> None:
    async def answers() -> bool:
        return bool(await discover(nc, wait=0.05))

    await eventually(answers, what="a ready agent")


# In lock-step.


async def test_a_step_says_when_the_timer_is_due_and_the_one_at_that_instant_wakes_the_agent(
    server: Server, nc: Client, bus: Bus
) -> None:
    """Not before, and once."""
    await stand_still(nc)
    await publish(nc, [1])
    async with watching(server.url) as watch:
        await ready(nc)
        assert (await stepped(bus, nc, 1, T0)).wake_at == T0 + GRACE
        early = await stepped(bus, nc, 1, T0 + GRACE - timedelta(microseconds=1))
        assert (early.handled, early.wake_at, watch.woken) == (0, T0 + GRACE, [])
        due = await stepped(bus, nc, 1, T0 + GRACE)
        assert (due.handled, due.wake_at, watch.woken) == (1, None, [T0 + GRACE])
        assert await stepped(bus, nc, 1, T0 + GRACE) == due
        assert (await stepped(bus, nc, 1, T0 + 2 * GRACE)).handled == 0
    assert await declared_silent(bus) == [1]


async def test_what_is_stored_by_the_instant_is_heard_before_the_timer(server: Server, nc: Client, bus: Bus) -> None:
    """A word that comes at the last moment puts the timer off."""
    await stand_still(nc)
    await publish(nc, [1])
    async with watching(server.url) as watch:
        await ready(nc)
        await stepped(bus, nc, 1, T0)
        await publish(nc, [1])
        assert (await stepped(bus, nc, 2, T0 + GRACE)).wake_at == T0 + 2 * GRACE
        assert watch.woken == []


async def test_in_lock_step_a_failure_is_due_again_after_its_pause_of_event_time(
    server: Server, nc: Client, bus: Bus
) -> None:
    """`Retry` names the pause; those of a bug grow; and the timer is done once the failure has passed."""
    failures: list[Exception] = [Retry(3 * MINUTE, "not yet"), RuntimeError("x"), RuntimeError("x"), RuntimeError("x")]

    async def fails(_now: datetime) -> None:
        if failures:
            raise failures.pop(0)

    await stand_still(nc)
    await publish(nc, [1])
    async with watching(server.url, Watch(fails)) as watch:
        await ready(nc)
        wake_at = (await stepped(bus, nc, 1, T0)).wake_at
        while wake_at:
            wake_at = (await stepped(bus, nc, 1, wake_at)).wake_at
    pauses = [after - before for before, after in zip(watch.woken, watch.woken[1:], strict=False)]
    assert pauses == [3 * MINUTE, timedelta(seconds=0.2), timedelta(seconds=1), timedelta(seconds=5)]
    assert await declared_silent(bus) == [1]


async def test_a_timer_that_stays_due_does_not_hold_a_step_up(server: Server, nc: Client, bus: Bus) -> None:
    """Its agent does nothing about it: it is woken again later and later, as after a bug."""
    await stand_still(nc)
    woken: list[datetime] = []

    async def ignores(now: datetime) -> None:
        woken.append(now)

    async def build(_bus: Bus) -> Handlers:
        return Handlers({}, wakes=Timer(lambda: T0, ignores))

    async with Running(Agent("echo"), build, Settings(nats_url=server.url), asyncio.Event()):
        await ready(nc)
        wake_at = T0
        for _ in range(5):
            at = (await stepped(bus, nc, 0, wake_at)).wake_at
            assert at is not None
            assert at > wake_at
            wake_at = at
    assert len(woken) == 5


async def test_two_lock_step_runs_are_woken_alike(server: Server, nc: Client, bus: Bus) -> None:
    """Flights whose instants fall together and apart; each run has another set of flights on the same streams."""
    ends = []
    for run in (0, 100):
        await stand_still(nc)
        feed = 30 if run else 0
        async with watching(server.url) as watch:
            await ready(nc)
            now, last = T0, T0 + timedelta(hours=1)
            for wave in range(3):
                await publish(nc, [run + 10 * wave + n for n in range(10)])
                feed += 10
                now = T0 + wave * MINUTE
                await stepped(bus, nc, feed, now)
            wake_at: datetime | None = now
            while wake_at and wake_at < last:
                wake_at = (await stepped(bus, nc, feed, wake_at)).wake_at
            ends.append((watch.woken, [n - run for n in await declared_silent(bus) if n >= run and n < run + 100]))
    assert ends[0] == ends[1]
    assert ends[0] == ([T0 + GRACE + wave * MINUTE for wave in range(3)], list(range(30)))


# By the clock.


async def pace(nc: Client, now: datetime, speed: float) -> None:
    await set_clock(nc, Clock(now=now, at=datetime.now(UTC), speed=speed))


@pytest.mark.parametrize("speed", [1500, 100_000])
async def test_by_the_clock_the_agent_is_woken_in_event_time_at_any_speed(
    server: Server, nc: Client, bus: Bus, speed: int
) -> None:
    """Not before its instant, and within a second of the wall clock after it."""
    await pace(nc, T0, 0)
    await publish(nc, [1])
    async with watching(server.url) as watch:
        await ready(nc)
        await pace(nc, T0, speed)
        await eventually(lambda: watch.woken, what="woken")
        assert watch.asked[0] <= watch.woken[0] <= watch.asked[0] + speed * timedelta(seconds=1)
        await eventually(lambda: declared_silent(bus), what="the fact")
    assert len(watch.woken) == 1


async def test_a_clock_that_jumps_past_the_instant_wakes_the_agent(server: Server, nc: Client, bus: Bus) -> None:
    """And one that stands still does not."""
    await pace(nc, T0, 1)
    await publish(nc, [1])
    async with watching(server.url) as watch:
        await eventually(watch.deadlines.earliest, what="a deadline")
        assert watch.woken == []
        await pace(nc, T0 + timedelta(hours=1), 1)
        await eventually(lambda: watch.woken, what="woken")
    assert await declared_silent(bus) == [1]


async def test_what_came_due_while_no_process_ran_is_done_after_the_start(server: Server, nc: Client, bus: Bus) -> None:
    """The view has it."""
    await pace(nc, T0, 1)
    await publish(nc, [1, 2])
    async with watching(server.url) as watch:
        await eventually(lambda: len(watch.deadlines) == 2, what="two deadlines")
    await pace(nc, T0 + timedelta(hours=1), 1)
    async with watching(server.url) as watch:
        await eventually(lambda: watch.woken, what="woken")
        await eventually(lambda: not len(watch.deadlines), what="nothing due")
        assert len(watch.woken) == 1
    assert sorted(await declared_silent(bus)) == [1, 2]


async def test_after_a_restart_a_word_that_came_in_time_is_heard_before_the_timer(
    server: Server, nc: Client, bus: Bus
) -> None:
    """It had been stored while no process ran, and puts the timer off."""
    await pace(nc, T0, 1)
    await publish(nc, [1])
    async with watching(server.url) as watch:
        await eventually(lambda: len(watch.deadlines), what="a deadline")
    await publish(nc, [*range(100, 600), 1])
    await pace(nc, T0 + timedelta(hours=1), 1)
    async with watching(server.url) as watch:
        await eventually(lambda: 1 in watch.heard, what="the word")
        await eventually(lambda: len(watch.deadlines) == 501, what="every deadline")
        earliest = watch.deadlines.earliest()
        assert earliest is not None
        assert earliest >= T0 + timedelta(hours=1)
        assert watch.woken == []
    assert await declared_silent(bus) == []


@pytest.mark.parametrize(
    "failure",
    [Retry(timedelta(milliseconds=50), "not yet"), RuntimeError("a bug"), Conflict("another first")],
    ids=repr,
)
async def test_by_the_clock_a_failure_is_tried_again(server: Server, nc: Client, bus: Bus, failure: Exception) -> None:
    """And messages are handled meanwhile."""
    attempts: list[datetime] = []

    async def fails(now: datetime) -> None:
        attempts.append(now)
        if len(attempts) < 3:
            raise failure

    await pace(nc, T0, 1)
    await publish(nc, [1])
    async with watching(server.url, Watch(fails)) as watch:
        await eventually(lambda: len(watch.deadlines), what="a deadline")
        await pace(nc, T0 + timedelta(hours=1), 1)
        await publish(nc, [2])
        await eventually(lambda: 2 in watch.heard, what="a message heard")
        await eventually(lambda: declared_silent(bus), what="the fact")
    assert len(attempts) == 3


async def test_of_two_replicas_one_does_what_is_due(server: Server, nc: Client, bus: Bus) -> None:
    """Where both are woken, the other's commit conflicts, or finds nothing to do; one may be done before the other wakes."""
    await pace(nc, T0, 1)
    await publish(nc, range(20))
    async with watching(server.url) as one, watching(server.url) as other:
        await eventually(lambda: len(one.deadlines) == len(other.deadlines) == 20, what="all deadlines")
        await pace(nc, T0 + timedelta(hours=1), 1)
        await eventually(lambda: not len(one.deadlines) and not len(other.deadlines), what="nothing due")
        assert one.woken or other.woken
    assert sorted(await declared_silent(bus)) == list(range(20))


async def test_an_agent_that_stops_lets_what_is_due_finish_and_is_woken_no_more(
    server: Server, nc: Client, bus: Bus
) -> None:
    """The next process has nothing left to do."""
    began, go_on = asyncio.Event(), asyncio.Event()

    async def holds(_now: datetime) -> None:
        began.set()
        await go_on.wait()

    await pace(nc, T0, 1)
    await publish(nc, [1])
    stop, watch = asyncio.Event(), Watch(holds)
    async with Running(WATCH, watch.build, Settings(nats_url=server.url), stop):
        await eventually(lambda: len(watch.deadlines), what="a deadline")
        await pace(nc, T0 + timedelta(hours=1), 1)
        await began.wait()
        asyncio.get_running_loop().call_later(0.2, go_on.set)
    assert len(watch.woken) == 1
    assert await declared_silent(bus) == [1]


@pytest.mark.slow
async def test_a_server_that_is_away_when_the_instant_comes_delays_the_timer_and_no_more(
    server: Server, nc: Client, bus: Bus
) -> None:
    """The agent's connection is held up meanwhile."""
    await pace(nc, T0, 600)
    await publish(nc, [1])
    async with Wire(server.port) as wire, watching(wire.url) as watch:
        await eventually(lambda: len(watch.deadlines), what="a deadline")
        wire.hold_answers()
        due = watch.deadlines.earliest()
        assert due is not None
        await eventually(lambda: watch.bus.now() > due, what="the instant")
        wire.cut()
        await eventually(lambda: declared_silent(bus), what="the fact", within=30)
    assert await declared_silent(bus) == [1]


async def test_a_timer_that_is_due_in_time_is_known_as_pending(server: Server, nc: Client, bus: Bus) -> None:
    """Only by an instant that is not before it."""
    await pace(nc, T0, 1)
    await publish(nc, [1])
    async with watching(server.url) as watch:
        await eventually(lambda: len(watch.deadlines), what="a deadline")
        due = watch.deadlines.earliest()
        assert due is not None
        assert await timers_due(nc, by=due - MINUTE) == []
        (line,) = await timers_due(nc, by=due)
        assert line.startswith("echo is to be woken at 2013-02-08 12:07:")
