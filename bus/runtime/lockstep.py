"""Lock-step: the agent acts only when the conductor says so, and answers when it has done everything there was to do.

A step brings the agent's views and consumers up to the named stream sequences and handles what came in stream order. A
message to be retried later waits here until the event time it asked for. Its lease is kept, so a crash loses nothing. After
the messages the agent's timer is due: what has been heard by then comes before it. A paused agent takes nothing.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from bus.runtime.bus import Bus
from bus.runtime.inbox import Inbox
from bus.runtime.leases import Leased, Leases
from bus.runtime.timekeeper import Timekeeper
from bus.runtime.worker import Worker
from bus.wire.api import last_sequence
from bus.wire.consumer import Consumer
from contracts.asks import Step, Stepped


class LockStep:
    """`writes`: the streams that the agent writes to."""

    def __init__(
        self,
        bus: Bus,
        *,
        inbox: Inbox,
        leases: Leases,
        consumers: Sequence[Consumer],
        timekeeper: Timekeeper,
        writes: Collection[str],
        group: int,
    ) -> None:
        self._bus = bus
        self._inbox = inbox
        self._leases = leases
        self._consumers = consumers
        self._timekeeper = timekeeper
        self._writes = sorted(writes)
        self._group = group
        self._waiting: list[tuple[datetime, Leased]] = []
        self._written: dict[str, int] = {}
        self._asked: Step | None = None
        self._handled = 0

    def later(self, leased: Leased, after: timedelta) -> None:
        """Handles the message in the first step whose `now` is at least `after` (event time) from now."""
        self._waiting.append((self._bus.now() + after, leased))

    def release(self) -> list[Leased]:
        """Hands over what waits, when the lock-step is over."""
        waiting, self._waiting = self._waiting, []
        return [leased for _, leased in waiting]

    async def step(self, step: Step, worker: Worker, clock_is: Callable[[datetime], Awaitable[None]]) -> Stepped:
        """Does one step. Asked again because its answer was lost, it gives the same answer."""
        await clock_is(step.now)
        if not self._written:  # an earlier process of this agent may have written and died before it answered
            self._written = {stream: await last_sequence(self._bus.nc, stream) for stream in self._writes}
        await self._bus.reach(step.upto)
        if (pause := self._bus.pause) is not None:
            self._written |= self._bus.written
            return Stepped(handled=0, written=dict(self._written), wake_at=pause.until)
        for consumer in self._consumers:
            stream = consumer.stream
            if stream in step.upto:
                await consumer.receive_up_to(step.upto[stream], held=partial(self._leases.of_stream, stream))
        await worker.finish()
        due = self._due(step)
        if step != self._asked:
            self._asked, self._handled = step, 0
        self._handled += len(due)
        while due:
            handler = due[0].route.handler
            same = next((i for i, leased in enumerate(due) if leased.route.handler is not handler), len(due))
            group, due = due[: min(same, self._group)], due[min(same, self._group) :]
            await worker.handle(group)
        self._handled += await self._timekeeper.step(step.now)
        self._written |= self._bus.written
        wakes = [at for at, _ in self._waiting]
        wake_at = min([*wakes, at] if (at := self._timekeeper.wakes_at) else wakes, default=None)
        return Stepped(handled=self._handled, written=dict(self._written), wake_at=wake_at)

    def _due(self, step: Step) -> list[Leased]:
        """In stream order, whatever the order of arrival."""
        due = self._inbox.take_if(lambda leased: leased.metadata.sequence <= step.upto.get(leased.metadata.stream, 0))
        due += [leased for at, leased in self._waiting if at <= step.now]
        self._waiting = [(at, leased) for at, leased in self._waiting if at > step.now]
        return sorted(due, key=lambda leased: (leased.metadata.stream, leased.metadata.sequence))
