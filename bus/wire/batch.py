"""Stores several messages as one atomic batch, and finds out what became of it when its answer is lost.

A commit without an answer may have been stored, may be lost, or may still be on its way: a *ghost*, which arrives after the
timeout, once the connection is back. Reading back alone can be fooled by a ghost, so the same content is **sent again**
under a new batch id. If the first one was stored, the second conflicts with it, and only then is the stream read: every
message carries the identity of its commit, so a commit recognises its own work.

A batch of one message is a plain publish, which costs the server a tenth.
"""

import uuid
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import Error

from bus.errors import ApiError, Conflict, TooLarge, Unavailable
from bus.logs import get_logger
from bus.wire.api import NOT_FOUND, call
from bus.wire.envelope import COMMIT, encode
from bus.wire.headers import header_block
from bus.wire.retrying import TryAgain, check_permitted, request, retry

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"

_CONFLICTS = {10071, 10164, 10201}
"""Wrong last sequence; two expectations on one key, or a key in flight; a repeated message id."""
_BUSY = {10176, 10210}
"""Incomplete batch; too many open ones, as when 50 were abandoned: the server forgets those after about 10 s."""

TRIES = 20
"""Attempts until a commit is given up."""
_HEADERS_AT_MOST = 4096
"""Bytes of headers, which count as payload: far more than ours."""

log = get_logger("bus")


class Message(msgspec.Struct, frozen=True, gc=False):
    subject: str
    body: msgspec.Struct | None
    headers: dict[str, str]


async def send(
    nc: Client,
    stream: str,
    messages: list[Message],
    *,
    at_half: Callable[[], None] = lambda: None,
    timeout: float = 2,
    tries: int = TRIES,
) -> int:
    """Stores all messages or none. Returns the first one's sequence; they are contiguous.

    `at_half` is called when half of the batch is sent. Raises `Conflict`, `Unavailable` after `tries`, `ApiError` for a
    refusal that is final, and `TooLarge` for a message over the server's `max_payload`, before anything is sent.
    """
    payloads = [encode(m.body) if m.body is not None else b"" for m in messages]
    what = f"commit to {stream}"
    unanswered = False

    async def attempt(number: int) -> int:
        nonlocal unanswered
        if not nc.is_connected:  # sent now it would be buffered, and a ghost for certain
            raise TryAgain("the connection is down")
        batch = _batched(messages)
        _check_sizes(nc, messages, payloads, batch)
        try:
            reply = await _send(nc, messages, payloads, batch, at_half, what=what, timeout=timeout)
        except TryAgain as failure:
            unanswered = unanswered or failure.unanswered
            log.warning("commit failed, sent again", stream=stream, attempt=number + 1, problem=str(failure))
            raise
        except ApiError as failure:
            if failure.code in _BUSY:
                check_permitted(nc, (m.subject for m in messages), what=what)  # a message that was denied is missing
                raise TryAgain(str(failure)) from failure
            if failure.code not in _CONFLICTS:
                raise
            own = await _read_back(nc, stream, messages) if unanswered else None
            if own is None:
                raise Conflict(str(failure)) from failure
            return own
        return int(reply["seq"]) - len(messages) + 1

    return await retry(attempt, what=f"{what} of {len(messages)} messages", tries=tries)


async def _send(
    nc: Client,
    messages: list[Message],
    payloads: list[bytes],
    batch: list[dict[str, str]],
    at_half: Callable[[], None],
    *,
    what: str,
    timeout: float,
) -> Any:
    *before, last = zip(messages, payloads, batch, strict=True)
    try:
        for i, (message, payload, headers) in enumerate(before):
            if i == len(before) // 2:
                at_half()
            await nc.publish(message.subject, payload, headers=headers)
    except Error as failure:
        raise Unavailable(f"{what}: {failure}") from failure
    if not before:
        at_half()
    message, payload, headers = last
    return await request(nc, message.subject, payload, what=what, timeout=timeout, headers=headers)


def _batched(messages: list[Message]) -> list[dict[str, str]]:
    """Each message's headers with those that make it part of one new batch; a message alone needs none."""
    if len(messages) == 1:
        return [messages[0].headers]
    batch = uuid.uuid4().hex
    headers = [
        message.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(i)}
        for i, message in enumerate(messages, start=1)
    ]
    headers[-1]["Nats-Batch-Commit"] = "1"
    return headers


def _check_sizes(nc: Client, messages: list[Message], payloads: list[bytes], batch: list[dict[str, str]]) -> None:
    """Raises `TooLarge`. A batch must not be half sent when one of its messages turns out too large."""
    limit = nc.max_payload
    for message, payload, headers in zip(messages, payloads, batch, strict=True):
        near = len(payload) > limit - _HEADERS_AT_MOST
        if near and (size := len(payload) + len(header_block(headers))) > limit:
            raise TooLarge(message.subject, size, limit)


async def _read_back(nc: Client, stream: str, messages: list[Message]) -> int | None:
    """The first sequence of these messages where they are in the stream after all, else None. Asked of the leader."""
    identity = messages[0].headers[COMMIT]
    for i, message in enumerate(messages):
        try:
            reply = await call(nc, f"STREAM.MSG.GET.{stream}", {"last_by_subj": message.subject})
        except ApiError as failure:
            if failure.code in NOT_FOUND:
                return None
            raise
        headers = b64decode(reply["message"].get("hdrs", ""))
        if f"{COMMIT}: {identity}".encode() in headers:
            return int(reply["message"]["seq"]) - i
        if message.headers.get(EXPECTED) == "0":
            return None  # a fact is never overwritten, so this one is another commit's
    return None
