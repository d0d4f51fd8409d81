"""The notifier's declaration, and its work: a letter for each booking fact, offer and request, and for each party whose seats
have changed, and the fact of its outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from msgspec import Struct, structs

from agents.notifier.adapters import History, fact_id, load_airports, load_templates, open_channels
from agents.notifier.channels import Channel, ChannelError, KeepsLetters
from agents.notifier.config import Config
from agents.notifier.corrected import CorrectedContacts
from agents.notifier.domain import Answer, Reported, Stated, Writer
from agents.notifier.entitled import CareNotices
from agents.notifier.one_by_one import Notice, OneByOne
from agents.notifier.only_live import OnlyLive
from agents.notifier.outcomes import DELIVERED, NoticeId, Outcome, pause_before
from agents.notifier.requested import RequestNotices
from agents.notifier.reseated import SeatNotices
from agents.notifier.sending import Sending
from bus import Agent, AskFailed, Bus, Deferred, Delivery, Handlers, Retry, View
from bus.clock import monotonic as steady
from bus.logs import get_logger
from contracts.care import CARE_OWED, RIGHTS_ACCOUNT, CareOwed, RightsAccount
from contracts.flights import FLIGHT
from contracts.forget import FORGET_LETTERS, ForgetLetters, LettersForgotten
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    SEATS_REASSIGNED,
    JourneyKey,
    SeatsReassigned,
)
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    RESEND_NOTICE,
    NoticeFailed,
    NoticePointless,
    NoticeResent,
    NoticeSent,
    ResendNotice,
    seats_notice_of,
)
from contracts.offers import TRIP_OFFERED
from contracts.requests import QUOTE, REQUEST_DONE, REQUEST_REFUSED
from contracts.reservations import BOOKING_AMENDED, BookingAmended

M = TypeVar("M", bound=Struct)

_NOW = timedelta(0)

NOTIFIER = Agent(
    "notifier",
    hears=(
        BOOKING_CHANGED,
        BOOKING_KEPT,
        BOOKING_STRANDED,
        TRIP_OFFERED,
        SEATS_REASSIGNED,
        CARE_OWED,
        BOOKING_AMENDED,
        REQUEST_DONE,
        REQUEST_REFUSED,
    ),
    says=(NOTICE_SENT, NOTICE_SUPERSEDED, NOTICE_POINTLESS, NOTICE_FAILED),
    views=(RIGHTS_ACCOUNT,),
    reads=(BOOKING, FLIGHT, SEAT_LEDGER, QUOTE),
    answers=(FORGET_LETTERS, RESEND_NOTICE),
    own_failpoints=(DELIVERED,),
    group=64,
)

log = get_logger("notifier")


async def build(bus: Bus, config: Config) -> Handlers:
    channels = [
        channel if isinstance(channel, KeepsLetters) else OnlyLive(channel, in_shadow=lambda: bus.shadow is not None)
        for channel in open_channels(
            config.maildir, sender=config.sender, durable=config.durable, apprise_urls=config.apprise_urls
        )
    ]
    airports = load_airports()
    writer = Writer(airports, templates=load_templates(airports), default=config.language)
    rights: View[RightsAccount, Stated] = bus.view(RIGHTS_ACCOUNT, lambda account, _revision, _at: stated_of(account))

    def stated(journey: JourneyKey) -> Stated | None:
        seen = rights.get(RIGHTS_ACCOUNT.key(pnr=journey[0], journey=journey[1]).name)
        return seen.value if seen else None

    notifier = Notifier(bus, writer, channels, config, stated=stated)
    return Handlers(
        {
            **dict.fromkeys((BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, TRIP_OFFERED), notifier.hear),
            SEATS_REASSIGNED: notifier.hear_reassigned,
            CARE_OWED: notifier.hear_care,
            BOOKING_AMENDED: notifier.hear_amended,
            **dict.fromkeys((REQUEST_DONE, REQUEST_REFUSED), notifier.hear_answers),
        },
        answers={FORGET_LETTERS: notifier.forget, RESEND_NOTICE: notifier.resend},
    )


class Notifier:
    def __init__(
        self,
        bus: Bus,
        writer: Writer,
        channels: Sequence[Channel],
        config: Config,
        *,
        stated: Callable[[JourneyKey], Stated | None] = lambda _journey: None,
        monotonic: Callable[[], float] = steady,
    ) -> None:
        """`stated`: what is owed for a journey, as far as it is known."""
        self._bus = bus
        self._history = History(bus)
        self._sending = Sending(bus, self._history, writer, channels, config, stated=stated, monotonic=monotonic)
        self._apart = OneByOne(bus, self._history, channels, config, monotonic=monotonic)
        self._seats = SeatNotices(bus, self._history, writer)
        self._care = CareNotices(self._history, writer)
        self._requests = RequestNotices(bus, self._history, writer)
        self._corrected = CorrectedContacts(bus, self._history, config, attempt=self._attempt_again)
        self._channels = channels
        self._monotonic = monotonic

    async def hear(self, group: Sequence[Delivery[Reported]]) -> Sequence[Deferred]:
        """Send the letters of a group concurrently, then publish their outcomes.

        Facts about forgotten parties, which have no booking, are dropped. Facts whose letter was sent, or was refused by every
        channel, are done. One that no channel took now is delivered again after a pause, and before the end of that pause no
        attempt is made. If one fact raises, the outcomes of the others are published first, so that a redelivery does not
        send their letters again.
        """
        read_at = self._monotonic()
        present = await self._history.present(group)
        if forgotten := {d.message.pnr for d in group} - present.bookings.keys():
            log.info("facts about forgotten parties dropped", parties=len(forgotten))
        due, waiting = [], []
        for delivery in group:
            failed = present.notices.failed.get(fact_id(delivery))
            if delivery.message.pnr not in present.bookings or fact_id(delivery) in present.notices.sent:
                continue
            if failed is None or (pause := pause_before(failed.message, self._bus.now())) == _NOW:
                due.append(delivery)
            elif pause is not None:
                waiting.append(_again(delivery, pause))
        outcomes = await self._sending.attempt(due, present, read_at=read_at)
        for delivery, outcome in zip(due, outcomes, strict=True):
            if (
                outcome
                and isinstance(outcome.message, NoticeFailed)
                and (pause := pause_before(outcome.message, self._bus.now()))
            ):
                waiting.append(_again(delivery, pause))
        return waiting

    async def hear_reassigned(self, group: Sequence[Delivery[SeatsReassigned]]) -> Sequence[Deferred]:
        """Send the letters about a flight's other seats."""
        return await self._hear_apart(group, self._seats.about)

    async def hear_care(self, group: Sequence[Delivery[CareOwed]]) -> Sequence[Deferred]:
        """Send the letters about what parties are owed that no letter about their trip has."""
        return await self._hear_apart(group, self._care.about)

    async def hear_answers(self, group: Sequence[Delivery[Answer]]) -> Sequence[Deferred]:
        """Send the letters about what became of requests."""
        return await self._hear_apart(group, self._requests.about)

    async def _hear_apart(
        self, group: Sequence[Delivery[M]], about: Callable[[Delivery[M]], Awaitable[Sequence[Notice]]]
    ) -> Sequence[Deferred]:
        """Each message of a group has notices of its own. If one raises, the others end first."""

        async def hear(delivery: Delivery[M]) -> timedelta | None:
            return await self._apart.hear(delivery, await about(delivery))

        pauses = await asyncio.gather(*map(hear, group), return_exceptions=True)
        if failure := next((each for each in pauses if isinstance(each, BaseException)), None):
            raise failure
        return [_again(each, pause) for each, pause in zip(group, pauses, strict=True) if isinstance(pause, timedelta)]

    async def hear_amended(self, group: Sequence[Delivery[BookingAmended]]) -> Sequence[Deferred]:
        """Where a contact was corrected, send the letters that could not be sent to the one before it."""
        return [
            _again(delivery, pause) for delivery in group if (pause := await self._corrected.hear(delivery)) is not None
        ]

    async def resend(self, question: ResendNotice) -> NoticeResent:
        """Attempt at once to send a letter that was not sent, whatever came of earlier attempts."""
        try:
            return _answered(await self._attempt((question.pnr, question.id)))
        except _GoneError as failure:
            raise AskFailed(404, str(failure)) from failure

    async def _attempt_again(self, of: NoticeId, at_least: int) -> Outcome | None:
        try:
            return await self._attempt(of, at_least=at_least)
        except _GoneError:
            return None

    async def _attempt(self, of: NoticeId, *, at_least: int = 0) -> Outcome | None:
        """Attempt a notice at once, by what LEDGER has at this sequence or later. Returns what became of it; None: it was sent
        before. Raises `_GoneError`."""
        pnr, id_ = of
        if of_seats := seats_notice_of(id_):
            about_seats = _as_of(await self._history.reassigned(*of_seats), at_least)
            notices = await self._seats.about(about_seats, only=pnr) if about_seats else ()
            return await self._attempt_apart(about_seats, notices)
        if about_care := await self._history.care(pnr, id_):
            return await self._attempt_apart(about_care, await self._care.about(about_care, at_least=at_least))
        if answer := await self._history.answer(pnr, id_):
            return await self._attempt_apart(answer, await self._requests.about(answer, at_least=at_least))
        read_at = self._monotonic()
        delivery = _as_of(await self._history.fact(pnr, id_), at_least)
        present = await self._history.present([delivery] if delivery else [])
        if delivery is None or pnr not in present.bookings:
            raise _GoneError
        if fact_id(delivery) in present.notices.sent:
            return None
        (outcome,) = await self._sending.attempt([delivery], present, read_at=read_at)
        return outcome

    async def _attempt_apart(self, cause: Delivery[Any] | None, notices: Sequence[Notice]) -> Outcome | None:
        if cause is None or not notices:
            raise _GoneError
        return await self._apart.at_once(cause, notices[0])

    async def forget(self, question: ForgetLetters) -> LettersForgotten:
        """Remove the letters to a forgotten party. Those that an Apprise service has taken are out of reach."""
        try:
            keep = [channel for channel in self._channels if isinstance(channel, KeepsLetters)]
            return LettersForgotten(removed=sum([await channel.forget(question.pnr) for channel in keep]))
        except ChannelError as failure:
            raise AskFailed(503, str(failure)) from failure


def stated_of(account: RightsAccount) -> Stated | None:
    """What letters say of an account; None: nothing."""
    return Stated(account.last_care, account.package) if account.package else None


class _GoneError(Exception):
    """What a notice is about is no more."""

    def __str__(self) -> str:
        return "the fact has left the stream, or the party was forgotten"


def _as_of(delivery: Delivery[M] | None, at_least: int) -> Delivery[M] | None:
    """The delivery of a fact in LEDGER, with which everything is read as of this sequence or later."""
    return delivery and structs.replace(delivery, settled=max(delivery.settled, at_least))


def _answered(outcome: Outcome | None) -> NoticeResent:
    """`outcome`: None if there was nothing to attempt."""
    match outcome and outcome.message:
        case None:
            return NoticeResent(why="the letter was sent before")
        case NoticeSent(channel=channel):
            return NoticeResent(channel=channel)
        case NoticeFailed(tried=tried):
            return NoticeResent(why="; ".join(f"{channel}: {error}" for channel, error in tried.items()))
        case NoticePointless():
            return NoticeResent(why="nothing in the letter lies ahead of its reader any more")
        case _:
            return NoticeResent(why="a later fact is reported instead")


def _again(delivery: Delivery[Any], pause: timedelta) -> Deferred:
    """This fact is delivered again after the pause; the others of its group are done."""

    async def work() -> None:
        raise Retry(pause, "no channel took the letter")

    return Deferred(delivery, work)
