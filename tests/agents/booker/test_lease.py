"""The booker's lease, when wall clocks jump or disagree."""

import asyncio
from datetime import datetime, timedelta

from bus import Bus
from bus.clock import wall
from bus.tasks import cancel
from contracts.ledger import ACTIVE_BOOKER, ActiveBooker
from tests.agents.booker.booker_service import lease_of
from tests.support import eventually


class Clock:
    """A wall clock that can be set."""

    def __init__(self, by: timedelta = timedelta(0)) -> None:
        self.by = by

    def __call__(self) -> datetime:
        return wall() + self.by


async def seen(bus: Bus) -> tuple[ActiveBooker, int]:
    """The lease and its revision."""
    entry = (await bus.load([ACTIVE_BOOKER.key()]))[ACTIVE_BOOKER.key()]
    assert entry is not None
    return entry.message, entry.revision


async def test_a_clock_set_back_does_not_stop_renewals(bus: Bus) -> None:
    """Soon the lease ends by the clock as it is now."""
    clock = Clock()
    lease = lease_of(bus, "one", clock)
    await lease.acquire()
    kept = asyncio.create_task(lease.keep())
    try:
        clock.by = timedelta(hours=-1)

        async def renewed() -> bool:
            return (await seen(bus))[0].until < wall()

        await eventually(renewed, what="a lease by the new time")
    finally:
        await cancel(kept)


async def test_a_lease_without_renewals_is_over_whatever_its_end(bus: Bus) -> None:
    """Its holder died before the clock was set back by an hour: a standby waits for the lease's length, not for an hour."""
    await lease_of(bus, "dead", Clock(timedelta(hours=1))).acquire()
    standby = lease_of(bus, "standby")
    async with asyncio.timeout(10):
        await standby.acquire()
    assert (await seen(bus))[0].holder == "standby"


async def test_a_standby_with_a_slow_clock_does_not_take_over(bus: Bus) -> None:
    """Near or far the end of the lease may seem: what counts is that it is renewed."""
    active = lease_of(bus, "active", Clock(timedelta(minutes=1)))
    await active.acquire()
    kept = asyncio.create_task(active.keep())
    waits = asyncio.create_task(lease_of(bus, "standby").acquire())
    try:
        _, first = await seen(bus)

        async def renewed_for_twice_its_length() -> bool:
            return (await seen(bus))[1] >= first + 25

        await eventually(renewed_for_twice_its_length, what="many renewals", within=20)
        assert not waits.done()
    finally:
        await cancel(kept, waits)
