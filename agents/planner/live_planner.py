"""Planning on live facts: `domain.plan` with the seats, reservations and time of this moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from agents.planner.config import Config
from agents.planner.domain import Case, Preference, Reservations, SeatCounts, plan
from agents.planner.domain.affected import Cause
from agents.planner.views import PlannerViews, StoredBooking
from bus import Bus, Delivery, derived_id
from contracts.ledger import Disruption
from contracts.names import Pnr
from contracts.plans import PlanProposed

RETRY_AFTER = timedelta(seconds=1)
"""When to retry a cause whose party could not be planned yet."""
AffectingCause = tuple[Delivery[Cause], Disruption | None]
"""A cause that affects a party, and what it says has happened to the party."""


@dataclass(frozen=True, slots=True)
class AffectedParty:
    """A party to plan: its booking as it was read, and the causes that affect it."""

    stored: StoredBooking
    causes: Sequence[AffectingCause] = ()
    """None where the party is only looked at, and no plan is proposed."""

    @property
    def pnr(self) -> Pnr:
        return self.stored.booking.pnr

    def cause_of(self, proposed: PlanProposed) -> Delivery[Cause]:
        """The cause that this plan answers: a plan's id derives from its cause's."""
        return next(cause for cause, _ in self.causes if derived_id(cause.id, self.pnr) == proposed.id)


@dataclass(frozen=True, slots=True)
class LivePlanner:
    """What planning rests on at any moment, and plans made of it."""

    bus: Bus
    views: PlannerViews
    reservations: Reservations
    config: Config

    async def catch_up(self, causes: Iterable[Delivery[Cause]]) -> None:
        """Wait until the views are current, and hold everything that was committed with these causes."""
        settled = max((cause.settled for cause in causes), default=0)
        await self.views.catch_up(settled, lag_limit=self.config.lag_limit)

    def plan(
        self,
        parties: Iterable[AffectedParty],
        *,
        reserved: SeatCounts | None = None,
        preferences: Mapping[Pnr, Preference] | None = None,
    ) -> list[PlanProposed]:
        """Plan those of the parties that need an answer as one window.

        Seats in `reserved` are not given away; by default all that are kept for other plans. Raises `UnknownFlight` where the
        views lack a flight of a booking.
        """
        return plan(
            (case for party in parties for case in self._cases(party)),
            self.views.network,
            now=self.bus.now(),
            as_of=self.views.as_of,
            rules=self.config.rules,
            weights=self.config.weights,
            policy=self.config.policy,
            reserved=self.reservations.seats if reserved is None else reserved,
            preferences=preferences or {},
        )

    def outbid(self, parties: Iterable[AffectedParty]) -> list[Delivery[Cause]]:
        """Causes of those parties that find no seats only because of reservations which are still undecided.

        They must be handled again: if an undecided plan does not take its seats after all, no message says that they are free.
        """
        if not self.reservations.undecided:
            return []
        by_pnr = {party.pnr: party for party in parties}
        plans = self.plan(by_pnr.values(), reserved=self.reservations.confirmed)
        causes = (by_pnr[proposed.pnr].cause_of(proposed) for proposed in plans)
        return list({(cause.stream, cause.sequence): cause for cause in causes}.values())

    def _cases(self, party: AffectedParty) -> list[Case]:
        """One for each cause that affects the party; one without a cause for a party that is only looked at."""
        return [
            self._case(party.stored, cause_id=cause.id, cause_sequence=cause.sequence, kind=kind)
            for cause, kind in party.causes
        ] or [self._case(party.stored)]

    def _case(
        self, stored: StoredBooking, *, cause_id: str = "", cause_sequence: int = 0, kind: Disruption | None = None
    ) -> Case:
        booking = stored.booking
        entry = self.views.waitlist_entry(booking.pnr) if booking.state == "stranded" else None
        return Case(
            booking=booking,
            booking_revision=stored.revision,
            booking_written_at=stored.written_at,
            cause_id=cause_id,
            cause_sequence=cause_sequence,
            kind=kind,
            waits_at=entry.origin if entry else None,
            flown=entry.flown if entry else (),
        )
