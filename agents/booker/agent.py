"""What the booker hears, says and answers: a thin shell around `domain`. Every commit is one batch under the lease."""

import asyncio
import os
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct

from agents.booker.adapters import Ledger
from agents.booker.adopting import adopt
from agents.booker.config import Config
from agents.booker.domain import (
    Planned,
    SaleRules,
    Stated,
    Waiting,
    amend,
    apply_changes,
    by_commit,
    canonical_booking,
    canonical_status,
    connected_flights,
    decide_group,
    flights_lost_near,
    flights_needed,
    forget,
    import_bookings,
    lapse,
    named_flights,
    operated_booking,
    operated_status,
    parties_needed,
    pnrs_of,
    regaining_parties,
    tight_connections,
)
from agents.booker.lease import Lease
from agents.booker.waitlist import Waitlist
from bus import Agent, AskFailed, Bus, Cause, Deferred, Delivery, Entry, Fact, Handlers, Retry, Timer
from bus.airports import countries, zones
from bus.logs import get_logger
from contracts.asks import IMPORT_BOOKINGS, ImportBookings, Imported
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FlightChanged
from contracts.forget import FORGET_PARTY, TOMBSTONE, TOMBSTONE_SALT, ForgetParty, PartyForgotten
from contracts.layouts import LAYOUT
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    JOURNEY_AFFECTED,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
    WAITLIST,
    Booking,
    JourneyKey,
    Leg,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.names import Pnr
from contracts.plans import PLAN_PROPOSED, PLAN_REFUSED, PlanProposed, PlanRefused
from contracts.reservations import (
    BOOKING_AMENDED,
    BOOKING_CONTRADICTED,
    BOOKING_WITHDRAWN,
    RESERVATION_STATUS,
    ReservationStatus,
)
from contracts.rules import RULES_ADOPTED, RULES_IN_FORCE, Rules
from contracts.subject import Addressed, Subject

_FACTS: tuple[Subject[Any], ...] = (
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    JOURNEY_AFFECTED,
    PLAN_REFUSED,
    RULES_ADOPTED,
    BOOKING_AMENDED,
    BOOKING_WITHDRAWN,
    BOOKING_CONTRADICTED,
)
_SUBJECTS = {subject.message: subject for subject in _FACTS}

_LOOKS = 500
"""Facts in one commit, of which the server accepts 1,000 messages."""
_LAPSES = 100
"""Parties that give up seats in one commit: each has at most some eight messages."""
_AT_ONCE = 24
"""Statuses in one commit: each has at most some forty messages, its flights before and after among them, and the server accepts
1,000."""
_SOON, _LATER = timedelta(seconds=1), timedelta(minutes=1)
"""The least and the longest pause, in event time, before a status that rests on what is missing is heard again."""

log = get_logger("booker")

BOOKER = Agent(
    "booker",
    hears=(FLIGHT_CHANGED, PLAN_PROPOSED, RESERVATION_STATUS),
    says=_FACTS,
    keeps=(SEAT_LEDGER, BOOKING, WAITLIST, ACTIVE_BOOKER, RULES_IN_FORCE, TOMBSTONE, TOMBSTONE_SALT),
    views=(WAITLIST,),
    reads=(FLIGHT, LAYOUT),
    answers=(IMPORT_BOOKINGS, FORGET_PARTY),
    group=160,
)


async def build(bus: Bus, config: Config, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> Handlers:
    """`wall` and `monotonic` read the clocks of the lease."""
    holder = f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
    lease = Lease(bus, holder=holder, length=config.lease, renew=config.renew, wall=wall, monotonic=monotonic)
    booker = Booker(
        bus, Ledger(bus, lease), lease, config.rules, places=SaleRules(countries=countries(), zones=zones())
    )
    return Handlers(
        {
            FLIGHT_CHANGED: booker.hear_changes,
            PLAN_PROPOSED: booker.hear_plans,
            RESERVATION_STATUS: booker.hear_reservations,
        },
        answers={IMPORT_BOOKINGS: booker.import_bookings, FORGET_PARTY: booker.forget},
        ready=booker.become_active,
        wakes=Timer(booker.waitlist.earliest, booker.look_again),
        background=lease.keep,
        close=lease.release,
    )


class Booker:
    def __init__(self, bus: Bus, ledger: Ledger, lease: Lease, own: Rules, *, places: SaleRules) -> None:
        self._bus = bus
        self._ledger = ledger
        self._lease = lease
        self._own = own
        self._rules = places
        """Those in force, with countries and zones, once this booker is active."""
        self.waitlist = Waitlist(bus, ledger, lambda: self._rules)
        self._refused_at: dict[JourneyKey, int] = {}

    async def become_active(self) -> None:
        """Return when this booker is the active one, and the rules that it works by are in force."""
        await self._lease.acquire()
        self._rules = self._rules.by(await adopt(self._bus, self._lease, self._own))

    async def hear_changes(self, group: Sequence[Delivery[FlightChanged]]) -> None:
        """Apply each change to its flight's seats and say which parties it disrupts, in one batch."""
        async with self._lease.turn:
            ledgers = await self._ledger.flights(d.message.flight for d in group)
            near = connected_flights(ledgers.values()) | flights_lost_near(ledgers.values())
            ledgers |= await self._ledger.flights(near)
            await self._ledger.learn(d.message.state.layout for d in group)
            layouts = self._ledger.layouts
            candidates = {
                pnr for d in group for pnr in parties_needed(ledgers.get(d.message.flight), d.message, layouts)
            }
            candidates |= tight_connections((d.message for d in group), ledgers, rules=self._rules)
            candidates |= regaining_parties((d.message for d in group), ledgers, rules=self._rules)
            bookings = {pnr: booking for pnr, (booking, _) in (await self._ledger.bookings(candidates)).items()}
            changes = apply_changes(
                [(d.message, d) for d in group],
                ledgers=ledgers,
                bookings=bookings,
                rules=self._rules,
                layouts=layouts,
            )
            if changes.seats:
                await self._ledger.commit(
                    [_fact(f, cause) for cause, f in changes.facts],
                    seats=changes.seats,
                    causes={d.message.flight: d for d in group}
                    | {fact.flight: cause for cause, fact in changes.facts if isinstance(fact, SeatsFreed)},
                )
                self.waitlist.moved(changes.seats)

    async def hear_plans(self, group: Sequence[Delivery[PlanProposed]]) -> None:
        """Commit the plans that still hold and refuse the others, in one batch."""
        async with self._lease.turn:
            self._lease.hears(max(d.sequence for d in group))
            plans = [d.message for d in group]
            seen = max(plan.booking_revision for plan in plans)  # the ledger has what a planner has read
            loaded, answered, _ = await asyncio.gather(
                self._ledger.bookings((plan.pnr for plan in plans), at_least=seen),
                self._ledger.answered(plans),
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
            bookings = (booking for booking, _ in loaded.values())
            flights = await self._ledger.flights(flights_needed(plans, bookings, waiting.values()))
            decision = decide_group(
                [Planned(d.message, d) for d in group],
                bookings=loaded,
                flights=flights,
                now=self._bus.now(),
                rules=self._rules,
                waiting=waiting,
                refused_at=self._refused_at,
                refusals_since=self._lease.since,
                answered=answered,
                forgotten=forgotten,
                layouts=self._ledger.layouts,
                unnumbered=await self._ledger.unnumbered(flights.values()),
            )
            revisions = await self._ledger.commit(
                [_fact(fact, cause) for cause, fact in (*decision.facts, *decision.affected, *decision.freed)],
                seats=decision.seats,
                bookings={pnr: (booking, loaded[pnr][1]) for pnr, booking in decision.bookings.items()},
                waiting={each: (entry, waiting_at[each]) for each, entry in decision.waiting.items()},
                read=decision.read,
                causes={d.message.pnr: d for d in group} | decision.by,
            )
            for _, fact in decision.facts:
                if isinstance(fact, PlanRefused):
                    self._refused_at[fact.pnr, fact.journey] = revisions[PLAN_REFUSED.of(fact).name]

    async def look_again(self, now: datetime) -> None:
        """Have the parties that wait planned for which this is the time."""
        async with self._lease.turn:
            facts = await self.waitlist.due(now)
            for at in range(0, len(facts), _LOOKS):
                share = facts[at : at + _LOOKS]
                await self._ledger.commit(share, seats={})
                self.waitlist.done(share)
            entries = await self.waitlist.lapsing(now)
            for at in range(0, len(entries), _LAPSES):
                await self._lapse(entries[at : at + _LAPSES], now)

    async def _lapse(self, entries: Sequence[Entry[WaitlistEntry]], now: datetime) -> None:
        """Give up the seats that these parties, which wait, have held as long as they can."""
        at_least = max(entry.revision for entry in entries)
        loaded = await self._ledger.bookings((entry.message.pnr for entry in entries), at_least=at_least)
        waiting = [
            Waiting(loaded[entry.message.pnr][0], entry.message) for entry in entries if entry.message.pnr in loaded
        ]
        needed = flights_needed((), (each.booking for each in waiting), (each.entry for each in waiting))
        flights = await self._ledger.flights(needed)
        result = lapse(
            waiting,
            flights=flights,
            now=now,
            rules=self._rules,
            layouts=self._ledger.layouts,
            unnumbered=await self._ledger.unnumbered(flights.values()),
        )
        if not result.facts:
            return  # their places on the waitlist have changed, and the view does not show it yet
        by = {(entry.message.pnr, entry.message.journey): entry for entry in entries}
        revisions = await self._ledger.commit(
            [_fact(fact, by[key].cause) for key, fact in (*result.facts, *result.freed)],
            seats=result.seats,
            bookings={pnr: (booking, loaded[pnr][1]) for pnr, booking in result.bookings.items()},
            waiting={key: (entry, by[key].revision) for key, entry in result.waiting.items()},
            causes={pnr: cause for pnr, number in result.waiting if (cause := by[pnr, number].cause)}
            | {freed.flight: cause for key, freed in result.freed if (cause := by[key].cause)},
        )
        self.waitlist.lapsed(result.waiting.keys(), max(revisions.values()))

    async def hear_reservations(self, group: Sequence[Delivery[ReservationStatus]]) -> list[Deferred]:
        """Apply what the reservation system says of its bookings, or say what contradicts it, a few in each batch. Returns the
        statuses that come again, for what they rest on may still come."""
        ahead: list[Deferred] = []
        for at in range(0, len(group), _AT_ONCE):
            async with self._lease.turn:
                ahead += await self._amend(group[at : at + _AT_ONCE])
        return ahead

    async def _amend(self, group: Sequence[Delivery[ReservationStatus]]) -> list[Deferred]:
        named = [canonical_status(d.message) for d in group]
        operated_as = await self._ledger.operated_as(named_flights(b for status in named for b in status.bookings))
        statuses = [operated_status(status, operated_as) for status in named]
        pnrs = {pnr for status in statuses for pnr in pnrs_of(status)}
        loaded = await self._ledger.bookings(pnrs)
        stranded = {
            (pnr, journey.number): revision
            for pnr, (booking, revision) in loaded.items()
            for journey in booking.journeys
            if journey.state == "stranded"
        }
        splits = [(status.pnr, split.pnr) for status in statuses if (split := status.split_from)]
        new = {(own, number) for own, _ in splits for _, number in stranded}
        waiting, waiting_at = await self._ledger.waiting({*stranded, *new}, at_least=max(stranded.values(), default=0))
        forgotten = await self._ledger.forgotten(pnrs - loaded.keys())
        if forgotten:
            log.info("statuses of forgotten parties dropped", parties=len(forgotten))
        theirs = [booking for status in statuses for booking in status.bookings]
        ours = [booking for booking, _ in loaded.values()]
        smaller = [booking.pnr for booking in theirs if _is_smaller(booking, loaded.get(booking.pnr))]
        had = await self._ledger.moved_from(
            loaded[pnr][0] for pnr in {*smaller, *(other for _, other in splits)} if pnr in loaded
        )
        flights = await self._ledger.flights(flights_needed((), [*theirs, *ours], waiting.values()) | had)
        result = amend(
            [Stated(status, d, _came_at(d)) for status, d in zip(statuses, group, strict=True)],
            bookings={pnr: booking for pnr, (booking, _) in loaded.items()},
            flights=flights,
            waiting=waiting,
            now=self._bus.now(),
            rules=self._rules,
            forgotten=forgotten,
            layouts=self._ledger.layouts,
            unnumbered=await self._ledger.unnumbered(flights.values()),
            misnamed=await self._ledger.misnamed(_new_legs(theirs, loaded), flights),
        )
        if result.bookings or result.facts:
            await self._ledger.commit(
                [_fact(fact, cause) for cause, fact in (*result.facts, *result.freed)],
                seats=result.seats,
                bookings={
                    pnr: (booking, loaded[pnr][1] if pnr in loaded else 0) for pnr, booking in result.bookings.items()
                },
                waiting={each: (entry, waiting_at[each]) for each, entry in result.waiting.items()},
                causes={pnr: d for d in group for pnr in pnrs_of(d.message)} | result.by,
            )
        return [Deferred(d, partial(_wait, d, missing, self._bus)) for d, missing in result.ahead]

    async def import_bookings(self, question: ImportBookings) -> Imported:
        """Put sound bookings into the ledger, each with its seats, and say why the others are refused.

        A booking that the ledger has already counts as taken, so asking again is harmless and has the same answer.
        """
        taken, refused = 0, dict[Pnr, str]()
        bookings = [canonical_booking(booking) for booking in question.bookings]
        async with self._lease.turn:
            operated_as = await self._ledger.operated_as(named_flights(bookings))
        for share in by_commit([operated_booking(booking, operated_as) for booking in bookings]):
            async with self._lease.turn:
                loaded = await self._ledger.bookings(booking.pnr for booking in share)
                flights = await self._ledger.flights(leg.flight for booking in share for leg in booking.all_legs)
                sound = import_bookings(
                    share,
                    existing={pnr: booking for pnr, (booking, _) in loaded.items()},
                    flights=flights,
                    forgotten=await self._ledger.forgotten({booking.pnr for booking in share} - loaded.keys()),
                    rules=self._rules,
                    layouts=self._ledger.layouts,
                    unnumbered=await self._ledger.unnumbered(flights.values()),
                    misnamed=await self._ledger.misnamed(_new_legs(share, loaded), flights),
                )
                if sound.bookings:
                    new = {pnr: (booking, 0) for pnr, booking in sound.bookings.items()}
                    await self._ledger.commit([], seats=sound.seats, bookings=new)
                taken += len(sound.bookings.keys() | sound.present)
                refused |= sound.refused
        return Imported(taken=taken, refused=refused)

    async def forget(self, question: ForgetParty) -> PartyForgotten:
        """Remove every mention of the party from the ledger's states and from the facts that name several parties, and free its
        seats. Asking again removes what has come to name the party since."""
        pnr = question.pnr
        async with self._lease.turn:
            loaded = await self._ledger.bookings([pnr])
            journeys = [(pnr, journey.number) for booking, _ in loaded.values() for journey in booking.journeys]
            entries, entry_at = await self._ledger.waiting(journeys)
            tombstones = await self._ledger.forgotten([pnr])
            if pnr not in loaded and pnr not in tombstones:
                raise AskFailed(404, "no booking has this PNR")
            legs = [*(b.seated for b, _ in loaded.values()), *(entry.flown for entry in entries.values())]
            flights = await self._ledger.flights({*question.flights, *(leg.flight for trip in legs for leg in trip)})
            facts = await self._ledger.facts_naming_parties(flights.values())
            change = forget(
                pnr,
                flights=flights,
                facts=facts,
                sellable_from=self._bus.now() + self._rules.minimum_lead,
                layouts=self._ledger.layouts,
                unnumbered=await self._ledger.unnumbered(flights.values()),
            )
            for journey in journeys:
                self._refused_at.pop(journey, None)
            return PartyForgotten(
                upto=await self._ledger.forget(
                    pnr,
                    change,
                    removed=[
                        *((BOOKING.key(pnr=pnr), revision) for _, revision in loaded.values()),
                        *((WAITLIST.key(pnr=pnr, journey=number), entry_at[pnr, number]) for _, number in entries),
                    ],
                    replaced={(fact.flight, fact.n): sequence for fact, sequence in facts.items()},
                    tombstone=tombstones.get(pnr, 0),
                    now=self._bus.now(),
                )
            )


def _fact(message: Struct, cause: Delivery[Any] | Cause | None) -> Fact:
    addressed: Addressed[Any] = _SUBJECTS[type(message)].of(message)
    return Fact(addressed, cause)


async def _wait(delivery: Delivery[ReservationStatus], missing: str, bus: Bus) -> None:
    """Have the status delivered again: soon, or later if it has been waited with for long."""
    age = bus.now() - _came_at(delivery)
    raise Retry(min(max(age / 2, _SOON), _LATER) / (bus.tick.speed or 1), missing)


def _new_legs(bookings: Iterable[Booking], known: Mapping[Pnr, tuple[Booking, int]]) -> Iterator[Leg]:
    """The legs on flights that the ledger's bookings do not have."""
    for booking in bookings:
        had = {leg.flight for leg in known[booking.pnr][0].all_legs} if booking.pnr in known else set()
        yield from (leg for leg in booking.all_legs if leg.flight not in had)


def _is_smaller(theirs: Booking, loaded: tuple[Booking, int] | None) -> bool:
    return loaded is not None and theirs.party.seats < loaded[0].party.seats


def _came_at(delivery: Delivery[ReservationStatus]) -> datetime:
    return delivery.written_at or delivery.stored_at
