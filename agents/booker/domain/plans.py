"""Which plans still hold. A group is decided in order on one working copy, and committed as one.

| plan | holds if | refused as |
|---|---|---|
| any | it was made by the rules in force, and no fact about the journey came since; an answered one does nothing | stale |
| move | an option holds: flights not disrupted since, open, reachable, connecting, with seats | see below |
|      | and, to seats that the party had lost (`restored`): once, and not shortly before a flight leaves | stale |
| keep | the legs are the plan's, their flights not disrupted since and none of them cancelled; | stale |
|      | and the next flight was not brought forward to less than the lead, | stale |
|      | nor, if it is the first, to before the party is back from the journey before; | stale |
|      | and the party is not offloaded, or its cabin has seats for all again | full |
| none | the legs are the plan's, their flights not disrupted since, and the trip cannot be flown as booked; | stale |
|      | and the plan rests on facts no older than the party's last refusal | stale |

A refused plan is planned again. If the options of a move fail for different reasons, `stale` comes before `full` and `full`
before `illegal`: on changed facts a new search may find what this one missed, so that is the most useful reason. Only
*disruptions* make a plan stale (`SeatLedger.last_disruption`): seats freed since do not, and seats taken since only use up the
option. A stale plan is refused even if its party needs no answer any more; the planner, which alone knows which disruption
named which party, drops it then.

A flight past its known departure without a word is presumed under way: a plan from home, made before the departure, is stale,
and a party that is stranded waits where the flight would take it. It keeps its seats on flights of its trip that can still be
flown (`holding`).

A plan that would strand a stranded party changes nothing. So does a plan for a party that has been forgotten: a refusal would
name the party again.

Before any of that, a plan under a brake is put aside (`braking`). A move that needs someone's yes is offered (`offering`): what
holds of it is what a commit would need. An offer's answer is decided as a plan of its own, and is refused by itself where it
does not hold. Any other plan for the journey ends the offer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Generic, TypeVar

from msgspec import structs

from agents.booker.domain import answers
from agents.booker.domain.asking import Asking, Kept
from agents.booker.domain.braking import Braking, trip_of
from agents.booker.domain.decision import Decision, Planned
from agents.booker.domain.following import come_with, offer, sold_before
from agents.booker.domain.gates import with_gate
from agents.booker.domain.holding import can_be_held
from agents.booker.domain.imports import seats_of
from agents.booker.domain.marks import marks_of
from agents.booker.domain.named_seats import had_by, numbered
from agents.booker.domain.offering import Asks, Reply, reply_plan
from agents.booker.domain.options import Fault, disrupted_since, fault_in_moving_back, fault_of
from agents.booker.domain.people import without_confirmations
from agents.booker.domain.present_trip import not_begun, too_soon, why_impossible
from agents.booker.domain.progress import Progress, Traveller, inbound_of, legs_ahead, progress_of
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seating import Numbers
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.stays import Stay, is_unreachable
from agents.booker.domain.worksheet import NO_BOOKINGS, NO_LAYOUTS, Worksheet
from contracts.brakes import Brake
from contracts.ledger import (
    Booking,
    BookingFact,
    BookingKept,
    Disruption,
    Following,
    Holding,
    Journey,
    JourneyAffected,
    JourneyKey,
    JourneyState,
    Leg,
    Mark,
    Party,
    SeatLedger,
    WaitlistEntry,
)
from contracts.names import FlightKey, Id, Pnr
from contracts.offers import AnswerRefusal, Offer
from contracts.party_rules import seller_of
from contracts.plans import Option, PlannedLeg, PlanProposed, PlanRefused

T = TypeVar("T")

_NONE_WAITING: Mapping[JourneyKey, WaitlistEntry] = MappingProxyType({})
_NO_REFUSALS: Mapping[JourneyKey, int] = MappingProxyType({})
_RULES = SaleRules()
_MAY_STAY_AS_IT_IS: frozenset[Disruption] = frozenset({"restored", "amended", "unreachable"})
"""Why a party is planned whose journey may need no answer any more by the time that it is planned again."""
_PRECEDENCE = {"stale": 0, "full": 1, "illegal": 2}


def flights_needed(
    plans: Iterable[PlanProposed], bookings: Iterable[Booking], waiting: Iterable[WaitlistEntry] = ()
) -> set[FlightKey]:
    """Every flight that `decide_group` may look at: of the options, of the bookings' legs, of the legs that waiting parties
    have flown, and those that were sold for a later journey which is on others now."""
    bookings = list(bookings)
    needed = {leg.flight for plan in plans for option in plan.options for leg in option.legs}
    needed.update(leg.flight for booking in bookings for leg in booking.seated)
    needed.update(kept.flight for booking in bookings for journey in booking.journeys for kept in journey.offered)
    needed.update(leg.flight for entry in waiting for leg in entry.flown)
    several = (booking.journeys[1:] for booking in bookings if len(booking.journeys) > 1)
    needed.update(flight for journeys in several for each in journeys for flight in sold_before(each))
    return needed


def decide_group(
    plans: Sequence[Planned[T]],
    *,
    bookings: Mapping[Pnr, tuple[Booking, int]],
    flights: Mapping[FlightKey, SeatLedger],
    now: datetime,
    rules: SaleRules = _RULES,
    waiting: Mapping[JourneyKey, WaitlistEntry] = _NONE_WAITING,
    refused_at: Mapping[JourneyKey, int] = _NO_REFUSALS,
    refusals_since: int = 0,
    answered: Collection[Id] = frozenset(),
    forgotten: Collection[Pnr] = frozenset(),
    layouts: Layouts = NO_LAYOUTS,
    unnumbered: Mapping[Pnr, Booking] = NO_BOOKINGS,
    braking: Braking | None = None,
) -> Decision[T]:
    """Decide plans in order, each on what earlier ones left. No argument is changed, but for `braking`: it gets what the plans
    leave of it.

    `bookings` has the plans' bookings with their revisions, `flights` at least those of `flights_needed` that exist, `waiting`
    the waitlist entries of stranded journeys. `refused_at` is the LEDGER sequence of a journey's last refusal, known from
    `refusals_since` on: before that, any may have been refused. `answered` has the ids of plans that were committed or
    refused before (an answer is final, for a redelivered plan too), `forgotten` the PNRs that have a tombstone. `layouts` and
    `unnumbered` are the worksheet's.

    Raises `KeyError` if a leg's flight is missing, or if its ledger does not have the party.
    """
    sheet: Worksheet[T] = Worksheet(flights, layouts=layouts, unnumbered=unnumbered)
    group = _Group(
        bookings,
        sheet=sheet,
        rules=rules,
        now=now,
        waiting=waiting,
        refused_at=refused_at,
        refusals_since=refusals_since,
        answered=set(answered),
        forgotten=forgotten,
        braking=braking or Braking(now),
    )
    for each in plans:
        group.decide(each)
    return group.decision()


class _Group(Generic[T]):
    """The decision being built."""

    def __init__(
        self,
        bookings: Mapping[Pnr, tuple[Booking, int]],
        *,
        sheet: Worksheet[T],
        rules: SaleRules,
        now: datetime,
        waiting: Mapping[JourneyKey, WaitlistEntry],
        refused_at: Mapping[JourneyKey, int],
        refusals_since: int,
        answered: set[Id],
        forgotten: Collection[Pnr],
        braking: Braking,
    ) -> None:
        self.loaded, self.sheet, self.rules, self.now = bookings, sheet, rules, now
        self.answered, self.forgotten = answered, forgotten
        self.refused_at, self.refusals_since = refused_at, refusals_since
        self.braking, self.order = braking, 0
        self.result: Decision[T] = Decision()
        self.own = rules
        """The rules for the party whose plan is being decided."""
        self.had: Mapping[FlightKey, Numbers] = {}
        """The seats by number that the party has had until its plan is decided."""
        self.reply: Reply | None = None
        """What the plan that is being decided replies to."""
        self.more_marks: tuple[Mark, ...] = ()
        """Of the trip that this plan makes, beside those that the trip itself has."""
        self.asking = Asking(sheet, self.result, waiting=waiting, now=now, rules=rules.version)
        self.kept: Kept = {}
        """The seats that were kept for the party's open offer, until its plan is decided."""
        self.changed: dict[JourneyKey, T] = {}
        self.verdicts: dict[str, Callable[[PlanProposed, Traveller, T], Fault | None]] = {
            "move": self._move,
            "keep": self._keep,
            "none": self._none,
        }

    def decide(self, planned: Planned[T]) -> None:
        plan, token, self.order, self.reply = planned
        self.kept, self.more_marks = {}, ()
        loaded = self.loaded.get(plan.pnr)
        if plan.id in self.answered or plan.pnr in self.forgotten or self.braking.holds(plan):
            self.result.done.append(token)
            return
        if loaded is None:
            self._refuse(plan, token, Fault("illegal", f"there is no booking {plan.pnr}"))
            return
        booking = self.result.bookings.get(plan.pnr, loaded[0])
        journey = booking.journey(plan.journey)
        if journey is None:
            self._refuse(plan, token, Fault("illegal", f"booking {plan.pnr} has no journey {plan.journey}"))
        elif self.reply is not None:
            self._reply(self.reply, plan.id, Traveller(booking, journey), token)
        elif journey.last_fact == plan.id or (plan.verdict == "none" and journey.state == "stranded"):
            self.result.done.append(token)
        elif brake := self.braking.on(journey):
            self._put_aside(plan, token, brake)
        elif plan.rules != self.rules.version:
            self._refuse(plan, token, Fault("stale", f"made by rules {plan.rules}; {self.rules.version} are in force"))
        elif journey.last_fact != plan.follows:
            self._refuse(plan, token, Fault("stale", f"journey {plan.journey} of {plan.pnr} has changed since"))
        elif (entry := self.asking.entry((plan.pnr, plan.journey))) is not None and entry.left:
            self._refuse(plan, token, Fault("stale", "its party has asked for no other trip"))
        else:
            self._decide(plan, Traveller(booking, journey), token)

    def _decide(self, plan: PlanProposed, traveller: Traveller, token: T) -> None:
        self.own = self.rules.of(traveller.journey.ticket, traveller.party)
        self.had = had_by(self.sheet, plan.pnr, traveller.journey.seated)
        self.kept = self.asking.release(plan.pnr, traveller.journey, token)
        fault = self.verdicts[plan.verdict](plan, traveller, token)
        if fault is not None:
            self._refuse(plan, token, fault)

    def _reply(self, reply: Reply, id_: Id, traveller: Traveller, token: T) -> None:
        """Do what the reply to an offer says."""
        journey = traveller.journey
        if journey.offer != reply.offer.id:
            detail = "the journey has changed since it was offered"
            self.asking.refuse(reply, id_, traveller.booking, token, why="unknown offer", detail=detail)
        elif reply.answer == "void":
            self._withdraw(reply.offer, traveller, token, "a flight of the offered trip has changed")
        elif brake := self.braking.on(journey):
            self._pause(reply, id_, traveller.booking, token, brake)
        else:
            self.own = self.rules.of(journey.ticket, traveller.party)
            stands = self.asking.stands(traveller, self.own, informed_at=reply.offer.made_at)
            plan = reply_plan(reply, id_, journey, self.sheet.flights, rules=self.rules.version, stands=stands)
            self._decide(plan, traveller, token)

    def _withdraw(self, offer: Offer, traveller: Traveller, token: T, detail: str) -> None:
        """End the offer without an answer. The journey after this one has waited for it, and goes on to wait for the next plan;
        where none need be made, it is looked at now."""
        self.asking.withdraw(offer, traveller, token, detail)
        if offer.plan.reason in _MAY_STAY_AS_IT_IS:
            self.changed[traveller.pnr, traveller.journey.number] = token

    def decision(self) -> Decision[T]:
        self.result.affected.extend(self._affected())
        seats, freed = self.sheet.settled(sellable_from=self.now + self.rules.shortest_lead)
        self.result.seats.update(seats)
        self.result.freed.extend(freed)
        self.result.read.difference_update(seats)
        return self.result

    def _affected(self) -> Iterator[tuple[T, JourneyAffected]]:
        """The journeys to be planned because the one before was changed here: those that begin before it has ended, and those
        that are stranded, which may begin at another time now. Any other is offered what it had lost."""
        for (pnr, number), cause in self.changed.items():
            booking = self.result.bookings[pnr]
            _, following = booking.neighbours(number)
            journey = booking.journey(number) if following is not None else None
            if journey is None or following is None:
                continue
            self.result.by.update(dict.fromkeys(come_with(pnr, following, journey, self.sheet), cause))
            if following.state == "stranded" or self._is_unreachable(booking.party, journey, following):
                yield cause, self._looked_at(pnr, following.number, by=journey)
            else:
                own = self.rules.of(following.ticket, booking.party)
                offer(pnr, following, journey, self.sheet, rules=own, cause=cause)

    def _looked_at(self, pnr: Pnr, number: int, *, by: Journey) -> JourneyAffected:
        return JourneyAffected(pnr=pnr, journey=number, by=by.number, id=by.last_fact, rules=self.rules.version)

    def _is_unreachable(self, party: Party, journey: Journey, following: Journey) -> bool:
        if not journey.legs or not following.legs:
            return False
        inbound, first = (self.sheet.flights[leg.flight] for leg in (journey.legs[-1], following.legs[0]))
        own = self.rules.of(following.ticket, party)
        return is_unreachable(Stay(journey, following), inbound, first, rules=own)

    def _refuse(self, plan: PlanProposed, token: T, fault: Fault) -> None:
        self.answered.add(plan.id)
        if self.reply is not None and self.reply.by is None and (traveller := self._traveller(plan)) is not None:
            self._withdraw(self.reply.offer, traveller, token, fault.detail)
            return
        self.asking.keep(plan.pnr, self.kept)
        if self.reply is not None:
            why: AnswerRefusal = "full" if fault.refusal == "full" else "changed"
            self.asking.refuse(self.reply, plan.id, self._booking(plan.pnr), token, why=why, detail=fault.detail)
            return
        self._unreserve(plan, token)
        refusal = PlanRefused(
            pnr=plan.pnr,
            journey=plan.journey,
            id=plan.id,
            refusal=fault.refusal,
            reason=plan.reason,
            regains=plan.regains,
            detail=fault.detail,
            rules=self.rules.version,
        )
        self.result.facts.append((token, refusal))

    def _traveller(self, plan: PlanProposed) -> Traveller | None:
        booking = self._booking(plan.pnr)
        journey = booking.journey(plan.journey)
        return Traveller(booking, journey) if journey else None

    def _booking(self, pnr: Pnr) -> Booking:
        return self.result.bookings.get(pnr) or self.loaded[pnr][0]

    def _asks(self, plan: PlanProposed, traveller: Traveller, progress: Progress, option: Option) -> Asks | None:
        """Who is asked about this option; None: no one, be it for lack of time, which marks the trip."""
        trip = self._trip(option, progress, traveller.journey)
        asks = self.asking.asks(plan, traveller, progress, option=option, trip=trip, rules=self.own)
        if asks is not None and asks.until - self.now < self.own.least_to_answer:
            self.more_marks = ("unasked",)
            return None
        return asks

    def _offer(
        self, plan: PlanProposed, traveller: Traveller, progress: Progress, option: Option, *, asks: Asks, token: T
    ) -> None:
        """Ask about the option, and those after it that hold too."""
        journey = traveller.journey
        others = plan.options[plan.options.index(option) + 1 :]
        options = (option, *(each for each in others if self._fault(each, plan, traveller, progress) is None))
        self.asking.offer(
            plan,
            traveller,
            asks,
            options=options,
            trips=tuple([self._trip(each, progress, journey) for each in options]),
            present=tuple([self._answered(leg, journey) for leg in journey.legs]),
            rules=self.own,
            token=token,
        )
        self.braking.decided((traveller.pnr, journey.number))

    def _trip(self, option: Option, progress: Progress, journey: Journey) -> tuple[Leg, ...]:
        """The whole trip with this option, at the best known times."""
        flown = [self._answered(leg, journey) for leg in progress.flown]
        return (*flown, *(self._answered(leg, journey) for leg in legs_ahead(option, progress)))

    def _fault(self, option: Option, plan: PlanProposed, traveller: Traveller, progress: Progress) -> Fault | None:
        """Why the party cannot have this option."""
        fault = fault_of(option, traveller, progress, sheet=self.sheet, rules=self.own, now=self.now)
        if fault is None and plan.reason == "restored":
            fault = fault_in_moving_back(option, traveller, progress, sheet=self.sheet, rules=self.own, now=self.now)
        return fault

    def _move(self, plan: PlanProposed, traveller: Traveller, token: T) -> Fault | None:
        entry = self.asking.entry((plan.pnr, plan.journey))
        progress = progress_of(traveller, self.sheet.flights, rules=self.own, entry=entry)
        is_presumed = False
        is_there = self.own.same_city(progress.place, traveller.journey.ticket.destination)
        if progress.flown and not progress.ahead and is_there and traveller.journey.state != "stranded":
            return Fault("stale", f"{progress.flown[-1].flight} has left with the party on board")
        if self._may_be_presumed(traveller.journey, progress):
            presumed = progress_of(traveller, self.sheet.flights, rules=self.own, entry=entry, presumed_at=self.now)
            if presumed.flown != progress.flown:
                progress, is_presumed = presumed, True
        faults: list[Fault] = []
        for option in plan.options:
            fault = self._fault(option, plan, traveller, progress)
            if fault is None:
                asks = self._asks(plan, traveller, progress, option) if self.own.consent and not self.reply else None
                if self.braking.brakes.brakes and (brake := self._brake_on(option, traveller, is_move=not asks)):
                    self._put_aside(plan, token, brake)
                    return None
                if faults:
                    self._unreserve(plan, token)
                if asks is not None:
                    self._offer(plan, traveller, progress, option, asks=asks, token=token)
                else:
                    self._rebook(plan, traveller, progress, option, token)
                return None
            faults.append(fault)
        if is_presumed:
            return Fault("stale", f"{progress.flown[-1].flight} is presumed to have left since")
        return min(
            faults,
            key=lambda f: _PRECEDENCE[f.refusal],
            default=Fault("stale", "no trip was searched for under a brake"),
        )

    def _brake_on(self, option: Option, traveller: Traveller, *, is_move: bool) -> Brake | None:
        """The brake that does not let the journey be moved to this option now; without one a move counts for all caps."""
        flights = [leg.flight for leg in option.legs]
        trip = trip_of(flights, (self.sheet.flights[flight].destination for flight in flights))
        journey = traveller.journey
        brake = self.braking.on_move((traveller.pnr, journey.number), journey, trip)
        if brake is None and is_move:
            self.braking.moved(journey, trip)
        return brake

    def _pause(self, reply: Reply, id_: Id, booking: Booking, token: T, brake: Brake) -> None:
        """An answer is refused under a brake; what is due without one waits."""
        if reply.by is None:
            self.result.done.append(token)
        else:
            self.asking.refuse(reply, id_, booking, token, why="paused", detail=f"it is paused: {brake.why}")

    def _put_aside(self, plan: PlanProposed, token: T, brake: Brake) -> None:
        self.asking.keep(plan.pnr, self.kept)
        if self.reply is not None:
            self._pause(self.reply, plan.id, self._booking(plan.pnr), token, brake)
            return
        self.braking.put_aside(plan, brake, order=self.order)
        self.result.aside[plan.pnr, plan.journey] = token
        self._unreserve(plan, token)

    def _may_be_presumed(self, journey: Journey, progress: Progress) -> bool:
        """Whether the party's next flight may be presumed to have left: for most parties it is still to come, and the trip has
        one reading."""
        if journey.state == "stranded":
            return True
        if not progress.ahead:
            return False
        return self.sheet.flights[progress.ahead[0].flight].expected_departure <= self.now

    def _unreserve(self, plan: PlanProposed, token: T) -> None:
        """The planner has reserved the seats of the first option. The party does not take them, so they are free for others."""
        for leg in plan.options[0].legs if plan.options else ():
            if leg.flight in self.sheet.flights:
                self.sheet.unreserve(leg.flight, token)

    def _rebook(self, plan: PlanProposed, traveller: Traveller, progress: Progress, option: Option, token: T) -> None:
        pnr, seats, journey = traveller.pnr, traveller.party.seats, traveller.journey
        lost = self._lost(plan, traveller, progress)
        for leg in progress.ahead:
            self.sheet.release(leg.flight, pnr, token)
        onward = legs_ahead(option, progress)
        for planned in onward:
            self.sheet.take(planned.flight, traveller.booking, Holding(planned.cabin, seats))
        legs = (
            *(self._answered(leg, journey) for leg in progress.flown),
            *self._informed((self._answered(leg, journey) for leg in onward), traveller, progress, at=self.now),
        )
        if any(leg.married for leg in legs):
            legs = _bound_as_before(legs, (*progress.flown, *progress.ahead))
        self.result.read.update(leg.flight for leg in progress.flown)
        if journey.state == "stranded":
            for leg in progress.flown:  # a disruption of these flights may cost the party the next ones
                self.sheet.take(leg.flight, traveller.booking, Holding(leg.cabin, seats))
            self.result.waiting[pnr, journey.number] = None
        for leg in lost:
            self.sheet.lose(leg, pnr, journey.number, behind=inbound_of(leg, traveller, progress))
        fact = answers.changed(plan, traveller.party, journey, option, legs=legs, now=self.now)
        self._commit(fact, traveller, token, legs=legs, state=_state(journey, legs))

    def _lost(self, plan: PlanProposed, traveller: Traveller, progress: Progress) -> list[Leg]:
        """The flights ahead to which the party may be moved back if this plan takes it off them. None if that was done before,
        and none that it could have kept: it leaves such a one for what it asked for."""
        if traveller.journey.moved_back or plan.reason == "restored":
            return []
        asked = plan.judgement is not None and plan.judgement.wishes.asked
        return [
            leg
            for leg in progress.ahead
            if not asked
            or self.sheet.flights[leg.flight].phase != "scheduled"
            or not self.sheet.has_seat(leg.flight, traveller.pnr, leg.cabin)
        ]

    def _keep(self, plan: PlanProposed, traveller: Traveller, token: T) -> Fault | None:
        """Connections are not checked: whether a late trip still works is for the planner to judge."""
        journey = traveller.journey
        if not journey.legs:
            return Fault("stale", "the party holds no seats to keep")
        if fault := self._trip_fault(plan, journey):
            return fault
        diverted_to = None
        for leg in plan.legs:
            ledger = self.sheet.flights[leg.flight]
            if ledger.phase == "cancelled":
                return Fault("stale", f"{leg.flight} is cancelled")
            if not self.sheet.has_seat(leg.flight, traveller.pnr, leg.cabin):
                return Fault("full", f"{leg.flight} {leg.cabin} has too few seats")
            diverted_to = ledger.diverted_to or diverted_to
        progress = progress_of(traveller, self.sheet.flights, rules=self.own)
        informed_at = self.reply.offer.made_at if self.reply else self.now  # an offer says what the present trip is
        why = too_soon(progress, sheet=self.sheet, rules=self.own, informed_at=informed_at)
        if why := why or self._not_begun(traveller):
            return Fault("stale", why)
        answered = (self._answered(leg, journey) for leg in journey.legs)
        legs = self._informed(answered, traveller, progress, at=informed_at)
        self.result.read.update(leg.flight for leg in legs)
        fact = answers.kept(plan, traveller.party, journey, legs=legs, diverted_to=diverted_to, now=self.now)
        self._commit(fact, traveller, token, legs=legs, state=_state(journey, legs))
        return None

    def _not_begun(self, traveller: Traveller) -> str | None:
        why = not_begun(traveller, self.sheet, self.own)
        if why is None:
            return None
        presumed = progress_of(traveller, self.sheet.flights, rules=self.own, presumed_at=self.now)
        return None if presumed.flown else why

    def _none(self, plan: PlanProposed, traveller: Traveller, token: T) -> Fault | None:
        journey, key = traveller.journey, (traveller.pnr, traveller.journey.number)
        if self.reply is not None:
            self.more_marks = ("declined",)
            if journey.state == "stranded":
                self._wait_on(plan, traveller, token)
                return None
        elif plan.as_of < self.refused_at.get(key, self.refusals_since):
            return Fault("stale", "it was planned on facts older than the journey's last refusal")
        if fault := self._trip_fault(plan, journey):
            return fault
        progress = progress_of(traveller, self.sheet.flights, rules=self.own, presumed_at=self.now)
        if why_impossible(traveller, progress, sheet=self.sheet, rules=self.own, now=self.now) is None:
            return Fault("stale", "the trip can be flown as booked")
        keeps = can_be_held(progress.ahead, traveller, progress, sheet=self.sheet, rules=self.own, now=self.now)
        held = tuple([self._answered(leg, journey) for leg in keeps])
        for leg in journey.legs:  # flown ones too: the party is on a list of holders for the seats alone that it holds
            if leg in keeps:
                continue
            self.sheet.release(leg.flight, traveller.pnr, token)
            if leg in progress.ahead and not journey.moved_back:
                behind = inbound_of(leg, traveller, progress)
                self.sheet.lose(leg, traveller.pnr, journey.number, behind=behind)
        entry = WaitlistEntry(
            pnr=traveller.pnr,
            journey=journey.number,
            origin=progress.place,
            destination=journey.ticket.destination,
            seats=traveller.party.seats,
            flown=self._flown(progress, journey),
            following=following_of(traveller.booking.neighbours(journey.number)[1]),
            held=tuple([leg.flight for leg in held]),
            connections=max(0, len(journey.ticket.flights) - 1),
            carrier=seller_of(journey.ticket),
            ticketed=journey.ticket.departs,
            declined=self.reply is not None,
        )
        self.result.waiting[key] = entry
        fact = answers.stranded(plan, traveller.party, journey, entry, held=held, now=self.now)
        self._commit(fact, traveller, token, legs=(), held=held, state="stranded")
        return None

    def _wait_on(self, plan: PlanProposed, traveller: Traveller, token: T) -> None:
        """A party that waits takes no trip that was offered: it waits on, and a person looks at what it wants."""
        journey, key = traveller.journey, (traveller.pnr, traveller.journey.number)
        entry = self.asking.entry(key)
        assert entry is not None, "who waits is on the waitlist"
        self.result.waiting[key] = structs.replace(entry, is_offered=False, declined=True)
        fact = answers.declined(traveller.booking, journey, entry, plan, now=self.now)
        self._commit(fact, traveller, token, legs=(), held=journey.held, state="stranded")

    def _flown(self, progress: Progress, journey: Journey) -> tuple[Leg, ...]:
        """The legs flown, the last one to where the party has got off if the flight has gone on without it."""
        legs = [self._answered(leg, journey) for leg in progress.flown]
        if legs and any(s.airport == progress.place and s.left_at for s in self.sheet.flights[legs[-1].flight].stops):
            legs[-1] = structs.replace(legs[-1], destination=progress.place)
        return tuple(legs)

    def _trip_fault(self, plan: PlanProposed, journey: Journey) -> Fault | None:
        """A fault if the party has another trip than the one the plan is about, or if it was disrupted since."""
        if [(leg.flight, leg.cabin) for leg in plan.legs] != [(leg.flight, leg.cabin) for leg in journey.legs]:
            return Fault("stale", "the party's flights are not those of the plan")
        for leg in plan.legs:
            if fault := disrupted_since(leg, self.sheet.flights[leg.flight]):
                return fault
        return None

    def _answered(self, leg: Leg | PlannedLeg, journey: Journey) -> Leg:
        """The leg at the best known times, answered for every disruption of its flight so far."""
        ledger = self.sheet.flights[leg.flight]
        return Leg(
            flight=leg.flight,
            destination=ledger.destination,
            cabin=leg.cabin,
            departs=ledger.expected_departure,
            arrives=ledger.expected_arrival,
            answered=ledger.last_disruption,
            sold_as=journey.number_bought(leg.flight),
            married=any(own.married for own in journey.seated if own.flight == leg.flight),
        )

    def _informed(
        self, legs: Iterable[Leg], traveller: Traveller, progress: Progress, *, at: datetime
    ) -> tuple[Leg, ...]:
        """Legs that the party is informed of, or was at that time."""
        return with_gate(tuple(legs), traveller, progress, flights=self.sheet.flights, rules=self.own, now=at)

    def _commit(
        self,
        fact: BookingFact,
        traveller: Traveller,
        token: T,
        *,
        legs: tuple[Leg, ...],
        state: JourneyState,
        held: tuple[Leg, ...] = (),
    ) -> None:
        """Write the journey and say the fact about it."""
        journey = traveller.journey
        documents = journey.documents
        if documents is not None and seats_of(legs) != seats_of(journey.legs):
            documents = "reissue_due"
        had_back = fact.reason == "restored"  # it has its seats back, or was asked and did not want them
        changed = structs.replace(
            journey,
            legs=legs,
            held=held,
            state=state,
            last_fact=fact.id,
            documents=documents,
            moved_back=journey.moved_back or had_back,
            offer="",
            offered=(),
        )
        if journey.offer:
            self.asking.end(traveller, token)
        booking = traveller.booking.replacing(changed)
        if booking.passengers and not {leg.flight for leg in legs} <= {leg.flight for leg in journey.legs}:
            booking = structs.replace(booking, passengers=without_confirmations(booking.passengers))
        self.result.bookings[traveller.pnr] = booking
        if not isinstance(fact, BookingKept):
            self.result.by.update(dict.fromkeys([leg.flight for leg in (*journey.seated, *legs, *held)], token))
        if not isinstance(fact, BookingKept) or len(booking.journeys) > 1:
            self.result.by.update(dict.fromkeys(self.sheet.connect(booking), token))
        self.changed[traveller.pnr, changed.number] = token
        self.braking.decided((traveller.pnr, changed.number))
        marks = marks_of(
            fact, traveller.party, changed.ticket, self.sheet.flights, rules=self.own, more=self.more_marks
        )
        if documents is not None or marks:
            fact = structs.replace(fact, documents=documents, marks=marks)
        if self.reply is not None:
            fact = structs.replace(fact, offer=self.reply.offer.id, answered_by=self.reply.by)
        if self.sheet.is_numbered:
            fact = numbered(fact, self.sheet, self.had)
        self.result.facts.append((token, fact))
        self._note_following(traveller, changed)

    def _note_following(self, traveller: Traveller, changed: Journey) -> None:
        """The waitlist entry of the journey before names the first flight of this one."""
        before, _ = traveller.booking.neighbours(changed.number)
        if before is None:
            return
        key = (traveller.pnr, before.number)
        entry = self.asking.entry(key)
        if entry is not None and entry.following != (following := following_of(changed)):
            self.result.waiting[key] = structs.replace(entry, following=following)


def following_of(journey: Journey | None) -> Following | None:
    """`WaitlistEntry.following` of the journey before this one."""
    return Following(journey.number, journey.legs[0].flight) if journey and journey.legs else None


def _bound_as_before(legs: tuple[Leg, ...], had: tuple[Leg, ...]) -> tuple[Leg, ...]:
    """Legs of a new trip: those are sold as one with the leg before them that were before, and follow the same leg still."""
    bound = {(first.flight, second.flight) for first, second in pairwise(had) if second.married}
    onward = (
        leg if not leg.married or (before.flight, leg.flight) in bound else structs.replace(leg, married=False)
        for before, leg in pairwise(legs)
    )
    return (structs.replace(legs[0], married=False), *onward)


def _state(journey: Journey, legs: tuple[Leg, ...]) -> JourneyState:
    return "kept" if tuple(leg.flight for leg in legs) == journey.ticket.flights else "rebooked"
