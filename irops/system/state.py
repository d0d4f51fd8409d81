"""The state of a whole system as JSON lines: everything that is needed to go on from it, or to audit it, elsewhere.

A line is `{"subject": ..., "stored_at": ..., "message": {...}}`, in stream order. It also has the headers of the message's
envelope, and `expires` where the message is a fact that is forgotten after a fortnight. The feed's raw statuses, dead letters
and the booker's lease are left out: they belong to the system that is running.
"""

import pkgutil
from collections.abc import AsyncIterator, Mapping
from functools import cache
from importlib import import_module
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

import contracts
from bus import Bus
from bus.operations import UNDECODABLE, Restored, stored
from contracts.clock import CLOCK, Clock
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT_STATUS, Instant
from contracts.ledger import ACTIVE_BOOKER
from contracts.requests import WISHED_NAMES
from contracts.streams import STREAMS
from contracts.subject import BadToken, Subject
from irops.lines.faults import in_words
from irops.lines.strict import strict

M = TypeVar("M", bound=Struct)

_LEFT_OUT = {FLIGHT_STATUS.stream, DEAD_LETTER.stream, CLOCK.stream}
"""Streams; the clock has a line of its own."""
_NOT_EXPORTED = (ACTIVE_BOOKER, WISHED_NAMES)
"""What is of no use elsewhere, and is there for a short while."""
_HEADERS = ("ce-", "traceparent")


class Line(Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True):
    """One message with where and when it was stored."""

    subject: Annotated[str, Meta(description="a subject", examples=["ledger.booking.QX7K2M"])]
    stored_at: Instant
    """Wall clock."""
    expires: bool = False
    headers: dict[str, str] = {}
    message: msgspec.Raw


class BadLine(ValueError):
    """A line that is no message of a system's state: why, in words."""


def streams() -> tuple[str, ...]:
    """The streams whose messages are part of the state, in the order in which they are exported."""
    return tuple(stream.name for stream in STREAMS if stream.name not in _LEFT_OUT)


@cache
def subjects() -> Mapping[str, Subject[Any]]:
    """Every subject that is part of the state, by its first two tokens."""
    modules = (import_module(f"contracts.{info.name}") for info in pkgutil.iter_modules(contracts.__path__))
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Subject))
    return {_family(s.pattern): s for s in found if s.stream in streams() and s not in _NOT_EXPORTED}


def subject_of(address: str) -> Subject[Any] | None:
    """The subject of this address; None where it is not part of the state."""
    return subjects().get(_family(address))


async def state_lines(bus: Bus) -> AsyncIterator[Line]:
    """The state as it stands: the clock, then each stream in its order. A message that is not of its subject's type is left out
    and noted in `bus.unreadable`. Raises `Unavailable`."""
    key = CLOCK.key()
    if entry := (await bus.load([key]))[key]:
        yield Line(subject=key.name, stored_at=entry.message.at, message=_canonical(entry.message))
    for stream in streams():
        async for raw in stored(bus.nc, stream):
            subject = subject_of(raw.subject)
            if subject is None or raw.removed:
                continue
            try:
                message = msgspec.json.decode(raw.data, type=subject.message)
            except UNDECODABLE as failure:
                bus.unreadable[stream, raw.sequence] = str(failure)
                continue
            yield Line(
                subject=raw.subject,
                stored_at=raw.stored_at,
                expires="Nats-TTL" in raw.headers,
                headers={name: value for name, value in raw.headers.items() if name.startswith(_HEADERS)},
                message=_canonical(message),
            )


def _canonical(message: Struct) -> msgspec.Raw:
    """The message as it is written when it has been read: a whole number in a field of fractions becomes one of them."""
    return msgspec.Raw(msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(message), type=type(message))))


def parse(line: bytes) -> Clock | tuple[str, Restored]:
    """The clock, or the stream and the message to restore. Raises `BadLine`."""
    try:
        read = msgspec.json.decode(line, type=Line)
    except msgspec.ValidationError:
        raise BadLine(in_words(msgspec.json.decode(line), Line)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise BadLine(f"is no JSON: {failure}") from failure
    if read.subject == CLOCK.pattern:
        return _message(read, CLOCK)
    subject = subject_of(read.subject)
    if subject is None:
        raise BadLine(f"subject: no message of a system's state has the subject {read.subject}")
    body = _message(read, subject)
    try:
        address = subject.of(body).name
    except BadToken as failure:
        raise BadLine(f"message: {failure}") from failure
    if address != read.subject:
        raise BadLine(f"subject: the message belongs to {address}")
    return subject.stream, Restored(read.subject, body, read.headers, read.stored_at, read.expires)


def _message(line: Line, subject: Subject[M]) -> M:
    try:
        message: M = msgspec.json.decode(line.message, type=strict(subject.message))
    except msgspec.ValidationError:
        words = in_words(msgspec.json.decode(line.message), subject.message)
        raise BadLine(f"message: {words}") from None
    return message


def _family(subject: str) -> str:
    return ".".join(subject.split(".", 2)[:2])
