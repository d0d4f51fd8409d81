"""Ending tasks for certain."""

import asyncio
from typing import Any


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancels them until they are done. Once is not enough before Python 3.12: a cancellation that meets the end of an
    `asyncio.wait_for` is lost, and nats-py uses it in every request and while it connects."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.2)
    await asyncio.gather(*tasks, return_exceptions=True)
