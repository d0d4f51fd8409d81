"""One party as a judge sees it: the facts of this moment, and plans on the seats of this moment."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from agents.planner.domain import Preference, Reservation
from agents.planner.judgement.brief import Brief, brief_of
from agents.planner.judgement.kinds import AGE_LIMITS
from agents.planner.live_planner import AffectedParty, LivePlanner
from bus import Retry
from contracts.judgement import Wishes
from contracts.names import Airport, Id
from contracts.plans import PlanProposed

_SOON = timedelta(seconds=1)
_LOOKS, _PAUSE = 25, 0.02
"""How often to check whether the view has caught up, and the seconds in between. Together half a second, in which a view that
can follow its stream is proved current twice."""


class LiveCaseFile:
    """The `CaseFile` of a party of this planner. Plans made here are reserved in place of those made before."""

    def __init__(
        self,
        live: LivePlanner,
        party: AffectedParty,
        reservation: Reservation | None = None,
        *,
        zones: Mapping[Airport, ZoneInfo],
    ) -> None:
        """Without a `reservation` the party is only looked at: plans are made and no seats reserved."""
        self._live = live
        self._zones = zones
        self._reservation = reservation
        self.party = party
        """With its booking as it was read last."""

    async def refresh(self) -> Brief:
        """Read all facts again. Raises `Retry` when the booking is ahead of the views, and what the bus raises."""
        await self._live.catch_up(cause for cause, _ in self.party.causes)
        await self._wait_for_seats()
        read_at = self._live.bus.now()
        pnr = self.party.pnr
        stored = (await self._live.views.bookings([pnr])).get(pnr, self.party.stored)
        self.party = replace(self.party, stored=stored)
        if self._live.views.lacks_flight_of(stored.booking):
            raise Retry(_SOON, "the booking is on a flight not known yet")
        now = self._live.bus.now()
        return brief_of(
            stored.booking,
            revision=stored.revision,
            written_at=stored.written_at,
            plan=self._plan(None),
            network=self._live.views.network,
            weather=self._live.views.weather,
            rules=self._live.config.rules,
            zones=self._zones,
            now=now,
            current_at=now - self._live.views.event_time_lag,
            read_at=read_at,
        )

    async def _wait_for_seats(self) -> None:
        """Wait until the seats are recent enough to be used in a prompt, or for half a second: then their age is what it is."""
        for _ in range(_LOOKS):
            if self._live.views.event_time_lag <= AGE_LIMITS["seats"]:
                return
            await asyncio.sleep(_PAUSE)

    def plan(self, wishes: Wishes, first: Id | None) -> PlanProposed | None:
        """The party's plan now, with these wishes and the option called `first` before its equals. None: no answer is due."""
        return self._plan(Preference(wishes=wishes, first=first))

    def _plan(self, preference: Preference | None) -> PlanProposed | None:
        """On the seats that are free, and those reserved for this party."""
        pnr = self.party.pnr
        plans = self._live.plan(
            [self.party],
            reserved=self._live.reservations.others(pnr),
            preferences={pnr: preference} if preference else None,
        )
        plan = plans[0] if plans else None
        if self._reservation is not None:
            self._reservation.release()
            if plan is not None:
                self._reservation.reserve(plan, self.party.stored.booking)
        return plan
