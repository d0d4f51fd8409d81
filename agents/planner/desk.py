"""One party as a judge finds it: the facts there are now, and the plans that the seats there are now allow."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from agents.planner.adapters import Knowledge
from agents.planner.config import Config
from agents.planner.deciding import Deciding, Held, Why
from agents.planner.domain import Asked
from agents.planner.judgement.brief import Brief, brief_of
from agents.planner.judgement.kinds import AGE_LIMITS
from bus import Bus, Retry
from contracts.judgement import Wishes
from contracts.names import Airport, Id, Pnr
from contracts.plans import PlanProposed

_SOON = timedelta(seconds=1)
_LOOKS, _PAUSE = 25, 0.02
"""How often it is looked whether the view has caught up, and seconds in between: half a second, in which one that can be
followed is proved current twice."""


class PartyDesk:
    """What is planned here is pondered: others are not given its seats until the party is `decided`."""

    def __init__(
        self,
        bus: Bus,
        knowledge: Knowledge,
        deciding: Deciding,
        config: Config,
        *,
        zones: Mapping[Airport, ZoneInfo],
        held: Held,
        why: Sequence[Why] = (),
    ) -> None:
        """Without a reason it is looked at out of curiosity, and nothing is kept for the party."""
        self._bus = bus
        self._knows = knowledge
        self._deciding = deciding
        self._config = config
        self._zones = zones
        self.why = why
        self.held = held

    @property
    def pnr(self) -> Pnr:
        return self.held[0].pnr

    async def refresh(self) -> Brief:
        """Raises `Retry` when the booking is ahead of what is known of flights, and what the bus raises."""
        await self._deciding.up_to_date(max((cause.settled for cause, _ in self.why), default=0))
        await self._caught_up()
        read_at = self._bus.now()
        self.held = (await self._knows.bookings([self.pnr])).get(self.pnr, self.held)
        booking, revision, written_at = self.held
        if self._deciding.is_ahead(booking):
            raise Retry(_SOON, f"{booking.pnr} is on a flight not known yet")
        now = self._bus.now()
        return brief_of(
            booking,
            revision=revision,
            written_at=written_at,
            plan=self._plan(None),
            network=self._knows.network,
            weather=self._knows.weather,
            rules=self._config.rules,
            zones=self._zones,
            now=now,
            current_at=now - self._knows.behind,
            read_at=read_at,
        )

    async def _caught_up(self) -> None:
        """Returns once the view of seats is no further behind than may be told, or has not been brought there in a while:
        then the facts are what they are, and say how old."""
        for _ in range(_LOOKS):
            if self._knows.behind <= AGE_LIMITS["seats"]:
                return
            await asyncio.sleep(_PAUSE)

    def plan(self, wishes: Wishes, first: Id | None) -> PlanProposed | None:
        return self._plan(Asked(wishes=wishes, first=first))

    def _plan(self, asked: Asked | None) -> PlanProposed | None:
        """On the seats that others have left, and those that were kept for this party."""
        self._knows.decided(self.pnr)
        cases = self._deciding.cases(self.held, self.why) or [self._deciding.case(self.held)]
        plans = self._deciding.plans(cases, asked={self.pnr: asked} if asked else None)
        for proposed in plans if self.why else ():
            self._knows.ponder(proposed, self.held[0])
        return plans[0] if plans else None
