"""Waits for what an agent needs and an operator makes, and names it every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.errors import NoRespondersError, TimeoutError

from bus.clock import monotonic
from bus.errors import ApiError, Unavailable
from bus.logs import get_logger
from bus.wire.api import NO_STREAM, NOT_FOUND, call
from bus.wire.retrying import check_permitted
from contracts.clock import CLOCK
from contracts.dead import DEAD_LETTER

LOG_EVERY = 5.0
"""Seconds between two log lines about the same wait."""
_PAUSE = 0.2
HINT = "run `irops provision`, or create the stream if it is not one of irops's own"

log = get_logger("bus")


async def until_it_works(work: Callable[[], Awaitable[None]], *, stream: str) -> None:
    """Repeats `work` until the stream exists and the server is available. Raises other `ApiError`s."""
    logged_at = 0.0
    while True:
        try:
            return await work()
        except (ApiError, Unavailable) as failure:
            if isinstance(failure, ApiError) and failure.code not in NOT_FOUND:
                raise
            if monotonic() - logged_at > LOG_EVERY:
                logged_at = monotonic()
                if isinstance(failure, ApiError):
                    log.warning("waiting for a stream that does not exist", stream=stream, hint=HINT)
                else:
                    log.warning("waiting for the server", stream=stream, why=str(failure))
        await asyncio.sleep(_PAUSE)


async def until_it_exists(nc: Client, stream: str, *, agent: str) -> None:
    """Returns once the stream exists."""

    async def look() -> None:
        if stream == DEAD_LETTER.stream:
            await _find_dead_letters(nc, agent)
        else:
            await call(nc, f"STREAM.INFO.{stream}")

    await until_it_works(look, stream=stream)


async def _find_dead_letters(nc: Client, agent: str) -> None:
    """Raises `ApiError` if the stream of dead letters does not exist.

    An agent may read its own letters there and nothing else, so it asks for one that was never written: a stream that exists
    answers. Raises `Unavailable` too.
    """
    letter = DEAD_LETTER.key(agent=agent, stream="none", sequence=0).name
    subject = f"$JS.API.DIRECT.GET.{DEAD_LETTER.stream}.{letter}"
    try:
        await nc.request(subject, timeout=5)
    except NoRespondersError as failure:
        await call(nc, f"STREAM.INFO.{CLOCK.stream}")  # a server without JetStream does not answer either: this says so
        raise ApiError(NO_STREAM, "stream not found", subject) from failure
    except TimeoutError as failure:
        check_permitted(nc, [subject], what=subject)
        raise Unavailable(f"{subject}: not answered in 5 s") from failure
