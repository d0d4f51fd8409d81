"""Messages delivered and not yet handled, per handler, in the order they came."""

import asyncio
from collections import deque
from collections.abc import Callable

from bus.agent import Handler
from bus.runtime.leases import Leased


class Inbox:
    def __init__(self) -> None:
        self._waiting: dict[Handler, deque[Leased]] = {}
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._waiting.values())

    def put(self, held: Leased) -> None:
        self._waiting.setdefault(held.route.handler, deque()).append(held)
        self._arrived.set()

    def wake(self) -> None:
        self._arrived.set()

    async def arrival(self) -> None:
        """Returns when there is something to take, or `wake` was called."""
        if not len(self):
            self._arrived.clear()
            await self._arrived.wait()

    def take(self, most: int) -> list[Leased]:
        """Up to `most` messages of one handler: the one whose first message has waited longest."""
        ready = [queue for queue in self._waiting.values() if queue]
        if not ready:
            return []
        queue = min(ready, key=lambda q: q[0].since)
        return [queue.popleft() for _ in range(min(most, len(queue)))]

    def take_if(self, wanted: Callable[[Leased], bool]) -> list[Leased]:
        """All for which `wanted` is true, each handler's in order."""
        taken: list[Leased] = []
        for queue in self._waiting.values():
            taken += [held for held in queue if wanted(held)]
            rest = [held for held in queue if not wanted(held)]
            queue.clear()
            queue.extend(rest)
        return taken
