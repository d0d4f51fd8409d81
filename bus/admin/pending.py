"""Whether any work is pending: messages that some durable consumer has yet to acknowledge.

The server's pending counts are not enough where agents answer each other: between two looks a message may have gone round. So
each consumer must have acknowledged everything stored for it, and no message that any of them hears may have been stored
between the first look and the last. Then nothing was pending, and nothing will be. (Subjects that no consumer hears, such as
the active booker's lease, are written all the time and do not count.)

A timer (`bus.agent.Timer`) is no message: each instance says in its STATS when its own is due next.

With a node of the cluster down, a stream or consumer whose only copy is on that node does not answer. It is reported as such.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nats.aio.client import Client

from bus.admin.consumers import TIMEOUT, TRIES, list_consumers
from bus.admin.discovery import discover
from bus.agent import Agent
from bus.errors import ApiError, Unavailable
from bus.wire.api import call, last_sequence, next_sequence


@dataclass(frozen=True, slots=True)
class Consumers:
    hears: Mapping[str, Mapping[str, Sequence[str]]]
    """Per agent, per stream, the filters of what it hears."""
    silent: tuple[str, ...] = ()
    """Consumers that exist and do not answer, as `NAME on STREAM`."""


def consumers_of(agents: Sequence[Agent]) -> Consumers:
    """The consumers that these agents declare."""
    return Consumers({agent.name: agent.streams for agent in agents})


async def consumers_on(nc: Client, streams: Sequence[str]) -> Consumers:
    """The durable consumers that exist on these streams. Raises `ApiError`, `Unavailable`."""
    hears: dict[str, dict[str, Sequence[str]]] = {}
    silent: list[str] = []
    listings = await asyncio.gather(*(list_consumers(nc, stream, views=False) for stream in streams))
    for stream, listing in zip(streams, listings, strict=True):
        for consumer in listing.found:
            if consumer.durable:
                hears.setdefault(consumer.name, {})[stream] = consumer.filters
        silent += [f"{name} on {stream}" for name in listing.silent]
    return Consumers(hears, tuple(silent))


async def pending_work(nc: Client, consumers: Consumers) -> list[str]:
    """A line for each thing that is pending or can't be determined; empty when nothing is. Raises `Unavailable`."""
    found = [f"the consumer {name} does not answer; is a node of the cluster down?" for name in consumers.silent]
    streams = sorted({stream for heard in consumers.hears.values() for stream in heard})
    ends = dict(zip(streams, await asyncio.gather(*(_end(nc, stream) for stream in streams)), strict=True))
    found += [
        f"the stream {stream} does not answer; is the node of its only copy down?"
        for stream, end in ends.items()
        if end is None
    ]
    for agent, heard in consumers.hears.items():
        for stream, filters in heard.items():
            if ends[stream] is not None:
                found += await _pending_of(nc, agent, stream, tuple(filters))
    for stream, end in ends.items():
        filters = tuple(sorted({subject for heard in consumers.hears.values() for subject in heard.get(stream, ())}))
        if end is not None and await next_sequence(nc, stream, filters, end) is not None:
            found.append(f"{stream} is still being written to")
    return found


async def waiting_for(nc: Client, agent: str, consumers: Consumers) -> int:
    """How many messages the agent has not acknowledged, of all that its consumers are to have. Raises `ApiError`,
    `Unavailable`."""
    streams = consumers.hears.get(agent, {})
    infos = [await call(nc, f"CONSUMER.INFO.{stream}.{agent}", timeout=TIMEOUT, tries=TRIES) for stream in streams]
    return sum(info["num_pending"] + info["num_ack_pending"] for info in infos)


async def timers_due(nc: Client, *, by: datetime) -> list[str]:
    """A line for each agent that wants to be woken by this instant, event time. It takes a third of a second."""
    found: dict[str, datetime] = {}
    for instance in await discover(nc):
        if (at := instance.wakes_at) and at <= by:
            found[instance.agent] = min(at, found.get(instance.agent, at))
    return [f"{agent} is to be woken at {at:%Y-%m-%d %H:%M:%S} UTC" for agent, at in found.items()]


async def _end(nc: Client, stream: str) -> int | None:
    """The stream's last sequence; None if it does not answer."""
    try:
        return await last_sequence(nc, stream, timeout=TIMEOUT, tries=TRIES)
    except Unavailable:
        return None


async def _pending_of(nc: Client, agent: str, stream: str, filters: tuple[str, ...]) -> list[str]:
    try:
        info = await call(nc, f"CONSUMER.INFO.{stream}.{agent}", timeout=TIMEOUT, tries=TRIES)
    except ApiError as failure:
        return [f"{agent} has no consumer on {stream}: {failure}"]
    upcoming = await next_sequence(nc, stream, filters, info["ack_floor"]["stream_seq"])
    if upcoming is None:
        return []
    waiting = info["num_pending"] + info["num_ack_pending"]
    messages = "message" if waiting == 1 else "messages"
    return [f"{agent} has {waiting} pending {messages} of {stream}, the first at {upcoming}"]
