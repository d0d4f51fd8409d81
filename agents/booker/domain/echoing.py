"""A version of the booking that answers an offer: the reservation system has confirmed one of its trips, and echoes it.

A version names the offer of which it has a trip (`ReservationStatus.offer`), and takes that trip, for any answerer: what the
reservation system reports needs no one's yes. Whether the trip is the one that the party gets is seen once both are decided
(`is_booked`, `agrees`); where it is not, the version is decided as any other.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agents.booker.domain.amending import Amendments
from agents.booker.domain.apart import trip_of
from agents.booker.domain.decision import Decision
from agents.booker.domain.offering import Reply, due_at
from agents.booker.domain.rules import SaleRules
from bus import derived_id
from contracts.ledger import Booking, BookingChanged, JourneyKey, SeatLedger
from contracts.names import FlightKey, Id, Pnr
from contracts.offers import Offer
from contracts.reservations import BookingAmended, ReservationStatus


def echo_id(pnr: Pnr, journey: int, offer: Id) -> Id:
    """The id of the fact by which a version of the booking has taken a trip of this offer."""
    return derived_id("echo", pnr, str(journey), offer)


def echoed(
    status: ReservationStatus,
    booking: Booking,
    offers: Mapping[JourneyKey, Offer],
    flights: Mapping[FlightKey, SeatLedger],
    *,
    rules: SaleRules,
    now: datetime,
) -> Reply | None:
    """The answer that the status may be, to an open offer of the `booking`; None: it is none. It may lack flights that were
    flown.

    `offers` has the open ones of the booking, `flights` their flights. Raises `KeyError` if one is missing.
    """
    journey = next((each for each in booking.journeys if status.offer and each.offer == status.offer), None)
    theirs = status.booking.journey(journey.number) if status.booking and journey else None
    if journey is None or theirs is None or status.split_from or status.version <= booking.version:
        return None
    offer, wanted = offers[booking.pnr, journey.number], trip_of(theirs.legs)
    if not wanted or due_at(offer, flights, rules=rules) <= now:
        return None
    for option in offer.plan.options:
        trip = trip_of(option.legs)
        shorter = min(len(trip), len(wanted))
        if trip[-shorter:] == wanted[-shorter:]:
            return Reply(offer, "take", "system", option.id)
    return None


def is_booked(offer: Offer, decision: Decision[Any]) -> bool:
    """Whether the party gets a trip of the offer by this decision."""
    return any(isinstance(fact, BookingChanged) and fact.offer == offer.id for _, fact in decision.facts)


def agrees(offer: Offer, version: Amendments[Any]) -> bool:
    """Whether the version, decided after the trip was booked, has the party on that trip, and all of it was applied."""
    facts = [fact for _, fact in version.facts]
    return bool(facts) and all(
        isinstance(fact, BookingAmended) and offer.journey not in {each.number for each in fact.journeys}
        for fact in facts
    )
