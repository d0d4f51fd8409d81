"""In which world a mutation of a harmless kind is harmless: where the reason of its kind holds of the message that is changed.

A reason that is not here holds in every world, or is too much to ask for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.flights import Flight, FlightChanged
from contracts.ledger import BookingChanged, Leg, SeatLedger, SeatsDisrupted
from contracts.notices import NoticeSent
from contracts.offers import OfferAnswered, TripOffered
from contracts.requests import RequestRefused
from contracts.reservations import ReservationStatus
from irops.audit import Streams
from irops.audit.history import NO_PAST, Past, pasts_of
from tests.irops.audit.harmless import (
    CANCELLED_BOOKING,
    CANCELLED_FLIGHT,
    DIVERTED_LATER,
    ECHOES_NONE,
    EMPTY_CABIN,
    ENDED_OFFER,
    HARMLESS,
    LEFT_TO_OTHERS,
    RE_EQUIPPED,
    REFUSED_ANSWER,
    REFUSED_REQUEST,
    REPEATED_ANSWER,
    SEEDED_AND_RETIMED,
    UNUSED_LEDGER,
    WAITED_BEFORE,
    WHOLLY_ANSWERED,
)
from tests.irops.audit.mutations import SHIFT, Mutation


def _booking_is_cancelled(world: Streams, message: Any) -> bool:
    booking = world.bookings.get(message.pnr)
    return booking is not None and not booking.journeys


def _answer_changes_nothing(world: Streams, message: OfferAnswered) -> bool:
    refused = {(each.pnr, each.id) for _, each in world.replies_refused}
    return (message.pnr, message.id) in refused or message.answer == "leave"


def _answer_repeats(world: Streams, message: OfferAnswered) -> bool:
    answered = {(fact.pnr, fact.id) for _, fact in world.facts}
    refused = {(each.pnr, each.id) for _, each in world.replies_refused}
    return (message.pnr, message.id) not in answered | refused


def _was_re_equipped(world: Streams, _: Any) -> bool:
    return any(change.change == "re-equipped" for _, change in world.changes)


def _has_ended(world: Streams, message: TripOffered) -> bool:
    return all(offer.id != message.id for offer in world.offers.values())


def _names_no_offer(_: Streams, message: ReservationStatus) -> bool:
    return not message.offer


def _request_is_refused(world: Streams, message: Any) -> bool:
    refused = {(each.pnr, each.id) for _, each in world.answered if isinstance(each, RequestRefused)}
    return (message.pnr, message.id) in refused


def _has_later_facts(world: Streams, message: NoticeSent) -> bool:
    answered = next((at for at, each in world.answered if (each.pnr, each.id) == (message.pnr, message.id)), 0)
    return any(at > answered and fact.pnr == message.pnr for at, fact in world.facts)


def _is_cancelled(world: Streams, message: Any) -> bool:
    """By the message, or since; or another change came with the same status."""
    if isinstance(message, FlightChanged) and _is_one_of_two(world, message):
        return True
    state = message if isinstance(message, Flight) else getattr(message, "state", message)
    return state.phase == "cancelled" or world.flights[state.flight].phase == "cancelled"


def _is_diverted_later(world: Streams, message: Any) -> bool:
    later = [each for _, each in world.changes if each.flight == message.flight and each.n >= message.n]
    return any(each.state.diverted_to for each in later) or _is_one_of_two(world, message)


def _is_one_of_two(world: Streams, message: FlightChanged) -> bool:
    """Whether a later change was made of the same status."""
    return any(
        each.flight == message.flight and each.n > message.n and each.state.observed_at == message.state.observed_at
        for _, each in world.changes
    )


def _has_an_empty_cabin(_: Streams, message: Any) -> bool:
    seats = message.capacity if hasattr(message, "capacity") else getattr(message, "state", message).seats
    return 0 in seats.values()


def _is_seeded_and_retimed(world: Streams, message: Any) -> bool:
    pasts = pasts_of((change for _, change in world.changes), world.flights, whole=world.whole)
    return any(_may_have_had(leg, pasts.get(leg.flight, NO_PAST)) for leg in message.before)


def _may_have_had(leg: Leg, past: Past) -> bool:
    """Whether the flight may have had the times to which a mutation moves one of the leg's."""
    if past.given is None:
        return True
    times = (leg.departs, past.given[0]), (leg.arrives, past.given[1])
    return any(time + by in given for time, given in times for by in (SHIFT, -SHIFT))


def _is_of_no_use(_: Streams, message: SeatLedger) -> bool:
    return not message.holders and (message.phase != "scheduled" or not any(message.capacity.values()))


def _has_no_one_reason(world: Streams, message: BookingChanged | TripOffered) -> bool:
    had = {leg.flight for leg in message.before}
    return not had or sum(change.flight in had for _, change in world.changes) > 1


def _is_answered(world: Streams, message: SeatsDisrupted) -> bool:
    """By all whom it concerns and who have the flight still, unless they are asked about another trip."""
    asked = {pnr for pnr, _ in world.offers}
    is_partial = message.kind in ("downgauged", "misconnected")
    return all(
        leg.answered >= message.n
        for pnr, booking in world.bookings.items()
        if pnr not in asked
        for leg in booking.seated
        if leg.flight == message.flight and (pnr in message.parties or not is_partial)
    )


_WHERE: Mapping[str, Callable[[Streams, Any], bool]] = {
    CANCELLED_BOOKING: _booking_is_cancelled,
    ECHOES_NONE: _names_no_offer,
    ENDED_OFFER: _has_ended,
    RE_EQUIPPED: _was_re_equipped,
    REPEATED_ANSWER: _answer_repeats,
    REFUSED_ANSWER: _answer_changes_nothing,
    REFUSED_REQUEST: _request_is_refused,
    CANCELLED_FLIGHT: _is_cancelled,
    DIVERTED_LATER: _is_diverted_later,
    EMPTY_CABIN: _has_an_empty_cabin,
    LEFT_TO_OTHERS: _has_later_facts,
    SEEDED_AND_RETIMED: _is_seeded_and_retimed,
    UNUSED_LEDGER: _is_of_no_use,
    WAITED_BEFORE: _has_no_one_reason,
    WHOLLY_ANSWERED: _is_answered,
}


def excused(mutation: Mutation) -> bool:
    """Whether the audit need not find it."""
    reason = HARMLESS.get(mutation.kind)
    if reason is None:
        return False
    return reason not in _WHERE or _WHERE[reason](mutation.world, mutation.message)
