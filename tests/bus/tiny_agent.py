"""The echo as a process of its own. `TINY_GROUP`: size of its groups; `TINY_PAUSE`: seconds per group."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

from bus import Bus, Delivery, Handlers, run
from contracts.flights import FLIGHT_CHANGED, FLIGHT_STATUS, FlightStatus
from tests.bus.bus_world import ECHO, echo_of


async def build(bus: Bus) -> Handlers:
    pause = float(os.environ.get("TINY_PAUSE", "0"))

    async def hear(group: Sequence[Delivery[FlightStatus]]) -> None:
        await asyncio.sleep(pause)
        await bus.load([FLIGHT_CHANGED.key(flight=d.message.flight, n=1) for d in group])
        await bus.emit_once([echo_of(d) for d in group])

    return Handlers({FLIGHT_STATUS: hear})


if __name__ == "__main__":
    agent = replace(ECHO, group=int(os.environ.get("TINY_GROUP", "16")))
    run(agent, build)
