"""The leases of this process: messages that the server has delivered to it and whose outcome it does not know yet.

A lease expires after the consumer's `ack_wait` and the message is delivered to another replica; that is how the work of a dead
agent is taken over. A living agent renews its leases for as long as a handler takes. (A handler that computes for longer than
`ack_wait` without awaiting keeps the event loop from renewing them: such work belongs in a thread.)
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

ACK = b"+ACK"
TERM = b"+TERM"
IN_PROGRESS = b"+WPI"


def nak(after: timedelta) -> bytes:
    """A negative acknowledgement: deliver again after this. (Without a delay the message comes back at once, whatever backoff
    the consumer has.)"""
    return b'-NAK {"delay": %d}' % int(after.total_seconds() * 1e9)


@dataclass(slots=True, eq=False)
class Leased:
    """One delivered message, and the lease on it."""

    msg: Msg
    metadata: Metadata
    route: Route
    since: float
    """Monotonic seconds at which it was delivered, or its lease last renewed."""


class Leases:
    def __init__(self, nc: Client, ack_wait: timedelta) -> None:
        self._nc = nc
        self._third = ack_wait.total_seconds() / 3
        self._leased: dict[tuple[str, int], Leased] = {}

    def __len__(self) -> int:
        return len(self._leased)

    def __iter__(self) -> Iterator[Leased]:
        return iter(list(self._leased.values()))

    def of_stream(self, stream: str) -> int:
        return sum(1 for leased_stream, _ in self._leased if leased_stream == stream)

    def take(self, msg: Msg, metadata: Metadata, route: Route) -> Leased | None:
        """The new lease; None when the message is leased already and has been delivered again."""
        known = self._leased.get((metadata.stream, metadata.sequence))
        if known is not None:
            known.msg, known.since = msg, monotonic()
            return None
        leased = Leased(msg, metadata, route, monotonic())
        self._leased[metadata.stream, metadata.sequence] = leased
        return leased

    async def end(self, leased: Leased, answer: bytes) -> None:
        """Sends `ACK`, `TERM` or a `nak`, and renews the lease no more: renewing would bring a message back before its delay is
        over."""
        self._leased.pop((leased.metadata.stream, leased.metadata.sequence), None)
        await self._nc.publish(leased.msg.reply, answer)

    async def renew(self) -> None:
        """Renews each lease when a third of it has passed. Runs until cancelled."""
        while True:
            await asyncio.sleep(self._third / 2)
            now = monotonic()
            for leased in self if self._nc.is_connected else ():
                if now - leased.since > self._third:
                    leased.since = now
                    await self._nc.publish(leased.msg.reply, IN_PROGRESS)
