"""One attempt at the letters of a group, and the facts about what became of each."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from agents.notifier.adapters import History, Present, fact_id
from agents.notifier.channels import Channel, Delivered, IsCurrent, Undelivered, send_through
from agents.notifier.config import Config
from agents.notifier.domain import Known, Writer, is_pointless, is_superseded, pause_after
from bus import Bus, Commit, Delivery, Entry, Fact
from bus.clock import monotonic as steady
from bus.logs import get_logger
from contracts.layouts import SeatNumber
from contracts.ledger import Booking, BookingFact, BookingKept
from contracts.names import FlightKey
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeFailed,
    NoticePointless,
    NoticeSent,
    NoticeSuperseded,
)
from contracts.subject import Addressed

Outcome = Addressed[NoticeSent] | Addressed[NoticeSuperseded] | Addressed[NoticePointless] | Addressed[NoticeFailed]

DELIVERED = "delivered"
"""The channels have taken the letters of a group, and no outcome is published yet."""

_FRESH = 1.0
"""Seconds for which a booking, once read, counts as the latest; then it is read again."""

log = get_logger("notifier")


class Sending:
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

    async def attempt(
        self,
        group: Sequence[Delivery[BookingFact]],
        present: Present,
        *,
        read_at: float,
    ) -> Sequence[Outcome | None]:
        """Send the letters, and publish what became of them. `present` was read at `read_at`."""
        latest, failed = present.bookings, present.notices.failed
        current = [d for d in group if not is_superseded(d.message, latest[d.message.pnr])]
        unsent = await self._history.unsent(current)
        diverted = await self._history.diverted(unsent, current)
        known = Known(now=self._bus.now(), flights=present.flights)
        outcomes = await asyncio.gather(
            *(
                self._notify(
                    d,
                    latest[d.message.pnr],
                    unsent.get(fact_id(d)),
                    diverted.get(fact_id(d)),
                    structs.replace(known, seats=_seats_of(d.message, present)) if present.numbers else known,
                    attempts=failed[fact_id(d)].message.attempts if fact_id(d) in failed else 0,
                    read_at=read_at,
                )
                for d in group
            ),
            return_exceptions=True,
        )
        self._bus.failpoint(DELIVERED)
        facts = [
            Fact(outcome, delivery, expires=False, replaces=_replaced(outcome, failed.get(fact_id(delivery))))
            for outcome, delivery in zip(outcomes, group, strict=True)
            if outcome and not isinstance(outcome, BaseException)
        ]
        await self._bus.emit_once([fact for fact in facts if not fact.replaces])
        await self._bus.commit(Commit([fact for fact in facts if fact.replaces]))
        ended: list[Outcome | None] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            ended.append(outcome)
        return ended

    async def _notify(
        self,
        delivery: Delivery[BookingFact],
        latest: Booking,
        earlier: Sequence[BookingFact] | None,
        diverted: BookingKept | None,
        known: Known,
        *,
        attempts: int,
        read_at: float,
    ) -> Outcome | None:
        """Send the letter about one fact and the `earlier` ones without a letter. `earlier` is None if it is superseded.
        `attempts`: how many have failed before.

        The address and the language are those that the booking has now: they may have been corrected since the fact.
        Returns None for a party that was forgotten meanwhile: no fact may name it.
        """
        party = latest.party
        fact = structs.replace(delivery.message, contact=party.contact, language=party.language)
        if earlier is None:
            return _superseded(fact, known.now)
        if is_pointless(fact, known=known, earlier=earlier, diverted=diverted):
            return NOTICE_POINTLESS.of(NoticePointless(pnr=fact.pnr, id=fact.id, at=known.now))
        letter = self._writer.write(
            fact, known=known, journeys=latest.journeys, earlier=earlier, diverted=diverted, reference=latest.reference
        )
        result = await send_through(
            self._channels,
            letter,
            retries=self._config.retries,
            pause=self._config.pause,
            wait=_wait,
            is_current=self._is_current(delivery, read_at=read_at),
        )
        now = self._bus.now()
        if isinstance(result, Undelivered):
            failed = self._failed(fact, result, attempts=attempts + 1, now=now)
            log.error(
                "no channel took the letter",
                id=fact.id,
                tried=failed.tried,
                attempts=failed.attempts,
                again_at=failed.again_at and failed.again_at.isoformat(),
                trace=delivery.trace,
            )
            return NOTICE_FAILED.of(failed)
        if not isinstance(result, Delivered):
            return _superseded(fact, now) if await self._history.bookings([delivery]) else None
        covers = tuple(f.id for f in earlier)
        sent = NoticeSent(
            pnr=fact.pnr, id=fact.id, channel=result.channel, sent_at=now, covers=covers, confirms=letter.confirms
        )
        return NOTICE_SENT.of(sent)

    def _failed(self, fact: BookingFact, result: Undelivered, *, attempts: int, now: datetime) -> NoticeFailed:
        pause = pause_after(attempts, first=self._config.again, longest=self._config.longest_wait)
        return NoticeFailed(
            pnr=fact.pnr,
            id=fact.id,
            tried=result.tried,
            at=now,
            attempts=attempts,
            again_at=None if result.is_final else now + pause,
        )

    def _is_current(self, delivery: Delivery[BookingFact], *, read_at: float) -> IsCurrent:
        """Read the booking again before each attempt, except a first one that comes soon after `read_at`: another notifier may
        have sent the letter of a later fact meanwhile."""
        attempted = False

        async def is_current() -> bool:
            nonlocal attempted
            first, attempted = not attempted, True
            if first and self._monotonic() - read_at <= _FRESH:
                return True
            latest = (await self._history.bookings([delivery])).get(delivery.message.pnr)
            return latest is not None and not is_superseded(delivery.message, latest)

        return is_current


def _replaced(outcome: Outcome, failed: Entry[NoticeFailed] | None) -> int:
    """The sequence of the record that the outcome replaces: a failure that of the failure before it."""
    return failed.revision if failed and isinstance(outcome.message, NoticeFailed) else 0


def _superseded(fact: BookingFact, at: datetime) -> Outcome:
    return NOTICE_SUPERSEDED.of(NoticeSuperseded(pnr=fact.pnr, id=fact.id, at=at))


async def _wait(pause: timedelta) -> None:
    await asyncio.sleep(pause.total_seconds())


def _seats_of(fact: BookingFact, present: Present) -> dict[FlightKey, tuple[SeatNumber, ...]]:
    """The party's seats by number now: another aircraft may have others than those that the fact names."""
    return {flight: numbers[fact.pnr] for flight, numbers in present.numbers.items() if fact.pnr in numbers}
