"""Does at one go what many ask for at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Together(Generic[T, R]):
    """`work` is done for all who have asked by the time it begins, and for those who ask meanwhile once it has ended. It has a
    result for each, in order."""

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._work = work
        self._asked: list[tuple[T, asyncio.Future[R]]] = []
        self._at_work: asyncio.Task[None] | None = None

    async def __call__(self, item: T) -> R:
        """The result for this one. Raises what the work raises, as it does to all whose turn it was; whoever gives up waiting
        stops nothing."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._asked.append((item, done))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._asked:
                group, self._asked = self._asked, []
                await self._for([item for item, _ in group], [done for _, done in group])
        finally:
            self._at_work = None

    async def _for(self, items: Sequence[T], waiting: Sequence[asyncio.Future[R]]) -> None:
        try:
            results = await self._work(items)
        except Exception as failure:
            for done in waiting:
                if not done.done():
                    done.set_exception(failure)
        else:
            for done, result in zip(waiting, results, strict=True):
                if not done.done():
                    done.set_result(result)
