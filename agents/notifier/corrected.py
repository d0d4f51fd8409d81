"""After a contact was corrected: the notices that no channel could take at the one before it are attempted again.

Only the last notice of each kind is: of a journey, of what is owed for it, and of the seats on a flight. Those before it are
superseded, or their facts are reported with it. A notice that is tried again by itself goes to the booking's present contact,
and is left alone unless its time has long passed. One without an outcome may be on its way to the contact before, and is looked
at again.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from agents.notifier.adapters import History
from agents.notifier.config import Config
from agents.notifier.outcomes import NoticeId, Outcome
from bus import Bus, Delivery, Entry
from contracts.notices import NoticeFailed
from contracts.reservations import BookingAmended

_NOW = timedelta(0)

Attempt = Callable[[NoticeId, int], Awaitable[Outcome | None]]
"""Attempts a notice at once, by what LEDGER has at this sequence or later, and publishes what became of it. None: nothing."""


class CorrectedContacts:
    def __init__(self, bus: Bus, history: History, config: Config, *, attempt: Attempt) -> None:
        self._bus, self._history, self._config, self._attempt = bus, history, config, attempt

    async def hear(self, amended: Delivery[BookingAmended]) -> timedelta | None:
        """Attempt what has failed. Returns how long until a notice of the party has to be looked at again; None: no more."""
        if "contact" not in amended.message.changed:
            return None
        caused_at = await self._history.caused_at(amended.message.pnr, at_least=amended.settled)
        known = await self._history.notices(caused_at)
        ended = known.sent | await self._history.ended(caused_at)
        waiting: list[timedelta] = []
        for of, at in caused_at.items():
            left = None if of in ended else self._left(known.failed.get(of), at)
            if left == _NOW:
                outcome = await self._attempt(of, amended.settled)
                failure = outcome.message if outcome else None
                left = self._until(failure.again_at) if isinstance(failure, NoticeFailed) else None
            if left is not None:
                waiting.append(left)
        return min(waiting, default=None)

    def _left(self, failure: Entry[NoticeFailed] | None, caused_at: datetime) -> timedelta | None:
        """How long until a notice that has no other outcome is attempted, or looked at again; None: never. What has none
        for long had one that has expired."""
        if failure is None:
            return self._config.again if self._bus.now() - caused_at < self._config.longest_wait else None
        return _NOW if failure.message.again_at is None else self._until(failure.message.again_at)

    def _until(self, again_at: datetime | None) -> timedelta | None:
        """Until an attempt that is due then is overdue; None: there is none."""
        return None if again_at is None else max(again_at + self._config.again - self._bus.now(), _NOW)
