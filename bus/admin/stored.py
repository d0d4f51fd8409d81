"""Everything that a stream stores, as it is: for programs that look for something in all of it."""

from collections.abc import AsyncIterator

from nats.aio.client import Client

from bus.wire.direct_get import DirectGet, Raw


async def stored(nc: Client, stream: str) -> AsyncIterator[Raw]:
    """Yield every message of the stream in its order, removal markers included. Raises `Unavailable`."""
    direct, after = DirectGet(nc), 0
    while found := await direct.following(stream, ">", after):
        for raw in found:
            yield raw
        after = found[-1].sequence
