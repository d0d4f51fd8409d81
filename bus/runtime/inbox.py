"""Messages delivered and not yet in a handler, per handler, in delivery order."""

import asyncio
from collections import deque
from collections.abc import Callable

from bus.agent import Handler
from bus.runtime.leases import Leased


class Inbox:
    def __init__(self) -> None:
        self._queues: dict[Handler, deque[Leased]] = {}
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    def put(self, leased: Leased) -> None:
        self._queues.setdefault(leased.route.handler, deque()).append(leased)
        self._arrived.set()

    def holds(self, stream: str, upto: int) -> bool:
        """Whether a message of this stream, up to this sequence, is still to be handled."""
        return any(
            leased.metadata.stream == stream and leased.metadata.sequence <= upto
            for queue in self._queues.values()
            for leased in queue
        )

    def wake(self) -> None:
        """Makes `arrival` return."""
        self._arrived.set()

    async def arrival(self) -> None:
        """Returns when there is a message to take, or `wake` was called."""
        if not len(self):
            self._arrived.clear()
            await self._arrived.wait()

    def take(self, most: int) -> list[Leased]:
        """Up to `most` messages of one handler: the handler whose first message has waited longest."""
        ready = [queue for queue in self._queues.values() if queue]
        if not ready:
            return []
        queue = min(ready, key=lambda q: q[0].since)
        return [queue.popleft() for _ in range(min(most, len(queue)))]

    def take_if(self, predicate: Callable[[Leased], bool]) -> list[Leased]:
        """All messages for which `predicate` is true, those of each handler in order."""
        taken: list[Leased] = []
        for queue in self._queues.values():
            taken += [leased for leased in queue if predicate(leased)]
            left = [leased for leased in queue if not predicate(leased)]
            queue.clear()
            queue.extend(left)
        return taken
