"""What became of notices, published as facts: once each, but for failures, of which each replaces the one before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agents.notifier.channels import Undelivered
from agents.notifier.config import Config
from agents.notifier.domain import pause_after
from bus import Bus, Commit, Delivery, Entry, Fact
from bus.logs import get_logger
from contracts.names import Id, Pnr
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_SUPERSEDED,
    NoticeFailed,
    NoticePointless,
    NoticeSent,
    NoticeSuperseded,
)
from contracts.subject import Addressed

Outcome = Addressed[NoticeSent] | Addressed[NoticeSuperseded] | Addressed[NoticePointless] | Addressed[NoticeFailed]
NoticeId = tuple[Pnr, Id]
"""A party, and what its notice is about."""
Failures = Mapping[NoticeId, Entry[NoticeFailed]]
"""The last failed attempt at each."""

DELIVERED = "delivered"
"""The channels have taken the letters of a group, and no outcome is published yet."""

log = get_logger("notifier")


def pause_before(failure: NoticeFailed, now: datetime) -> timedelta | None:
    """How long until the next attempt at a notice; None if there is none."""
    return None if failure.again_at is None else max(failure.again_at - now, timedelta(0))


def superseded(of: NoticeId, at: datetime) -> Outcome:
    """No letter is sent: something later says it."""
    pnr, id_ = of
    return NOTICE_SUPERSEDED.of(NoticeSuperseded(pnr=pnr, id=id_, at=at))


def failed(
    of: NoticeId, result: Undelivered, config: Config, *, attempts: int, now: datetime, cause: Delivery[Any]
) -> Outcome:
    """No channel took the letter at the attempt of this number, which is logged. It is tried again, unless all refused it."""
    pnr, id_ = of
    pause = pause_after(attempts, first=config.again, longest=config.longest_wait)
    again_at = None if result.is_final else now + pause
    log.error(
        "no channel took the letter",
        id=id_,
        tried=result.tried,
        attempts=attempts,
        again_at=again_at and again_at.isoformat(),
        trace=cause.trace,
    )
    return NOTICE_FAILED.of(
        NoticeFailed(pnr=pnr, id=id_, tried=result.tried, at=now, attempts=attempts, again_at=again_at)
    )


async def publish(
    bus: Bus, outcomes: Iterable[tuple[Delivery[Any], Outcome | BaseException | None]], earlier: Failures
) -> Sequence[Outcome | None]:
    """Publish these outcomes, each with its cause, and get them back. If one is an error, the others are published first, so
    that a redelivery does not send their letters again; then it is raised."""
    bus.failpoint(DELIVERED)
    ended = [(cause, outcome) for cause, outcome in outcomes]
    facts = [
        Fact(outcome, cause, expires=False, replaces=_replaced(outcome, earlier))
        for cause, outcome in ended
        if outcome and not isinstance(outcome, BaseException)
    ]
    await bus.emit_once([fact for fact in facts if not fact.replaces])
    await bus.commit(Commit([fact for fact in facts if fact.replaces]))
    for _, outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for _, outcome in ended if not isinstance(outcome, BaseException)]


def _replaced(outcome: Outcome, earlier: Failures) -> int:
    """The sequence of the record that the outcome replaces: a failure that of the failure before it."""
    message = outcome.message
    failure = earlier.get((message.pnr, message.id))
    return failure.revision if failure and isinstance(message, NoticeFailed) else 0
