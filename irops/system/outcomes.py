"""Waiting for what becomes of a message that a command has published."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from bus import Bus
from bus.clock import monotonic
from contracts.subject import Key
from irops.terminal.failures import Failed

ANSWERED_WITHIN = timedelta(seconds=30)
_POLL = 0.1


async def outcome(bus: Bus, keys: Collection[Key[Any]], *, of: str) -> Any:
    """Get the first of these messages that there is, which the booker writes when it has decided. Raises `Failed` where there
    is none in time: what the command has published is stored, and will be decided."""
    until = monotonic() + ANSWERED_WITHIN.total_seconds()
    while monotonic() < until:
        loaded = await bus.load(keys)
        for key in keys:
            if entry := loaded[key]:
                return entry.message
        await asyncio.sleep(_POLL)
    raise Failed(f"{of} is stored and not decided yet; the booker decides it when it runs")
