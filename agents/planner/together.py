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
        """The result for this one. Raises what the work raises for it; whoever gives up waiting stops nothing."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._asked.append((item, done))
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._asked:
                group, self._asked = self._asked, []
                await self._for([(item, done) for item, done in group if not done.done()])
        finally:
            self._at_work = None

    async def _for(self, group: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        """Where it fails for several, it is done for each alone: the fault may be in one of them."""
        try:
            results = await self._work([item for item, _ in group]) if group else []
        except Exception as failure:
            if len(group) > 1:
                for one in group:
                    await self._for([one])
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
