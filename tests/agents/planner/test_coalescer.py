"""Requests made at the same time are handled in one call."""

import asyncio
from collections.abc import Sequence

import pytest

from agents.planner.coalescer import Coalescer


class Work:
    """Doubles numbers, once `go` is set."""

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


async def test_items_submitted_at_the_same_time_are_one_group() -> None:
    """Each call gets its own result."""
    work = Work()
    work.go.set()
    coalesced = Coalescer(work)
    assert await asyncio.gather(*map(coalesced, (1, 2, 3))) == [2, 4, 6]
    assert work.groups == [[1, 2, 3]]


async def test_items_submitted_while_it_works_are_the_next_group() -> None:
    """No item is left over."""
    work = Work()
    coalesced = Coalescer(work)
    first = asyncio.create_task(coalesced(1))
    await work.begun.wait()
    others = asyncio.gather(*map(coalesced, (2, 3)))
    work.go.set()
    assert (await first, await others) == (2, [4, 6])
    assert work.groups == [[1], [2, 3]]


async def test_a_failure_is_raised_only_for_the_item_that_causes_it() -> None:
    """A failed group is repeated item by item."""
    work = Work()
    work.go.set()
    coalesced = Coalescer(work)
    ends = await asyncio.gather(*map(coalesced, (0, 1)), return_exceptions=True)
    assert [str(end) for end in ends] == ["nothing to double", "2"]
    assert work.groups == [[0, 1], [0], [1]]


async def test_a_cancelled_call_stops_no_other() -> None:
    """The others get their results, and no work is started for the cancelled item."""
    work = Work()
    coalesced = Coalescer(work)
    begun = asyncio.create_task(coalesced(1))
    await work.begun.wait()
    submitted = asyncio.Event()

    async def submits(number: int) -> int:
        submitted.set()
        return await coalesced(number)

    cancelled, waits = (asyncio.create_task(submits(number)) for number in (2, 3))
    await submitted.wait()
    cancelled.cancel()
    work.go.set()
    assert (await begun, await waits) == (2, 6)
    assert work.groups == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await cancelled
