"""What the notifier hears and says: thin round `domain` and `channels`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from agents.notifier.adapters import Told, load_places, load_templates, open_channels
from agents.notifier.channels import (
    Channel,
    ChannelError,
    Delivered,
    KeepsLetters,
    StillNews,
    Undelivered,
    send_through,
)
from agents.notifier.config import Config
from agents.notifier.domain import Writer, superseded
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

DELIVERED = "delivered"
"""A channel has taken the message, and nobody has been told so yet."""

_FRESH = 1.0
"""Seconds for which it is taken for granted that no later fact has come; then the booking is looked at again."""

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
    notifier = Notifier(bus, Writer(load_places(), templates=load_templates()), channels, config)
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
        self._told = Told(bus)
        self._writer = writer
        self._channels = channels
        self._config = config
        self._monotonic = monotonic

    async def hear(self, group: Sequence[Delivery[BookingFact]]) -> None:
        """Tells each party what is still its latest news, all at the same time, then says what became of it."""
        looked_at = self._monotonic()
        latest = await self._told.bookings(group)
        if forgotten := {d.message.pnr for d in group} - latest.keys():
            log.info("facts about forgotten parties dropped", parties=len(forgotten))
            group = [d for d in group if d.message.pnr in latest]
        news = [d for d in group if not superseded(d.message, latest[d.message.pnr])]
        untold = await self._told.untold(news)
        told = await asyncio.gather(
            *(
                self._tell(d, latest[d.message.pnr], untold.get((d.message.pnr, d.message.id)), looked_at=looked_at)
                for d in group
            ),
            return_exceptions=True,
        )
        self._bus.failpoint(DELIVERED)
        # What was told is said before a fault in another is raised, lest the halves tell it again.
        ends = list(zip(told, group, strict=True))
        await self._bus.emit_once(
            [Fact(end, cause) for end, cause in ends if end and not isinstance(end, BaseException)]
        )
        for end, _ in ends:
            if isinstance(end, BaseException):
                raise end

    async def _tell(
        self,
        heard: Delivery[BookingFact],
        latest: Booking,
        untold: Sequence[BookingFact] | None,
        *,
        looked_at: float,
    ) -> Addressed[NoticeSent] | Addressed[NoticeSuperseded] | Addressed[NoticeFailed] | None:
        """`untold` are the facts before it that are to be told with it; None if it is not to be told itself. Answers None for a
        party that is forgotten meanwhile: nothing may name it."""
        fact, at = heard.message, self._bus.now()
        if untold is None:
            return _overtaken(fact, at)
        notice = self._writer.write(fact, ticket=latest.ticket, untold=untold)
        end = await send_through(
            self._channels,
            notice,
            retries=self._config.retries,
            pause=self._config.pause,
            wait=_wait,
            still_news=self._still_news(heard, looked_at=looked_at),
        )
        if isinstance(end, Undelivered):
            log.error("nobody could be told", id=fact.id, tried=end.tried, trace=heard.trace)
            return NOTICE_FAILED.of(NoticeFailed(pnr=fact.pnr, id=fact.id, tried=end.tried, at=at))
        if not isinstance(end, Delivered):
            return _overtaken(fact, at) if await self._told.bookings([heard]) else None
        return NOTICE_SENT.of(
            NoticeSent(pnr=fact.pnr, id=fact.id, channel=end.channel, at=at, covers=tuple(f.id for f in untold))
        )

    def _still_news(self, heard: Delivery[BookingFact], *, looked_at: float) -> StillNews:
        """Looks at the booking again before each attempt but the first, and before that one if it comes late: meanwhile another
        notifier may have told a later fact."""
        tried = False

        async def still_news() -> bool:
            nonlocal tried
            first, tried = not tried, True
            if first and self._monotonic() - looked_at <= _FRESH:
                return True
            latest = (await self._told.bookings([heard])).get(heard.message.pnr)
            return latest is not None and not superseded(heard.message, latest)

        return still_news

    async def forget(self, question: ForgetLetters) -> LettersForgotten:
        """Remove the letters to a forgotten party. Those that a service has taken are out of reach."""
        try:
            kept = [channel for channel in self._channels if isinstance(channel, KeepsLetters)]
            return LettersForgotten(removed=sum([await channel.forget(question.pnr) for channel in kept]))
        except ChannelError as failure:
            raise AskFailed(503, str(failure)) from failure


def _overtaken(fact: BookingFact, at: datetime) -> Addressed[NoticeSuperseded]:
    return NOTICE_SUPERSEDED.of(NoticeSuperseded(pnr=fact.pnr, id=fact.id, at=at))


async def _wait(pause: timedelta) -> None:
    await asyncio.sleep(pause.total_seconds())
