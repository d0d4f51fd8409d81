"""One atomic batch on its way to the server, and what to do when its answer is lost. (A batch of one message is a plain
publish, which costs the server a tenth.)

A commit that was not answered may have been stored, may be lost, or may still be on its way (a *ghost*: it arrives after the
time-out, once the connection is back). Reading back alone can be fooled by a ghost, so the same content is **sent again**
under a new batch id. If the first one was stored, the second conflicts with it; only then is it read back: every
message carries its commit's identity, so a commit recognises its own work.
"""

import asyncio
import json
import random
import uuid
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.errors import Error, MaxPayloadError, NoRespondersError, TimeoutError

from bus.errors import Conflict, Unavailable
from bus.logs import get_logger
from bus.wire.api import NOT_FOUND, ApiError, call
from bus.wire.envelope import COMMIT, encode

EXPECTED = "Nats-Expected-Last-Subject-Sequence"
EXPECTED_SUBJECT = "Nats-Expected-Last-Subject-Sequence-Subject"

_CONFLICTS = {10071, 10164, 10201}
"""Wrong last sequence; two expectations or a key in flight; a repeated message id."""
_BUSY = {10176, 10210}
"""Incomplete batch; too many open ones, as when 50 were abandoned: the server forgets them after about 10 s."""

_HEADERS_AT_MOST = 4096
"""Bytes of headers that the server counts as payload: far more than ours."""

log = get_logger("bus")


@dataclass(frozen=True, slots=True)
class Message:
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
    tries: int = 20,
) -> int:
    """Stores all messages or none; answers the first one's sequence (they are contiguous).

    Raises `Conflict`, `Unavailable` after `tries`, `ApiError` for a refusal that trying again can't mend, and
    `MaxPayloadError` for a message larger than the server takes.
    """
    unanswered = False
    payloads = [encode(m.body) if m.body is not None else b"" for m in messages]
    if max(map(len, payloads)) > nc.max_payload - _HEADERS_AT_MOST:  # before half of a batch is on its way
        raise MaxPayloadError
    for attempt in range(tries):
        if not nc.is_connected:  # sent now it would be buffered, and a ghost for certain
            await _pause(attempt)
            continue
        try:
            told = await _once(nc, messages, payloads, at_half, timeout)
        except (TimeoutError, NoRespondersError) as failure:
            unanswered = unanswered or isinstance(failure, TimeoutError)  # (no responders: it was not even begun)
            log.warning("commit not answered, sent again", stream=stream, attempt=attempt + 1)
            await _pause(attempt)
            continue
        except Error as failure:
            raise Unavailable(f"commit to {stream}: {failure}") from failure
        if "error" not in told:
            return int(told["seq"]) - len(messages) + 1
        code = told["error"].get("err_code", 0)
        if code in _CONFLICTS:
            mine = await _read_back(nc, stream, messages) if unanswered else None
            if mine is not None:
                return mine
            raise Conflict(f"{stream}: {told['error'].get('description', '')} ({code})")
        if code not in _BUSY and told["error"].get("code") != 503:
            raise ApiError(code, told["error"].get("description", ""), f"commit to {stream}")
        await _pause(attempt + 3)
    raise Unavailable(f"a commit of {len(messages)} messages to {stream} was not answered in {tries} tries")


async def _once(
    nc: Client, messages: list[Message], payloads: list[bytes], at_half: Callable[[], None], timeout: float
) -> dict[str, Any]:
    *before, last = zip(messages, payloads, _places(len(messages)), strict=True)
    for i, (message, payload, place) in enumerate(before):
        if i == len(before) // 2:
            at_half()
        await nc.publish(message.subject, payload, headers=message.headers | place)
    if not before:
        at_half()
    message, payload, place = last
    answer = await nc.request(message.subject, payload, timeout=timeout, headers=message.headers | place)
    told: dict[str, Any] = json.loads(answer.data)
    return told


def _places(count: int) -> list[dict[str, str]]:
    """The headers that make each message its batch's: none where there is one alone."""
    if count == 1:
        return [{}]
    batch = uuid.uuid4().hex
    places = [{"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(i)} for i in range(1, count + 1)]
    places[-1]["Nats-Batch-Commit"] = "1"
    return places


async def _read_back(nc: Client, stream: str, messages: list[Message]) -> int | None:
    """The first sequence of these messages if they are in the stream after all, else None. Asked of the leader."""
    identity = messages[0].headers[COMMIT]
    for i, message in enumerate(messages):
        try:
            told = await call(nc, f"STREAM.MSG.GET.{stream}", {"last_by_subj": message.subject})
        except ApiError as failure:
            if failure.code in NOT_FOUND:
                return None
            raise
        headers = b64decode(told["message"].get("hdrs", ""))
        if f"{COMMIT}: {identity}".encode() in headers:
            return int(told["message"]["seq"]) - i
        if message.headers.get(EXPECTED) == "0":
            return None  # a fact is never overwritten, so this one is somebody else's
    return None


async def _pause(attempt: int) -> None:
    """Grows to 1.6 s, with jitter, so that those who wait don't come back together."""
    await asyncio.sleep(0.05 * 2 ** min(attempt, 5) * random.uniform(0.5, 1))
