"""Erases subjects from a stream once every consumer has passed them.

A view learns from a removal's marker that a state is gone. Purging the marker before a view has received it would leave the
state in that view for ever, so a purge waits for views as well as for durable consumers.
"""

import asyncio
from collections.abc import Sequence

from nats.aio.client import Client

from bus.admin.consumers import ConsumerState, list_consumers
from bus.wire.api import call


class NotPassed(Exception):
    """Consumers have yet to pass the sequence; nothing was purged. `lines` names each, with what it waits for."""

    def __init__(self, stream: str, lines: Sequence[str]) -> None:
        super().__init__(f"{stream} is not purged: {'; '.join(lines)}")
        self.lines = tuple(lines)


async def behind(nc: Client, stream: str, *, upto: int) -> list[str]:
    """A line for each consumer of the stream, views' included, that has yet to pass this sequence or does not answer.
    Raises `ApiError` where there is no such stream, `Unavailable`."""
    listing = await list_consumers(nc, stream, views=True)
    lines = [f"the consumer {name} of {stream} does not answer" for name in listing.silent]
    waiting = await asyncio.gather(*(consumer.next_needed(nc) for consumer in listing.found))
    return lines + [
        _line(consumer, upcoming)
        for consumer, upcoming in zip(listing.found, waiting, strict=True)
        if upcoming is not None and upcoming <= upto
    ]


async def purge(nc: Client, stream: str, filters: Sequence[str], *, upto: int) -> int:
    """Erases what these filters match, up to and including the sequence `upto`; returns how many messages that were.

    Idempotent. An agent that is cut off from the server meanwhile keeps its views' copies until it is restarted. Raises
    `NotPassed`, `ApiError`, `Unavailable`."""
    if lines := await behind(nc, stream, upto=upto):
        raise NotPassed(stream, lines)
    purged = 0
    for subject in filters:
        purged += (await call(nc, f"STREAM.PURGE.{stream}", {"filter": subject, "seq": upto + 1}))["purged"]
    return purged


def _line(consumer: ConsumerState, upcoming: int) -> str:
    return f"the consumer {consumer.name} of {consumer.stream} has yet to pass {upcoming}"
