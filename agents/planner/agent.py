"""What the planner hears and says: thin round `domain`. A window is whatever has been heard when it is free to plan."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import structlog

from agents.planner.adapters import Knowledge, countries
from agents.planner.config import Config
from agents.planner.domain import Case, plan
from bus import Agent, Bus, Delivery, Fact, Wiring, derived_id
from contracts.ledger import (
    BOOKING_STRANDED,
    SEATS,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITING,
    BookingStranded,
    Disruption,
    SeatsDisrupted,
    SeatsFreed,
)
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED, PlanRefused

Cause = SeatsDisrupted | SeatsFreed | PlanRefused | BookingStranded

PLANNER = Agent(
    "planner",
    hears=(SEATS_DISRUPTED, SEATS_FREED, PLAN_REFUSED, BOOKING_STRANDED),
    says=(PLAN_PROPOSED,),
    views=(SEATS, WAITING),
    group=24,
)

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
        while self._knows.lag > self._config.lag_limit:
            log.warning("waits for its view", lag_s=round(self._knows.lag.total_seconds(), 3))
            await asyncio.sleep(self._config.lag_limit.total_seconds() / 4)
        await self._knows.reach(max(d.settled for d in group))
        touched: defaultdict[Pnr, list[tuple[Delivery[Cause], Disruption | None]]] = defaultdict(list)
        for cause in group:
            for pnr, kind in self._touched_by(cause.message):
                touched[pnr].append((cause, kind))
        bookings = await self._knows.bookings(touched)
        for cause in group:  # a seat that a refused plan had in mind may be another's now
            if isinstance(cause.message, PlanRefused) and cause.message.pnr in bookings:
                for pnr in self._knows.waiting_in(bookings[cause.message.pnr][0]):
                    touched[pnr].append((cause, None))
        bookings |= await self._knows.bookings(touched.keys() - bookings.keys())
        outcome = plan(
            [
                Case(
                    booking=booking,
                    booking_revision=revision,
                    booking_written_at=at,
                    cause_id=cause.id,
                    kind=kind,
                    waits_at=self._knows.waits_at(pnr),
                )
                for pnr, (booking, revision, at) in bookings.items()
                for cause, kind in touched[pnr]
            ],
            self._knows.network,
            now=self._bus.now(),
            as_of=self._knows.as_of,
            rules=self._config.rules,
            weights=self._config.weights,
            policy=self._config.policy,
        )
        by_id = {derived_id(cause.id, pnr): cause for pnr, causes in touched.items() for cause, _ in causes}
        await self._bus.say([Fact(PLAN_PROPOSED.of(proposed), by_id[proposed.id]) for proposed in outcome.plans])

    def _touched_by(self, cause: Cause) -> list[tuple[Pnr, Disruption | None]]:
        match cause:
            case SeatsDisrupted(flight=flight, kind=kind, parties=parties):
                # Plans on their way to a retimed flight go stale and leave its seats to those who wait.
                waiting = self._knows.waiting_for(flight) if kind == "retimed" else []
                return [*((pnr, kind) for pnr in parties), *((pnr, None) for pnr in waiting)]
            case SeatsFreed(flight=flight):
                return [(pnr, None) for pnr in self._knows.waiting_for(flight)]
            case PlanRefused(pnr=pnr, reason=reason):
                return [(pnr, reason)]
            case BookingStranded(pnr=pnr):
                return [(pnr, None)]
