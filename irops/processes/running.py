"""Waiting for the agents of the roster, and the order in which a lock-step asks all that run."""

from collections.abc import Sequence

from bus import Bus
from bus.clock import monotonic
from bus.operations import Instance, discover
from irops.processes.roster import agents
from irops.terminal.failures import Failed
from simulation.flow import downstream

_WITHIN = 60.0
"""Seconds for agents that this command has started: many may start at once on a slow machine."""


async def all_running(
    bus: Bus, *, within: float = _WITHIN, otherwise: str = "their logs say why"
) -> Sequence[Instance]:
    """Return every instance that answers, once each agent of the roster does. Raises `Failed` after so many seconds without
    one; `otherwise`: what to do then."""
    deadline = monotonic() + within
    while True:
        found = await discover(bus.nc, verb="PING", wait=0.1)
        missing = set(agents()) - {instance.agent for instance in found}
        if not missing:
            return found
        if monotonic() > deadline:
            raise Failed(f"these agents did not answer within {within:g} s: {', '.join(sorted(missing))}; {otherwise}")


def lockstep_order(instances: Sequence[Instance]) -> tuple[str, ...]:
    """Get the agents in the order in which a lock-step asks them, those of other modules among them."""
    return downstream({instance.agent: instance.metadata for instance in instances})
