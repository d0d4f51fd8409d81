"""Plans, and what replies make of offered ones, as the booker decides them: loads what a decision rests on, commits it."""

import asyncio
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple

from agents.booker.adapters import Ledger
from agents.booker.brakes import BrakeKeeper
from agents.booker.domain import (
    Amendments,
    Decision,
    Planned,
    SaleRules,
    decide_group,
    ended_offers,
    flights_needed,
)
from agents.booker.domain.braking import Braking
from agents.booker.facts import fact_of
from agents.booker.lease import Lease
from agents.booker.offer_states import OfferStates
from bus import Bus, Cause, Delivery
from bus.logs import get_logger
from contracts.ledger import Booking, JourneyKey, SeatLedger, WaitlistEntry
from contracts.names import FlightKey, Pnr
from contracts.plans import PLAN_REFUSED, PlanRefused

Because = Delivery[Any] | Cause | None
"""What a decision follows from; None: nothing that is known."""

UNAMENDED: Amendments[Delivery[Any]] = Amendments()

log = get_logger("booker")


class Considered(NamedTuple):
    """A decision that is not written yet, and what it rests on: it is written before anything else is decided."""

    planned: Sequence[Planned[Because]]
    decision: Decision[Because]
    loaded: Mapping[Pnr, tuple[Booking, int]]
    """Bookings, with their revisions."""
    before: Mapping[FlightKey, SeatLedger]
    waiting_before: Mapping[JourneyKey, WaitlistEntry]
    waiting_at: dict[JourneyKey, int]
    """The revision that a write to each waitlist entry has to expect."""
    braking: Braking

    @property
    def bookings(self) -> dict[Pnr, Booking]:
        """As the decision leaves them."""
        return {pnr: booking for pnr, (booking, _) in self.loaded.items()} | self.decision.bookings

    @property
    def flights(self) -> dict[FlightKey, SeatLedger]:
        """As the decision leaves them."""
        return {**self.before, **self.decision.seats}

    @property
    def waiting(self) -> dict[JourneyKey, WaitlistEntry]:
        """The entries that the decision leaves."""
        entries = {**self.waiting_before, **self.decision.waiting}
        return {key: entry for key, entry in entries.items() if entry is not None}


class Plans:
    """`refused` is filled with the revision of each journey's last refusal. `decide` is called in the lease's turn."""

    def __init__(
        self,
        bus: Bus,
        ledger: Ledger,
        lease: Lease,
        rules: Callable[[], SaleRules],
        *,
        brakes: BrakeKeeper,
        offers: OfferStates,
        refused: MutableMapping[JourneyKey, int],
    ) -> None:
        self._bus, self._ledger, self._lease, self._rules = bus, ledger, lease, rules
        self._brakes, self._offers, self._refused_at = brakes, offers, refused

    async def decide(self, planned: Sequence[Planned[Because]]) -> Decision[Because]:
        """Decide in order, and commit it all in one batch."""
        considered = await self.consider(planned)
        await self.commit(considered)
        return considered.decision

    async def consider(self, planned: Sequence[Planned[Because]]) -> Considered:
        """Decide in order; nothing is written before `commit`."""
        plans = [each.plan for each in planned]
        seen = max(plan.booking_revision for plan in plans)  # the ledger has what a planner has read
        loaded, refused, _ = await asyncio.gather(
            self._ledger.bookings((plan.pnr for plan in plans), at_least=seen),
            self._ledger.refused(plans),
            self._ledger.flights(flights_needed(plans, ())),  # for most plans these are all flights
        )
        stranded = {
            (pnr, journey.number): revision
            for pnr, (booking, revision) in loaded.items()
            for journey in booking.journeys
            if journey.state == "stranded"
        }
        waiting, waiting_at = await self._ledger.waiting(
            stranded.keys() | {(plan.pnr, plan.journey) for plan in plans if plan.verdict == "none"},
            at_least=max(stranded.values(), default=0),
        )
        forgotten = await self._ledger.forgotten({plan.pnr for plan in plans} - loaded.keys())
        if forgotten:
            log.info("plans for forgotten parties dropped", parties=len(forgotten))
        bookings = [booking for booking, _ in loaded.values()]
        asked = [booking for booking in bookings if any(journey.offer for journey in booking.journeys)]
        had = await self._ledger.moved_from(asked) if asked else set()
        flights = await self._ledger.flights(flights_needed(plans, bookings, waiting.values()) | had)
        now = self._bus.now()
        braking = await self._brakes.braking(now, ((plan.pnr, plan.journey) for plan in plans))
        decision = decide_group(
            planned,
            bookings=loaded,
            flights=flights,
            now=now,
            rules=self._rules(),
            waiting=waiting,
            refused_at=self._refused_at,
            refusals_since=self._lease.since,
            answered=refused | await self._ledger.done(plans, loaded),
            forgotten=forgotten,
            layouts=self._ledger.layouts,
            unnumbered=await self._ledger.unnumbered(flights.values()),
            braking=braking,
        )
        return Considered(planned, decision, loaded, flights, waiting, waiting_at, braking)

    async def commit(self, considered: Considered, amended: Amendments[Delivery[Any]] = UNAMENDED) -> None:
        """Write what was considered in one batch, with what a version of the same bookings was decided to change after it."""
        decision, loaded = considered.decision, considered.loaded
        waiting, waiting_at = decision.waiting | amended.waiting, considered.waiting_at
        missing = {key for key, entry in waiting.items() if entry is not None} - waiting_at.keys()
        if missing:  # the answer to an offer leaves a party without a trip that had one
            waiting_at |= (await self._ledger.waiting(missing))[1]
        states, removals = self._brakes.writes(considered.braking, decision.aside)
        because = {each.plan.pnr: each.token for each in considered.planned} | decision.by | amended.by
        offers = decision.offers | dict.fromkeys(ended_offers(considered.bookings, amended.bookings))
        offered, withdrawn = await self._offers.writes(offers, because)
        bookings = decision.bookings | amended.bookings
        revisions = await self._ledger.commit(
            [
                *(fact_of(fact, cause) for cause, fact in (*decision.facts, *decision.affected, *decision.freed)),
                *(fact_of(fact, cause) for cause, fact in (*amended.facts, *amended.freed, *amended.replanned)),
            ],
            seats=decision.seats | amended.seats,
            bookings={pnr: (booking, loaded[pnr][1]) for pnr, booking in bookings.items()},
            waiting={each: (entry, waiting_at[each]) for each, entry in waiting.items()},
            read=decision.read - amended.seats.keys(),
            causes={name: cause for name, cause in because.items() if cause is not None},
            states=[*states, *offered],
            removals=[*removals, *withdrawn],
        )
        self._brakes.wrote(considered.braking, revisions)
        self._offers.wrote(offers, max(revisions.values(), default=0))
        for _, fact in decision.facts:
            if isinstance(fact, PlanRefused):
                self._refused_at[fact.pnr, fact.journey] = revisions[PLAN_REFUSED.of(fact).name]
