"""Makes the client that the settings ask for."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from bus.clock import monotonic as monotonic_clock
from llm.client import Disabled, ModelClient
from llm.settings import ModelSettings


def open_client(
    settings: ModelSettings,
    *,
    randomness: Callable[[], float] = random.random,
    monotonic: Callable[[], float] = monotonic_clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> ModelClient:
    """A client for the configured endpoint, or `Disabled` when there is none.

    Connects to nothing yet. With an endpoint the first call loads its libraries, which takes seconds: make it at start-up.
    """
    if settings.base_url is None:
        return Disabled()
    from llm.endpoint_client import EndpointClient  # noqa: PLC0415  it loads the libraries

    return EndpointClient(settings, randomness=randomness, monotonic=monotonic, sleep=sleep)
