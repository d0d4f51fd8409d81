"""Offers within a group of plans: what is kept for a party that is asked, and how that ends. Writes what it decides into the
decision that the group builds (`plans`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import structs

from agents.booker.domain import answers
from agents.booker.domain.apart import contradiction, trip_of
from agents.booker.domain.decision import Decision
from agents.booker.domain.marks import marks_of
from agents.booker.domain.offering import Asks, Reply, closings, consent_for, new_seats
from agents.booker.domain.present_trip import can_be_flown
from agents.booker.domain.progress import Progress, Traveller, progress_of
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Booking, Holding, Journey, JourneyKey, Leg, Mark, WaitlistEntry
from contracts.names import FlightKey, Id, Pnr
from contracts.offers import AnswerRefusal, AnswerRefused, Offer
from contracts.plans import Option, PlanProposed, PlanRefused

T = TypeVar("T")
Kept = dict[FlightKey, Holding]
"""Seats that are kept for a party's offer, by flight."""


class Asking(Generic[T]):
    """Works on one sheet. `rules` is the version in force, `waiting` the waitlist entries as they were read; `result` is
    filled."""

    def __init__(
        self,
        sheet: Worksheet[T],
        result: Decision[T],
        *,
        waiting: Mapping[JourneyKey, WaitlistEntry],
        now: datetime,
        rules: int,
    ) -> None:
        self.sheet, self.result, self.waiting, self.now, self.version = sheet, result, waiting, now, rules

    # What is asked.

    def asks(
        self, plan: PlanProposed, traveller: Traveller, progress: Progress, *, option: Option, trip: tuple[Leg, ...],
        rules: SaleRules,
    ) -> Asks | None:  # fmt: skip
        """Who is asked whether the party has this `trip`, the option with what it has flown, and for how long; None: no one.
        Where there is no time for an answer, `Asks.until` is past."""
        kept = new_seats(option, progress)
        if not kept:
            return None
        marks = self._marks(plan, traveller, option, trip, rules)
        consent = consent_for(plan.reason, traveller, arrives=trip[-1].arrives, marks=marks, rules=rules)
        if consent is None or consent.by is None:
            return None
        stands = self.stands(traveller, rules, informed_at=self.now)
        _, following = traveller.booking.neighbours(traveller.journey.number)
        closes = closings(
            option, progress, following, flights=self.sheet.flights, rules=rules, stands=stands, now=self.now
        )
        ends = (self.sheet.flights[flight].expected_departure - lead for flight, lead in closes.items())
        until = min(self.now + consent.within, *ends)
        return Asks(consent.by, until, consent.default, kept, marks, stands, closes)

    def _marks(
        self, plan: PlanProposed, traveller: Traveller, option: Option, trip: tuple[Leg, ...], rules: SaleRules
    ) -> tuple[Mark, ...]:
        """Those that this trip would have."""
        journey = traveller.journey
        draft = answers.changed(plan, traveller.party, journey, option, legs=trip, now=self.now)
        return marks_of(draft, traveller.party, journey.ticket, self.sheet.flights, rules=rules)

    def stands(self, traveller: Traveller, rules: SaleRules, *, informed_at: datetime) -> bool:
        """Whether the party, which was or is informed of its flights' times at `informed_at`, can fly the trip that it has."""
        if not traveller.journey.legs:
            return False
        progress = progress_of(traveller, self.sheet.flights, rules=rules, presumed_at=self.now)
        return can_be_flown(traveller, progress, sheet=self.sheet, rules=rules, now=self.now, informed_at=informed_at)

    def offer(
        self,
        plan: PlanProposed,
        traveller: Traveller,
        asks: Asks,
        *,
        options: tuple[Option, ...],
        trips: tuple[tuple[Leg, ...], ...],
        present: tuple[Leg, ...],
        rules: SaleRules,
        token: T,
    ) -> None:
        """Ask about these `trips`, the `options` with what was flown, and keep the seats of the first one. Nothing is given up:
        the party keeps its `present` trip."""
        pnr, journey, key = traveller.pnr, traveller.journey, (traveller.pnr, traveller.journey.number)
        for each in asks.kept:
            self.sheet.keep(each.flight, pnr, Holding(each.cabin, traveller.party.seats))
            self.result.by[each.flight] = token
        self.result.read.update(leg.flight for leg in trips[0])
        ids = tuple([each.id for each in options])
        fact = answers.offered(
            plan, traveller.party, journey, asks, trips=trips, options=ids, present=present, now=self.now
        )
        marks = [self._marks(plan, traveller, option, trip, rules) for option, trip in zip(options, trips, strict=True)]
        fact = structs.replace(fact, trip_marks=tuple(marks) if any(marks) else ())
        offered = structs.replace(journey, offer=plan.id, offered=asks.kept, last_fact=plan.id)
        self.result.bookings[pnr] = traveller.booking.replacing(offered)
        self.result.offers[key] = Offer(
            pnr=pnr,
            journey=journey.number,
            id=plan.id,
            answerer=asks.by,
            plan=structs.replace(plan, options=options, evidence=()),
            until=asks.until,
            default=asks.default,
            closes=asks.closes,
            made_at=self.now,
        )
        if journey.state == "stranded" and (entry := self.entry(key)) is not None:
            self.result.waiting[key] = structs.replace(entry, is_offered=True)
        self.result.facts.append((token, fact))

    # How it ends.

    def release(self, pnr: Pnr, journey: Journey, token: T) -> Kept:
        """Keep the seats of the journey's open offer no longer; get them."""
        kept = {each.flight: self.sheet.keep_no_longer(each.flight, pnr, token) for each in journey.offered}
        return {flight: held for flight, held in kept.items() if held is not None}

    def keep(self, pnr: Pnr, kept: Kept) -> None:
        """Keep these seats again."""
        for flight, held in kept.items():
            self.sheet.keep(flight, pnr, held)

    def end(self, traveller: Traveller, token: T) -> None:
        """The open offer has its outcome. Seats that the party had lost may have been freed while it was asked, and it was
        planned for none of them."""
        journey = traveller.journey
        self.result.offers[traveller.pnr, journey.number] = None
        self.result.by.update((each.flight, token) for each in journey.offered)
        for flight in self.sheet.flights:
            if self.sheet.lost(flight, traveller.pnr) == journey.number:
                self.sheet.unreserve(flight, token)

    def withdraw(self, offer: Offer, traveller: Traveller, token: T, detail: str) -> None:
        """End the offer without an answer, and have the journey planned again."""
        booking, journey = traveller.booking, traveller.journey
        key = traveller.pnr, journey.number
        self.release(traveller.pnr, journey, token)
        self.end(traveller, token)
        self.result.bookings[traveller.pnr] = booking.replacing(structs.replace(journey, offer="", offered=()))
        if (entry := self.entry(key)) is not None:
            self.result.waiting[key] = structs.replace(entry, is_offered=False)
        refusal = PlanRefused(
            pnr=traveller.pnr,
            journey=journey.number,
            id=offer.id,
            refusal="stale",
            reason=offer.plan.reason,
            regains=offer.plan.regains,
            detail=detail,
            rules=self.version,
        )
        self.result.facts.append((token, refusal))

    def refuse(self, reply: Reply, id_: Id, booking: Booking, token: T, *, why: AnswerRefusal, detail: str) -> None:
        """The answer with this id changes nothing."""
        offer = reply.offer
        refused = AnswerRefused(
            pnr=offer.pnr,
            journey=offer.journey,
            id=id_,
            offer=offer.id,
            refusal=why,
            detail=detail,
            decided_at=self.now,
            rules=self.version,
        )
        self.result.facts.append((token, refused))
        if reply.by == "system" and reply.answer != "void":
            trips = {each.id: trip_of(each.legs) for each in offer.plan.options}
            contradicted = contradiction(refused, reply.answer, reply.option, trips, booking)
            if contradicted is not None:
                self.result.facts.append((token, contradicted))

    def entry(self, key: JourneyKey) -> WaitlistEntry | None:
        """The waitlist entry as the group has it by now."""
        return self.result.waiting[key] if key in self.result.waiting else self.waiting.get(key)
