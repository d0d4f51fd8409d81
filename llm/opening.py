"""Opens the door that the settings say."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from bus.clock import monotonic as steady
from llm.client import Door, Off
from llm.settings import ModelSettings


def open_door(
    settings: ModelSettings,
    *,
    randomness: Callable[[], float] = random.random,
    monotonic: Callable[[], float] = steady,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Door:
    """A door that asks the endpoint, or one that is `Off` when there is none. Connects to nothing yet. Loading the libraries
    takes seconds the first time: do it before there is work."""
    if settings.base_url is None:
        return Off()
    from llm.guarded import Guarded  # noqa: PLC0415  it loads what rules alone do without

    return Guarded(settings, randomness=randomness, monotonic=monotonic, sleep=sleep)
