"""The leases this process has: messages the server has handed to it and not yet been told the end of.

A lease runs out after the consumer's `ack_wait`, and the message moves on to another replica: that is how the work of a dead
agent is taken over. A living one prolongs its leases, however long a handler takes. (A handler that computes for longer than
`ack_wait` without awaiting anything keeps the event loop from prolonging: such work belongs in a thread.)
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.clock import monotonic
from bus.runtime.routes import Route
from bus.wire.metadata import Metadata

IN_PROGRESS = b"+WPI"


def nak(after: timedelta) -> bytes:
    """A refusal with a delay. (A plain one comes back at once, whatever the consumer's backoff says.)"""
    return b'-NAK {"delay": %d}' % int(after.total_seconds() * 1e9)


@dataclass(slots=True, eq=False)
class Leased:
    """One delivered message and the lease on it."""

    msg: Msg
    place: Metadata
    route: Route
    since: float
    """Monotonic seconds at which it came, or its lease was last prolonged."""


class Leases:
    def __init__(self, nc: Client, ack_wait: timedelta) -> None:
        self._nc = nc
        self._third = ack_wait.total_seconds() / 3
        self._held: dict[tuple[str, int], Leased] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Leased]:
        return iter(list(self._held.values()))

    def of_stream(self, stream: str) -> int:
        return sum(1 for held_stream, _ in self._held if held_stream == stream)

    def take(self, msg: Msg, place: Metadata, route: Route) -> Leased | None:
        """The new lease; None when the message is held already, for it was delivered again meanwhile."""
        known = self._held.get((place.stream, place.sequence))
        if known is not None:
            known.msg, known.since = msg, monotonic()
            return None
        held = Leased(msg, place, route, monotonic())
        self._held[place.stream, place.sequence] = held
        return held

    async def end(self, held: Leased, word: bytes) -> None:
        """Tells the server how it ended. A message that ended is no longer prolonged: that would bring a refused one back
        before its time."""
        self._held.pop((held.place.stream, held.place.sequence), None)
        await self._nc.publish(held.msg.reply, word)

    async def keep(self) -> None:
        """Prolongs each lease when a third of it has passed. Runs until cancelled."""
        while True:
            await asyncio.sleep(self._third / 2)
            now = monotonic()
            for held in self if self._nc.is_connected else ():
                if now - held.since > self._third:
                    held.since = now
                    await self._nc.publish(held.msg.reply, IN_PROGRESS)
