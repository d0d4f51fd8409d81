"""The notices of a flight's other seats: one for each party that another aircraft seats elsewhere."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from agents.notifier.adapters import History, SeatsPresent
from agents.notifier.channels import Channel, Delivered, IsCurrent, Undelivered, send_through, wait
from agents.notifier.config import Config
from agents.notifier.domain import Known, NewSeats, Writer, is_latest, new_seats, notified
from agents.notifier.outcomes import NoticeId, Outcome, failed, pause_before, publish, superseded
from agents.notifier.sending import FRESH
from bus import Bus, Delivery, derived_id
from bus.clock import monotonic as steady
from contracts.ledger import Reseated, SeatsReassigned
from contracts.names import Pnr
from contracts.notices import NOTICE_POINTLESS, NOTICE_SENT, NoticeFailed, NoticePointless, NoticeSent, seats_notice


class SeatNotices:
    """Sends them. The arguments are those of `Sending`."""

    def __init__(
        self,
        bus: Bus,
        history: History,
        writer: Writer,
        channels: Sequence[Channel],
        config: Config,
        *,
        monotonic: Callable[[], float] = steady,
    ) -> None:
        self._bus = bus
        self._history = history
        self._writer = writer
        self._channels = channels
        self._config = config
        self._monotonic = monotonic

    async def hear(self, cause: Delivery[SeatsReassigned]) -> timedelta | None:
        """Send the letters about this fact that are due, and publish what became of them. Returns how long until the next one
        is to be tried again; None: all are done."""
        outcomes, waiting = await self._attempt(cause, lambda failure: pause_before(failure, self._bus.now()))
        again = [
            pause
            for outcome in outcomes
            if outcome and isinstance(outcome.message, NoticeFailed)
            if (pause := pause_before(outcome.message, self._bus.now())) is not None
        ]
        return min([*again, *waiting], default=None)

    async def resend(self, cause: Delivery[SeatsReassigned], pnr: Pnr) -> Outcome | None:
        """Attempt at once to send the letter to this party. Returns what became of it; None where there is nothing to send: it
        was sent before, or there is no such party."""
        outcomes, _ = await self._attempt(cause, lambda _failure: timedelta(0), only=pnr)
        return next(iter(outcomes), None)

    async def _attempt(
        self,
        cause: Delivery[SeatsReassigned],
        pause: Callable[[NoticeFailed], timedelta | None],
        *,
        only: Pnr | None = None,
    ) -> tuple[Sequence[Outcome | None], Sequence[timedelta]]:
        """Send the letters whose time it is, and get what became of them, and how long the others wait. `pause`: how long a
        failed one does; None: for ever. `only`: of this party alone."""
        read_at = self._monotonic()
        fact = cause.message
        parties = {party.pnr: party for party in notified(fact) if only in (None, party.pnr)}
        present = await self._history.seats_present(cause, parties)
        due, waiting = [], list[timedelta]()
        for party in parties.values():
            of = party.pnr, seats_notice(fact.flight, fact.n)
            if party.pnr not in present.bookings or of in present.notices.sent:
                continue
            failure = present.notices.failed.get(of)
            left = pause(failure.message) if failure else timedelta(0)
            if left == timedelta(0):
                due.append((of, party))
            elif left is not None:
                waiting.append(left)
        outcomes = await asyncio.gather(
            *(self._notify(of, party, present, cause, read_at=read_at) for of, party in due), return_exceptions=True
        )
        return await publish(self._bus, [(cause, each) for each in outcomes], present.notices.failed), waiting

    async def _notify(
        self, of: NoticeId, party: Reseated, present: SeatsPresent, cause: Delivery[SeatsReassigned], *, read_at: float
    ) -> Outcome:
        now, booking = self._bus.now(), present.bookings[party.pnr]
        notice = new_seats(party, booking, present.ledger, Known(now=now, flights=present.flights))
        if notice == "superseded":
            return superseded(of, now)
        if not isinstance(notice, NewSeats):
            return NOTICE_POINTLESS.of(NoticePointless(pnr=of[0], id=of[1], at=now))
        letter = self._writer.write_seats(
            notice, id_=derived_id(*of), party=booking.party, decided_at=cause.written_at or cause.stored_at
        )
        result = await send_through(
            self._channels,
            letter,
            retries=self._config.retries,
            pause=self._config.pause,
            wait=wait,
            is_current=self._is_current(party, cause, read_at=read_at),
        )
        now = self._bus.now()
        if isinstance(result, Undelivered):
            failure = present.notices.failed.get(of)
            attempts = 1 + (failure.message.attempts if failure else 0)
            return failed(of, result, self._config, attempts=attempts, now=now, cause=cause)
        if not isinstance(result, Delivered):
            return superseded(of, now)
        return NOTICE_SENT.of(NoticeSent(pnr=of[0], id=of[1], channel=result.channel, sent_at=now))

    def _is_current(self, party: Reseated, cause: Delivery[SeatsReassigned], *, read_at: float) -> IsCurrent:
        """Read the flight's seats again before each attempt, except a first one that comes soon after `read_at`."""
        attempted = False

        async def is_current() -> bool:
            nonlocal attempted
            first, attempted = not attempted, True
            if first and self._monotonic() - read_at <= FRESH:
                return True
            return is_latest(party, await self._history.seats(cause))

        return is_current
