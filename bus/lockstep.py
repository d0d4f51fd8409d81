"""Lock-step: the agent acts only when the conductor says so, and answers when it has done everything there was to do.

It brings its views and consumers up to the named stream sequences and handles what came in stream order. A message to be
heard again later waits here until the event time it asked for; its lease is kept, so a crash loses none.
"""

import heapq
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bus.bus import Bus
from bus.consumer import Consumer
from bus.inbox import Held, Inbox
from bus.worker import Worker
from contracts.asks import Step, Stepped


class LockStep:
    def __init__(self, bus: Bus, inbox: Inbox, consumers: Sequence[Consumer], group: int) -> None:
        self._bus = bus
        self._inbox = inbox
        self._consumers = consumers
        self._group = group
        self._waiting: list[tuple[datetime, int, Held]] = []

    async def later(self, held: Held, after: timedelta) -> None:
        heapq.heappush(self._waiting, (self._bus.now() + after, held.place.sequence, held))

    def waiting(self) -> list[Held]:
        return [held for _, _, held in self._waiting]

    async def step(self, step: Step, worker: Worker, clock_is: Callable[[datetime], Awaitable[None]]) -> Stepped:
        await clock_is(step.now)
        before = dict(self._bus.written)
        await self._bus.reach(step.upto)
        for consumer in self._consumers:
            if consumer.stream in step.upto:
                await consumer.take_upto(step.upto[consumer.stream])
        due = self._inbox.take_if(lambda held: held.place.sequence <= step.upto.get(held.place.stream, 0))
        while self._waiting and self._waiting[0][0] <= step.now:
            due.append(heapq.heappop(self._waiting)[2])
        due.sort(key=lambda held: (held.place.stream, held.place.sequence))
        handled = len(due)
        while due:
            same = next((i for i, held in enumerate(due) if held.handler is not due[0].handler), len(due))
            group, due = due[: min(same, self._group)], due[min(same, self._group) :]
            await worker.handle(group)
        written = {stream: at for stream, at in self._bus.written.items() if before.get(stream) != at}
        return Stepped(handled=handled, written=written, wake_at=self._waiting[0][0] if self._waiting else None)
