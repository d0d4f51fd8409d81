"""The outcome of each notice: sent, superseded or failed. `id` is the id of the booking fact the notice is about."""

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Id, Pnr
from contracts.subject import Subject


class NoticeSent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A channel accepted the letter."""

    pnr: Pnr
    id: Id
    channel: str
    sent_at: Instant
    """Event time at which the channel accepted it."""
    covers: tuple[Id, ...] = ()
    """Earlier facts about the booking for which no letter was sent, oldest first: this letter reports them too."""


class NoticeSuperseded(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """No letter was sent: a later fact about the booking exists, and its letter reports this one too.

    A redelivered fact may have both this outcome and an earlier `NoticeSent`; then the letter was sent.
    """

    pnr: Pnr
    id: Id
    at: Instant


class NoticeFailed(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """No channel accepted the letter; `tried` gives the last error of each channel."""

    pnr: Pnr
    id: Id
    tried: dict[str, str]
    at: Instant


NOTICE_SENT = Subject("notice.sent.{pnr}.{id}", NoticeSent, "NOTICES")
"""notifier -> anyone"""
NOTICE_SUPERSEDED = Subject("notice.superseded.{pnr}.{id}", NoticeSuperseded, "NOTICES")
"""notifier -> anyone"""
NOTICE_FAILED = Subject("notice.failed.{pnr}.{id}", NoticeFailed, "NOTICES")
"""notifier -> anyone"""
