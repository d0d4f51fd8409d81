"""What the booker hears and says: thin round `domain`. Every commit is one batch under the lease."""

import asyncio
import os
import socket
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import Struct

from agents.booker.adapters import Ledger
from agents.booker.config import Config
from agents.booker.domain import (
    Planned,
    Rules,
    apply_changes,
    by_commit,
    decide_group,
    flights_needed,
    import_bookings,
    parties_needed,
)
from agents.booker.lease import Lease
from bus import Agent, Bus, Delivery, Fact, Handlers
from contracts.asks import IMPORT_BOOKINGS, ImportBookings, Imported
from contracts.flights import FLIGHT_CHANGED, FlightChanged
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    WAITLIST,
)
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED, PlanProposed, PlanRefused
from contracts.subject import Addressed, Subject

_FACTS: tuple[Subject[Any], ...] = (
    SEATS_DISRUPTED,
    SEATS_FREED,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    PLAN_REFUSED,
)
_ADDRESS = {subject.message: subject for subject in _FACTS}

BOOKER = Agent(
    "booker",
    hears=(FLIGHT_CHANGED, PLAN_PROPOSED),
    says=_FACTS,
    keeps=(SEAT_LEDGER, BOOKING, WAITLIST, ACTIVE_BOOKER),
    answers=(IMPORT_BOOKINGS,),
    group=160,
)


async def build(bus: Bus, config: Config, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> Handlers:
    """`wall` and `monotonic` read the clocks by which the lease runs."""
    holder = f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
    lease = Lease(bus, holder=holder, length=config.lease, renew=config.renew, wall=wall, monotonic=monotonic)
    rules = Rules(minimum_lead=config.minimum_lead, minimum_connection=config.minimum_connection)
    booker = Booker(bus, Ledger(bus, lease), lease, rules)
    return Handlers(
        {FLIGHT_CHANGED: booker.hear_changes, PLAN_PROPOSED: booker.hear_plans},
        answers={IMPORT_BOOKINGS: booker.take_in},
        ready=lease.acquire,
        background=lease.keep,
        close=lease.release,
    )


class Booker:
    def __init__(self, bus: Bus, ledger: Ledger, lease: Lease, rules: Rules) -> None:
        self._bus = bus
        self._ledger = ledger
        self._lease = lease
        self._rules = rules
        self._refused_at: dict[Pnr, int] = {}

    async def hear_changes(self, group: Sequence[Delivery[FlightChanged]]) -> None:
        """Applies each change to its flight's seats and says who is hit, in one batch."""
        async with self._lease.turn:
            ledgers = await self._ledger.flights(d.message.flight for d in group)
            choosing = {pnr for d in group for pnr in parties_needed(ledgers.get(d.message.flight), d.message)}
            parties = {pnr: booking.party for pnr, (booking, _) in (await self._ledger.bookings(choosing)).items()}
            changes = apply_changes([(d.message, d) for d in group], ledgers=ledgers, parties=parties)
            if changes.seats:
                await self._ledger.commit([_fact(f, cause) for cause, f in changes.facts], seats=changes.seats)

    async def hear_plans(self, group: Sequence[Delivery[PlanProposed]]) -> None:
        """Commits the plans that still hold and refuses the others, in one batch."""
        async with self._lease.turn:
            self._lease.hears(max(d.sequence for d in group))
            plans = [d.message for d in group]
            seen = max(plan.booking_revision for plan in plans)  # what a planner has read is there
            loaded, _ = await asyncio.gather(  # of most plans all flights are known by then
                self._ledger.bookings((plan.pnr for plan in plans), at_least=seen),
                self._ledger.flights(flights_needed(plans, ())),
            )
            stranded = {pnr for pnr, (booking, _) in loaded.items() if booking.state == "stranded"}
            markers, marked_at = await self._ledger.waiting(
                stranded.union(p.pnr for p in plans if p.verdict == "none"),
                at_least=max((revision for pnr, (_, revision) in loaded.items() if pnr in stranded), default=0),
            )
            bookings = (booking for booking, _ in loaded.values())
            flights = await self._ledger.flights(flights_needed(plans, bookings, markers.values()))
            decide = partial(
                decide_group,
                [Planned(d.message, d) for d in group],
                bookings=loaded,
                flights=flights,
                now=self._bus.now(),
                rules=self._rules,
                waiting=markers,
                refused_at=self._refused_at,
                refusals_since=self._lease.since,
            )
            decision = decide()
            refusals = [fact for _, fact in decision.facts if isinstance(fact, PlanRefused)]
            if refusals and (known := await self._ledger.refused(refusals)):
                decision = decide(refused=known)
            revisions = await self._ledger.commit(
                [_fact(fact, cause) for cause, fact in (*decision.facts, *decision.freed)],
                seats=decision.seats,
                bookings={pnr: (booking, loaded[pnr][1]) for pnr, booking in decision.bookings.items()},
                waiting={pnr: (marker, marked_at[pnr]) for pnr, marker in decision.waiting.items()},
                read=decision.read,
            )
            for _, fact in decision.facts:
                if isinstance(fact, PlanRefused):
                    self._refused_at[fact.pnr] = revisions[PLAN_REFUSED.of(fact).name]

    async def take_in(self, question: ImportBookings) -> Imported:
        """Puts sound bookings into the ledger, each with its seats; says why of the others. Those it has already count as
        taken, so asking again is harmless and answered alike."""
        taken, refused = 0, dict[Pnr, str]()
        for brought in by_commit(question.bookings):
            async with self._lease.turn:
                loaded = await self._ledger.bookings(booking.pnr for booking in brought)
                existing = {pnr: booking for pnr, (booking, _) in loaded.items()}
                flights = await self._ledger.flights(leg.flight for booking in brought for leg in booking.legs)
                sound = import_bookings(brought, existing=existing, flights=flights, rules=self._rules)
                if sound.bookings:
                    new = {pnr: (booking, 0) for pnr, booking in sound.bookings.items()}
                    await self._ledger.commit([], seats=sound.seats, bookings=new)
                taken += len(sound.bookings.keys() | sound.there)
                refused |= sound.refused
        return Imported(taken=taken, refused=refused)


def _fact(message: Struct, cause: Delivery[Any]) -> Fact:
    said: Addressed[Any] = _ADDRESS[type(message)].of(message)
    return Fact(said, cause)
