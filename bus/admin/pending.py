"""Whether nothing is open: every message that somebody is to handle has been handled.

Counting what each consumer has pending is not enough where agents answer each other: between two looks a message may have
gone round. So each consumer is found to have acknowledged everything there is for it, and if nothing that anybody hears has
been stored from the first look to the last, then nobody had anything to do, and nobody will have. (What nobody hears, such as
the active booker's lease, is stored all the time.)
"""

from collections.abc import Mapping, Sequence

from nats.aio.client import Client

from bus.agent import Agent
from bus.wire.api import ApiError, call, last_sequence, next_sequence

Consumers = Mapping[str, Mapping[str, Sequence[str]]]
"""Per agent, per stream, the filters of what it hears."""


def consumers_of(agents: Sequence[Agent]) -> Consumers:
    return {agent.name: agent.streams for agent in agents}


async def consumers_on(nc: Client, streams: Sequence[str]) -> Consumers:
    """The durable consumers there are, as the server knows them."""
    found: dict[str, dict[str, Sequence[str]]] = {}
    for stream in streams:
        told = await call(nc, f"CONSUMER.LIST.{stream}", {"offset": 0})
        for info in told.get("consumers") or []:
            config = info["config"]
            if config.get("durable_name"):
                filters = config.get("filter_subjects") or [config.get("filter_subject") or ">"]
                found.setdefault(config["durable_name"], {})[stream] = filters
    return found


async def pending_work(nc: Client, consumers: Consumers) -> list[str]:
    """A line for each thing that is open; empty when nothing is. Raises `Unavailable`."""
    streams = sorted({stream for heard in consumers.values() for stream in heard})
    before = {stream: await last_sequence(nc, stream) for stream in streams}
    found: list[str] = []
    for agent, heard in consumers.items():
        for stream, filters in heard.items():
            try:
                info = await call(nc, f"CONSUMER.INFO.{stream}.{agent}")
            except ApiError as failure:
                found.append(f"{agent} does not hear {stream}: {failure}")
                continue
            floor = info["ack_floor"]["stream_seq"]
            upcoming = await next_sequence(nc, stream, tuple(filters), floor)
            if upcoming is not None:
                waiting = info["num_pending"] + info["num_ack_pending"]
                found.append(f"{agent} has {waiting} messages of {stream} before it, the first at {upcoming}")
    for stream, was in before.items():
        anybodys = {subject for heard in consumers.values() for subject in heard.get(stream, ())}
        if await next_sequence(nc, stream, tuple(sorted(anybodys)), was) is not None:
            found.append(f"{stream} is growing")
    return found
