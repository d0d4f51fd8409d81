"""What many ask for at the same time is done at one go."""

import asyncio
from collections.abc import Sequence

import pytest

from agents.planner.coalescer import Coalescer


class Work:
    """Doubles numbers, once it is let go."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go = asyncio.Event()
        self.begun = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.groups.append(list(numbers))
        self.begun.set()
        await self.go.wait()
        if 0 in numbers:
            raise ValueError("nothing to double")
        return [2 * number for number in numbers]


async def test_those_who_ask_at_the_same_time_are_one_group() -> None:
    """Each has its own result."""
    work = Work()
    work.go.set()
    coalesced = Coalescer(work)
    assert await asyncio.gather(*map(coalesced, (1, 2, 3))) == [2, 4, 6]
    assert work.groups == [[1, 2, 3]]


async def test_those_who_ask_meanwhile_are_the_next_group() -> None:
    """Nobody is left over."""
    work = Work()
    coalesced = Coalescer(work)
    first = asyncio.create_task(coalesced(1))
    await work.begun.wait()
    others = asyncio.gather(*map(coalesced, (2, 3)))
    work.go.set()
    assert (await first, await others) == (2, [4, 6])
    assert work.groups == [[1], [2, 3]]


async def test_a_failure_is_its_own_and_nobody_elses() -> None:
    """Of several each is done alone, then."""
    work = Work()
    work.go.set()
    coalesced = Coalescer(work)
    ends = await asyncio.gather(*map(coalesced, (0, 1)), return_exceptions=True)
    assert [str(end) for end in ends] == ["nothing to double", "2"]
    assert work.groups == [[0, 1], [0], [1]]


async def test_whoever_gives_up_waiting_stops_nothing() -> None:
    """The others have their results, and nothing is done for it that was not begun."""
    work = Work()
    coalesced = Coalescer(work)
    begun = asyncio.create_task(coalesced(1))
    await work.begun.wait()
    asked = asyncio.Event()

    async def asks(number: int) -> int:
        asked.set()
        return await coalesced(number)

    gives_up, waits = (asyncio.create_task(asks(number)) for number in (2, 3))
    await asked.wait()
    gives_up.cancel()
    work.go.set()
    assert (await begun, await waits) == (2, 6)
    assert work.groups == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await gives_up
