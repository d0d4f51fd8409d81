"""The notifier's declaration, and its work: a letter for each booking fact, and the fact of its outcome."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agents.notifier.adapters import History, load_airports, load_templates, open_channels
from agents.notifier.channels import (
    Channel,
    ChannelError,
    Delivered,
    IsCurrent,
    KeepsLetters,
    Undelivered,
    send_through,
)
from agents.notifier.config import Config
from agents.notifier.domain import Writer, is_superseded
from bus import Agent, AskFailed, Bus, Delivery, Fact, Handlers
from bus.clock import monotonic as steady
from bus.logs import get_logger
from contracts.forget import FORGET_LETTERS, ForgetLetters, LettersForgotten
from contracts.ledger import BOOKING, BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, Booking, BookingFact
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeFailed,
    NoticeSent,
    NoticeSuperseded,
)
from contracts.subject import Addressed

Outcome = Addressed[NoticeSent] | Addressed[NoticeSuperseded] | Addressed[NoticeFailed]

DELIVERED = "delivered"
"""The channels have taken the letters of a group, and no outcome is published yet."""

_FRESH = 1.0
"""Seconds for which a booking, once read, counts as the latest; then it is read again."""

NOTIFIER = Agent(
    "notifier",
    hears=(BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED),
    says=(NOTICE_SENT, NOTICE_SUPERSEDED, NOTICE_FAILED),
    reads=(BOOKING,),
    answers=(FORGET_LETTERS,),
    own_failpoints=(DELIVERED,),
    group=64,
)

log = get_logger("notifier")


async def build(bus: Bus, config: Config) -> Handlers:
    channels = open_channels(
        config.maildir, sender=config.sender, durable=config.durable, apprise_urls=config.apprise_urls
    )
    airports = load_airports()
    writer = Writer(airports, templates=load_templates(airports), default=config.language)
    notifier = Notifier(bus, writer, channels, config)
    return Handlers(dict.fromkeys(NOTIFIER.hears, notifier.hear), answers={FORGET_LETTERS: notifier.forget})


class Notifier:
    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        channels: Sequence[Channel],
        config: Config,
        *,
        monotonic: Callable[[], float] = steady,
    ) -> None:
        self._bus = bus
        self._history = History(bus)
        self._writer = writer
        self._channels = channels
        self._config = config
        self._monotonic = monotonic

    async def hear(self, group: Sequence[Delivery[BookingFact]]) -> None:
        """Send the letters of a group concurrently, then publish their outcomes.

        Facts about forgotten parties, which have no booking, are dropped. Facts that have an outcome already are done:
        their letters are not sent again. If one fact raises, the outcomes of the others are
        published first, so that a redelivery does not send their letters again.
        """
        read_at = self._monotonic()
        latest, notified = await asyncio.gather(self._history.bookings(group), self._history.notified(group))
        if forgotten := {d.message.pnr for d in group} - latest.keys():
            log.info("facts about forgotten parties dropped", parties=len(forgotten))
            group = [d for d in group if d.message.pnr in latest]
        group = [d for d in group if (d.message.pnr, d.message.id) not in notified]
        current = [d for d in group if not is_superseded(d.message, latest[d.message.pnr])]
        unsent = await self._history.unsent(current)
        outcomes = await asyncio.gather(
            *(
                self._notify(d, latest[d.message.pnr], unsent.get((d.message.pnr, d.message.id)), read_at=read_at)
                for d in group
            ),
            return_exceptions=True,
        )
        self._bus.failpoint(DELIVERED)
        await self._bus.emit_once(
            [
                Fact(outcome, cause, expires=False)
                for outcome, cause in zip(outcomes, group, strict=True)
                if outcome and not isinstance(outcome, BaseException)
            ]
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _notify(
        self,
        delivery: Delivery[BookingFact],
        latest: Booking,
        earlier: Sequence[BookingFact] | None,
        *,
        read_at: float,
    ) -> Outcome | None:
        """Send the letter about one fact and the `earlier` ones without a letter. `earlier` is None if it is superseded.

        Returns None for a party that was forgotten meanwhile: no fact may name it.
        """
        fact, at = delivery.message, self._bus.now()
        if earlier is None:
            return _superseded(fact, at)
        letter = self._writer.write(fact, ticket=latest.ticket, earlier=earlier)
        result = await send_through(
            self._channels,
            letter,
            retries=self._config.retries,
            pause=self._config.pause,
            wait=_wait,
            is_current=self._is_current(delivery, read_at=read_at),
        )
        if isinstance(result, Undelivered):
            log.error("no channel took the letter", id=fact.id, tried=result.tried, trace=delivery.trace)
            return NOTICE_FAILED.of(NoticeFailed(pnr=fact.pnr, id=fact.id, tried=result.tried, at=at))
        if not isinstance(result, Delivered):
            return _superseded(fact, at) if await self._history.bookings([delivery]) else None
        covers = tuple(f.id for f in earlier)
        return NOTICE_SENT.of(
            NoticeSent(pnr=fact.pnr, id=fact.id, channel=result.channel, sent_at=self._bus.now(), covers=covers)
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

    async def forget(self, question: ForgetLetters) -> LettersForgotten:
        """Remove the letters to a forgotten party. Those that an Apprise service has taken are out of reach."""
        try:
            keep = [channel for channel in self._channels if isinstance(channel, KeepsLetters)]
            return LettersForgotten(removed=sum([await channel.forget(question.pnr) for channel in keep]))
        except ChannelError as failure:
            raise AskFailed(503, str(failure)) from failure


def _superseded(fact: BookingFact, at: datetime) -> Outcome:
    return NOTICE_SUPERSEDED.of(NoticeSuperseded(pnr=fact.pnr, id=fact.id, at=at))


async def _wait(pause: timedelta) -> None:
    await asyncio.sleep(pause.total_seconds())
