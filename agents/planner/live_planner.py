"""Planning on live facts: `domain.plan` with the seats, reservations and time of this moment."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from msgspec import structs

from agents.planner.config import Config
from agents.planner.domain import Case, Preference, Reservations, SeatCounts, plan, plan_id
from agents.planner.domain.affected import Affecting, Cause
from agents.planner.views import PlannerViews, StoredBooking
from bus import Bus, Delivery
from contracts.ledger import Journey, JourneyKey, WaitlistEntry
from contracts.plans import PlanProposed

RETRY_AFTER = timedelta(seconds=1)
"""When to retry a cause whose party could not be planned yet."""
AffectingCause = Affecting[Delivery[Cause]]


@dataclass(frozen=True, slots=True)
class AffectedJourney:
    """A journey to plan: its booking as it was read, and the causes that affect it."""

    stored: StoredBooking
    number: int
    affecting: Sequence[AffectingCause] = ()
    """None where the journey is only looked at, and no plan is proposed."""

    @property
    def key(self) -> JourneyKey:
        return self.stored.booking.pnr, self.number

    @property
    def journey(self) -> Journey | None:
        return self.stored.booking.journey(self.number)

    @property
    def causes(self) -> Iterator[Delivery[Cause]]:
        return (each.token for each in self.affecting)

    def cause_of(self, proposed: PlanProposed) -> Delivery[Cause]:
        """The cause that this plan answers: a plan's id derives from its cause's."""
        return next(cause for cause in self.causes if plan_id(cause.id, self.key) == proposed.id)


@dataclass(frozen=True, slots=True)
class LivePlanner:
    """What planning rests on at any moment, and plans made of it."""

    bus: Bus
    views: PlannerViews
    reservations: Reservations
    config: Config
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the one window that is planned."""

    async def catch_up(self, causes: Iterable[Delivery[Cause]]) -> None:
        """Wait until the views are current, and hold everything that was committed with these causes."""
        settled = max((cause.settled for cause in causes), default=0)
        await self.views.catch_up(settled, lag_limit=self.config.lag_limit)

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[None]:
        """One window at a time, on seats that stay as they are. Take and give back reservations for its plans inside."""
        async with self._one:
            self.views.network.drop_departed(self.bus.now())
            with self.views.frozen():
                yield

    async def plan_window(
        self, journeys: Iterable[AffectedJourney], *, reserved: SeatCounts | None = None
    ) -> list[PlanProposed]:
        """`plan`, in a thread of its own: a window may take seconds, in which leases are renewed and questions answered. For
        journeys under a brake no trip is searched for.

        Python passes control between threads every few milliseconds. Inside `moment` only.
        """
        listed, now = list(journeys), self.bus.now()
        braked = frozenset(each.key for each in listed if self.views.brakes.is_on(each.journey, now))
        return await asyncio.to_thread(self._planning(listed, reserved=reserved, braked=braked))

    def plan(
        self,
        journeys: Iterable[AffectedJourney],
        *,
        reserved: SeatCounts | None = None,
        preferences: Mapping[JourneyKey, Preference] | None = None,
    ) -> list[PlanProposed]:
        """Plan those of the journeys that need an answer as one window.

        Seats in `reserved` are not given away; by default all that are kept for other plans. Raises `UnknownFlight` where the
        views lack a flight of a booking.
        """
        return self._planning(journeys, reserved=reserved, preferences=preferences)()

    def _planning(
        self,
        journeys: Iterable[AffectedJourney],
        *,
        reserved: SeatCounts | None = None,
        preferences: Mapping[JourneyKey, Preference] | None = None,
        braked: Collection[JourneyKey] = frozenset(),
    ) -> Callable[[], list[PlanProposed]]:
        """Planning with all that it rests on, as of now."""
        return partial(
            plan,
            [case for journey in journeys for case in self._cases(journey)],
            self.views.network,
            now=self.bus.now(),
            as_of=self.views.as_of,
            rules=self.views.rules,
            reserved=dict(self.reservations.seats if reserved is None else reserved),
            preferences=preferences or {},
            braked=braked,
        )

    async def outbid(self, journeys: Iterable[AffectedJourney]) -> list[Delivery[Cause]]:
        """Causes of those journeys that find no seats only because of reservations which are still undecided.

        They must be handled again: if an undecided plan does not take its seats after all, no message says that they are free.
        """
        if not self.reservations.undecided:
            return []
        by_key = {journey.key: journey for journey in journeys}
        async with self.moment():
            plans = await self.plan_window(by_key.values(), reserved=self.reservations.confirmed)
        causes = (by_key[proposed.pnr, proposed.journey].cause_of(proposed) for proposed in plans)
        return list({(cause.stream, cause.sequence): cause for cause in causes}.values())

    def _cases(self, affected: AffectedJourney) -> Iterator[Case]:
        """One for each cause that affects the journey; one without a cause for a journey that is only looked at."""
        journey = affected.journey
        if journey is None:
            return
        entry = self.views.waitlist_entry(affected.key) if journey.state == "stranded" else None
        if entry is not None and (entry.declined or entry.left):
            return  # it waits for a person, or for nothing
        case = self._case(affected.stored, journey, entry)
        if not affected.affecting:
            yield structs.replace(case, named=True)
        for cause, _, kind, regains in affected.affecting:
            yield structs.replace(case, cause_id=cause.id, cause_sequence=cause.sequence, kind=kind, regains=regains)

    def _case(self, stored: StoredBooking, journey: Journey, entry: WaitlistEntry | None) -> Case:
        booking = stored.booking
        return Case(
            booking=booking,
            journey=journey,
            booking_revision=stored.revision,
            booking_written_at=stored.written_at,
            cause_id="",
            waits_at=entry.origin if entry else None,
            flown=entry.flown if entry else (),
        )
