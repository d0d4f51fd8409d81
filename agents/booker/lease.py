"""One active booker: the holder of `ledger.active`.

Every commit writes the lease at the revision this booker wrote it last. So nobody can have committed in between, which makes
what the active booker remembers of the ledger exact, and a booker that was taken over (paused for longer than the lease)
can't write another word: its next commit conflicts, it finds another's name on the lease, and stands down.

A lease has run out when the wall clock says so, or when it has not been renewed for its length while a standby looked on: wall
clocks are set back, and no two machines' agree.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bus import Bus, Commit, Conflict, StandDown, Unavailable, Write
from bus.logs import get_logger
from contracts.ledger import ACTIVE_BOOKER, ActiveBooker
from contracts.subject import Addressed

log = get_logger("booker")

_LOOK = 0.2
"""Seconds between a standby's looks at a lease that may have run out."""


class Lease:
    """`wall` reads the wall clock, for leases run out in replays as they do in life; `monotonic` seconds on a clock that never
    jumps."""

    def __init__(
        self,
        bus: Bus,
        *,
        holder: str,
        length: timedelta,
        renew: timedelta,
        wall: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._bus = bus
        self._holder = holder
        self._length = length
        self._renew = renew
        self._wall = wall
        self._monotonic = monotonic
        self._key = ACTIVE_BOOKER.key()
        self._revision = 0
        self._renewed_at: float | None = None
        self._plans_heard = 0
        self.since = 0
        """The LEDGER sequence at which this booker became active: what it remembers begins here."""
        self.turn = asyncio.Lock()
        """Held by whoever commits: one batch at a time."""

    async def acquire(self) -> None:
        """Returns when this booker is the active one."""
        seen, seen_at = 0, self._monotonic()
        while True:
            entry = (await self._bus.load([self._key]))[self._key]
            if entry and entry.revision != seen:
                if not seen and entry.message.until > self._wall():
                    log.info("standing by", active=entry.message.holder)
                seen, seen_at = entry.revision, self._monotonic()
            silent = self._monotonic() - seen_at > self._length.total_seconds()
            if entry is None or silent or entry.message.until <= self._wall():
                try:
                    self._revision = entry.revision if entry else 0
                    self._plans_heard = entry.message.plans_heard if entry else 0
                    await self._write(self._wall() + self._length)
                    self.since = self._revision
                    log.info("active", holder=self._holder)
                    return
                except Conflict:
                    pass  # another standby was faster, or the active one was only slow
            await asyncio.sleep(_LOOK)

    def hears(self, upto: int) -> None:
        """Plans up to this PLANS sequence are being answered; the next renewal says that they have been.

        It is part of the commit with their answers, unless deciding them fails. Then it says it all the same: a plan that
        may never be answered must not keep its party, nor its seats, from other plans.
        """
        self._plans_heard = max(self._plans_heard, upto)

    def renewal(self) -> Write:
        """To be part of every commit."""
        self._renewed_at = self._monotonic()
        return Write(self._said(self._wall() + self._length), self._revision)

    def renewed(self, revisions: dict[str, int]) -> None:
        """After a commit that had the renewal in it."""
        self._revision = revisions[self._key.name]

    async def check(self) -> None:
        """After a conflict: returns if the lease is still this booker's, else raises `StandDown`."""
        entry = (await self._bus.load([self._key], at_least=self._revision))[
            self._key
        ]  # lest it finds who was before it
        if entry is None or entry.message.holder != self._holder:
            raise StandDown(f"{entry.message.holder if entry else 'nobody'} is the active booker now")
        self._revision = entry.revision

    async def keep(self) -> None:
        """Renews whenever no commit has done so for a while. Runs until cancelled; raises `StandDown`."""
        while True:
            await asyncio.sleep(self._renew.total_seconds() / 2)
            if self._renewed_at is not None and self._monotonic() - self._renewed_at < self._renew.total_seconds() / 2:
                continue
            async with self.turn:
                try:
                    await self._write(self._wall() + self._length)
                except Conflict:
                    await self.check()
                except Unavailable as failure:
                    log.warning("lease not renewed", why=str(failure))

    async def release(self) -> None:
        """On a clean stop: a standby need not wait for the lease to run out."""
        if self._renewed_at is None:
            return  # it never was active
        async with self.turn:
            try:
                await self._write(self._wall())
            except (Conflict, Unavailable) as failure:
                log.info("lease not released", why=str(failure))

    async def _write(self, until: datetime) -> None:
        self._renewed_at = self._monotonic()
        self.renewed(await self._bus.commit(Commit(states=[Write(self._said(until), self._revision)])))

    def _said(self, until: datetime) -> Addressed[ActiveBooker]:
        return ACTIVE_BOOKER.of(ActiveBooker(holder=self._holder, until=until, plans_heard=self._plans_heard))
