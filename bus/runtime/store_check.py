"""Notices that the streams are no longer those that this process has seen: an older copy of the store was put back, or the
server was wiped or swapped.

Then everything in memory is of a history that is no more: views, consumers' positions, revisions, whatever the agent caches.
Nothing of it can be mended one by one, so the process ends, and the one its supervisor starts begins with what is there. A
store is swapped while its server is down, so the check is made after each reconnect.
"""

import asyncio
import random
from collections.abc import Callable, Collection
from typing import Any

from nats.aio.client import Client

from bus.errors import ApiError, Unavailable
from bus.logs import get_logger
from bus.wire.api import NOT_FOUND, call

_LOOKS = 3
"""How often a stream that seems too short is looked at: a new leader of a cluster may still be reading its log."""
_LOOK_AGAIN = 0.5

log = get_logger("bus")


class StoreCheck:
    """`seen(stream)` is the last sequence that this process has read from or written to the stream."""

    def __init__(self, nc: Client, streams: Collection[str], *, seen: Callable[[str], int]) -> None:
        self._nc = nc
        self._streams = streams
        self._seen = seen
        self._created: dict[str, str] = {}
        self._last: dict[str, int] = {}

    async def changed(self) -> str:
        """Why the streams are not those of the last call; empty if they are, and in the first. Waits for the server."""
        found = await asyncio.gather(*(self._look(stream) for stream in self._streams))
        return next(filter(None, found), "")

    async def _look(self, stream: str) -> str:
        known = max(self._last.get(stream, 0), self._seen(stream))
        for look in range(_LOOKS):
            if look:
                await asyncio.sleep(_LOOK_AGAIN)
            info = await self._info(stream)
            if info is None:
                return f"{stream} does not exist any more"
            created, last = info["created"], int(info["state"]["last_seq"])
            before = self._created.setdefault(stream, created)
            if created != before:
                return f"{stream} was created at {created}, and the one seen before at {before}"
            if last >= known:
                self._last[stream] = last
                return ""
        return f"{stream} ends at {last}, and has been seen up to {known}"

    async def _info(self, stream: str) -> Any:
        """What the stream's leader says of it; None: there is no such stream."""
        while True:
            try:
                return await call(self._nc, f"STREAM.INFO.{stream}")
            except ApiError as failure:
                if failure.code in NOT_FOUND:
                    return None
                log.warning("stream not checked yet", stream=stream, why=str(failure))
            except Unavailable as failure:
                log.warning("stream not checked yet", stream=stream, why=str(failure))
            await asyncio.sleep(random.uniform(0.2, 0.5))
