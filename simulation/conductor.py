"""The replay's conductor: moves the clock and publishes the feed, at a pace or in lock-step.

At a pace, time runs N times as fast as the wall clock and everyone acts when they hear something. In lock-step time stands
still until nobody has anything left to do: for each minute of event time the agents are asked in a fixed order to handle
what is there, round after round, until a whole round handled nothing. The same feed then always ends in the same ledger.
Nobody acts on the weather alone, so none of it makes a minute of its own: it is said with the next status.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from bus import AskFailed, Bus, Unavailable, derived_id
from bus.clock import monotonic, wall
from bus.operations import set_clock
from contracts.asks import Step, Stepped, step_of
from contracts.clock import Clock
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.subject import Addressed
from contracts.weather import WEATHER_OBSERVED, WeatherObserved
from simulation.announcements import Announcement, News

ORDER = ("monitor", "booker", "planner", "notifier")
"""Who is asked first in each round of a lock-step."""
_MINUTE = timedelta(minutes=1)
_ASK_AGAIN = timedelta(seconds=2)
"""A step not answered by then is asked again. An agent that is still at it answers when it is done; one that died at it does
not, and the next one of its kind has to be asked."""
_GIVE_UP = timedelta(minutes=5)
"""An agent that has not answered a step by then is lost for good."""
_IN_FLIGHT = 64
"""Messages published and not yet acknowledged."""

Told = Callable[[int], None]
"""Is told how many messages have been published."""


async def set_pace(bus: Bus, now: datetime, speed: float) -> None:
    """From now on it is `now`, and time runs `speed` times as fast as the wall clock; 0: lock-step."""
    await set_clock(bus.nc, Clock(now=now, at=wall(), speed=speed))


async def replay_at_pace(
    bus: Bus, feed: Sequence[Announcement[News]], *, until: datetime, told: Told = lambda n: None
) -> None:
    """Publishes each message when its time has come; returns when it is `until`. The clock must have been set."""
    slots = asyncio.Semaphore(_IN_FLIGHT)
    published = 0

    async def publish(at: int, announcement: Announcement[News]) -> None:
        nonlocal published
        try:
            await _publish(bus, at, announcement)
        finally:
            slots.release()
        published += 1
        told(published)

    async with asyncio.TaskGroup() as group:
        for at, announcement in enumerate(feed):
            await _wait_for(bus, announcement.at)
            await slots.acquire()
            group.create_task(publish(at, announcement))
    await _wait_for(bus, until)


async def replay_in_lockstep(
    bus: Bus,
    feed: Sequence[Announcement[News]],
    *,
    until: datetime,
    told: Told = lambda n: None,
    now_is: Callable[[datetime], None] = lambda now: None,
) -> None:
    """Replays the feed minute by minute; returns when it is `until` and everything is handled. Raises `Unavailable` for an
    agent that does not answer for minutes."""
    steps = LockStep(bus)
    published = 0
    for now, due in _minutes(feed, until=until):
        for announcement in due:
            await _publish(bus, published, announcement)
            published += 1
        told(published)
        now_is(now)
        await steps.settle(now)
    now_is(until)
    await steps.settle(until)


class LockStep:
    """Asks each agent in turn until nobody has anything to do."""

    def __init__(self, bus: Bus, order: Sequence[str] = ORDER) -> None:
        self._bus = bus
        self._order = order
        self._told: dict[str, dict[str, int]] = {agent: {} for agent in order}
        self._last: dict[str, int] = {}
        self._wake: dict[str, datetime] = {}

    async def settle(self, now: datetime) -> None:
        """Brings everyone to `now`: handles all there is, and what asked to be heard again by then."""
        while self._wake and (earliest := min(self._wake.values())) < now:
            await self._rounds(earliest)
        await self._rounds(now)

    async def _rounds(self, now: datetime) -> None:
        await set_pace(self._bus, now, 0)
        handled = 1
        while handled:
            handled = 0
            for agent in self._order:
                handled += await self._ask(agent, now)

    async def _ask(self, agent: str, now: datetime) -> int:
        self._last |= {s: at for s, at in self._bus.written.items() if at > self._last.get(s, 0)}
        upto = {stream: at for stream, at in self._last.items() if at > self._told[agent].get(stream, 0)}
        if not upto and self._wake.get(agent, now + _MINUTE) > now:
            return 0
        stepped = await self._answered(agent, Step(now=now, upto=self._last))
        self._told[agent] = dict(self._last)
        news = {stream: at for stream, at in stepped.written.items() if at > self._last.get(stream, 0)}
        self._last |= news
        self._wake.pop(agent, None)
        if stepped.wake_at is not None:
            self._wake[agent] = stepped.wake_at
        # An agent that died having done everything but answer has handled nothing in its next life, and yet there is news.
        return stepped.handled + len(news)

    async def _answered(self, agent: str, step: Step) -> Stepped:
        began = monotonic()
        while True:
            try:
                return await self._bus.ask(step_of(agent), step, timeout=_ASK_AGAIN)
            except (Unavailable, AskFailed) as failure:  # not started yet, or being restarted, or without a server
                if isinstance(failure, AskFailed) and failure.code < 500:
                    raise
                if monotonic() - began > _GIVE_UP.total_seconds():
                    raise Unavailable(f"the {agent} does not answer: {failure}") from failure
                await asyncio.sleep(0.2)


def _minutes(
    feed: Sequence[Announcement[News]], *, until: datetime
) -> Iterator[tuple[datetime, list[Announcement[News]]]]:
    """The feed by whole minutes in which a flight's status is due: what is said at each. What comes after the last is said
    at the end."""

    def minute(announcement: Announcement[News]) -> datetime:
        floor = announcement.at.replace(second=0, microsecond=0)
        return floor if floor == announcement.at else floor + _MINUTE

    said: list[Announcement[News]] = []
    for now, due in groupby(feed, key=minute):
        said += due
        if any(isinstance(announcement.message, FlightStatus) for announcement in said):
            yield now, said
            said = []
    if said:
        yield until, said


async def _publish(bus: Bus, at: int, announcement: Announcement[News]) -> None:
    said = _said(announcement.message)
    identity = derived_id(said.name, announcement.message.observed_at.isoformat(), str(at))
    await bus.append(said, identity=identity)


def _said(news: News) -> Addressed[FlightStatus] | Addressed[WeatherObserved]:
    return FLIGHT_STATUS.of(news) if isinstance(news, FlightStatus) else WEATHER_OBSERVED.of(news)


async def _wait_for(bus: Bus, instant: datetime) -> None:
    while (left := instant - bus.now()) > timedelta(0):
        await asyncio.sleep(min(left.total_seconds() / max(bus.tick.speed, 1e-9), 1.0))
