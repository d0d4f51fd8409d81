"""Cancelling tasks reliably."""

import asyncio
from typing import Any


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancels the tasks repeatedly until they are done. Before Python 3.12 one cancellation may be lost when it meets the end
    of an `asyncio.wait_for`, which nats-py uses in every request and while it connects."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)
    await asyncio.gather(*tasks, return_exceptions=True)
