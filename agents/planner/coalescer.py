"""One call for many requests that are made at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Coalescer(Generic[T, R]):
    """Calls `work` with all items submitted by the time it starts, and again with those submitted while it ran.

    `work` returns one result per item, in order.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._work = work
        self._submitted: list[tuple[T, asyncio.Future[R]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """The result for this item. Raises what `work` raises for it. Cancelling the call does not cancel the work."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._submitted.append((item, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._submitted:
                group, self._submitted = self._submitted, []
                await self._work_on([(item, done) for item, done in group if not done.done()])
        finally:
            self._running = None

    async def _work_on(self, group: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        """After a failure with several items, work on each alone: the fault may be in one of them."""
        try:
            results = await self._work([item for item, _ in group]) if group else []
        except Exception as failure:
            if len(group) > 1:
                for one in group:
                    await self._work_on([one])
            elif not (done := group[0][1]).done():
                done.set_exception(failure)
        except BaseException:
            for _, done in group:
                done.cancel()
            raise
        else:
            for (_, done), result in zip(group, results, strict=True):
                if not done.done():
                    done.set_result(result)
