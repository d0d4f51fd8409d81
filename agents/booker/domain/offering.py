"""Whose yes a plan needs, how long an offer holds, and what an answer makes of it.

An offer is a plan that is not committed yet (`contracts.offers`). The seats of its first trip are kept beside those that the
party has. It ends

- with an answer: the plan is decided again, as the answer says, with those seats;
- when it is too late for one, and is decided then by its default;
- without an answer, as soon as its first trip does not hold any more: the journey is planned again;
- when the journey is decided otherwise, or the booking changed: a later plan, the reservation system, a request, a split. A
  journey that such a change leaves as it was is planned again: it has no answer yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from msgspec import structs

from agents.booker.domain.options import disrupted_since
from agents.booker.domain.progress import Progress, Traveller, is_open, legs_ahead
from agents.booker.domain.rules import SaleRules
from bus import derived_id
from contracts.flights import LEFT
from contracts.ledger import (
    Answerer,
    Booking,
    Disruption,
    Journey,
    JourneyKey,
    Mark,
    Party,
    Reserved,
    SeatLedger,
)
from contracts.names import Cabin, FlightKey, Id, Pnr, origin_of
from contracts.offers import Answer, AnswerRefusal, Offer, OfferAnswered
from contracts.plans import Option, PlannedLeg, PlanProposed, PlanRefused
from contracts.rules import Consent, Default

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Reply(NamedTuple):
    """What is decided about an offer."""

    offer: Offer
    answer: Answer | Literal["void"]
    """`void`: the offer ends without an answer, and the journey is planned again."""
    by: Answerer | None = None
    """None: no one has answered in time."""
    option: Id = ""
    """The trip that is taken; empty: the first one."""


class Asks(NamedTuple):
    """Who is asked about a trip, and what they are asked."""

    by: Answerer
    until: datetime
    default: Default
    kept: tuple[Reserved, ...]
    """The seats that the party does not have yet."""
    marks: tuple[Mark, ...]
    """Of the trip."""
    stands: bool
    """Whether the party can fly its present trip."""
    closes: dict[FlightKey, timedelta]
    """`Offer.closes`"""


def consent_for(
    reason: Disruption, traveller: Traveller, *, arrives: datetime, marks: tuple[Mark, ...], rules: SaleRules
) -> Consent | None:
    """Whose yes the party needs to be moved to a trip that arrives then, as far as is known, and has these marks; None, and one
    by None: no one's."""
    late = arrives - traveller.journey.ticket.arrives
    for each in rules.consent:
        if _holds(each, reason, marks, traveller.party) and (each.delay is None or late >= each.delay):
            return each
    return None


def _holds(consent: Consent, reason: Disruption, marks: tuple[Mark, ...], party: Party) -> bool:
    return (
        (not consent.after or reason in consent.after)
        and (not consent.marks or not set(consent.marks).isdisjoint(marks))
        and (not consent.tiers or party.tier in consent.tiers)
        and (not consent.ssrs or not set(consent.ssrs).isdisjoint(party.ssrs))
    )


def new_seats(option: Option, progress: Progress) -> tuple[Reserved, ...]:
    """The seats of this trip that the party does not have."""
    own = {(leg.flight, leg.cabin) for leg in progress.ahead}
    legs = legs_ahead(option, progress)
    return tuple([Reserved(leg.flight, leg.cabin) for leg in legs if (leg.flight, leg.cabin) not in own])


def closings(
    option: Option,
    progress: Progress,
    following: Journey | None,
    *,
    flights: Mapping[FlightKey, SeatLedger],
    rules: SaleRules,
    stands: bool,
    now: datetime,
) -> dict[FlightKey, timedelta]:
    """How long before the departure of which flight it is too late to take this trip (`Offer.closes`). `stands`: the party can
    fly its present trip. The `following` journey may have to be given up once this one is decided, and in time for others. A
    present flight that was to leave before `now` limits nothing: it is back, and its new time is not known.

    Who has not begun its journey is at the gate in time, also where no answer comes and it learns of its trip at the end.

    Raises `KeyError` for a flight that is not in `flights`.
    """
    had = {leg.flight for leg in progress.ahead}
    found: dict[FlightKey, timedelta] = {}
    begins = not progress.flown
    place = origin_of(progress.ahead[0].flight) if progress.ahead and begins else progress.place
    for leg in legs_ahead(option, progress):
        origin = origin_of(leg.flight)
        if leg.flight not in had:
            found[leg.flight] = rules.sold_lead(place, origin, begins=begins)
            found[leg.flight] += rules.at_the_gate if begins else timedelta(0)
        begins, place = False, flights[leg.flight].destination
    for at, own_leg in enumerate(progress.ahead):
        if stands and not at:
            found[own_leg.flight] = rules.at_the_gate
        elif not stands and is_open(own := flights[own_leg.flight], rules) and own.expected_departure > now:
            found.setdefault(own_leg.flight, rules.given_up)
    for first in following.legs[:1] if following else ():
        if is_open(flights[first.flight], rules):
            found.setdefault(first.flight, rules.given_up)
    return found


def due_at(offer: Offer, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules) -> datetime:
    """When the offer ends, be it past: at once where it does not hold any more.

    Raises `KeyError` for a flight of `flights_of` that is not in `flights`.
    """
    if is_void(offer, flights, rules=rules):
        return AT_ONCE
    return min(offer.until, *(flights[flight].expected_departure - lead for flight, lead in offer.closes.items()))


def flights_of(offer: Offer) -> set[FlightKey]:
    """The flights that an offer depends on."""
    return {leg.flight for leg in offer.plan.options[0].legs} | offer.closes.keys()


def is_void(offer: Offer, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules) -> bool:
    """Whether the first trip of the offer does not hold any more, whatever the time."""
    for leg in offer.plan.options[0].legs:
        ledger = flights[leg.flight]
        kept = ledger.on_offer.get(offer.pnr)
        if ledger.presumed_phase in LEFT and kept is None:
            continue  # it is flown
        if disrupted_since(leg, ledger) or not is_open(ledger, rules):
            return True
        if kept is not None and not _has_kept(ledger, kept.cabin):
            return True
    return False


def _has_kept(ledger: SeatLedger, cabin: Cabin) -> bool:
    """Whether the seats that are kept for offers are to be had: holders come first."""
    left = ledger.sellable(cabin, ledger.capacity.get(cabin, 0) - ledger.held(cabin))
    return ledger.offered(cabin) <= max(0, left)


def refusal_of(
    answer: OfferAnswered,
    offer: Offer | None,
    flights: Mapping[FlightKey, SeatLedger],
    *,
    rules: SaleRules,
    now: datetime,
) -> tuple[AnswerRefusal, str] | None:
    """Why an answer changes nothing, whatever it would do; None: it is decided. `flights` has those of the offer."""
    if offer is None or offer.id != answer.offer:
        return "unknown offer", f"journey {answer.journey} of {answer.pnr} has no open offer {answer.offer}"
    if answer.by not in (offer.answerer, "desk"):
        return "not asked", f"the offer is for another to answer: {offer.answerer}"
    if answer.answer == "take" and answer.option and answer.option not in {each.id for each in offer.plan.options}:
        return "unknown offer", f"the offer has no trip {answer.option}"
    if is_void(offer, flights, rules=rules):
        return "changed", "a flight of the offered trip has changed"
    if (ended := due_at(offer, flights, rules=rules)) <= now:
        return "over", f"it could be answered until {ended:%Y-%m-%d %H:%M} UTC"
    return None


def reply_plan(
    reply: Reply, id_: Id, journey: Journey, flights: Mapping[FlightKey, SeatLedger], *, rules: int, stands: bool
) -> PlanProposed:
    """The offered plan as this reply leaves it: a move to the trip that is taken, or the present trip, where it `stands`, or
    none."""
    plan = structs.replace(reply.offer.plan, id=id_, follows=journey.last_fact, rules=rules)
    if reply.answer == "take":
        chosen = [each for each in plan.options if reply.option in ("", each.id)]
        return structs.replace(plan, options=tuple(chosen[:1]))
    present = tuple(
        PlannedLeg(flight=leg.flight, cabin=leg.cabin, last_disruption=flights[leg.flight].last_disruption)
        for leg in journey.legs
    )
    return structs.replace(plan, verdict="keep" if stands else "none", options=(), legs=present)


def lapsed_id(offer: Offer) -> str:
    """The id of what is decided when no one has answered."""
    return derived_id("no answer", offer.pnr, str(offer.journey), offer.id)


def unoffered(booking: Booking) -> Booking:
    """The booking without open offers."""
    if not any(journey.offer for journey in booking.journeys):
        return booking
    journeys = tuple([structs.replace(each, offer="", offered=()) if each.offer else each for each in booking.journeys])
    return structs.replace(booking, journeys=journeys)


def planned_again(
    before: Booking, after: Sequence[Booking], offers: Mapping[JourneyKey, Offer], *, rules: int
) -> Iterator[PlanRefused]:
    """What has the journeys planned again whose open offers end because `before` becomes `after`, one booking or its parts, and
    that are left as they were otherwise. `offers` has the open ones of the booking, `rules` is the version in force."""
    for offer in (offers[before.pnr, journey.number] for journey in before.journeys if journey.offer):
        for booking in after:
            journey = booking.journey(offer.journey)
            if journey is not None and journey.last_fact == offer.id:
                yield PlanRefused(
                    pnr=booking.pnr,
                    journey=offer.journey,
                    id=offer.id,
                    refusal="stale",
                    reason=offer.plan.reason,
                    regains=offer.plan.regains,
                    detail="the booking has changed since it was offered",
                    rules=rules,
                )


def ended_offers(before: Mapping[Pnr, Booking], after: Mapping[Pnr, Booking]) -> list[JourneyKey]:
    """The journeys whose open offer has ended because their bookings have become these."""
    open_now = {journey.offer for booking in after.values() for journey in booking.journeys}
    return [
        (pnr, journey.number)
        for pnr in after.keys() & before.keys()
        for journey in before[pnr].journeys
        if journey.offer and journey.offer not in open_now
    ]
