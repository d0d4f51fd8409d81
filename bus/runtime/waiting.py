"""Waits for what an agent needs and an operator makes, and names it every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable

from nats.aio.client import Client

from bus.clock import monotonic
from bus.errors import ApiError, Unavailable
from bus.logs import get_logger
from bus.wire.api import NOT_FOUND, call

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


async def until_it_exists(nc: Client, stream: str) -> None:
    """Returns once the stream exists."""

    async def look() -> None:
        await call(nc, f"STREAM.INFO.{stream}")

    await until_it_works(look, stream=stream)
