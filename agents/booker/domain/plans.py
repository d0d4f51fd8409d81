"""Which plans still hold. A group is decided in order on one working copy, and committed as one.

| plan | holds if | refused as |
|---|---|---|
| any | the booking is at the plan's revision; a plan that was committed or refused before changes nothing | stale |
| move | an option holds: flights not disrupted since, open, reachable, connecting, with seats | see below |
| keep | the legs are the plan's, their flights not disrupted since and none of them cancelled; | stale |
|      | and the party is not offloaded, or its cabin has seats for all again | full |
| none | the legs are the plan's, their flights not disrupted since, and the trip cannot be flown as booked; | stale |
|      | and the plan rests on facts no older than the party's last refusal | stale |

A refused plan is planned again. If the options of a move fail for different reasons, `stale` comes before `full` and `full`
before `illegal`: on changed facts a new search may find what this one missed, so that is the most useful reason. Only
*disruptions* make a plan stale (`SeatLedger.last_disruption`): seats freed since do not, and seats taken since only use up the
option. A stale plan is refused even if its party needs no answer any more; the planner, which alone knows which disruption
named which party, drops it then.

A plan that would strand a stranded party changes nothing. So does a plan for a party that has been forgotten: a refusal would
name the party again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from msgspec import structs

from agents.booker.domain import answers
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.trip import (
    Fault,
    Progress,
    disrupted_since,
    fault_of,
    legs_ahead,
    progress_of,
    why_impossible,
)
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import (
    Booking,
    BookingFact,
    BookingState,
    Holding,
    Leg,
    SeatLedger,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.names import FlightKey, Id, Pnr
from contracts.plans import Option, PlannedLeg, PlanProposed, PlanRefused

T = TypeVar("T")

_NONE_WAITING: Mapping[Pnr, WaitlistEntry] = MappingProxyType({})
_NO_REFUSALS: Mapping[Pnr, int] = MappingProxyType({})
_RULES = SaleRules()
_PRECEDENCE = {"stale": 0, "full": 1, "illegal": 2}


class Planned(NamedTuple, Generic[T]):
    """A plan, and what identifies it for the caller: its delivery, an index."""

    plan: PlanProposed
    token: T


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """One atomic commit as plain data. Each token is in `facts` once, or in `done`."""

    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    """Flights to write, each at the revision it was loaded at."""
    bookings: dict[Pnr, Booking] = field(default_factory=dict)
    """Bookings to write, in the same way."""
    waiting: dict[Pnr, WaitlistEntry | None] = field(default_factory=dict)
    """Waitlist entries to write, or to remove (None)."""
    facts: list[tuple[T, BookingFact | PlanRefused]] = field(default_factory=list)
    freed: list[tuple[T, SeatsFreed]] = field(default_factory=list)
    """At most one per flight, with the last cause that released seats there."""
    read: set[FlightKey] = field(default_factory=set)
    """Flights that the decision rests on and does not change: to be guarded at the revisions they were loaded at."""
    done: list[T] = field(default_factory=list)
    """Plans that change nothing: committed or refused before, stranding a stranded party, or for a forgotten one."""


def flights_needed(
    plans: Iterable[PlanProposed], bookings: Iterable[Booking], waiting: Iterable[WaitlistEntry] = ()
) -> set[FlightKey]:
    """Every flight that `decide_group` may look at: of the options, of the bookings' legs, and of the legs that waiting parties
    have flown."""
    needed = {leg.flight for plan in plans for option in plan.options for leg in option.legs}
    needed.update(leg.flight for booking in bookings for leg in booking.legs)
    needed.update(leg.flight for entry in waiting for leg in entry.flown)
    return needed


def decide_group(
    plans: Sequence[Planned[T]],
    *,
    bookings: Mapping[Pnr, tuple[Booking, int]],
    flights: Mapping[FlightKey, SeatLedger],
    now: datetime,
    rules: SaleRules = _RULES,
    waiting: Mapping[Pnr, WaitlistEntry] = _NONE_WAITING,
    refused_at: Mapping[Pnr, int] = _NO_REFUSALS,
    refusals_since: int = 0,
    answered: Collection[Id] = frozenset(),
    forgotten: Collection[Pnr] = frozenset(),
) -> Decision[T]:
    """Decide plans in order, each on what earlier ones left. No argument is changed.

    `bookings` has the plans' bookings with their revisions, `flights` at least those of `flights_needed` that exist, `waiting`
    the waitlist entries of the stranded parties. `refused_at` is the LEDGER sequence of a party's last refusal, known from
    `refusals_since` on: before that, any party may have been refused. `answered` has the ids of plans that were committed or
    refused before (an answer is final, for a redelivered plan too), `forgotten` the PNRs that have a tombstone.

    Raises `KeyError` if a leg's flight is missing, or if its ledger does not have the party.
    """
    sheet: Worksheet[T] = Worksheet(flights)
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
    )
    for plan, token in plans:
        group.decide(plan, token)
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
        waiting: Mapping[Pnr, WaitlistEntry],
        refused_at: Mapping[Pnr, int],
        refusals_since: int,
        answered: set[Id],
        forgotten: Collection[Pnr],
    ) -> None:
        self.loaded, self.sheet, self.rules, self.now = bookings, sheet, rules, now
        self.waiting, self.answered, self.forgotten = waiting, answered, forgotten
        self.refused_at, self.refusals_since = refused_at, refusals_since
        self.result: Decision[T] = Decision()
        self.verdicts: dict[str, Callable[[PlanProposed, Booking, T], Fault | None]] = {
            "move": self._move,
            "keep": self._keep,
            "none": self._none,
        }

    def decide(self, plan: PlanProposed, token: T) -> None:
        moved = self.result.bookings.get(plan.pnr)
        loaded = self.loaded.get(plan.pnr)
        if plan.id in self.answered or plan.pnr in self.forgotten:
            self.result.done.append(token)
            return
        if loaded is None:
            self._refuse(plan, token, Fault("illegal", f"there is no booking {plan.pnr}"))
            return
        booking = moved or loaded[0]
        if booking.plan == plan.id or (plan.verdict == "none" and booking.state == "stranded"):
            self.result.done.append(token)
        elif moved is not None or loaded[1] != plan.booking_revision:
            self._refuse(plan, token, Fault("stale", f"booking {plan.pnr} has changed since"))
        else:
            fault = self.verdicts[plan.verdict](plan, booking, token)
            if fault is not None:
                self._refuse(plan, token, fault)

    def decision(self) -> Decision[T]:
        seats = self.sheet.ledgers()
        for flight, cause in self.sheet.freed(sellable_from=self.now + self.rules.minimum_lead).items():
            ledger = seats.get(flight) or self.sheet.flights[flight]
            self.result.freed.append((cause, SeatsFreed(flight=flight, n=ledger.last_fact + 1)))
            seats[flight] = structs.replace(ledger, last_fact=ledger.last_fact + 1)
        self.result.seats.update(seats)
        self.result.read.difference_update(seats)
        return self.result

    def _refuse(self, plan: PlanProposed, token: T, fault: Fault) -> None:
        self.answered.add(plan.id)
        self._unreserve(plan, token)
        refusal = PlanRefused(pnr=plan.pnr, id=plan.id, refusal=fault.refusal, reason=plan.reason, detail=fault.detail)
        self.result.facts.append((token, refusal))

    def _move(self, plan: PlanProposed, booking: Booking, token: T) -> Fault | None:
        progress = progress_of(booking, self.sheet.flights, rules=self.rules, entry=self.waiting.get(booking.pnr))
        if progress.flown and not progress.ahead and booking.state != "stranded":
            return Fault("stale", f"{progress.flown[-1].flight} has left with the party on board")
        faults: list[Fault] = []
        for option in plan.options:
            fault = fault_of(option, booking, progress, sheet=self.sheet, rules=self.rules, now=self.now)
            if fault is None:
                if faults:
                    self._unreserve(plan, token)
                self._rebook(plan, booking, progress, option, token)
                return None
            faults.append(fault)
        return min(faults, key=lambda f: _PRECEDENCE[f.refusal], default=Fault("illegal", "it has no options"))

    def _unreserve(self, plan: PlanProposed, token: T) -> None:
        """The planner has reserved the seats of the first option. The party does not take them, so they are free for others."""
        for leg in plan.options[0].legs if plan.options else ():
            if leg.flight in self.sheet.flights:
                self.sheet.unreserve(leg.flight, token)

    def _rebook(self, plan: PlanProposed, booking: Booking, progress: Progress, option: Option, token: T) -> None:
        pnr, seats = booking.pnr, booking.party.seats
        for leg in progress.ahead:
            self.sheet.release(leg.flight, pnr, token)
        onward = legs_ahead(option, progress)
        for planned in onward:
            self.sheet.take(planned.flight, pnr, Holding(planned.cabin, seats))
        legs = (*(self._answered(leg) for leg in progress.flown), *(self._answered(leg) for leg in onward))
        self.result.read.update(leg.flight for leg in progress.flown)
        if booking.state == "stranded":
            for leg in progress.flown:  # a disruption of these flights may cost the party the next ones
                self.sheet.take(leg.flight, pnr, Holding(leg.cabin, seats))
            self.result.waiting[pnr] = None
        fact = answers.changed(plan, booking, option, legs=legs, now=self.now)
        self._commit(fact, booking, token, legs=legs, state=_state(booking, legs))

    def _keep(self, plan: PlanProposed, booking: Booking, token: T) -> Fault | None:
        """Connections are not checked: whether a late trip still works is for the planner to judge."""
        if not booking.legs:
            return Fault("stale", "the party holds no seats to keep")
        if fault := self._trip_fault(plan, booking):
            return fault
        diverted_to = None
        for leg in plan.legs:
            ledger = self.sheet.flights[leg.flight]
            if ledger.phase == "cancelled":
                return Fault("stale", f"{leg.flight} is cancelled")
            if not self.sheet.has_seat(leg.flight, booking.pnr, leg.cabin):
                return Fault("full", f"{leg.flight} {leg.cabin} has too few seats")
            diverted_to = ledger.diverted_to or diverted_to
        legs = tuple(self._answered(leg) for leg in booking.legs)
        self.result.read.update(leg.flight for leg in legs)
        fact = answers.kept(plan, booking, legs=legs, diverted_to=diverted_to, now=self.now)
        self._commit(fact, booking, token, legs=legs, state=_state(booking, legs))
        return None

    def _none(self, plan: PlanProposed, booking: Booking, token: T) -> Fault | None:
        if plan.as_of < self.refused_at.get(booking.pnr, self.refusals_since):
            return Fault("stale", "it was planned on facts older than the party's last refusal")
        if fault := self._trip_fault(plan, booking):
            return fault
        progress = progress_of(booking, self.sheet.flights, rules=self.rules)
        if why_impossible(booking, progress, sheet=self.sheet, rules=self.rules) is None:
            return Fault("stale", "the trip can be flown as booked")
        for leg in booking.legs:  # flown ones too: a party without legs is on no list of holders
            self.sheet.release(leg.flight, booking.pnr, token)
        entry = WaitlistEntry(
            pnr=booking.pnr,
            origin=progress.place,
            destination=booking.ticket.destination,
            seats=booking.party.seats,
            flown=tuple(self._answered(leg) for leg in progress.flown),
        )
        self.result.waiting[booking.pnr] = entry
        fact = answers.stranded(plan, booking, entry, now=self.now)
        self._commit(fact, booking, token, legs=(), state="stranded")
        return None

    def _trip_fault(self, plan: PlanProposed, booking: Booking) -> Fault | None:
        """A fault if the party has another trip than the one the plan is about, or if it was disrupted since."""
        if [(leg.flight, leg.cabin) for leg in plan.legs] != [(leg.flight, leg.cabin) for leg in booking.legs]:
            return Fault("stale", "the party's flights are not those of the plan")
        for leg in plan.legs:
            if fault := disrupted_since(leg, self.sheet.flights[leg.flight]):
                return fault
        return None

    def _answered(self, leg: Leg | PlannedLeg) -> Leg:
        """The leg at the ledger's times, answered for every disruption of its flight so far."""
        ledger = self.sheet.flights[leg.flight]
        return Leg(
            flight=leg.flight,
            destination=ledger.destination,
            cabin=leg.cabin,
            departs=ledger.departs,
            arrives=ledger.arrives,
            answered=ledger.last_disruption,
        )

    def _commit(
        self, fact: BookingFact, booking: Booking, token: T, *, legs: tuple[Leg, ...], state: BookingState
    ) -> None:
        """Write the booking and say the fact about it."""
        self.result.bookings[booking.pnr] = structs.replace(booking, legs=legs, state=state, plan=fact.id)
        self.result.facts.append((token, fact))


def _state(booking: Booking, legs: tuple[Leg, ...]) -> BookingState:
    return "kept" if tuple(leg.flight for leg in legs) == booking.ticket.flights else "rebooked"
