"""From what is held and why it is touched to plans, on the seats there are at this moment."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from agents.planner.adapters import Knowledge
from agents.planner.config import Config
from agents.planner.domain import Asked, Case, plan
from agents.planner.domain.claims import Claimed
from agents.planner.domain.touched import Cause
from bus import Bus, Delivery
from bus.logs import get_logger
from contracts.ledger import Booking, Disruption
from contracts.names import Pnr
from contracts.plans import PlanProposed

Why = tuple[Delivery[Cause], Disruption | None]
"""A cause that touches a party, and what it says has happened to the party."""
Held = tuple[Booking, int, datetime]
"""What a party holds, the booking's revision, and when it was written."""

log = get_logger("planner")


class Deciding:
    def __init__(self, bus: Bus, knowledge: Knowledge, config: Config) -> None:
        self._bus = bus
        self._knows = knowledge
        self._config = config

    async def up_to_date(self, sequence: int) -> None:
        """Returns once the views are current, and hold all that was committed up to this sequence."""
        while self._knows.lag > self._config.lag_limit:
            log.warning("waits for its view", lag_s=round(self._knows.lag.total_seconds(), 3))
            await asyncio.sleep(self._config.lag_limit.total_seconds() / 4)
        await self._knows.reach(sequence)

    def is_ahead(self, booking: Booking) -> bool:
        """Whether it was read later than the view of flights is."""
        return any(leg.flight not in self._knows.network for leg in booking.legs)

    def plans(
        self, cases: Iterable[Case], *, asked: Mapping[Pnr, Asked] | None = None, claimed: Claimed | None = None
    ) -> list[PlanProposed]:
        """Of those who need an answer, as one window, on the seats that are not `claimed`; by default all that are claimed now.
        Raises `UnknownFlight` for who is ahead."""
        return plan(
            cases,
            self._knows.network,
            now=self._bus.now(),
            as_of=self._knows.as_of,
            rules=self._config.rules,
            weights=self._config.weights,
            policy=self._config.policy,
            claimed=self._knows.claims.seats if claimed is None else claimed,
            asked=asked or {},
        )

    def cases(self, held: Held, why: Iterable[Why]) -> list[Case]:
        """One for each cause that touches the party."""
        return [self.case(held, cause_id=cause.id, cause_at=cause.sequence, kind=kind) for cause, kind in why]

    def case(self, held: Held, *, cause_id: str = "", cause_at: int = 0, kind: Disruption | None = None) -> Case:
        """A party to look at; without a cause, out of curiosity."""
        booking, revision, written_at = held
        marker = self._knows.marker(booking.pnr) if booking.state == "stranded" else None
        return Case(
            booking=booking,
            booking_revision=revision,
            booking_written_at=written_at,
            cause_id=cause_id,
            cause_at=cause_at,
            kind=kind,
            waits_at=marker.origin if marker else None,
            flown=marker.flown if marker else (),
        )
