"""The public in a replay: hears what is offered, and publishes each answer when event time has come to it."""

import asyncio
from contextlib import suppress
from datetime import datetime
from heapq import heappop, heappush

from bus import Bus
from contracts.offers import OFFER_ANSWERED, TRIP_OFFERED, OfferAnswered, TripOffered
from simulation.public import reply_to

_LOOKS_EVERY = 1.0
"""Seconds: a clock may be set meanwhile."""


class Public:
    """Answers offers as `reply_to` says. Make it before the views of `bus` are started."""

    def __init__(self, bus: Bus, *, seed: int) -> None:
        self._bus, self._seed = bus, seed
        self._due: list[tuple[datetime, str, int, OfferAnswered]] = []
        self._heard = asyncio.Event()
        self._offers = bus.view(TRIP_OFFERED, lambda offer, _revision, _at: offer, changed=self._hear)

    def wakes_at(self) -> datetime | None:
        """When it answers next, as far as it has heard."""
        return self._due[0][0] if self._due else None

    async def answer(self, now: datetime, *, upto: int) -> int:
        """Publish what is to be answered by `now` to offers up to this LEDGER sequence; get how many answers that were."""
        await self._bus.reach({TRIP_OFFERED.stream: upto})
        return await self._publish(now)

    async def run(self, until: datetime) -> None:
        """Publish each answer at its time; return when event time is `until`."""
        while (now := self._bus.now()) < until:
            await self._publish(now)
            self._heard.clear()
            due = min(until, self.wakes_at() or until)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._heard.wait(), min(_LOOKS_EVERY, self._bus.seconds_until(due)))

    async def _publish(self, now: datetime) -> int:
        published = 0
        while self._due and self._due[0][0] <= now:
            _, id_, time, answer = heappop(self._due)
            await self._bus.append(OFFER_ANSWERED.of(answer), identity=f"{id_}.{time}")
            published += 1
        return published

    def _hear(self, _name: str, offer: TripOffered | None) -> None:
        reply = reply_to(offer, seed=self._seed) if offer else None
        if reply is None:
            return
        heappush(self._due, (reply.at, reply.answer.id, 1, reply.answer))
        if reply.repeated_at is not None:
            heappush(self._due, (reply.repeated_at, reply.answer.id, 2, reply.answer))
        self._heard.set()
