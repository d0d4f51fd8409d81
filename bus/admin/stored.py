"""Everything that a system's streams store, as it is: for programs that look for something in all of it."""

from collections.abc import AsyncIterator

from nats.aio.client import Client

from bus.admin.stream_states import list_streams
from bus.errors import Unavailable
from bus.wire.direct_get import DirectGet, Raw


async def provisioned(nc: Client) -> list[str]:
    """Names of all streams that provisioning created, those of agents with streams of their own included. Raises
    `Unavailable` also if one of them does not answer, `ApiError`."""
    streams = await list_streams(nc)
    if streams.silent:
        raise Unavailable(f"these streams do not answer: {', '.join(streams.silent)}; is a node of the cluster down?")
    return [stream.name for stream in streams.found]


async def stored(nc: Client, stream: str) -> AsyncIterator[Raw]:
    """Yield every message of the stream in its order, removal markers included. Raises `Unavailable`."""
    direct, after = DirectGet(nc), 0
    while found := await direct.following(stream, ">", after):
        for raw in found:
            yield raw
        after = found[-1].sequence
