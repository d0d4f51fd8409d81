"""One active booker: the holder of `ledger.active`.

Every commit writes the lease, at the revision at which this booker wrote it last, or expects it there. So no other booker can
have committed in between, and what the active booker has cached of the ledger is exact. A booker that was taken over, because
it was paused for longer than the lease, cannot commit: its next commit conflicts, it finds another holder on the lease, and
stands down.

A lease has expired when the wall clock says so, or when a standby has watched it for its length without a renewal: wall clocks
are set back, and those of two machines differ.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bus import Bus, Commit, Conflict, StandDown, Unavailable, Write
from bus.logs import get_logger
from contracts.ledger import ACTIVE_BOOKER, ActiveBooker
from contracts.subject import Addressed

log = get_logger("booker")

_POLL = 0.2
"""Seconds after which a standby reads the lease again."""


class Lease:
    """`wall` reads the wall clock, by which leases expire in a replay too; `monotonic` reads seconds from a clock that never
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
        self._unanswered = False
        self.since = 0
        """The LEDGER sequence at which this booker became active. It knows nothing of refusals before that."""
        self.took_over = False
        """Whether another booker was active while this one stood by."""
        self.turn = asyncio.Lock()
        """Held while committing: one batch at a time."""

    async def acquire(self) -> None:
        """Return when this booker is the active one."""
        seen, seen_at = 0, self._monotonic()
        while True:
            entry = (await self._bus.load([self._key]))[self._key]
            if entry and entry.revision != seen:
                if not seen and entry.message.until > self._wall():
                    log.info("standing by", holder=entry.message.holder)
                self.took_over = seen > 0
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
                    pass  # another standby was first, or the active booker was only slow
            await asyncio.sleep(_POLL)

    def hears(self, upto: int) -> None:
        """Note that plans up to this PLANS sequence are being answered; the next renewal publishes that they have been.

        That renewal is part of the commit with the answers, unless deciding fails. It is published even then: a plan that may
        never be answered must not block its party, nor reserve seats.
        """
        self._plans_heard = max(self._plans_heard, upto)

    def renewal(self) -> Write:
        """Get the write that has to be part of every commit that is not guarded by the lease."""
        self._renewed_at = self._monotonic()
        return Write(self._lease(self._wall() + self._length), self._revision)

    def guard(self) -> dict[str, int] | None:
        """Get the guard of states that are written without a renewal. `answered` has to follow. None where it has not, for such
        a write may still be on its way: only a renewal keeps it from being stored after later ones."""
        if self._unanswered:
            return None
        self._unanswered = True
        return {self._key.name: self._revision}

    def answered(self) -> None:
        """Call when the server has answered every write under the last guard."""
        self._unanswered = False

    def renewed(self, revisions: dict[str, int]) -> None:
        """Call after a commit with the renewal in it."""
        self._revision = revisions[self._key.name]
        self._unanswered = False

    async def check(self) -> None:
        """Call after a conflict. Return if the lease is still this booker's, else raise `StandDown`."""
        # A read older than this booker's last renewal would find its predecessor.
        entry = (await self._bus.load([self._key], at_least=self._revision))[self._key]
        if entry is None:
            raise StandDown("the lease of the active booker is gone")
        if entry.message.holder != self._holder:
            raise StandDown(f"{entry.message.holder} is the active booker now")
        self._revision = entry.revision

    async def keep(self) -> None:
        """Renew whenever no commit has done so for half the renewal interval. Runs until cancelled; raises `StandDown`."""
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
                    log.warning("lease not renewed", problem=str(failure))

    async def release(self) -> None:
        """Call on a clean stop, so that a standby need not wait for the lease to expire."""
        if self._renewed_at is None:
            return  # it has never been active
        async with self.turn:
            try:
                await self._write(self._wall())
            except (Conflict, Unavailable) as failure:
                log.info("lease not released", problem=str(failure))

    async def _write(self, until: datetime) -> None:
        self._renewed_at = self._monotonic()
        self.renewed(await self._bus.commit(Commit(states=[Write(self._lease(until), self._revision)])))

    def _lease(self, until: datetime) -> Addressed[ActiveBooker]:
        return ACTIVE_BOOKER.of(ActiveBooker(holder=self._holder, until=until, plans_heard=self._plans_heard))
