"""Everything that a system's streams store, as it is: for programs that look for something in all of it."""

from collections.abc import AsyncIterator

from nats.aio.client import Client

from bus.admin.stream_config import is_marked
from bus.wire.api import call
from bus.wire.direct_get import DirectGet, Raw


async def provisioned(nc: Client) -> list[str]:
    """Names of all streams that provisioning created, those of agents with streams of their own included. Raises
    `Unavailable`, `ApiError`."""
    seen, names = 0, list[str]()
    while True:
        page = await call(nc, "STREAM.LIST", {"offset": seen})
        found = page["streams"] or []
        seen += len(found)
        names += [info["config"]["name"] for info in found if is_marked(info["config"])]
        if not found or seen >= page["total"]:
            return sorted(names)


async def stored(nc: Client, stream: str) -> AsyncIterator[Raw]:
    """Yield every message of the stream in its order, removal markers included. Raises `Unavailable`."""
    direct, after = DirectGet(nc), 0
    while found := await direct.following(stream, ">", after):
        for raw in found:
            yield raw
        after = found[-1].sequence
