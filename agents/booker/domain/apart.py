"""An answer of the reservation system's that irops could not follow: the party is on one trip there, and on another here.

A person has to know, and the reservation system's next version settles it. An answer that is refused, and says what is so all
the same, leaves no one apart: the party has the trip that was confirmed, or none of those that were not.
"""

from collections.abc import Iterable, Mapping

from bus import derived_id
from contracts.ledger import Booking, Leg
from contracts.names import Cabin, FlightKey, Id, spoken
from contracts.offers import Answer, AnswerRefused
from contracts.plans import PlannedLeg
from contracts.reservations import BookingContradicted

Trip = tuple[tuple[FlightKey, Cabin], ...]


def trip_of(legs: Iterable[Leg | PlannedLeg]) -> Trip:
    """The flights and cabins of these legs."""
    return tuple([(leg.flight, leg.cabin) for leg in legs])


def contradiction(
    refused: AnswerRefused, answer: Answer, option: Id, trips: Mapping[Id, Trip], booking: Booking | None
) -> BookingContradicted | None:
    """What says that the party is on another trip than the reservation system has it on, whose `answer` is `refused`; None
    where it is not: it has the trip that is confirmed, or none of those that are not.

    `trips` has those of the offer by their ids, best first; empty: they are not known.
    """
    if booking is None:
        return None
    journey = booking.journey(refused.journey)
    has = trip_of(journey.legs) if journey else ()
    if answer == "take":
        confirmed = trips.get(option or next(iter(trips), ""), ())
        if confirmed and confirmed == has:
            return None
        what = f"{_worded(confirmed)} is confirmed, and could not be booked"
    elif has not in trips.values():
        return None
    else:
        what = f"the party has {_worded(has)}, which is refused"
    return BookingContradicted(
        pnr=refused.pnr,
        id=derived_id("answered", refused.pnr, refused.id),
        version=booking.version,
        answer=refused.id,
        reason="answered",
        detail=f"journey {refused.journey}: {what}: {refused.detail}",
        decided_at=refused.decided_at,
        rules=refused.rules,
    )


def _worded(trip: Trip) -> str:
    return " and ".join(spoken(flight) for flight, _ in trip) or "a trip"
