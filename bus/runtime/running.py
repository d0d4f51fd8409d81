"""A running agent: waits for its streams, the clock and its turn, then hears, handles and answers, and stops cleanly.

Agents may be started in any order, before the streams exist too: each waits for what it needs and names it every few seconds. A
stopping agent finishes what is in its handlers, returns everything else to the server at once, and flushes what it wrote.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from nats.aio.msg import Msg

from bus.agent import Agent, Answer, Handlers
from bus.errors import AskFailed, NotAShadow, Unsuitable
from bus.failpoints import declared_only, kill_at, no_failpoint
from bus.logs import get_logger
from bus.runtime.bus import Bus
from bus.runtime.declaration import DeclarationCheck, check_handlers
from bus.runtime.inbox import Inbox
from bus.runtime.leases import Leased, Leases, nak
from bus.runtime.lockstep import LockStep
from bus.runtime.routes import Routes
from bus.runtime.service import Service
from bus.runtime.stats import collect_stats
from bus.runtime.store_check import StoreCheck
from bus.runtime.timekeeper import Timekeeper
from bus.runtime.waiting import LOG_EVERY, until_it_exists, until_it_works
from bus.runtime.worker import Worker
from bus.settings import Settings
from bus.tasks import cancel
from bus.wire.connection import close, connect
from bus.wire.consumer import Consumer
from bus.wire.metadata import Metadata
from bus.wire.requirements import check_version
from contracts.asks import Retried, Step, Stepped, retry_of, step_of
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.subject import Ask

_FINISH = 5.0
"""Seconds that a stopping agent may take for what is in its handlers; for everything the supervisor allows 7, a container
15."""
_GIVEN_BACK = timedelta(seconds=1)
"""When a message comes again that a paused agent had requested before."""
_LOOK_AGAIN = 10.0
"""Seconds after which a paused agent looks at the time in any case: wall clocks are set."""
_CLOSE = 1.0
"""Seconds that the agent's own `close` may take."""

log = get_logger("bus")

T = TypeVar("T")
Build = Callable[[Bus], Awaitable[Handlers]]


class Running:
    """An async context. On entry the agent's views are complete, unless it was stopped before; on exit it is cleanly stopped.
    Raises `SystemExit` on entry if the server is unsuitable, and on exit when the agent failed; `Misdeclared`, `NotAShadow` on
    entry."""

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
                settings.endpoint(agent.name),
                name=agent.name,
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
        failpoint = kill_at(*settings.kill_at) if settings.kill_at else no_failpoint
        self._bus = Bus(
            nc,
            source=agent.name,
            failpoint=declared_only(agent.failpoints, failpoint),
            declaration=DeclarationCheck(agent),
            facts_last=settings.retention.facts,
            sampled=settings.sampled,
        )
        try:
            self._handlers = await self._build(self._bus)
            check_handlers(agent, self._handlers)
            self._routes = Routes(self._handlers.handlers)
            self._inbox = Inbox()
            self._bus.on_pause = self._inbox.wake
            self._leases = Leases(nc, self._settings.ack_wait)
            self._worker = Worker(self._bus, self._leases, agent.name, self._later)
            self._timekeeper = Timekeeper(
                self._bus,
                self._handlers.wakes,
                consumers=self._consumers,
                inbox=self._inbox,
                busy=self._worker.busy,
            )
            self._lockstep = LockStep(
                self._bus,
                inbox=self._inbox,
                leases=self._leases,
                consumers=self._consumers,
                timekeeper=self._timekeeper,
                writes={subject.stream for subject in (*agent.says, *agent.keeps)},
                group=agent.group,
            )
            self._store_check = StoreCheck(
                nc, [stream for stream in agent.needs if stream != DEAD_LETTER.stream], seen=self._seen
            )
            await self._unless_stopped(self._complete_views())
            self._check_autonomy()
        except BaseException:
            await self._bus.stop_views()
            await close(nc)
            raise
        self._started = True
        self._tasks.append(asyncio.create_task(self._or_fail(self._begin)))
        return self

    # Starting.

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of `work`; None when the agent was stopped before."""
        task = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            await cancel(task, stopped)

    async def _complete_views(self) -> None:
        """Returns when every stream exists, the views are complete and the clock is set."""
        async with asyncio.TaskGroup() as group:
            for stream in self._agent.needs:
                group.create_task(until_it_exists(self._nc, stream, agent=self._agent.name))
        await until_it_works(self._bus.start_views, stream=", ".join(self._agent.needs))
        while not self._bus.clock_is_set:
            try:
                await asyncio.wait_for(self._bus.wait_for_clock(), LOG_EVERY)
            except TimeoutError:
                log.warning("waiting for the clock", hint="run `irops provision`, which sets it")

    def _check_autonomy(self) -> None:
        """Raises `NotAShadow` where the agent may run in a shadow alone, and the system is none."""
        if self._settings.autonomy == "shadow" and self._bus.clock_is_set and self._bus.shadow is None:
            raise NotAShadow(
                "IROPS_AUTONOMY is shadow, and the system is none: is NATS_URL that of the live one? "
                "`irops provision --shadow` makes an empty system a shadow"
            )

    async def _begin(self) -> None:
        """Waits for the agent's turn, then hears and answers."""
        if self._stop.is_set():
            return
        await self._check_store()
        await self._handlers.ready()
        self._tasks.append(asyncio.create_task(self._or_fail(self._handlers.background)))
        self._tasks.append(asyncio.create_task(self._or_fail(self._leases.renew)))
        for stream, filters in self._agent.streams.items():
            consumer = Consumer(
                self._nc,
                stream,
                self._agent.name,
                filters,
                on_message=self._hear,
                queued=lambda: len(self._inbox),
                prefetch=4 * self._agent.group,
                ack_wait=self._settings.ack_wait,
            )
            await until_it_works(consumer.open, stream=stream)
            self._consumers.append(consumer)
        self._service = self._build_service()
        await self._service.start()
        self._tasks.append(asyncio.create_task(self._or_fail(partial(self._timekeeper.keep, self._stop.is_set))))
        log.info("ready", lockstep=self._bus.is_lockstep)
        await self._work()

    def _build_service(self) -> Service:
        answers: dict[Ask[Any, Any], Any] = {
            **{ask: self._noting_change(answer) for ask, answer in self._handlers.answers.items()},
            step_of(self._agent.name): self._answer_step,
            retry_of(self._agent.name): self._answer_retry,
        }
        return Service(
            self._nc,
            self._agent.name,
            answers,
            envelope=self._bus.envelope,
            metadata=self._agent.metadata,
            paused=self._paused,
            stats=partial(collect_stats, self._worker, self._inbox, self._bus, self._timekeeper, self._handlers.stats),
            on_stand_down=self._fail,
        )

    def _paused(self) -> str:
        """Why the agent takes no work, in words; empty if it does."""
        pause = self._bus.pause
        return f"since {pause.since:%Y-%m-%d %H:%M} UTC by {pause.by}: {pause.why}" if pause else ""

    async def _or_fail(self, work: Callable[[], Awaitable[None]]) -> None:
        """A failure of the agent itself ends the process; its supervisor restarts it."""
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except BaseException as failure:
            log.exception("ended by an error")
            self._fail(failure)

    def _fail(self, _failure: BaseException) -> None:
        self._failed = True
        self._stop.set()

    def _reconnected(self) -> None:
        self._bus.restart_views()
        for consumer in self._consumers:
            consumer.verify()
        self._tasks.append(asyncio.create_task(self._or_fail(self._check_store)))

    async def _check_store(self) -> None:
        """Ends the process where the streams are not those that it has seen."""
        if why := await self._store_check.changed():
            log.error("the store is not the one seen before: starting again from what is there", why=why)
            self._failed = True
            self._stop.set()

    def _seen(self, stream: str) -> int:
        followed = [mirror.sequence for mirror in self._bus.mirrors if mirror.stream == stream]
        heard = [consumer.received for consumer in self._consumers if consumer.stream == stream]
        return max([self._bus.written.get(stream, 0), *followed, *heard])

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
        for leased in self._inbox.take_if(lambda _: True):
            await self._return(leased)
        try:
            async with asyncio.timeout(_FINISH):
                if self._service:
                    await self._service.close()
                async with self._worker.busy:
                    pass  # no group is in a handler any more
        except TimeoutError:
            log.warning("stopping with messages in handlers", leased=len(self._leases))
        await self._worker.stop()
        await cancel(*self._tasks)
        for leased in self._leases:
            await self._return(leased)
        try:
            await asyncio.wait_for(self._handlers.close(), _CLOSE)
        except Exception as failure:
            log.warning("close failed", problem=repr(failure))
        await self._bus.stop_views()
        self._failed = self._failed or self._nc.is_closed
        await close(self._nc)
        log.info("stopped")
        if self._failed:
            raise SystemExit(1)

    async def _return(self, leased: Leased) -> None:
        """Gives the message back to the server, for another replica or a later process."""
        if not self._nc.is_closed:
            await self._leases.end(leased, nak(timedelta(0)))

    # Hearing.

    def _hear(self, msg: Msg, metadata: Metadata) -> None:
        route = self._routes.of(msg.subject)
        if route is None:  # declared by a replica of another version
            log.error("no handler", stream=metadata.stream, sequence=metadata.sequence)
            return
        leased = self._leases.take(msg, metadata, route)
        if leased is not None:
            self._inbox.put(leased)

    async def _work(self) -> None:
        while not self._stop.is_set():
            if self._bus.is_lockstep:
                for consumer in self._consumers:
                    consumer.pause()
                await self._bus.wait_for_tick(lambda tick: tick.speed != 0 or self._stop.is_set())
                for leased in self._lockstep.release():
                    self._inbox.put(leased)
                continue
            if self._bus.pause is not None:
                await self._rest()
                continue
            for consumer in self._consumers:
                await consumer.resume()
            await self._inbox.arrival()
            if self._stop.is_set() or self._bus.is_lockstep or self._bus.pause is not None:
                continue
            group = self._inbox.take(self._agent.group)
            if group:
                await self._worker.handle(group)

    async def _rest(self) -> None:
        """The agent is paused: take nothing, and give back what still arrives, until the pause may have ended."""
        log.info("paused")
        for consumer in self._consumers:
            consumer.pause()
        while not self._stop.is_set() and not self._bus.is_lockstep and (pause := self._bus.pause) is not None:
            for leased in self._inbox.take_if(lambda _: True):
                await self._leases.end(leased, nak(_GIVEN_BACK))
            left = self._bus.seconds_until(pause.until) if pause.until else _LOOK_AGAIN
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(left, 0.001), _LOOK_AGAIN)):
                    await self._inbox.arrival()
        log.info("resumed")

    async def _later(self, leased: Leased, after: timedelta) -> None:
        if self._bus.is_lockstep:
            self._lockstep.later(leased, after)
        else:  # the server delivers it again, to any replica
            await self._leases.end(leased, nak(after))

    # Answering.

    def _noting_change(self, answer: Answer) -> Answer:
        async def answered(question: Any) -> Any:
            try:
                return await answer(question)
            finally:
                self._bus.changed.set()

        return answered

    async def _answer_step(self, step: Step) -> Stepped:
        async with self._one_step:
            return await self._lockstep.step(step, self._worker, self._clock_is)

    async def _clock_is(self, now: datetime) -> None:
        await self._bus.wait_for_tick(lambda tick: tick.speed == 0 and tick.now >= now)

    async def _answer_retry(self, letter: DeadLetter) -> Retried:
        """Handles a dead letter's message again, out of order."""
        route = self._routes.of(letter.subject)
        if route is None:
            raise AskFailed(404, f"{self._agent.name} no longer hears {letter.subject}")
        return await self._worker.retry_letter(letter, route)
