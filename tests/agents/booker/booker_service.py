"""A booker on a real server, which gets its plans from the test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Struct

from agents.booker.adapters import Ledger
from agents.booker.agent import Booker
from agents.booker.domain import SaleRules
from agents.booker.lease import Lease
from bus import Bus, Commit, Delivery, Write
from bus.admin.provision import set_clock
from bus.clock import monotonic, wall
from bus.tasks import cancel
from contracts.clock import Clock
from contracts.ledger import ACTIVE_BOOKER, BOOKING, SEAT_LEDGER, ActiveBooker, Booking
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.reservations import RESERVATION_STATUS, ReservationStatus
from contracts.rules import Rules
from contracts.subject import Subject
from policy.reaccommodation import RuleFiles
from tests.agents.booker.booker_world import NOW, Ledgers

M = TypeVar("M", bound=Struct)


@dataclass(frozen=True)
class Desk:
    """The active booker and its ledger."""

    bus: Bus
    booker: Booker
    term: int
    """The LEDGER sequence at which it became active."""

    async def hear(self, *plans: PlanProposed, first: int = 1) -> None:
        """Have it handle these plans as one group, with sequences in PLANS from `first` on."""
        await self.booker.hear_plans(
            [_delivery(PLAN_PROPOSED, plan, plan.id, first + i) for i, plan in enumerate(plans)]
        )

    async def hear_reservations(self, *statuses: ReservationStatus) -> None:
        """Have it handle these statuses as one group."""
        await self.booker.reservations.hear(
            [_delivery(RESERVATION_STATUS, status, f"status-{at}", 1 + at) for at, status in enumerate(statuses)]
        )

    async def booking(self, pnr: Pnr) -> tuple[Booking, int]:
        key = BOOKING.key(pnr=pnr)
        entry = (await self.bus.load([key]))[key]
        assert entry is not None
        return entry.message, entry.revision

    async def lease(self) -> ActiveBooker:
        key = ACTIVE_BOOKER.key()
        entry = (await self.bus.load([key]))[key]
        assert entry is not None
        return entry.message


async def wrote(bus: Bus, ledgers: Ledgers, bookings: Sequence[Booking]) -> None:
    """Write a ledger with these, and set the clock to `NOW`."""
    await set_clock(bus.nc, Clock(now=NOW, at=wall(), speed=1))
    await bus.wait_for_tick(lambda tick: tick.now == NOW)
    states = [Write(SEAT_LEDGER.of(ledger), 0) for ledger in ledgers.values()]
    await bus.commit(Commit(states=[*states, *(Write(BOOKING.of(booking), 0) for booking in bookings)]))


def lease_of(bus: Bus, holder: str, wall: Callable[[], datetime] = wall) -> Lease:
    """A lease of one second."""
    length, renew = timedelta(seconds=1), timedelta(seconds=0.1)
    return Lease(bus, holder=holder, length=length, renew=renew, wall=wall, monotonic=monotonic)


@asynccontextmanager
async def active(bus: Bus, *, holder: str = "one") -> AsyncIterator[Desk]:
    """A booker that is active until the block ends."""
    lease = lease_of(bus, holder)
    await lease.acquire()
    term = bus.written["LEDGER"]
    kept = asyncio.create_task(lease.keep())
    try:
        yield Desk(bus, Booker(bus, Ledger(bus, lease), lease, lambda: RuleFiles(Rules()), places=SaleRules()), term)
    finally:
        await cancel(kept)
        await lease.release()


def _delivery(subject: Subject[M], message: M, id_: str, sequence: int) -> Delivery[M]:
    addressed = subject.of(message)
    return Delivery(
        message=message,
        subject=addressed.name,
        stream=addressed.stream,
        sequence=sequence,
        settled=sequence,
        id=id_,
        trace="",
        stored_at=NOW,
    )
