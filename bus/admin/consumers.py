"""The consumers of a stream, with the progress of each, also while a node of the cluster is down.

`CONSUMER.LIST` waits 4 s for the nodes of consumers that do not answer. `CONSUMER.NAMES` is answered at once, so the names are
listed first and each consumer is then asked by itself.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from nats.aio.client import Client

from bus.errors import ApiError, Unavailable
from bus.wire.api import NOT_FOUND, call, next_sequence
from bus.wire.follow import VIEW

TIMEOUT = 2.0
"""Seconds in which a consumer or stream that has a leader answers."""
TRIES = 6
"""Together longer than an election of a new leader, which begins 4 to 9 s after a node has gone down."""


@dataclass(frozen=True, slots=True)
class ConsumerState:
    stream: str
    name: str
    durable: bool
    filters: tuple[str, ...]
    passed: int
    """Stream sequence up to which it needs nothing more: acknowledged, or sent where nothing is acknowledged."""

    async def next_needed(self, nc: Client) -> int | None:
        """Sequence of the first message it has yet to handle; None if there is none. Raises `Unavailable`, `ApiError`."""
        return await next_sequence(nc, self.stream, self.filters, self.passed)


@dataclass(slots=True)
class ConsumerListing:
    """`silent`: names of consumers that did not answer, as when the node of their only copy is down."""

    found: list[ConsumerState] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


async def list_consumers(nc: Client, stream: str, *, views: bool) -> ConsumerListing:
    """All consumers of the stream; those that feed views only where asked for. Raises `ApiError` where there is no such
    stream, `Unavailable`."""
    names = [name for name in await _names(nc, stream) if views or not name.startswith(VIEW)]
    listing = ConsumerListing()
    states = await asyncio.gather(*(_state(nc, stream, name) for name in names), return_exceptions=True)
    for name, state in zip(names, states, strict=True):
        if isinstance(state, Unavailable):
            listing.silent.append(name)
        elif isinstance(state, BaseException):
            if not isinstance(state, ApiError) or state.code not in NOT_FOUND:
                raise state
        else:
            listing.found.append(state)
    return listing


async def retire_consumer(nc: Client, stream: str, agent: str) -> bool:
    """Remove the agent's consumer from the stream, and with it the record of what the agent has handled. Returns whether there
    was one. Raises `ApiError`, `Unavailable`."""
    if agent not in await _names(nc, stream):
        return False
    await call(nc, f"CONSUMER.DELETE.{stream}.{agent}")
    return True


async def _names(nc: Client, stream: str) -> list[str]:
    names: list[str] = []
    while True:
        page = await call(nc, f"CONSUMER.NAMES.{stream}", {"offset": len(names)})
        names += page["consumers"] or []
        if not page["consumers"] or len(names) >= page["total"]:
            return names


async def _state(nc: Client, stream: str, name: str) -> ConsumerState:
    info = await call(nc, f"CONSUMER.INFO.{stream}.{name}", timeout=TIMEOUT, tries=TRIES)
    config = info["config"]
    acknowledges = config.get("ack_policy", "none") != "none"
    return ConsumerState(
        stream=stream,
        name=name,
        durable="durable_name" in config,
        filters=tuple(_filters(config)),
        passed=info["ack_floor" if acknowledges else "delivered"]["stream_seq"],
    )


def _filters(config: dict[str, object]) -> Iterator[str]:
    several = config.get("filter_subjects")
    if isinstance(several, list) and several:
        yield from map(str, several)
    else:
        yield str(config.get("filter_subject") or ">")
