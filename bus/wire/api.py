"""JetStream's JSON API, asked directly: strict, typed where it matters, retried where that is safe."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from nats.aio.client import Client
from nats.errors import Error, NoRespondersError, TimeoutError

from bus.errors import Unavailable


class ApiError(Exception):
    """The server refused. `code` is JetStream's own error code."""

    def __init__(self, code: int, text: str, asked: str) -> None:
        super().__init__(f"{asked}: {text} ({code})")
        self.code = code


WRONG_LAST_SEQUENCE = 10071
NO_MESSAGE = 10037
NOT_FOUND = {NO_MESSAGE, 10059, 10014}
"""No message, no stream, no consumer."""
NO_CLUSTER = 10074
"""More copies were asked for than one, and the server is alone."""


async def call(
    nc: Client, verb: str, question: Mapping[str, Any] | None = None, *, timeout: float = 3, tries: int = 5
) -> Any:
    """Asks `$JS.API.<verb>`; every verb used here may be asked twice. Raises `ApiError` or `Unavailable`."""
    payload = json.dumps(question).encode() if question is not None else b""
    for _ in range(tries):
        try:
            answer = await nc.request(f"$JS.API.{verb}", payload, timeout=timeout)
        except TimeoutError:
            continue
        except NoRespondersError:  # the server is up, its JetStream not yet
            await asyncio.sleep(timeout / 10)
            continue
        except Error as failure:
            raise Unavailable(f"$JS.API.{verb}: {failure}") from failure
        told = json.loads(answer.data)
        if "error" in told:
            if told["error"].get("code") == 503:  # JetStream is up, this stream of it not yet
                await asyncio.sleep(timeout / 10)
                continue
            raise ApiError(told["error"].get("err_code", 0), told["error"].get("description", ""), verb)
        return told
    raise Unavailable(f"$JS.API.{verb} was not answered in {tries} tries of {timeout:g} s")


async def next_sequence(nc: Client, stream: str, filters: tuple[str, ...], after: int) -> int | None:
    """The sequence of the first message after `after` that one of `filters` matches; None where there is none.

    Asked of the stream's leader, whose answer includes everything acknowledged before the question.
    """
    asked = (_sequence(nc, stream, {"seq": after + 1, "next_by_subj": subject}) for subject in filters)
    return min((found for found in await asyncio.gather(*asked) if found), default=None)


async def last_matching(nc: Client, stream: str, subject: str) -> int:
    """The sequence of the stream's last message that the filter matches; 0 where there is none."""
    return await _sequence(nc, stream, {"last_by_subj": subject})


async def _sequence(nc: Client, stream: str, question: Mapping[str, Any]) -> int:
    try:
        told = await call(nc, f"STREAM.MSG.GET.{stream}", question)
    except ApiError as failure:
        if failure.code == NO_MESSAGE:
            return 0
        raise
    return int(told["message"]["seq"])


async def last_sequence(nc: Client, stream: str, *, timeout: float = 3, tries: int = 5) -> int:
    """The stream's last sequence."""
    told = await call(nc, f"STREAM.INFO.{stream}", timeout=timeout, tries=tries)
    return int(told["state"]["last_seq"])
