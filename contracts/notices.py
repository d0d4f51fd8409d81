"""What became of telling people. `id` is the id of the booking fact that was told."""

from typing import Literal

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Id, Pnr
from contracts.subject import Subject

Outcome = Literal["sent", "superseded"]


class NoticeSent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`superseded`: a later fact about the booking exists, so this one was not sent."""

    pnr: Pnr
    id: Id
    outcome: Outcome
    channel: str = ""
    at: Instant
    untold: tuple[Id, ...] = ()
    """Earlier facts about the booking that nobody was told, oldest first: this notice tells them too."""


class NoticeFailed(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """No channel took it; `tried` names each with its last error."""

    pnr: Pnr
    id: Id
    tried: dict[str, str]
    at: Instant


NOTICE_SENT = Subject("notice.sent.{pnr}.{id}", NoticeSent, "NOTICES")
"""notifier -> anyone"""
NOTICE_FAILED = Subject("notice.failed.{pnr}.{id}", NoticeFailed, "NOTICES")
"""notifier -> anyone"""
