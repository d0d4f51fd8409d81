"""Notices that stand alone: each is about one thing and is merged with no other."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from agents.notifier.adapters import History
from agents.notifier.channels import Channel, Delivered, Undelivered, send_through, wait
from agents.notifier.config import Config
from agents.notifier.domain import Letter, NoLetter
from agents.notifier.outcomes import Failures, NoticeId, Outcome, failed, pause_before, publish, superseded
from agents.notifier.sending import FRESH
from bus import Bus, Delivery
from bus.clock import monotonic as steady
from contracts.names import Id
from contracts.notices import (
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NoticeFailed,
    NoticePointless,
    NoticeSent,
    RequestReported,
)

_NOW = timedelta(0)


class Notice(NamedTuple):
    """A notice that is to be attempted."""

    of: NoticeId
    letter: Letter | NoLetter
    """Or why there is none."""
    is_current: Callable[[], Awaitable[bool]]
    """Read again whether the letter still has to be sent."""
    care: Id = ""
    """As `NoticeSent.care`."""
    request: RequestReported | None = None
    """As `NoticeSent.request`."""


class OneByOne:
    """The arguments are those of `Sending`."""

    def __init__(
        self,
        bus: Bus,
        history: History,
        channels: Sequence[Channel],
        config: Config,
        *,
        monotonic: Callable[[], float] = steady,
    ) -> None:
        self._bus, self._history, self._channels, self._config = bus, history, channels, config
        self._monotonic = monotonic

    async def hear(self, cause: Delivery[Any], notices: Sequence[Notice]) -> timedelta | None:
        """Attempt those that are due. Returns how long until the next of them is; None: all are done."""
        now = self._bus.now()
        known = await self._history.notices(notice.of for notice in notices)
        due, waiting = [], list[timedelta]()
        for notice in notices:
            failure = known.failed.get(notice.of)
            left = pause_before(failure.message, now) if failure else _NOW
            if notice.of in known.sent or left is None:
                continue
            if left == _NOW:
                due.append(notice)
            else:
                waiting.append(left)
        for outcome in await self._attempt(cause, due, known.failed):
            if outcome and isinstance(outcome.message, NoticeFailed):
                left = pause_before(outcome.message, self._bus.now())
                waiting += [] if left is None else [left]
        return min(waiting, default=None)

    async def at_once(self, cause: Delivery[Any], notice: Notice) -> Outcome | None:
        """Attempt it whatever came of earlier attempts. Returns what became of it; None: it was sent before."""
        known = await self._history.notices([notice.of])
        if notice.of in known.sent:
            return None
        (outcome,) = await self._attempt(cause, [notice], known.failed)
        return outcome

    async def _attempt(
        self, cause: Delivery[Any], notices: Sequence[Notice], earlier: Failures
    ) -> Sequence[Outcome | None]:
        began = self._monotonic()
        outcomes = await asyncio.gather(
            *(self._notify(notice, cause, earlier, began=began) for notice in notices), return_exceptions=True
        )
        return await publish(self._bus, [(cause, each) for each in outcomes], earlier)

    async def _notify(self, notice: Notice, cause: Delivery[Any], earlier: Failures, *, began: float) -> Outcome | None:
        (pnr, id_), now = notice.of, self._bus.now()
        if notice.letter == "superseded":
            return superseded(notice.of, now)
        if not isinstance(notice.letter, Letter):
            return NOTICE_POINTLESS.of(NoticePointless(pnr=pnr, id=id_, at=now))
        attempted = False

        async def is_current() -> bool:
            """Not read again for a first attempt that comes soon after what it rests on was read."""
            nonlocal attempted
            first, attempted = not attempted, True
            return (first and self._monotonic() - began <= FRESH) or await notice.is_current()

        result = await send_through(
            self._channels,
            notice.letter,
            retries=self._config.retries,
            pause=self._config.pause,
            wait=wait,
            is_current=is_current,
        )
        now = self._bus.now()
        if isinstance(result, Undelivered):
            failure = earlier.get(notice.of)
            attempts = 1 + (failure.message.attempts if failure else 0)
            return failed(notice.of, result, self._config, attempts=attempts, now=now, cause=cause)
        if not isinstance(result, Delivered):
            # No fact may name a party that was forgotten meanwhile.
            return superseded(notice.of, now) if await self._history.booking(pnr) else None
        sent = NoticeSent(
            pnr=pnr, id=id_, channel=result.channel, sent_at=now, care=notice.care, request=notice.request
        )
        return NOTICE_SENT.of(sent)
