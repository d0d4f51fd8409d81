"""Wakes an agent when its `Timer` says so, in event time.

By the clock it sleeps until the instant, however fast event time runs, and looks again when the agent's state, a view or the
clock has changed. In lock-step it does nothing by itself: the conductor steps to each instant, and the step wakes the agent.

An agent is woken between two groups, never beside one, and after all messages that were stored when the instant came: an
answer that was in time is heard before its deadline acts, after a restart too. A paused agent is woken once it is resumed. What
it then writes is in its own views before the timer is asked again. A failure is no end: `Retry` says when to wake it again, and
after a bug, or where something is still due, the pauses grow. So nothing due is ever lost, and nothing spins.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bus.agent import Timer
from bus.causation import causing
from bus.clock import monotonic
from bus.errors import ApiError, Conflict, Retry, Unavailable
from bus.logs import get_logger, raised_at
from bus.runtime.bus import Bus
from bus.runtime.inbox import Inbox
from bus.runtime.worker import BUG_PAUSES, CONFLICTS_AT_MOST
from bus.wire.api import last_sequence
from bus.wire.consumer import Consumer

_PAUSES = (*BUG_PAUSES, timedelta(minutes=1), timedelta(minutes=10))
"""How long after each failure in a row it is woken again; the last one repeats."""
_LONGEST = 10.0
"""Seconds after which the timer is asked again in any case: wall clocks are set, and machines sleep."""
_SHORTEST = 0.001
_LOOK_AGAIN = 0.05
"""Seconds between two looks at messages that are still to be handled first."""

log = get_logger("bus")


class Timekeeper:
    """`timer`: None for an agent that has none. `busy`: held while the agent handles or is woken."""

    def __init__(
        self,
        bus: Bus,
        timer: Timer | None,
        *,
        consumers: Sequence[Consumer],
        inbox: Inbox,
        busy: asyncio.Lock,
    ) -> None:
        self.woken = 0
        """How often the agent has done what was due."""
        self._bus = bus
        self._timer = timer
        self._consumers = consumers
        self._inbox = inbox
        self._busy = busy
        self._failures = 0
        self._not_before: datetime | None = None
        """After a failure in lock-step, in event time, as `Retry` of a message has it."""
        self._resumes = 0.0
        """After a failure by the clock, in monotonic seconds."""

    @property
    def wakes_at(self) -> datetime | None:
        """Event time at which the agent is to be woken next; in the past if that is overdue; None: not at all."""
        due = self._timer.next() if self._timer else None
        return max(due, self._not_before) if due and self._not_before else due

    async def keep(self, stopped: Callable[[], bool]) -> None:
        """Wakes the agent by the clock. Runs until cancelled, and wakes no more once it is `stopped`."""
        if self._timer is None:
            return
        while True:
            await self._until_due()
            try:
                await self._until_heard()
                async with self._busy:
                    if stopped():
                        return
                    await self._views_current()
                    if not self._bus.is_lockstep and self._seconds_left() <= 0:
                        await self._wake(self._timer)
            except (ApiError, Unavailable) as failure:
                log.warning("timer waits for the server", why=str(failure))
                await asyncio.sleep(random.uniform(0.2, 0.5))

    async def step(self, now: datetime) -> int:
        """Wakes the agent in lock-step if something is due. Returns how often: 0 or 1. Its views show what it has written, then
        and when this returns. Raises `Unavailable`."""
        if self._timer is None:
            return 0
        await self._bus.reach(self._bus.written)
        if (due := self.wakes_at) is None or due > now:
            return 0
        async with self._busy:
            await self._wake(self._timer)
        return 1

    # By the clock.

    async def _until_due(self) -> None:
        while (left := self._seconds_left()) > 0:
            self._bus.changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(left, _SHORTEST), _LONGEST)):
                    await self._bus.changed.wait()

    def _seconds_left(self) -> float:
        due = self.wakes_at
        if due is None or self._bus.is_lockstep:
            return _LONGEST
        if (pause := self._bus.pause) is not None:
            return self._bus.seconds_until(pause.until) if pause.until else _LONGEST
        return max(self._bus.seconds_until(due), self._resumes - monotonic())

    async def _until_heard(self) -> None:
        """Returns when this agent has heard all that is stored now, or a lock-step begins. Raises `ApiError`, `Unavailable`."""
        for consumer in self._consumers:
            upto = await last_sequence(self._bus.nc, consumer.stream)
            while not self._bus.is_lockstep and self._bus.pause is None:
                if await consumer.has_delivered(upto) and not self._inbox.holds(consumer.stream, upto):
                    break
                await asyncio.sleep(_LOOK_AGAIN)

    async def _views_current(self) -> None:
        """Returns when the views show all that is stored now. Raises `ApiError`, `Unavailable`."""
        for mirror in self._bus.mirrors:
            await mirror.reach(await last_sequence(self._bus.nc, mirror.stream), stored=True)

    # Waking.

    async def _wake(self, timer: Timer) -> None:
        """Wakes the agent, through conflicts and outages, and notes a failure."""
        conflicts = 0
        while True:
            now = self._bus.now()
            try:
                with causing(None):
                    await timer.woken(now)
                await self._bus.reach(self._bus.written)
            except Conflict as conflict:
                conflicts += 1
                if conflicts > CONFLICTS_AT_MOST:
                    return self._failed(conflict)
                log.info("conflict in a timer", why=str(conflict))
                await asyncio.sleep(random.uniform(0, 0.01) * min(1 + conflicts, 30))
            except Unavailable as failure:
                log.warning("timer waits for the server", why=str(failure))
                await asyncio.sleep(random.uniform(0.2, 0.5))
            except Retry as retry:
                log.info("timer retries", why=retry.why)
                return self._hold(retry.after)
            except Exception as failure:
                return self._failed(failure)
            else:
                return self._succeeded(timer, now)

    def _succeeded(self, timer: Timer, now: datetime) -> None:
        self.woken += 1
        self._not_before = None
        due = timer.next()
        if due is None or due > now:
            self._failures = 0
            return
        log.warning("still due after it was woken", due=due.isoformat(), attempt=self._failures + 1)
        self._hold_longer()

    def _failed(self, failure: Exception) -> None:
        log.error("bug in a timer", attempt=self._failures + 1, exception=raised_at(failure))
        self._hold_longer()

    def _hold_longer(self) -> None:
        self._hold(_PAUSES[min(self._failures, len(_PAUSES) - 1)])
        self._failures += 1

    def _hold(self, pause: timedelta) -> None:
        if self._bus.is_lockstep:
            self._not_before = self._bus.now() + pause
        else:
            self._resumes = monotonic() + pause.total_seconds()
