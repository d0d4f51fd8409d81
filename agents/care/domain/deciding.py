"""What is owed for a journey now, against what was stated before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from agents.care.domain.circumstances import case_of, flights_of, has_arrived, lost_by, still_lost
from bus import derived_id
from contracts.care import CareOwed, EntitlementKind, RightsAccount
from contracts.flights import Flight
from contracts.ledger import Booking, BookingFact, BookingStranded, Journey
from contracts.names import FlightKey, Id
from policy.rights import Case, Places, RuleSet, entitlements

_LASTING: frozenset[EntitlementKind] = frozenset({"refund", "compensation", "downgrade_refund"})
"""What remains due to a party that does not travel any more: a sum, and no service of the journey."""


class Known(NamedTuple):
    """What holds for every decision of a group."""

    rule_sets: tuple[RuleSet, ...]
    places: Places
    flights: Mapping[FlightKey, Flight]
    now: datetime


class Decided(NamedTuple):
    """What is to be written."""

    account: RightsAccount
    care: CareOwed | None
    """None: what is owed has not changed."""


def decide(
    account: RightsAccount | None,
    booking: Booking,
    journey: Journey,
    *,
    facts: Sequence[BookingFact] = (),
    known: Known,
    cause: str,
) -> Decided | None:
    """Judge a journey by what is known. None: nothing is to be written.

    `facts`: those about it that are heard now, in order. `cause`: the identity of what is heard, or of what has come due. A
    journey without an account, about which there is no fact, gets one only if something is owed.
    """
    known_before = account or RightsAccount(pnr=booking.pnr, journey=journey.number)
    lost = still_lost((*known_before.lost, *(each for fact in facts for each in lost_by(fact))), journey)
    stranded = [fact.origin for fact in facts if isinstance(fact, BookingStranded) and fact.id == journey.last_fact]
    waits_at = None if journey.legs else (*stranded, known_before.waits_at, journey.ticket.origin)[0]
    case = case_of(booking, journey, lost=lost, flights=known.flights, waits_at=waits_at, now=known.now)
    answers = entitlements(known.rule_sets, case, known.places)
    ends = case.trip is not None and has_arrived(journey, known.flights)
    pending = any(each.answer == "cause_unknown" for each in answers)
    decided = structs.replace(
        known_before,
        answers=answers,
        flights=flights_of(journey, lost),
        lost=lost,
        heard=journey.last_fact,
        waits_at=waits_at,
        look_at=_look_at(case, known),
        closed=ends and not pending,
    )
    care = _care(known_before, decided, at=known.now, cause=cause)
    if care:
        decided = structs.replace(decided, last_care=care.id)
    if decided == account or (account is None and not facts and care is None):
        return None
    return Decided(decided, care)


def end(account: RightsAccount, *, now: datetime, cause: str) -> Decided | None:
    """What is owed for a journey that the reservation system has given up. None: nothing is to be written.

    The sums stay; a refund that the party could choose is chosen. Meals, a hotel and another trip are for those who travel. A
    cause that is not known stays so: nothing is judged any more.
    """
    if account.closed:
        return None
    answers = tuple(
        structs.replace(each, if_declined=False) if each.kind == "refund" else each
        for each in account.answers
        if each.kind in _LASTING
    )
    ended = structs.replace(account, answers=answers, waits_at=None, look_at=None, closed=True)
    care = _care(account, ended, at=now, cause=cause)
    return Decided(structs.replace(ended, last_care=care.id) if care else ended, care)


def _care(before: RightsAccount, after: RightsAccount, *, at: datetime, cause: str) -> CareOwed | None:
    was, owed = ({each.kind: each for each in account.package} for account in (before, after))
    if was == owed:
        return None
    return CareOwed(
        pnr=after.pnr,
        id=care_id(cause, after.journey),
        journey=after.journey,
        package=tuple(owed.values()),
        added=tuple(kind for kind in owed if owed[kind] != was.get(kind)),
        withdrawn=tuple(kind for kind in was if kind not in owed),
        flight=after.lost[0].flight if after.lost else None,
        decided_at=at,
        follows=before.last_care,
    )


def _look_at(case: Case, known: Known) -> datetime | None:
    if case.waits_at not in known.places:
        return None
    evening = case.evening(known.places)
    return evening if evening > known.now else None


def care_id(cause: str, journey: int) -> Id:
    """Of the `CareOwed` that this cause may lead to."""
    return derived_id("care", cause, str(journey))
