"""The headers around a message: CloudEvents attributes in NATS binary mode (`ce-`), and W3C Trace Context.

A fact's `ce-id` is its subject, which is unique for ever; other messages are given one. A message's span id derives from its
`ce-id`, so a message published again after a crash has the same bytes. `traceparent` has the trace and, as parent, the span of
the cause; a message without a cause begins a trace, and is its own parent there. `bus.causation` says what a cause is.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

from bus.causation import Cause

M = TypeVar("M", bound=msgspec.Struct)

COMMIT = "Irops-Commit"
"""`<identity>.<count>` of the commit that wrote a message: it recognises its own work by it, and readers find its end."""

THEN = "Irops-Then"
"""On the last message of each family (`ledger.flight`, `ledger.waiting`, ...) in a commit: the families that follow it. A
reader that follows none of those has received its whole part of the commit."""

SHADOW = "ce-shadow"
"""On what a shadow's agents write (`contracts.shadow`): `true`."""

ORIGINAL = "Irops-Stored-At"
"""On a message that was restored from an export: when it was first stored, wall clock, ISO 8601."""

encode = msgspec.json.Encoder().encode

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a message that is not of its type."""

_ID = re.compile(r"[A-Za-z0-9._:/+=-]+")
_ID_AT_MOST = 512
"""Characters. Ours have at most some two hundred."""
_TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)

_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def decode_error(failure: Exception) -> str:
    """What a decoder found wrong, and where, for logs. Quoted input is left out: it is foreign and may be personal."""
    return _QUOTED.sub("'…'", str(failure))


def decoder(message: type[M]) -> msgspec.json.Decoder[M]:
    """The decoder of a type, built once."""
    if message not in _decoders:
        _decoders[message] = msgspec.json.Decoder(message)
    return _decoders[message]


def _hex(text: str, size: int) -> str:
    return blake2b(text.encode(), digest_size=size).hexdigest()


def envelope(
    identity: str,
    message: msgspec.Struct,
    *,
    source: str,
    cause: Cause | None,
    at: str,
    sampled: bool = False,
    in_shadow: bool = False,
) -> dict[str, str]:
    """The headers of one message. `at` is event time, by `stamp`. Without a cause it begins a trace."""
    headers = {
        "ce-specversion": "1.0",
        "ce-id": identity,
        "ce-type": f"irops.{type(message).__name__}",
        "ce-source": source,
        "ce-time": at,
    }
    if in_shadow:
        headers[SHADOW] = "true"
    cause_id = cause.id_for(message) if cause else ""
    if cause_id:
        headers["ce-causationid"] = cause_id
    trace = cause.trace if cause else _hex(identity, 16)
    headers["traceparent"] = f"00-{trace}-{span_of(cause_id or identity)}-{'01' if sampled else '00'}"
    return headers


def stamp(now: datetime) -> str:
    """An instant as headers have it, to the millisecond."""
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span_of(identity: str) -> str:
    """The W3C span id, 16 hex digits, of the message with this `ce-id`."""
    return _hex(identity, 8)


def identity_of(headers: Mapping[str, str] | None, stream: str, sequence: int) -> str:
    """A message's `ce-id`; its position in the stream where it has none, or one that no other message could repeat."""
    return repeatable((headers or {}).get("ce-id", "")) or f"{stream}.{sequence}"


def cause_id_of(headers: Mapping[str, str] | None) -> str:
    """A message's `ce-causationid`; empty where it has none."""
    return repeatable((headers or {}).get("ce-causationid", ""))


def repeatable(identity: str) -> str:
    """The id, if the headers of other messages may repeat it; else an empty text. A foreign one may be of any size, and may be
    words of its sender."""
    return identity if len(identity) <= _ID_AT_MOST and _ID.fullmatch(identity) else ""


def event_time(headers: Mapping[str, str] | None, stored_at: datetime) -> datetime:
    """Event time of a message, to the millisecond; the time it was stored where it carries none."""
    return written_at(headers) or stored_at


def written_at(headers: Mapping[str, str] | None) -> datetime | None:
    """Event time at which a message was written, to the millisecond; None where it carries none that can be read."""
    try:
        written = datetime.fromisoformat((headers or {})["ce-time"])
    except (KeyError, ValueError):
        return None
    return written if written.tzinfo else None


def first_stored_at(headers: Mapping[str, str] | None, stored_at: datetime) -> datetime:
    """When the message was first stored: `stored_at`, unless it has been restored from an export."""
    original = (headers or {}).get(ORIGINAL)
    return datetime.fromisoformat(original) if original else stored_at


def trace_of(headers: Mapping[str, str] | None, identity: str) -> str:
    """A message's trace id; one derived from its identity where it carries none that is valid."""
    parent = _TRACE_PARENT.fullmatch((headers or {}).get("traceparent", ""))
    return parent[1] if parent else _hex(identity, 16)


def batch_end(headers: Mapping[str, str] | None, sequence: int) -> int:
    """Stream sequence of the last message of the batch to which the message at `sequence` belongs; 0 when unknown (a batch
    of a foreign publisher)."""
    if not headers or "Nats-Batch-Id" not in headers or "Nats-Batch-Commit" in headers:
        return sequence
    count = headers.get(COMMIT, "").rpartition(".")[2]
    return sequence + int(count) - int(headers["Nats-Batch-Sequence"]) if count.isdecimal() else 0


def family(subject: str) -> str:
    """The first two tokens of a subject, which identify its `Subject`."""
    return ".".join(subject.split(".", 2)[:2])


def written_in_shadow(headers: Mapping[str, str] | None) -> bool:
    """Whether an agent of a shadow wrote the message."""
    return headers is not None and SHADOW in headers


def is_removal(headers: Mapping[str, str] | None) -> bool:
    """Whether the message marks its subject as removed, by a commit or by a limit of the server."""
    return headers is not None and ("KV-Operation" in headers or "Nats-Marker-Reason" in headers)


def parse_time(text: str) -> datetime:
    """A server's RFC 3339 time, which has nanoseconds."""
    stamp = text.rstrip("Z")
    whole, _, fraction = stamp.partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
