"""One journey of a party as a judge sees it: the facts of this moment, and plans on the seats of this moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from agents.planner.domain import Preference, Reservation
from agents.planner.judgement.brief import Brief, brief_of
from agents.planner.judgement.kinds import AGE_LIMITS
from agents.planner.live_planner import RETRY_AFTER, AffectedJourney, LivePlanner
from bus import Retry
from contracts.judgement import Wishes
from contracts.names import Airport, Id
from contracts.plans import PlanProposed

_PATIENCE = timedelta(seconds=0.5)
"""Wall clock: how long to wait for a view that lags. A view that can follow its stream is proved current twice in this time."""
_PAUSE = timedelta(seconds=0.02)
"""Between two looks at the lag."""


class LiveCaseFile:
    """The `CaseFile` of a party of this planner. Plans made here are reserved in place of those made before."""

    def __init__(
        self,
        live: LivePlanner,
        journey: AffectedJourney,
        reservation: Reservation | None = None,
        *,
        zones: Mapping[Airport, ZoneInfo],
        patience: timedelta = _PATIENCE,
    ) -> None:
        """Without a `reservation` the journey is only looked at: plans are made and no seats reserved."""
        self._live = live
        self._zones = zones
        self._reservation = reservation
        self._looks = max(1, patience // _PAUSE)
        self.journey = journey
        """With its booking as it was read last."""

    async def refresh(self) -> Brief:
        """Read all facts again. Raises `Retry` when the booking is ahead of the views, and what the bus raises."""
        await self._live.catch_up(self.journey.causes)
        await self._wait_for_seats()
        read_at = self._live.bus.now()
        pnr, number = self.journey.key
        stored = (await self._live.views.bookings([pnr])).get(pnr, self.journey.stored)
        self.journey = replace(self.journey, stored=stored)
        if self._live.views.lacks_flight_of(stored.booking):
            raise Retry(RETRY_AFTER, "the booking is on a flight not known yet")
        if (journey := stored.booking.journey(number)) is None:
            raise Retry(RETRY_AFTER, "the booking has lost this journey")
        now = self._live.bus.now()
        return brief_of(
            stored.booking,
            journey,
            revision=stored.revision,
            written_at=stored.written_at,
            plan=self._plan(None),
            network=self._live.views.network,
            weather=self._live.views.weather,
            rules=self._live.views.rules,
            zones=self._zones,
            now=now,
            current_at=now - self._live.views.event_time_lag,
            read_at=read_at,
        )

    async def _wait_for_seats(self) -> None:
        """Wait until the seats are recent enough to be used in a prompt; after a while use them as they are, at their age."""
        for _ in range(self._looks):
            if self._live.views.event_time_lag <= AGE_LIMITS["seats"]:
                return
            await asyncio.sleep(_PAUSE.total_seconds())

    def plan(self, wishes: Wishes, first: Id | None) -> PlanProposed | None:
        """The journey's plan now, with these wishes and the option called `first` before its equals. None: no answer is due."""
        return self._plan(Preference(wishes=wishes, first=first))

    def _plan(self, preference: Preference | None) -> PlanProposed | None:
        """On the seats that are free, and those reserved for this party."""
        key = self.journey.key
        plans = self._live.plan(
            [self.journey],
            reserved=self._live.reservations.others(key),
            preferences={key: preference} if preference else None,
        )
        plan = plans[0] if plans else None
        if self._reservation is not None:
            self._reservation.release()
            if plan is not None:
                self._reservation.reserve(plan, self.journey.stored.booking)
        return plan
