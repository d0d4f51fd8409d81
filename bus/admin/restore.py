"""Writes messages of an earlier system into empty streams of this one, as they were: payloads, identities, traces and ages.

`ORIGINAL` keeps when a message was first stored. Readers go by it, and a message that expires does so as if it had never moved.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from nats.aio.client import Client

from bus.state.store import mark_ends
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
    """Whether it is a fact that expires."""


async def restore(
    nc: Client, stream: str, messages: Sequence[Restored], *, now: datetime, facts_last: timedelta
) -> int:
    """Write up to `AT_ONCE` messages, whose subjects must be new to the stream, in one batch. Returns how many were left out
    because they have expired by `now` (wall clock). `facts_last`: the age at which a fact expires; zero: never.

    Raises `Conflict` for a subject that exists, `ApiError`, `Unavailable`.
    """
    lives = {message.subject: _left(message, now, facts_last) for message in messages}
    kept = [message for message in messages if lives[message.subject] > timedelta(0)]
    if kept:
        identity = f"{uuid.uuid4().hex}.{len(kept)}"
        written = [
            batch.Message(each.subject, each.body, _headers(each, identity, lives[each.subject])) for each in kept
        ]
        mark_ends(written)
        await batch.send(nc, stream, written)
    return len(messages) - len(kept)


def _left(message: Restored, now: datetime, facts_last: timedelta) -> timedelta:
    return facts_last - (now - message.stored_at) if message.expires and facts_last else timedelta.max


def _headers(message: Restored, identity: str, left: timedelta) -> dict[str, str]:
    headers = {
        **message.headers,
        ORIGINAL: message.stored_at.isoformat(),
        COMMIT: identity,
        batch.EXPECTED: "0",
    }
    if left < timedelta.max:
        headers["Nats-TTL"] = f"{max(int(left.total_seconds()), 1)}s"
    return headers
