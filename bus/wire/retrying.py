"""Requests to JetStream: one attempt, and the loop that repeats it until it is answered.

What may pass is tried again: silence, a server or stream that is not ready, a resource that has run out. What will not pass is
raised at once. Either way the error has the reason that the server gave.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.errors import Error, NoRespondersError, TimeoutError

from bus.errors import ApiError, Unavailable
from bus.wire.causes import shown
from bus.wire.client import IropsClient

T = TypeVar("T")

_NOT_NOW = 503
"""HTTP-like code of answers about the moment: the server, stream or leader is not ready, or is out of a resource."""
_HINTS = {
    10039: "this account has no JetStream; enable it for the account, or use another",
    10076: "start nats-server with JetStream (-js)",
    10023: "free space on the server, or raise its limits",
    10028: "raise the account's limits, or free space",
    10047: "free space on the server, or raise max_file_store",
}
"""By JetStream error code: what an operator can do."""


class TryAgain(Exception):
    """One attempt failed in a way that may pass. `unanswered`: it may have taken effect all the same."""

    def __init__(self, why: str, *, unanswered: bool = False) -> None:
        super().__init__(why)
        self.unanswered = unanswered


async def retry(attempt: Callable[[int], Awaitable[T]], *, what: str, tries: int) -> T:
    """The result of the first attempt that does not raise `TryAgain`; `attempt` gets its number, from 0.

    Pauses grow from 50 ms to 1.6 s, with jitter so that clients do not return together. Raises `Unavailable` with the last
    reason after `tries` attempts.
    """
    why = ""
    for number in range(tries):
        if number:
            await asyncio.sleep(0.05 * 2 ** min(number - 1, 5) * random.uniform(0.5, 1))
        try:
            return await attempt(number)
        except TryAgain as failure:
            why = str(failure)
    raise Unavailable(f"{what}: {why} ({tries} attempts)")


async def request(
    nc: Client, subject: str, payload: bytes, *, what: str, timeout: float, headers: dict[str, str] | None = None
) -> Any:
    """One attempt; the JSON of the answer.

    Raises `TryAgain`, `ApiError` for a refusal, `Unavailable` for a denied permission or a closed connection, and `TooLarge`.
    """
    try:
        answer = await nc.request(subject, payload, timeout=timeout, headers=headers)
    except TimeoutError as failure:
        check_permitted(nc, [subject], what=what)
        raise TryAgain(f"not answered in {timeout:g} s", unanswered=True) from failure
    except NoRespondersError as failure:  # the server is up; its JetStream is not, or not yet
        if isinstance(nc, IropsClient) and not nc.has_jetstream:
            raise TryAgain(f"the server has no JetStream; {_HINTS[10076]}") from failure
        raise TryAgain("JetStream does not answer") from failure
    except Error as failure:
        raise Unavailable(f"{what}: {failure}") from failure
    reply = json.loads(answer.data)
    if "error" in reply:
        code, text = reply["error"].get("err_code", 0), reply["error"].get("description", "")
        if reply["error"].get("code") == _NOT_NOW:
            raise TryAgain(f"{_with_hint(code, text)} ({code})")
        raise ApiError(code, _with_hint(code, text), what)
    return reply


def _with_hint(code: int, text: str) -> str:
    """The server's reason, with what to do where that is known."""
    return f"{text}; {_HINTS[code]}" if code in _HINTS else text


def check_permitted(nc: Client, subjects: Iterable[str], *, what: str) -> None:
    """Raises `Unavailable` when the server has denied this connection one of the subjects, or its inbox."""
    if not isinstance(nc, IropsClient):
        return
    inbox = next((name for name in nc.denied if name.startswith("_inbox.")), "")
    if inbox:
        raise Unavailable(f"{what}: not permitted to subscribe to {inbox}")
    for subject in subjects:
        if subject.lower() in nc.denied:
            nc.denied.discard(subject.lower())  # permissions may change while the connection is up
            raise Unavailable(f"{what}: not permitted to publish to {shown(subject)}")
