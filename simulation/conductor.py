"""The replay's conductor: sets the clock and publishes the feed, at a pace or in lock-step.

At a pace, event time runs N times as fast as the wall clock and agents act on messages as they come. In lock-step event time
stands still until no work is left: at each instant the agents are asked in one order to handle what is stored, round after
round, until a whole round handles nothing. So the same feed always ends in the same ledger. The instants are the minutes with a
flight's status, those at which an agent wants to be woken, and those at which a party answers. No agent acts on the weather
alone, so weather alone makes no step: it is published with the next status.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from bus import AskFailed, Bus, Unavailable, derived_id
from bus.clock import monotonic, wall
from bus.operations import set_clock
from contracts.asks import Step, Stepped, step_of
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.offers import TRIP_OFFERED
from contracts.subject import Addressed
from contracts.weather import WEATHER_OBSERVED, WeatherObserved
from simulation.announcements import Announcement, FeedMessage
from simulation.answering import Public

_MINUTE = timedelta(minutes=1)
_ASK_AGAIN = timedelta(seconds=2)
"""A step without an answer by then is asked again: an agent that is still working answers when it is done, but one that has
died does not, and its replacement has to be asked."""
_GIVE_UP = timedelta(minutes=5)
"""An agent without an answer to a step by then counts as lost."""
_IN_FLIGHT = 64
"""Messages published and not yet acked."""


async def set_pace(bus: Bus, now: datetime, speed: float, *, until: datetime | None = None) -> None:
    """Set event time to `now`, running `speed` times as fast as the wall clock, from `until` on at speed 1; 0: it stands still,
    as in lock-step."""
    await set_clock(bus.nc, Clock(now=now, at=wall(), speed=speed, until=until))


async def replay_at_pace(
    bus: Bus, feed: Sequence[Announcement[FeedMessage]], *, until: datetime, public: Public | None = None
) -> None:
    """Publish each message at its time, with what the public answers; return when event time is `until`. The clock must have
    been set."""
    slots = asyncio.Semaphore(_IN_FLIGHT)

    async def publish(position: int, announcement: Announcement[FeedMessage]) -> None:
        try:
            await _publish(bus, position, announcement)
        finally:
            slots.release()

    async with asyncio.TaskGroup() as group:
        if public is not None:
            group.create_task(public.run(until))
        for position, announcement in enumerate(feed):
            await _wait_for(bus, announcement.at)
            await slots.acquire()
            group.create_task(publish(position, announcement))
    await _wait_for(bus, until)


async def replay_in_lockstep(
    bus: Bus,
    feed: Sequence[Announcement[FeedMessage]],
    *,
    order: Sequence[str],
    until: datetime,
    public: Public | None = None,
) -> None:
    """Replay the feed minute by minute, with what the public answers; return when event time is `until`, all messages are
    handled and no agent wants to be woken by then. `order`: the agents, as `downstream` has them.

    Raises Unavailable for an agent that does not answer for minutes.
    """
    lockstep = LockStep(bus, order, public)
    await lockstep.settle(min([bus.now(), *(announcement.at for announcement in feed[:1]), until]))
    position = 0
    for now, due in _minutes(feed, until=until):
        await lockstep.advance(now)
        for announcement in due:
            await _publish(bus, position, announcement)
            position += 1
        await lockstep.settle(now)
    await lockstep.settle(until)


class LockStep:
    """Asks each agent in turn until no agent has work left, and has the public answer in between."""

    def __init__(self, bus: Bus, order: Sequence[str], public: Public | None = None) -> None:
        self._bus = bus
        self._order = order
        self._public = public
        self._asked: dict[str, dict[str, int]] = {}
        self._last: dict[str, int] = {}
        self._wake: dict[str, datetime] = {}

    async def advance(self, now: datetime) -> None:
        """Bring all agents through every instant before `now` at which one wants to be woken, or the public answers, as far as
        it is known, and event time to `now`. Call it before publishing what is known only at `now`: no message tells more than
        when it came."""
        while (earliest := self._earliest()) is not None and earliest < now:
            await self._rounds(earliest)
        await self._set(now)

    async def settle(self, now: datetime) -> None:
        """Bring all agents to `now`: handle all stored messages, and do what is due by then."""
        await self.advance(now)
        await self._rounds(now)

    async def _rounds(self, now: datetime) -> None:
        """Each agent is asked at least once: a question that it answered meanwhile may have given it something to wait for."""
        await self._set(now)
        await self._answers(now)
        handled = sum([await self._ask(agent, now) for agent in self._order])
        while handled or await self._answers(now):
            handled = sum([await self._ask(agent, now) for agent in self._order if self._has_work(agent, now)])

    async def _answers(self, now: datetime) -> int:
        """How many answers the public has published."""
        if self._public is None:
            return 0
        return await self._public.answer(now, upto=self._stored().get(TRIP_OFFERED.stream, 0))

    def _earliest(self) -> datetime | None:
        """The next instant at which there is something to do, as far as it is known."""
        answers_at = self._public.wakes_at() if self._public else None
        return min([*self._wake.values(), *([answers_at] if answers_at else [])], default=None)

    async def _set(self, now: datetime) -> None:
        if self._bus.tick.now != now or self._bus.tick.speed:
            await set_pace(self._bus, now, 0)
            await self._bus.wait_for_tick(lambda tick: tick.now == now)

    def _has_work(self, agent: str, now: datetime) -> bool:
        return self._stored() != self._asked[agent] or self._wake.get(agent, now + _MINUTE) <= now

    def _stored(self) -> dict[str, int]:
        """The last sequence of each stream, as far as it is known."""
        self._last |= {s: at for s, at in self._bus.written.items() if at > self._last.get(s, 0)}
        return self._last

    async def _ask(self, agent: str, now: datetime) -> int:
        upto = dict(self._stored())
        stepped = await self._answered(agent, Step(now=now, upto=upto))
        self._asked[agent] = upto
        new = {stream: at for stream, at in stepped.written.items() if at > self._last.get(stream, 0)}
        self._last |= new
        self._wake.pop(agent, None)
        if stepped.wake_at is not None:
            self._wake[agent] = stepped.wake_at
        # An agent that died just before its answer has nothing to handle when it is back, and yet it has written messages.
        return stepped.handled + len(new)

    async def _answered(self, agent: str, step: Step) -> Stepped:
        began = monotonic()
        while True:
            try:
                return await self._bus.ask(step_of(agent), step, timeout=_ASK_AGAIN)
            except (Unavailable, AskFailed) as failure:  # not started yet, restarting, or without a server
                if isinstance(failure, AskFailed) and failure.code < 500:
                    raise
                if monotonic() - began > _GIVE_UP.total_seconds():
                    raise Unavailable(f"the {agent} does not answer: {failure}") from failure
                await asyncio.sleep(0.2)


def _minutes(
    feed: Sequence[Announcement[FeedMessage]], *, until: datetime
) -> Iterator[tuple[datetime, list[Announcement[FeedMessage]]]]:
    """The whole minutes at which a flight's status is due, each with its messages. Those after the last are due at the end."""

    def minute(announcement: Announcement[FeedMessage]) -> datetime:
        floor = announcement.at.replace(second=0, microsecond=0)
        return floor if floor == announcement.at else floor + _MINUTE

    waiting: list[Announcement[FeedMessage]] = []
    for now, due in groupby(feed, key=minute):
        waiting += due
        if any(isinstance(announcement.message, FlightStatus) for announcement in waiting):
            yield now, waiting
            waiting = []
    if waiting:
        yield until, waiting


async def _publish(bus: Bus, position: int, announcement: Announcement[FeedMessage]) -> None:
    addressed = _addressed(announcement.message)
    identity = derived_id(addressed.name, announcement.message.observed_at.isoformat(), str(position))
    await bus.append(addressed, identity=identity)


def _addressed(message: FeedMessage) -> Addressed[FlightStatus] | Addressed[WeatherObserved]:
    return FLIGHT_STATUS.of(message) if isinstance(message, FlightStatus) else WEATHER_OBSERVED.of(message)


async def _wait_for(bus: Bus, instant: datetime) -> None:
    while left := bus.seconds_until(instant):
        await asyncio.sleep(min(left, 1.0))
