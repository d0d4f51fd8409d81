"""Unfinished work of the whole system."""

from bus import Bus
from bus.operations import consumers_on, pending_work
from contracts.streams import STREAMS


async def open_work(bus: Bus) -> list[str]:
    """A line for each thing that somebody has yet to handle."""
    return await pending_work(bus.nc, await consumers_on(bus.nc, [stream.name for stream in STREAMS]))
