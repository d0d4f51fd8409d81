"""Streams and clock as the contracts want them."""

from collections.abc import Sequence

from bus import Bus
from bus.clock import at, replay_note, wall
from bus.operations import provision, set_clock
from contracts.clock import CLOCK, Clock
from contracts.streams import STREAMS, Stream
from irops.system.connection import settings
from irops.system.shadow import made_shadow


async def provisioned(
    bus: Bus,
    streams: Sequence[Stream] = STREAMS,
    *,
    replicas: int | None = None,
    wall_clock: bool = False,
    shadow: bool = False,
) -> list[str]:
    """Create or correct these streams, and set the clock where none is set. Returns a line for each change. `wall_clock`: reset
    a clock that is a replay's. `replicas`: copies of each stream; None keeps what there is. `shadow`: make an empty system a
    shadow, as IROPS_AUTONOMY asks too. Raises `Unsuitable`, `ApiError`, `Unavailable`; `Failed` where it can be no shadow."""
    max_ages = settings().retention.max_ages(streams)
    changes = await provision(bus.nc, streams, replicas=replicas, max_ages=max_ages)
    if shadow or settings().autonomy == "shadow":
        changes += await made_shadow(bus)
    key = CLOCK.key()
    entry = (await bus.load([key]))[key]
    if entry is None:
        await set_clock(bus.nc)
        changes.append("set the clock to the wall clock")
    elif wall_clock and replay_note(entry.message, wall()):
        await set_clock(bus.nc, Clock(now=wall(), at=wall()))
        changes.append(f"set the clock to the wall clock; it was {at(entry.message, wall()):%Y-%m-%d %H:%M} UTC")
    return changes
