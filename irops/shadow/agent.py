"""An agent of the live system that says nothing there: it passes on to the shadow what the feed says.

A message is acknowledged when the shadow has stored it, under the id that it has in the live system. So nothing is missing
after an outage of either, and what follows from a message has the same ids in both.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

from bus import Agent, Bus, Commit, Conflict, Delivery, Handlers, Reject, Unavailable, Write
from bus.logs import get_logger
from bus.operations import ApiError, close, connect
from contracts.fares import FARE_STATUS
from contracts.flights import FLIGHT_STATUS
from contracts.layouts import LAYOUT, Layout
from contracts.reservations import RESERVATION_STATUS
from contracts.subject import Addressed, Subject
from contracts.weather import WEATHER_OBSERVED
from irops.shadow.config import Config
from irops.system.connection import OPERATOR

_FEED: tuple[Subject[Any], ...] = (FLIGHT_STATUS, WEATHER_OBSERVED, FARE_STATUS, RESERVATION_STATUS)
COPIED = "copied"
"""The shadow has stored one more message of the group."""
COPIER = Agent("shadow", hears=(*_FEED, LAYOUT), own_failpoints=(COPIED,))
_LOOK_AGAIN = timedelta(seconds=5)

log = get_logger("shadow")


async def build(live: Bus, config: Config) -> Handlers:
    copy = Copy(live, config)
    return Handlers(
        {**{subject: partial(copy.hear, subject) for subject in _FEED}, LAYOUT: copy.hear_layouts},
        ready=copy.open,
        close=copy.close,
    )


class Copy:
    """Passes on what the feed says on the live bus."""

    def __init__(self, live: Bus, config: Config, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """`pause`: waits so many seconds before the shadow is looked for again."""
        self._live = live
        self._config = config
        self._pause = pause
        self._stack = AsyncExitStack()
        self._bus: Bus

    async def open(self) -> None:
        """Connect; return once the system there is a shadow. No other one may get a second copy of a feed."""
        nc = await connect(self._config.settings.endpoint(OPERATOR), name=OPERATOR)
        self._stack.push_async_callback(close, nc)
        self._bus = Bus(nc, source=COPIER.name)
        self._stack.push_async_callback(self._bus.stop_views)
        while why := await self._unsuitable():
            log.warning("waiting for the shadow", why=why, hint="`irops provision --shadow` makes an empty system one")
            await self._pause(_LOOK_AGAIN.total_seconds())

    async def _unsuitable(self) -> str:
        """Why nothing is copied yet; empty: it can be."""
        if self._live.shadow:
            return "the system that NATS_URL names is a shadow itself: no live feed is there"
        try:
            await self._bus.start_views()
        except (ApiError, Unavailable) as failure:
            return str(failure)
        return "" if self._bus.shadow else "the system that IROPS_SHADOW_URL names is no shadow"

    async def close(self) -> None:
        await self._stack.aclose()

    async def hear(self, subject: Subject[Any], group: Sequence[Delivery[Any]]) -> None:
        for delivery in group:
            addressed = Addressed(delivery.subject, delivery.message, subject.stream)
            await self._bus.append(addressed, identity=delivery.id)
            self._live.failpoint(COPIED)

    async def hear_layouts(self, group: Sequence[Delivery[Layout]]) -> None:
        """Raises `Reject` for one that the shadow knows with other seats: what a name stands for stays."""
        for delivery in group:
            layout = delivery.message
            try:
                await self._bus.commit(Commit(states=[Write(LAYOUT.of(layout), 0)]))
            except Conflict:
                key = LAYOUT.key(layout=layout.layout)
                known = (await self._bus.load([key]))[key]
                if known is None or known.message != layout:
                    raise Reject(f"the shadow knows the layout {layout.layout} with other seats") from None
