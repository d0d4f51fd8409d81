"""What travels around a message: CloudEvents' attributes in NATS binary mode (`ce-` headers) and W3C Trace Context.

`ce-id` is the subject's own name where that is unique for ever (a fact), else given. The trace id is handed on from the
cause; the span id derives from the message's id, so a message said again after a crash is the same bytes.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

M = TypeVar("M", bound=msgspec.Struct)

COMMIT = "Irops-Commit"
"""`<identity>.<count>` of the commit that wrote a message: to know one's own when its answer was lost, and where it ends."""

THEN = "Irops-Then"
"""On the last message of its family (`ledger.flight`, `ledger.waiting`, ...) in a commit: the families that come after it. Who
follows none of those has all of the commit that is for him."""

encode = msgspec.json.Encoder().encode

_TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


_QUOTED = re.compile(r"(['\"]).*\1", re.DOTALL)


def decode_error(failure: Exception) -> str:
    """What a decoder says is wrong, and where. What it quotes is left out: it came from outside, and this goes into logs."""
    return _QUOTED.sub("'…'", str(failure))


def decoder(message: type[M]) -> msgspec.json.Decoder[M]:
    """The decoder of a type, built once."""
    if message not in _decoders:
        _decoders[message] = msgspec.json.Decoder(message)
    return _decoders[message]


def _hex(text: str, size: int) -> str:
    return blake2b(text.encode(), digest_size=size).hexdigest()


def envelope(identity: str, message: type[Any], *, source: str, trace: str, now: datetime) -> dict[str, str]:
    """The headers of one message. `now`: by the time everyone goes by. `trace`: the cause's trace id; an empty one starts a new
    trace."""
    return {
        "ce-specversion": "1.0",
        "ce-id": identity,
        "ce-type": f"irops.{message.__name__}",
        "ce-source": source,
        "ce-time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "traceparent": f"00-{trace or _hex(identity, 16)}-{_hex(identity, 8)}-01",
    }


def said_at(headers: Mapping[str, str] | None, stored_at: datetime) -> datetime:
    """When a message was said, by the time everyone goes by, to the millisecond; where it does not tell, when it was stored."""
    try:
        return datetime.fromisoformat((headers or {})["ce-time"])
    except (KeyError, ValueError):
        return stored_at


def trace_of(headers: Mapping[str, str] | None, identity: str) -> str:
    """The trace id a message carries; one derived from its identity where it carries none, or nonsense."""
    parent = _TRACE_PARENT.fullmatch((headers or {}).get("traceparent", ""))
    return parent[1] if parent else _hex(identity, 16)


def batch_end(headers: Mapping[str, str] | None, sequence: int) -> int:
    """The stream sequence of the last message of the batch that the message at `sequence` is part of; 0 if it can't be told
    (a foreign publisher's batch)."""
    if not headers or "Nats-Batch-Id" not in headers or "Nats-Batch-Commit" in headers:
        return sequence
    count = headers.get(COMMIT, "").rpartition(".")[2]
    return sequence + int(count) - int(headers["Nats-Batch-Sequence"]) if count.isdecimal() else 0


def family(subject: str) -> str:
    """The first two tokens of a subject: what a view follows."""
    return ".".join(subject.split(".", 2)[:2])


def is_removal(headers: Mapping[str, str] | None) -> bool:
    """Whether the message marks its subject as removed (by us, or by a server's limit)."""
    return headers is not None and ("KV-Operation" in headers or "Nats-Marker-Reason" in headers)


def parse_time(text: str) -> datetime:
    """A server's RFC 3339 time, which has nanoseconds."""
    stamp = text.rstrip("Z")
    whole, _, fraction = stamp.partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
