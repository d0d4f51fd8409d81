"""The mark that makes a system a shadow."""

from bus import Bus, Commit, Write
from bus.clock import at, wall
from contracts.clock import CLOCK
from contracts.shadow import SHADOW, Shadow
from irops.system.restoring import is_shadow, refuse_in_use


async def made_shadow(bus: Bus) -> list[str]:
    """Mark a system whose streams exist as a shadow; returns a line where it was none. Best before its clock is set: no agent
    takes a message until then. Raises `Failed` for a system in use: what it has decided was decided for real. Also raises
    `Unavailable`."""
    if await is_shadow(bus):
        return []
    await refuse_in_use(bus, todo="become a shadow")
    key = CLOCK.key()
    clock = (await bus.load([key]))[key]
    since = at(clock.message, wall()) if clock else wall()
    await bus.commit(Commit(states=[Write(SHADOW.of(Shadow(since=since)), 0)]))
    return ["made it a shadow: nothing that it decides reaches anyone"]
