"""Positions in streams by time."""

from datetime import datetime

from bus import Bus
from bus.operations import NOT_FOUND, ApiError, call, last_sequence


async def sequence_before(bus: Bus, stream: str, instant: datetime) -> int:
    """The sequence before the first message stored at `instant` (wall clock) or later; the stream's last where there is no
    such message. Raises `Unavailable`."""
    try:
        found = await call(bus.nc, f"STREAM.MSG.GET.{stream}", {"start_time": instant.isoformat()})
    except ApiError as failure:
        if failure.code not in NOT_FOUND:
            raise
        return await last_sequence(bus.nc, stream)
    return int(found["message"]["seq"]) - 1
