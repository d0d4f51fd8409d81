"""The fact that a committed plan says about its booking."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from msgspec import structs

from agents.booker.domain.offering import Asks
from contracts.judgement import Wishes
from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Disruption,
    Journey,
    Language,
    Leg,
    Party,
    WaitlistEntry,
)
from contracts.names import Airport, FlightKey, Id, Pnr
from contracts.offers import TripOffered
from contracts.plans import Option, PlanProposed


class _Shared(TypedDict):
    """The fields that every booking fact has."""

    pnr: Pnr
    journey: int
    id: Id
    reason: Disruption
    broken_by: FlightKey | None
    before: tuple[Leg, ...]
    language: Language
    contact: str
    decided_at: datetime
    follows: Id
    rules: int


def changed(
    plan: PlanProposed, party: Party, journey: Journey, option: Option, *, legs: tuple[Leg, ...], now: datetime
) -> BookingChanged:
    """The party moves to `legs`, the trip of this option. `journey` is the journey before the move."""
    judged = plan.judgement
    return BookingChanged(
        **_shared(plan, party, journey, now),
        after=legs,
        wishes=_wishes(plan),
        unmet=option.unmet if judged else (),
        # The reasons given are those for the first option; no other was chosen for them.
        because=judged.because if judged and option is plan.options[0] else (),
        regained=_regained(plan, journey, legs) if plan.reason == "restored" else (),
    )


def _regained(plan: PlanProposed, journey: Journey, legs: Iterable[Leg]) -> tuple[FlightKey, ...]:
    """The flights on which it has seats again that it had lost, or in the cabin that it had lost."""
    own = {(leg.flight, leg.cabin) for leg in journey.legs}
    return tuple([leg.flight for leg in legs if leg.flight in plan.regains and (leg.flight, leg.cabin) not in own])


def kept(
    plan: PlanProposed,
    party: Party,
    journey: Journey,
    *,
    legs: tuple[Leg, ...],
    diverted_to: Airport | None,
    now: datetime,
) -> BookingKept:
    """The party keeps its trip, at the times in `legs`."""
    return BookingKept(
        **_shared(plan, party, journey, now),
        after=legs,
        diverted_to=diverted_to,
        wishes=_wishes(plan),
        unmet=plan.judgement.unmet if plan.judgement else (),
    )


def stranded(
    plan: PlanProposed,
    party: Party,
    journey: Journey,
    entry: WaitlistEntry,
    *,
    held: tuple[Leg, ...],
    now: datetime,
) -> BookingStranded:
    """The party has no trip and waits as `entry` says, with its seats on the flights that are `held`."""
    return BookingStranded(
        **_shared(plan, party, journey, now),
        origin=entry.origin,
        destination=entry.destination,
        flown=entry.flown,
        held=held,
    )


def lapsed(
    booking: Booking,
    journey: Journey,
    entry: WaitlistEntry,
    *,
    id_: Id,
    held: tuple[Leg, ...],
    now: datetime,
    rules: int,
) -> BookingStranded:
    """The party, which waits, gives up the seats of `journey.held` that are not in `held`."""
    fact = _waits_on(booking, journey, entry, id_=id_, reason="lapsed", now=now, rules=rules)
    return structs.replace(fact, held=held, lapsed=tuple([leg for leg in journey.held if leg not in held]))


def overdue(
    booking: Booking, journey: Journey, entry: WaitlistEntry, *, id_: Id, now: datetime, rules: int
) -> BookingStranded:
    """The party, which waits, can have no legal trip any more."""
    return _waits_on(booking, journey, entry, id_=id_, reason="overdue", now=now, rules=rules)


def declined(
    booking: Booking, journey: Journey, entry: WaitlistEntry, plan: PlanProposed, *, now: datetime
) -> BookingStranded:
    """The party, which waits, has not taken the trip that was offered."""
    return _waits_on(booking, journey, entry, id_=plan.id, reason=plan.reason, now=now, rules=plan.rules)


def offered(
    plan: PlanProposed,
    party: Party,
    journey: Journey,
    asks: Asks,
    *,
    trips: tuple[tuple[Leg, ...], ...],
    options: tuple[Id, ...],
    present: tuple[Leg, ...],
    now: datetime,
) -> TripOffered:
    """Someone is asked about these trips, the options with these ids. `present` is the trip that the party has, at its known
    times."""
    return TripOffered(
        **_shared(plan, party, journey, now),
        documents=journey.documents,
        marks=asks.marks,
        answerer=asks.by,
        until=asks.until,
        default=asks.default,
        trips=trips,
        options=options,
        stands=asks.stands,
        after=present,
    )


def _waits_on(
    booking: Booking,
    journey: Journey,
    entry: WaitlistEntry,
    *,
    id_: Id,
    reason: Disruption,
    now: datetime,
    rules: int,
) -> BookingStranded:
    """The party waits as before, with the seats that it holds."""
    party = booking.party
    return BookingStranded(
        pnr=booking.pnr,
        journey=journey.number,
        id=id_,
        reason=reason,
        before=(),
        language=party.language,
        contact=party.contact,
        decided_at=now,
        follows=journey.last_fact,
        rules=rules,
        origin=entry.origin,
        destination=entry.destination,
        flown=entry.flown,
        held=journey.held,
    )


def _shared(plan: PlanProposed, party: Party, journey: Journey, now: datetime) -> _Shared:
    return {
        "pnr": plan.pnr,
        "journey": journey.number,
        "id": plan.id,
        "reason": plan.reason,
        "broken_by": plan.broken_by,
        "before": journey.legs,
        "language": party.language,
        "contact": party.contact,
        "decided_at": now,
        "follows": journey.last_fact,
        "rules": plan.rules,
    }


def _wishes(plan: PlanProposed) -> Wishes | None:
    """The wishes as the planner read them: repeated to the party, relied on for nothing."""
    return plan.judgement.wishes if plan.judgement else None
