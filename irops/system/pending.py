"""Unfinished work of the whole system."""

from bus import Bus
from bus.operations import consumers_on, list_streams, pending_work


async def open_work(bus: Bus) -> list[str]:
    """A line for each message group that an agent has not handled yet."""
    streams = await list_streams(bus.nc)
    silent = [f"the stream {name} does not answer; is a node of the cluster down?" for name in streams.silent]
    return silent + await pending_work(bus.nc, await consumers_on(bus.nc, [stream.name for stream in streams.found]))
