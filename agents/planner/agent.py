"""What the planner hears and says: thin round `domain`. A window is whatever has been heard when it is free to plan."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from agents.planner.adapters import Knowledge, countries
from agents.planner.config import Config
from agents.planner.domain import Case, Hope, plan
from agents.planner.domain.touched import Cause, touched_by
from bus import Agent, Bus, Delivery, Fact, Retry, Wiring, derived_id
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING_STRANDED,
    SEATS,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITING,
    Booking,
    Disruption,
)
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED, PlanProposed

Why = tuple[Delivery[Cause], Disruption | None]
"""A cause that touches a party, and what it says has happened to the party."""
Held = tuple[Booking, int, datetime]
"""What a party holds, the booking's revision, and when it was written."""

PLANNER = Agent(
    "planner",
    hears=(SEATS_DISRUPTED, SEATS_FREED, PLAN_REFUSED, BOOKING_STRANDED),
    says=(PLAN_PROPOSED,),
    views=(SEATS, WAITING, ACTIVE_BOOKER),
    group=24,
)

_SOON = timedelta(seconds=1)

log = structlog.get_logger("planner")


async def build(bus: Bus, config: Config) -> Wiring:
    rules = replace(config.rules, countries=countries())
    planner = Planner(bus, Knowledge(bus, rules), replace(config, rules=rules))
    return Wiring(dict.fromkeys(PLANNER.hears, planner.hear))


class Planner:
    def __init__(self, bus: Bus, knowledge: Knowledge, config: Config) -> None:
        self._bus = bus
        self._knows = knowledge
        self._config = config

    async def hear(self, group: Sequence[Delivery[Cause]]) -> None:
        """Plans every party these causes touch as one window, and proposes."""
        await self._up_to_date(max(d.settled for d in group))
        now = self._bus.now()
        claims = self._knows.claims
        hope = Hope(self._knows.network, now=now, rules=self._config.rules, claimed=claims.seats)
        touched = touched_by(((d.message, d) for d in group), waiting_for=self._knows.waiting_for, hope=hope)
        held = await self._knows.bookings(pnr for pnr in touched if pnr not in claims)
        claims = self._knows.claims  # from here to the plans nothing is awaited: seats and claims are of one moment
        ahead = {pnr for pnr, (booking, _, _) in held.items() if self._is_ahead(booking)}
        due = [pnr for pnr in held if pnr not in ahead and pnr not in claims]
        plans = self._decided([case for pnr in due for case in self._cases(held[pnr], touched[pnr])], now=now)
        await self._propose(plans, touched, held)
        if ahead:
            raise Retry(_SOON, f"{len(ahead)} bookings, {min(ahead)} the first, are on flights not known yet")

    def _is_ahead(self, booking: Booking) -> bool:
        """Whether it was read later than the view of flights is."""
        return any(leg.flight not in self._knows.network for leg in booking.legs)

    def _cases(self, held: Held, why: Sequence[Why]) -> list[Case]:
        """One for each cause that touches the party."""
        booking, revision, written_at = held
        return [
            Case(
                booking=booking,
                booking_revision=revision,
                booking_written_at=written_at,
                cause_id=cause.id,
                cause_at=cause.sequence,
                kind=kind,
                waits_at=self._knows.waits_at(booking.pnr),
            )
            for cause, kind in why
        ]

    def _decided(self, cases: Sequence[Case], *, now: datetime) -> list[PlanProposed]:
        return plan(
            cases,
            self._knows.network,
            now=now,
            as_of=self._knows.as_of,
            rules=self._config.rules,
            weights=self._config.weights,
            policy=self._config.policy,
            claimed=self._knows.claims.seats,
        )

    async def _propose(
        self, plans: Sequence[PlanProposed], touched: Mapping[Pnr, list[Why]], held: Mapping[Pnr, Held]
    ) -> None:
        """Says each plan because of its cause, and remembers those that are news until they are answered."""
        by_id = {derived_id(cause.id, pnr): cause for pnr, causes in touched.items() for cause, _ in causes}
        said = await self._bus.say([Fact(PLAN_PROPOSED.of(proposed), by_id[proposed.id]) for proposed in plans])
        for proposed in plans:
            if sequence := said.get(PLAN_PROPOSED.of(proposed).name):
                self._knows.proposed(proposed, held[proposed.pnr][0], sequence)

    async def _up_to_date(self, sequence: int) -> None:
        """Returns once the views are current, and hold all that was committed up to this sequence."""
        while self._knows.lag > self._config.lag_limit:
            log.warning("waits for its view", lag_s=round(self._knows.lag.total_seconds(), 3))
            await asyncio.sleep(self._config.lag_limit.total_seconds() / 4)
        await self._knows.reach(sequence)
