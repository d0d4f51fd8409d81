"""Finds parties whose trip lacks a wish although a trip that lacks less was free at that moment: an independent check of
choices.

The ledger keeps only the latest state of each flight, so the states are recorded while the day is replayed in lock-step. Seats
that were free from the making of a plan until time moved on were meant for no other party: all parties planned at that moment
have been answered by then. It knows only trips of one flight, which are all that the record has.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts.judgement import Wish, Wishes
from contracts.ledger import Booking, BookingFact, BookingStranded, SeatLedger
from contracts.names import CABINS, Cabin, FlightKey, Pnr, origin_of
from contracts.plans import Option, PlanProposed
from irops.audit import TripRules

RULES = TripRules()


class State(NamedTuple):
    revision: int
    written_at: datetime
    seats: SeatLedger


class SeatsOverTime:
    """What each flight's seats have been, as far as `bus.view(SEAT_LEDGER, ....keep)` has shown it."""

    def __init__(self) -> None:
        self._states: dict[FlightKey, list[State]] = defaultdict(list)

    def keep(self, seats: SeatLedger, revision: int, written_at: datetime) -> FlightKey:
        """Writes a state down; answers something for the view to hold."""
        self._states[seats.flight].append(State(revision, written_at, seats))
        return seats.flight

    def __iter__(self) -> Iterator[FlightKey]:
        return iter(self._states)

    def at(self, flight: FlightKey, revision: int) -> SeatLedger:
        """As of this sequence of the ledger."""
        return [state.seats for state in self._states[flight] if state.revision <= revision][-1]

    def while_decided(self, flight: FlightKey, plan: PlanProposed) -> list[SeatLedger]:
        """As the plan found it, and all that it became before time moved on."""
        later = [
            state.seats
            for state in self._states[flight]
            if state.revision > plan.as_of and state.written_at <= plan.planned_at
        ]
        return [self.at(flight, plan.as_of), *later]


@dataclass
class Verdict:
    """`faults`: in words. `answers`: answers to parties with wishes, by whether all of them are met."""

    faults: list[str]
    answers: Counter[bool]


def passed_over(
    plans: Iterable[PlanProposed],
    facts: Iterable[BookingFact],
    bookings: Mapping[Pnr, Booking],
    seats: SeatsOverTime,
) -> Verdict:
    """Judges every answer, not only each party's last, in which a remark that was understood had a part."""
    faults: list[str] = []
    answers: Counter[bool] = Counter()
    answered = {fact.id: fact for fact in facts}
    for plan in plans:
        if plan.judgement is None or not plan.judgement.wishes.asked:
            continue
        wishes, name = plan.judgement.wishes, f"{plan.pnr} at {plan.planned_at:%d %H:%M}"
        for option in plan.options:
            if set(option.unmet) != set(lacks(wishes, option, plan, seats)):
                faults.append(f"{name}: option {option.id} claims not to meet {option.unmet}")
        if plan.options and len(plan.options[0].unmet) > min(len(option.unmet) for option in plan.options):
            faults.append(f"{name}: the first option lacks more than another")
        fact = answered.get(plan.id)
        if fact is None or isinstance(fact, BookingStranded):
            continue
        if fact.wishes != wishes:
            faults.append(f"{name}: the answer knows of {fact.wishes}, the plan of {wishes}")
        answers[not fact.unmet] += 1
        if fact.unmet and (
            better := _better(plan, len(fact.unmet), [leg.flight for leg in fact.before], bookings, seats)
        ):
            faults.append(f"{name}: lacks {fact.unmet} with {fact.after[0].flight}, though there was {better}")
    return Verdict(faults, answers)


def lacks(wishes: Wishes, option: Option, plan: PlanProposed, seats: SeatsOverTime) -> list[Wish]:
    """The wishes that the option does not meet."""
    (leg,) = option.legs
    return _lacks(wishes, seats.at(leg.flight, plan.as_of), leg.cabin)


def _lacks(wishes: Wishes, flight: SeatLedger, cabin: Cabin) -> list[Wish]:
    found: list[Wish] = []
    if wishes.arrive_by and flight.arrives > wishes.arrive_by:
        found.append("arrive_by")
    if wishes.depart_after and flight.departs < wishes.depart_after:
        found.append("depart_after")
    if wishes.airports and origin_of(flight.flight) not in wishes.airports:
        found.append("airports")
    if wishes.cabin and cabin != wishes.cabin:
        found.append("cabin")
    return found


def _better(
    plan: PlanProposed,
    lacking: int,
    present: Sequence[FlightKey],
    bookings: Mapping[Pnr, Booking],
    seats: SeatsOverTime,
) -> FlightKey | None:
    """A flight that the party could have had, and that lacks less; none for who is on board or beyond."""
    assert plan.judgement is not None
    booking = bookings[plan.pnr]
    if any(seats.at(flight, plan.as_of).phase not in {"scheduled", "cancelled"} for flight in present):
        return None
    for flight in seats:
        if flight in present or not _serves(booking, seats.at(flight, plan.as_of)):
            continue
        states = seats.while_decided(flight, plan)
        if all(_legal(booking, state, plan.planned_at) for state in states):
            for cabin in CABINS:
                free = min(state.free(cabin) for state in states)
                if (
                    free >= booking.party.seats
                    and max(len(_lacks(plan.judgement.wishes, s, cabin)) for s in states) < lacking
                ):
                    return flight
    return None


def _serves(booking: Booking, flight: SeatLedger) -> bool:
    ends, flown = (
        (booking.journeys[0].ticket.origin, booking.journeys[0].ticket.destination),
        (origin_of(flight.flight), flight.destination),
    )
    if "UMNR" in booking.party.ssrs:
        return ends == flown
    return [RULES.city(end) for end in ends] == [RULES.city(end) for end in flown]


def _legal(booking: Booking, flight: SeatLedger, now: datetime) -> bool:
    ticket = booking.journeys[0].ticket
    earliest = max(now + RULES.lead, ticket.departs - RULES.rules.earlier)
    return flight.phase == "scheduled" and earliest <= flight.departs <= ticket.departs + RULES.rules.later
