"""What the booker hears, says and answers: a thin shell around `domain`. Every commit is one batch under the lease."""

import os
import socket
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from agents.booker.adapters import Ledger
from agents.booker.adopting import adopt, adopt_again, read, read_as_asked
from agents.booker.by_time import ByTime
from agents.booker.config import Config
from agents.booker.domain import (
    Planned,
    SaleRules,
    apply_changes,
    by_commit,
    canonical_booking,
    connected_flights,
    flights_lost_near,
    forget,
    import_bookings,
    named_flights,
    new_legs,
    operated_booking,
    parties_needed,
    regaining_parties,
    tight_connections,
)
from agents.booker.facts import FACTS, fact_of
from agents.booker.knowledge import Knowledge
from agents.booker.lease import Lease
from agents.booker.quotes import Quotes
from agents.booker.requesting import Requests
from agents.booker.reservations import Reservations
from bus import Agent, AskFailed, Bus, Delivery, Handlers, Timer
from bus.airports import countries, zones
from contracts.asks import IMPORT_BOOKINGS, ImportBookings, Imported
from contracts.brakes import (
    BRAKED,
    BRAKES,
    END_BRAKE,
    PACE,
    SET_BRAKE,
    BrakeAnswer,
    EndBrake,
    SetBrake,
)
from contracts.fares import FARE
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FlightChanged
from contracts.forget import FORGET_PARTY, TOMBSTONE, TOMBSTONE_SALT, ForgetParty, PartyForgotten
from contracts.layouts import LAYOUT
from contracts.ledger import (
    ACTIVE_BOOKER,
    BOOKING,
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    WAITLIST,
    JourneyKey,
    SeatsFreed,
)
from contracts.names import Pnr
from contracts.offers import OFFER, OFFER_ANSWERED
from contracts.plans import PLAN_PROPOSED, PlanProposed
from contracts.requests import QUOTE, QUOTE_WANTED, REQUEST_MADE, WISHED_NAMES
from contracts.reservations import RESERVATION_STATUS
from contracts.rules import ADOPT_RULES, RULES_IN_FORCE, AdoptRules, RulesInForce, RulesRead
from policy.reaccommodation import RuleFiles

BOOKER = Agent(
    "booker",
    hears=(FLIGHT_CHANGED, PLAN_PROPOSED, RESERVATION_STATUS, REQUEST_MADE, OFFER_ANSWERED),
    says=FACTS,
    keeps=(
        SEAT_LEDGER,
        BOOKING,
        WAITLIST,
        OFFER,
        QUOTE,
        WISHED_NAMES,
        ACTIVE_BOOKER,
        RULES_IN_FORCE,
        TOMBSTONE,
        TOMBSTONE_SALT,
        BRAKES,
        BRAKED,
        PACE,
    ),
    views=(WAITLIST, SEATS_DISRUPTED, OFFER),
    reads=(FLIGHT, LAYOUT, FARE),
    answers=(IMPORT_BOOKINGS, FORGET_PARTY, ADOPT_RULES, QUOTE_WANTED, SET_BRAKE, END_BRAKE),
    group=160,
)


async def build(bus: Bus, config: Config, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> Handlers:
    """`wall` and `monotonic` read the clocks of the lease."""
    holder = f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
    lease = Lease(bus, holder=holder, length=config.lease, renew=config.renew, wall=wall, monotonic=monotonic)
    ledger = Ledger(bus, lease)
    booker = Booker(bus, ledger, lease, config.read_rules, places=SaleRules(countries=countries(), zones=zones()))
    offers, held = booker.by_time.offer_states, config.quotes_held
    knowledge = Knowledge(bus, ledger, lambda: booker.rules, fares=config.fares, offers=offers)
    quotes = Quotes(ledger, lease, knowledge, held=held)
    requests = Requests(bus, ledger, lease, lambda: booker.rules, knowledge=knowledge, held=held, offers=offers)
    return Handlers(
        {
            FLIGHT_CHANGED: booker.hear_changes,
            PLAN_PROPOSED: booker.hear_plans,
            RESERVATION_STATUS: booker.reservations.hear,
            REQUEST_MADE: requests.hear,
            OFFER_ANSWERED: booker.offers.hear,
        },
        answers={
            IMPORT_BOOKINGS: booker.import_bookings,
            FORGET_PARTY: booker.forget,
            ADOPT_RULES: booker.adopt_rules,
            QUOTE_WANTED: quotes.quote,
            SET_BRAKE: booker.set_brake,
            END_BRAKE: booker.end_brake,
        },
        ready=booker.become_active,
        wakes=Timer(booker.wakes_at, booker.look_again),
        background=lease.keep,
        close=lease.release,
    )


class Booker:
    def __init__(
        self, bus: Bus, ledger: Ledger, lease: Lease, files: Callable[[], RuleFiles], *, places: SaleRules
    ) -> None:
        """`files` reads settings and rule files as they are now."""
        self._bus = bus
        self._ledger = ledger
        self._lease = lease
        self._files = files
        self._read: RuleFiles | None = None
        """Those whose set is in force; None: it is another booker's."""
        self._next_start: datetime | None = None
        self._rules = places
        """Those in force, with countries and zones, once this booker is active."""
        self._refused_at: dict[JourneyKey, int] = {}
        self.by_time = ByTime(bus, ledger, lease, lambda: self._rules, refused=self._refused_at)
        self.brakes, self.plans = self.by_time.brakes, self.by_time.plans
        self.offers = self.by_time.offers
        self.reservations = Reservations(
            bus, ledger, lease, lambda: self._rules, plans=self.plans, offers=self.by_time.offer_states
        )

    @property
    def rules(self) -> SaleRules:
        """Those in force, once this booker is active."""
        return self._rules

    async def become_active(self) -> None:
        """Return when this booker is the active one, and the rules that it works by are in force."""
        await self._lease.acquire()
        files, now = read(self._files), self._bus.now()
        own = files.at(now) if files else None
        found = await adopt(self._bus, self._lease, own)
        self._work_by(found, files if found.rules == own else None, now)
        async with self._lease.turn:
            await self.brakes.know()

    async def adopt_rules(self, _question: AdoptRules) -> RulesRead:
        """Adopt the rules as the files have them now. Plans made by the set before are stale from then on."""
        async with self._lease.turn:
            files, now = read_as_asked(self._files), self._bus.now()
            found, is_new = await adopt_again(self._bus, self._lease, files.at(now))
            self._work_by(found, files, now)
        return RulesRead(version=found.version, is_new=is_new)

    def _work_by(self, found: RulesInForce, files: RuleFiles | None, now: datetime) -> None:
        """Judge by these rules, which are of these `files`, until another of them starts."""
        self._rules, self._read = self._rules.by(found), files
        self._next_start = files.next_start(now) if files else None
        self.by_time.by_other_rules()

    def wakes_at(self) -> datetime | None:
        """When something is due next."""
        times = (self._next_start, self.by_time.wakes_at())
        return min((at for at in times if at is not None), default=None)

    async def look_again(self, now: datetime) -> None:
        """Do what time alone asks for: of rules that start, and of all that waits for its time."""
        if self._read is not None and self._next_start is not None and self._next_start <= now:
            async with self._lease.turn:
                found, _ = await adopt_again(self._bus, self._lease, self._read.at(now))
                self._work_by(found, self._read, now)
        await self.by_time.look_again(now)

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
                    [fact_of(f, cause) for cause, f in changes.facts],
                    seats=changes.seats,
                    causes={d.message.flight: d for d in group}
                    | {fact.flight: cause for cause, fact in changes.facts if isinstance(fact, SeatsFreed)},
                )
                self.by_time.moved(changes.seats)

    async def hear_plans(self, group: Sequence[Delivery[PlanProposed]]) -> None:
        """Commit the plans that still hold and refuse the others, in one batch."""
        async with self._lease.turn:
            self._lease.hears(max(d.sequence for d in group))
            await self.plans.decide([Planned(d.message, d, d.sequence) for d in group])

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
                known = {pnr: booking for pnr, (booking, _) in loaded.items()}
                flights = await self._ledger.flights(leg.flight for booking in share for leg in booking.all_legs)
                sound = import_bookings(
                    share,
                    existing=known,
                    flights=flights,
                    forgotten=await self._ledger.forgotten({booking.pnr for booking in share} - loaded.keys()),
                    rules=self._rules,
                    layouts=self._ledger.layouts,
                    unnumbered=await self._ledger.unnumbered(flights.values()),
                    misnamed=await self._ledger.misnamed(new_legs(share, known), flights),
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
            kept = {each.flight for b, _ in loaded.values() for journey in b.journeys for each in journey.offered}
            flights = await self._ledger.flights(
                {*question.flights, *kept, *(leg.flight for trip in legs for leg in trip)}
            )
            facts = await self._ledger.facts_naming_parties(flights.values())
            change = forget(
                pnr,
                flights=flights,
                facts=facts,
                sellable_from=self._bus.now() + self._rules.shortest_lead,
                layouts=self._ledger.layouts,
                unnumbered=await self._ledger.unnumbered(flights.values()),
            )
            for journey in journeys:
                self._refused_at.pop(journey, None)
            await self.brakes.know()
            offered = await self.by_time.offer_states.removals(journeys)
            answer = PartyForgotten(
                upto=await self._ledger.forget(
                    pnr,
                    change,
                    removed=[
                        *((BOOKING.key(pnr=pnr), revision) for _, revision in loaded.values()),
                        *((WAITLIST.key(pnr=pnr, journey=number), entry_at[pnr, number]) for _, number in entries),
                        *self.brakes.of_party(pnr),
                        *((removal.key, removal.expected) for removal in offered),
                    ],
                    replaced={(fact.flight, fact.n): sequence for fact, sequence in facts.items()},
                    tombstone=tombstones.get(pnr, 0),
                    now=self._bus.now(),
                )
            )
            self.brakes.forgot(pnr)
            self.by_time.offer_states.wrote(journeys, answer.upto)
            return answer

    async def set_brake(self, question: SetBrake) -> BrakeAnswer:
        """Set a brake: it is in force for every commit after the answer, and for those before it that come later."""
        async with self._lease.turn:
            return await self.brakes.set(question)

    async def end_brake(self, question: EndBrake) -> BrakeAnswer:
        """End a brake."""
        async with self._lease.turn:
            return await self.brakes.end(question)
