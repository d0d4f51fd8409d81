"""Reads what a stream holds of one subject filter, once and in stream order, with a consumer of its own.

A batched direct get would do, too, but the server counts the pending messages of a filter with a wildcard for each page.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.wire.api import last_matching
from bus.wire.follow import Follower
from bus.wire.metadata import Metadata

_SILENCE = 5.0
"""Seconds without a message or heartbeat after which the server is asked whether there is more."""


async def read(nc: Client, stream: str, subject: str, *, after: int = 0) -> AsyncGenerator[tuple[Msg, Metadata], None]:
    """Every message after the stream sequence `after` that was stored before the call, and perhaps later ones.
    Close it where it is not read to its end.

    Complete on any replica: it goes on until it has passed the leader's last match. Raises `ApiError` where there is no such
    stream, and `Unavailable`.
    """
    end = await last_matching(nc, stream, subject)
    if end <= after:
        return
    received: deque[tuple[Msg, Metadata]] = deque()
    changed, idle = asyncio.Event(), asyncio.Event()

    def on_message(msg: Msg, metadata: Metadata, _current_at: float) -> None:
        received.append((msg, metadata))
        changed.set()

    def on_idle(_current_at: float) -> None:
        idle.set()
        changed.set()

    follower = Follower(nc, stream, (subject,), on_message=on_message, on_idle=on_idle, after=after)
    try:
        await follower.start()
        while True:
            while received:
                yield received.popleft()
            if follower.sequence >= end:
                return
            changed.clear()
            idle.clear()
            try:
                await asyncio.wait_for(changed.wait(), _SILENCE)
            except TimeoutError:
                idle.set()
            if idle.is_set() and not received:  # the last match may have been removed since, or this replica is behind
                end = await last_matching(nc, stream, subject)
    finally:
        await follower.stop()
