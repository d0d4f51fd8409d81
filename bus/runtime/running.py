"""A running agent: it waits for its streams, the clock and its turn, then hears, handles and answers, and stops cleanly.

Agents may be started in any order, before the streams exist too: each waits for what it needs and says so every few seconds.
Told to stop, it finishes what is in hand, gives everything else back to the server at once, and flushes what it wrote.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from nats.aio.msg import Msg

from bus.access.keys import key_in
from bus.agent import Agent, Handlers
from bus.clock import monotonic
from bus.errors import AskFailed, Unavailable, Unsuitable
from bus.failpoints import declared_only, kill_at, no_failpoint
from bus.logs import get_logger
from bus.runtime.bounds import Bounds
from bus.runtime.bus import Bus
from bus.runtime.inbox import Inbox
from bus.runtime.leases import Leased, Leases, nak
from bus.runtime.lockstep import LockStep
from bus.runtime.routes import Routes
from bus.runtime.service import Service
from bus.runtime.stats import collect_stats
from bus.runtime.worker import Worker
from bus.settings import Settings
from bus.tasks import cancel
from bus.wire.api import NOT_FOUND, ApiError
from bus.wire.connection import close, connect
from bus.wire.consumer import Consumer
from bus.wire.metadata import Metadata
from bus.wire.requirements import check_version
from contracts.asks import Retried, Step, Stepped, retry_of, step_of
from contracts.dead import DeadLetter
from contracts.subject import Ask

_FINISH = 5.0
"""Seconds a stopping agent may take for what is in hand; for everything the supervisor gives 7, a container 15."""
_CLOSE = 1.0
"""Seconds its own `close` may take."""
_SAY_EVERY = 5.0
"""Seconds between two log lines about the same wait."""

log = get_logger("bus")

T = TypeVar("T")
Build = Callable[[Bus], Awaitable[Handlers]]


class Running:
    """As an async context: its views are complete on entry, unless it was told to stop before, and it is cleanly stopped on
    exit. Raises `SystemExit` on entry if the server is unsuitable, and on exit when it failed."""

    def __init__(self, agent: Agent, build: Build, settings: Settings, stop: asyncio.Event) -> None:
        self._agent = agent
        self._build = build
        self._settings = settings
        self._stop = stop
        self._tasks: list[asyncio.Task[None]] = []
        self._consumers: list[Consumer] = []
        self._service: Service | None = None
        self._one_step = asyncio.Lock()
        self._started = False
        self._failed = False

    async def __aenter__(self) -> "Running":
        agent, settings = self._agent, self._settings
        nc = await self._unless_stopped(
            connect(
                settings.nats_url,
                name=agent.name,
                key=key_in(settings.keys, agent.name),
                on_closed=self._stop.set,
                on_reconnect=self._reconnected,
            )
        )
        if nc is None:
            return self
        try:
            check_version(nc)
        except Unsuitable as failure:
            log.error("unsuitable server", problem=str(failure))
            await close(nc)
            raise SystemExit(1) from failure
        self._nc = nc
        at = kill_at(*settings.kill_at) if settings.kill_at else no_failpoint
        self._bus = Bus(
            nc,
            source=agent.name,
            failpoint=declared_only(agent.failpoints, at),
            bounds=Bounds(agent),
            facts_last=settings.retention.facts,
        )
        try:
            self._wiring = await self._build(self._bus)
            self._routes = Routes(agent, self._wiring.handlers)
            self._inbox = Inbox()
            self._leases = Leases(nc, self._settings.ack_wait)
            self._worker = Worker(self._bus, self._leases, agent.name, self._later)
            self._lockstep = LockStep(
                self._bus,
                inbox=self._inbox,
                leases=self._leases,
                consumers=self._consumers,
                writes={subject.stream for subject in (*agent.says, *agent.keeps)},
                group=agent.group,
            )
            await self._unless_stopped(self._ready_to_look())
        except BaseException:
            await self._bus.stop_views()
            await close(nc)
            raise
        self._started = True
        self._tasks.append(asyncio.create_task(self._or_fail(self._begin)))
        return self

    # Starting.

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The work's result; None when it was told to stop before."""
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            await cancel(task, stopped)

    async def _ready_to_look(self) -> None:
        """Its views are complete, and the clock is set."""
        await _patiently(self._bus.start_views, "waits for the streams; `irops provision` makes them")
        while not self._bus.clock_is_set:
            try:
                await asyncio.wait_for(self._bus.wait_for_clock(), _SAY_EVERY)
            except TimeoutError:
                log.info("waits for the clock; `irops provision` sets it")

    async def _begin(self) -> None:
        """Waits for its turn, then hears and answers."""
        if self._stop.is_set():
            return
        await self._wiring.ready()
        self._tasks.append(asyncio.create_task(self._or_fail(self._wiring.background)))
        self._tasks.append(asyncio.create_task(self._or_fail(self._leases.keep)))
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
            await _patiently(consumer.open, f"waits for {stream}; `irops provision` makes it")
            self._consumers.append(consumer)
        answers: dict[Ask[Any, Any], Any] = {
            **self._wiring.answers,
            step_of(self._agent.name): self._answer_step,
            retry_of(self._agent.name): self._answer_retry,
        }
        stats = partial(collect_stats, self._worker, self._inbox, self._bus, self._wiring.stats)
        self._service = Service(self._nc, self._agent.name, answers, stats=stats, stand_down=self._fail)
        await self._service.start()
        log.info("ready", lockstep=self._bus.is_lockstep)
        await self._work()

    async def _or_fail(self, work: Callable[[], Awaitable[None]]) -> None:
        """A failure of the agent's own ends the process, and its supervisor starts it anew."""
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except BaseException as end:
            log.exception("ended by an error")
            self._fail(end)

    def _fail(self, _end: BaseException) -> None:
        self._failed = True
        self._stop.set()

    def _reconnected(self) -> None:
        self._bus.restart_views()
        for consumer in self._consumers:
            consumer.doubt()

    # Stopping.

    async def until_stopped(self) -> None:
        await self._stop.wait()

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        if not self._started:
            return
        self._inbox.wake()
        self._bus.wake()
        for consumer in self._consumers:
            await consumer.close()
        for held in self._inbox.take_if(lambda _: True):
            await self._hand_back(held)
        try:
            async with asyncio.timeout(_FINISH):
                if self._service:
                    await self._service.close()
                async with self._worker.turn:
                    pass  # nothing is in hand any more
        except TimeoutError:
            log.warning("stops with messages in hand", held=len(self._leases))
        await self._worker.stop()
        await cancel(*self._tasks)
        for held in self._leases:
            await self._hand_back(held)
        try:
            await asyncio.wait_for(self._wiring.close(), _CLOSE)
        except Exception as failure:
            log.warning("not closed in good order", problem=repr(failure))
        await self._bus.stop_views()
        self._failed = self._failed or self._nc.is_closed
        await close(self._nc)
        log.info("stopped")
        if self._failed:
            raise SystemExit(1)

    async def _hand_back(self, held: Leased) -> None:
        if not self._nc.is_closed:
            await self._leases.end(held, nak(timedelta(0)))

    # Hearing.

    def _hear(self, msg: Msg, place: Metadata) -> None:
        route = self._routes.of(msg.subject)
        if route is None:  # a replica of another version declared it
            log.error("no handler", stream=place.stream, sequence=place.sequence)
            return
        held = self._leases.take(msg, place, route)
        if held is not None:
            self._inbox.put(held)

    async def _work(self) -> None:
        while not self._stop.is_set():
            if self._bus.is_lockstep:
                for consumer in self._consumers:
                    consumer.pause()
                await self._bus.wait_for_tick(lambda tick: tick.speed != 0 or self._stop.is_set())
                for held in self._lockstep.release():
                    self._inbox.put(held)
                continue
            for consumer in self._consumers:
                await consumer.flow()
            await self._inbox.arrival()
            if self._stop.is_set() or self._bus.is_lockstep:
                continue
            group = self._inbox.take(self._agent.group)
            if group:
                await self._worker.handle(group)

    async def _later(self, held: Leased, after: timedelta) -> None:
        if self._bus.is_lockstep:
            self._lockstep.later(held, after)
        else:  # the server delivers it again, to whichever replica
            await self._leases.end(held, nak(after))

    # Answering.

    async def _answer_step(self, step: Step) -> Stepped:
        async with self._one_step:
            return await self._lockstep.step(step, self._worker, self._clock_is)

    async def _clock_is(self, now: datetime) -> None:
        await self._bus.wait_for_tick(lambda tick: tick.speed == 0 and tick.now >= now)

    async def _answer_retry(self, letter: DeadLetter) -> Retried:
        """Handles a dead letter's message once more, out of turn."""
        route = self._routes.of(letter.subject)
        if route is None:
            raise AskFailed(404, f"{self._agent.name} no longer hears {letter.subject}")
        return await self._worker.once_more(letter, route)


async def _patiently(work: Callable[[], Awaitable[None]], what: str) -> None:
    """Until it works: what it needs may not be there yet."""
    said_at = 0.0
    while True:
        try:
            return await work()
        except (ApiError, Unavailable) as failure:
            if isinstance(failure, ApiError) and failure.code not in NOT_FOUND:
                raise
            if monotonic() - said_at > _SAY_EVERY:
                said_at = monotonic()
                log.info(what, problem=str(failure))
        await asyncio.sleep(0.2)
