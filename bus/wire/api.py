"""JetStream's JSON API: the calls that agents and operators make, with stream positions read from the leader."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from nats.aio.client import Client

from bus.errors import ApiError
from bus.wire.retrying import request, retry

WRONG_LAST_SEQUENCE = 10071
NO_MESSAGE = 10037
NO_STREAM = 10059
NOT_FOUND = {NO_MESSAGE, NO_STREAM, 10014}
"""No message, no stream, no consumer."""
NO_CLUSTER = 10074
"""More than one replica was asked for, and the server is not clustered."""


async def call(
    nc: Client, verb: str, question: Mapping[str, Any] | None = None, *, timeout: float = 5, tries: int = 4
) -> Any:
    """Calls `$JS.API.<verb>`; every verb used here may be called twice. Raises `ApiError` or `Unavailable`.

    Keep the timeout above 4 s, the time a cluster waits for a node that is down before it answers without it.
    """
    subject = f"$JS.API.{verb}"
    payload = json.dumps(question).encode() if question is not None else b""

    async def attempt(_number: int) -> Any:
        return await request(nc, subject, payload, what=verb, timeout=timeout)

    return await retry(attempt, what=subject, tries=tries)


async def next_sequence(nc: Client, stream: str, filters: tuple[str, ...], after: int) -> int | None:
    """Sequence of the first message after `after` that one of `filters` matches; None without one.

    Asked of the stream's leader, whose answer covers everything acknowledged before the question.
    """
    asked = (_sequence(nc, stream, {"seq": after + 1, "next_by_subj": subject}) for subject in filters)
    return min((found for found in await asyncio.gather(*asked) if found), default=None)


async def last_matching(nc: Client, stream: str, subject: str) -> int:
    """Sequence of the stream's last message that the filter matches; 0 without one."""
    return await _sequence(nc, stream, {"last_by_subj": subject})


async def _sequence(nc: Client, stream: str, question: Mapping[str, Any]) -> int:
    try:
        reply = await call(nc, f"STREAM.MSG.GET.{stream}", question)
    except ApiError as failure:
        if failure.code == NO_MESSAGE:
            return 0
        raise
    return int(reply["message"]["seq"])


async def last_sequence(nc: Client, stream: str, *, timeout: float = 5, tries: int = 4) -> int:
    """The stream's last sequence."""
    reply = await call(nc, f"STREAM.INFO.{stream}", timeout=timeout, tries=tries)
    return int(reply["state"]["last_seq"])
