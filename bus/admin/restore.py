"""Writes messages of an earlier system into empty streams of this one, as they were: payloads, identities, traces and ages.

`ORIGINAL` keeps when a message was first stored. Readers go by it, and a message that expires does so as if it had never moved.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from nats.aio.client import Client

from bus.state.store import FACTS_LAST, mark_ends
from bus.wire import batch
from bus.wire.envelope import COMMIT, ORIGINAL

AT_ONCE = 400
"""Messages in one batch."""


@dataclass(frozen=True, slots=True)
class Restored:
    """One message to write. `headers`: those of its envelope; the others belong to the server that stored it first."""

    subject: str
    body: msgspec.Struct
    headers: Mapping[str, str]
    stored_at: datetime
    expires: bool
    """Whether it is forgotten `FACTS_LAST` after `stored_at`."""


async def restore(nc: Client, stream: str, messages: Sequence[Restored], *, now: datetime) -> int:
    """Write up to `AT_ONCE` messages, whose subjects must be new to the stream, in one batch. Returns how many were left out
    because they have expired by `now` (wall clock). Raises `Conflict` for a subject that exists, `ApiError`, `Unavailable`."""
    kept = [message for message in messages if _left(message, now) > timedelta(0)]
    if kept:
        identity = f"{uuid.uuid4().hex}.{len(kept)}"
        written = [batch.Message(each.subject, each.body, _headers(each, identity, now)) for each in kept]
        mark_ends(written)
        await batch.send(nc, stream, written)
    return len(messages) - len(kept)


def _left(message: Restored, now: datetime) -> timedelta:
    return FACTS_LAST - (now - message.stored_at) if message.expires else timedelta.max


def _headers(message: Restored, identity: str, now: datetime) -> dict[str, str]:
    headers = {
        **message.headers,
        ORIGINAL: message.stored_at.isoformat(),
        COMMIT: identity,
        batch.EXPECTED: "0",
    }
    if message.expires:
        headers["Nats-TTL"] = f"{max(int(_left(message, now).total_seconds()), 1)}s"
    return headers
