"""Runs one agent: connects, waits for the clock, completes the views, hears, handles, answers, and stops cleanly.

`run(AGENT, build)` is all an agent's `__main__` needs. SIGTERM or SIGINT: what is in hand is finished (at most 8 s), the rest
goes back to the server at once, everything written is flushed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
import uvloop

from bus.agent import Agent, Wiring
from bus.bus import Bus
from bus.clock import monotonic
from bus.connection import close, connect
from bus.consumer import IN_PROGRESS, Consumer, Place, nak
from bus.errors import AskFailed
from bus.inbox import Held, Inbox
from bus.lockstep import LockStep
from bus.logs import configure
from bus.service import serve
from bus.settings import Settings
from bus.steps import die_at, pass_by
from bus.worker import Worker, nak_later
from contracts.asks import Retried, Step, Stepped, retry_of, step_of
from contracts.dead import DeadLetter
from contracts.subject import Ask

_FINISH = 8.0
"""Seconds a stopping agent may take for what is in hand; containers give 10."""

log = structlog.get_logger("bus")

Build = Callable[[Bus], Awaitable[Wiring]]


def run(agent: Agent, build: Build, environment: Mapping[str, str] = os.environ) -> None:
    """Runs the agent until it is told to stop. Exits 0 then, 1 when its connection is gone for good, 2 for bad settings."""
    try:
        settings = Settings.from_environment(environment)
    except ValueError as failure:
        sys.exit(f"{agent.name}: {failure}")
    configure(settings.log, agent=agent.name)
    uvloop.run(serve_until_stopped(agent, build, settings))


async def serve_until_stopped(agent: Agent, build: Build, settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with Running(agent, build, settings, stop) as running:
        await running.until_stopped()


@dataclass
class Stats:
    """What an agent tells of itself in its micro STATS."""

    ends: Mapping[str, int]
    held: int
    view_lag_ms: list[float]

    def told(self) -> dict[str, Any]:
        return {"ends": dict(self.ends), "held": self.held, "view_lag_ms": self.view_lag_ms, "pid": os.getpid()}


class Running:
    """A running agent, as an async context: started on entry, cleanly stopped on exit."""

    def __init__(self, agent: Agent, build: Build, settings: Settings, stop: asyncio.Event) -> None:
        self._agent = agent
        self._build = build
        self._settings = settings
        self._stop = stop
        self._tasks: list[asyncio.Task[None]] = []
        self._one_step = asyncio.Lock()
        self._failed = False

    async def __aenter__(self) -> "Running":
        agent, settings = self._agent, self._settings
        at = die_at(*settings.die_at) if settings.die_at else pass_by
        self._nc = await connect(
            settings.nats_url, name=agent.name, on_closed=self._stop.set, on_reconnect=self._reconnected
        )
        self._bus = Bus(self._nc, source=agent.name, at=at)
        self._inbox = Inbox()
        self._consumers: list[Consumer] = []
        self._wiring = await self._build(self._bus)
        self._handlers = {s.pattern.split(".{", 1)[0]: h for s, h in self._wiring.handlers.items()}
        await self._bus.start_views()
        self._lockstep = LockStep(self._bus, self._inbox, self._consumers, agent.group)
        self._worker = Worker(self._bus, self._nc, agent.name, agent.hears, self._later)
        self._tasks.append(asyncio.create_task(self._or_fail(self._begin())))
        return self

    async def _begin(self) -> None:
        """Waits for its turn, then hears and answers."""
        await self._wiring.ready()
        self._tasks.append(asyncio.create_task(self._or_fail(self._wiring.beside())))
        for stream, filters in self._agent.streams.items():
            consumer = Consumer(
                self._nc,
                stream,
                self._agent.name,
                filters,
                hear=self._hear,
                held=lambda: len(self._inbox),
                prefetch=4 * self._agent.group,
                ack_wait=self._settings.ack_wait,
            )
            await consumer.open()
            self._consumers.append(consumer)
        answers: dict[Ask[Any, Any], Any] = {
            **self._wiring.answers,
            step_of(self._agent.name): self._answer_step,
            retry_of(self._agent.name): self._answer_retry,
        }
        await serve(self._nc, self._agent, answers, stats=self._stats, stand_down=self._fail)
        self._tasks.append(asyncio.create_task(self._or_fail(self._keep_leases())))
        log.info("ready", lockstep=self._is_lockstep)
        await self._work()

    async def _or_fail(self, work: Awaitable[None]) -> None:
        """A failure of the agent's own ends the process, and its supervisor starts it anew."""
        try:
            await work
        except asyncio.CancelledError:
            raise
        except BaseException as end:
            log.exception("ended by an error")
            self._fail(end)

    def _fail(self, _end: BaseException) -> None:
        self._failed = True
        self._stop.set()

    @property
    def _is_lockstep(self) -> bool:
        return self._bus.tick.speed == 0

    def _reconnected(self) -> None:
        self._bus.follow_anew()

    async def until_stopped(self) -> None:
        await self._stop.wait()

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        self._inbox.wake()
        self._bus.wake()
        for consumer in self._consumers:
            await consumer.pause()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=_FINISH)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if not self._nc.is_closed:
            for held in [*self._inbox.all(), *self._lockstep.waiting()]:
                await self._nc.publish(held.msg.reply, nak(timedelta(0)))
            for consumer in self._consumers:
                await consumer.close()
            await self._wiring.close()
            await self._bus.stop_views()
            await close(self._nc)
            log.info("stopped")
        else:
            self._failed = True
        if self._failed:
            raise SystemExit(1)

    # Hearing.

    def _hear(self, msg: Any) -> None:
        prefix = msg.subject
        while prefix not in self._handlers:
            prefix = prefix.rpartition(".")[0]
            if not prefix:
                log.error("no handler", subject=msg.subject)
                return
        self._inbox.put(Held(msg, Place.of(msg), self._handlers[prefix], monotonic()))

    async def _work(self) -> None:
        while not self._stop.is_set():
            if self._is_lockstep:
                for consumer in self._consumers:
                    await consumer.pause()
                await self._bus.clock_until(lambda tick: tick.speed != 0 or self._stop.is_set())
                continue
            for consumer in self._consumers:
                await consumer.flow()
            await self._inbox.arrival()
            group = self._inbox.take(self._agent.group)
            if group and not self._stop.is_set():
                await self._worker.handle(group)
            else:
                for held in group:
                    self._inbox.put(held)

    async def _later(self, held: Held, after: timedelta) -> None:
        if self._is_lockstep:
            await self._lockstep.later(held, after)
        else:
            await nak_later(self._nc, held, after)

    async def _keep_leases(self) -> None:
        third = self._settings.ack_wait.total_seconds() / 3
        while True:
            await asyncio.sleep(third / 2)
            now = monotonic()
            for held in [*self._inbox.all(), *self._worker.in_hand, *self._lockstep.waiting()]:
                if now - held.since > third:
                    held.since = now
                    await self._nc.publish(held.msg.reply, IN_PROGRESS)

    # Answering.

    async def _answer_step(self, step: Step) -> Stepped:
        async with self._one_step:
            return await self._lockstep.step(step, self._worker, self._clock_is)

    async def _clock_is(self, now: datetime) -> None:
        await self._bus.clock_until(lambda tick: tick.speed == 0 and tick.now >= now)

    async def _answer_retry(self, letter: DeadLetter) -> Retried:
        """Handles a dead letter's message once more, out of turn."""
        prefix = next((p for p in self._handlers if letter.subject.startswith(p + ".")), None)
        if prefix is None:
            raise AskFailed(404, f"{self._agent.name} no longer hears {letter.subject}")
        return await self._worker.once_more(letter, self._handlers[prefix])

    def _stats(self) -> Any:
        lags = sorted(d for view in self._bus.views for d in view.delays)
        picked = [round(1000 * lags[min(int(len(lags) * q), len(lags) - 1)], 3) for q in (0.5, 0.99)] if lags else []
        return Stats(self._worker.ends, len(self._inbox), picked).told()
