"""Between messages as the server delivers them, deliveries as handlers receive them, and dead letters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bus.causation import Cause
from bus.clock import wall
from bus.delivery import Delivery
from bus.runtime.leases import Leased
from bus.runtime.routes import Route
from bus.wire.envelope import (
    batch_end,
    cause_id_of,
    decode_error,
    decoder,
    encode,
    identity_of,
    trace_of,
    written_at,
)
from contracts.dead import DeadLetter

_TEXT = 16_384
"""The most characters of a reason or traceback that a dead letter keeps; of a traceback, its end."""
_HEADROOM = 4096
"""Bytes of a message that the headers of a dead letter may take."""


def delivery_of(leased: Leased) -> Delivery[Any]:
    """The message as its handler receives it. Raises one of `UNDECODABLE`."""
    metadata = leased.metadata
    return _delivery(
        leased.route,
        leased.msg.data,
        leased.msg.headers or {},
        subject=leased.msg.subject,
        stream=metadata.stream,
        sequence=metadata.sequence,
        stored_at=metadata.stored_at,
    )


def redelivery_of(letter: DeadLetter, route: Route) -> Delivery[Any]:
    """A dead letter's message as its handler receives it again. Raises one of `UNDECODABLE`."""
    return _delivery(
        route,
        letter.payload,
        letter.headers,
        subject=letter.subject,
        stream=letter.stream,
        sequence=letter.sequence,
        stored_at=letter.at,
    )


def _delivery(
    route: Route,
    payload: bytes,
    headers: Mapping[str, str],
    *,
    subject: str,
    stream: str,
    sequence: int,
    stored_at: datetime,
) -> Delivery[Any]:
    identity = identity_of(headers, stream, sequence)
    return Delivery(
        message=decoder(route.subject.message).decode(payload),
        subject=subject,
        stream=stream,
        sequence=sequence,
        settled=batch_end(headers, sequence) or sequence,
        id=identity,
        trace=trace_of(headers, identity),
        stored_at=stored_at,
        cause_id=cause_id_of(headers),
        written_at=written_at(headers),
    )


def cause_in(leased: Leased) -> Cause:
    """A message that may be undecodable, as the cause of its dead letter."""
    headers, metadata = leased.msg.headers, leased.metadata
    identity = identity_of(headers, metadata.stream, metadata.sequence)
    tokens = zip(leased.route.subject.pattern.split("."), leased.msg.subject.split("."), strict=False)
    return Cause(identity, trace_of(headers, identity), cause_id_of(headers), dict(tokens).get("{pnr}", ""))


def undecodable(route: Route, failure: Exception) -> str:
    """Why a message is not of its type, without quoting it."""
    return f"not a {route.subject.message.__name__}: {decode_error(failure)}"


def letter_of(leased: Leased, agent: str, reason: str, stack: str, *, limit: int) -> DeadLetter:
    """A dead letter that fits into a message of `limit` bytes: where it would not, the payload, then also headers and
    traceback, stay in the original's stream alone, and the reason says so."""
    metadata, payload = leased.metadata, leased.msg.data

    def letter(payload: bytes, headers: dict[str, str], stack: str, note: str) -> DeadLetter:
        return DeadLetter(
            agent=agent,
            stream=metadata.stream,
            sequence=metadata.sequence,
            subject=leased.msg.subject,
            reason=reason[:_TEXT] + note,
            traceback=stack[-_TEXT:],
            headers=headers,
            payload=payload,
            at=wall(),
        )

    headers = dict(leased.msg.headers or {})
    note = f" (its {len(payload)} bytes are in {metadata.stream} alone)"
    whole, without_payload = letter(payload, headers, stack, ""), letter(b"", headers, stack, note)
    for candidate in (whole, without_payload):
        if len(encode(candidate)) + _HEADROOM <= limit:
            return candidate
    return letter(b"", {}, "", note)
