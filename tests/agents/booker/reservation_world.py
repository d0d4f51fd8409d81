"""Statuses of a reservation system, what the booker knows when it hears them, and what it decides: defaults for the tests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs

from agents.booker.domain import Amendments, Stated, amend
from agents.booker.domain.amending import ReservationFact
from contracts.ledger import Booking, JourneyKey, SeatLedger, WaitlistEntry
from contracts.names import Pnr
from contracts.reservations import BookingAmended, BookingContradicted, ReservationStatus
from tests.agents.booker.booker_world import DEPARTS, NOW, THREE, TWO, booking, flight, hours, key, seated
from tests.single_journey import journey_of

FIRST, SECOND, THIRD = flight(), flight(TWO, departs=DEPARTS + hours(1), arrives=DEPARTS + hours(6)), flight(THREE)
OUT = flight(key(4), destination="BOS", departs=NOW + hours(1), arrives=NOW + hours(2))
BACK = flight(key(5, "BOS"), destination="JFK", departs=NOW + hours(30), arrives=NOW + hours(31))
LATER_BACK = flight(key(6, "BOS"), destination="JFK", departs=NOW + hours(40), arrives=NOW + hours(41))
FLIGHTS = (FIRST, SECOND, THIRD, OUT, BACK, LATER_BACK)
SOLD = booking("A", [FIRST])


def decided(
    *statuses: ReservationStatus,
    ours: Sequence[Booking] = (SOLD,),
    flights: Sequence[SeatLedger] = FLIGHTS,
    waiting: dict[JourneyKey, WaitlistEntry] | None = None,
    now: datetime = NOW,
    came_at: datetime | None = None,
    **more: Any,
) -> Amendments[int]:
    return amend(
        [Stated(status, at, came_at or now) for at, status in enumerate(statuses)],
        bookings={each.pnr: each for each in ours},
        flights=seated(flights, ours),
        waiting=waiting or {},
        now=now,
        **more,
    )


def facts(result: Amendments[int]) -> list[ReservationFact]:
    return [fact for _, fact in result.facts]


def why(result: Amendments[int]) -> tuple[str, str]:
    """Reason and detail of the one contradiction, which has changed no seat."""
    (fact,) = facts(result)
    assert isinstance(fact, BookingContradicted)
    assert (result.seats, result.waiting, result.freed) == ({}, {}, [])
    return fact.reason, fact.detail


def unchanged(result: Amendments[int]) -> bool:
    """Whether the one fact says that nothing is changed, and nothing is."""
    (fact,) = facts(result)
    return isinstance(fact, BookingAmended) and not (fact.changed or fact.journeys or result.seats or result.waiting)


def with_party(booking: Booking, **changes: Any) -> Booking:
    return structs.replace(booking, party=structs.replace(booking.party, **changes))


def round_trip(pnr: Pnr = "A", *, back: SeatLedger = BACK, seats: int = 1) -> Booking:
    """Out to Boston, and back the next day."""
    there, home = (booking(pnr, [on], seats=seats) for on in (OUT, back))
    journeys = (journey_of(there), structs.replace(journey_of(home), number=2))
    return structs.replace(there, journeys=journeys)


def moved(booking: Booking, to: SeatLedger, number: int = 1) -> Booking:
    """The booking once irops has moved this journey."""
    legs = tuple(
        structs.replace(leg, flight=to.flight, departs=to.departs, arrives=to.arrives)
        for leg in booking.journeys[0].legs
    )
    journey = booking.journey(number)
    assert journey is not None
    return booking.replacing(structs.replace(journey, legs=legs, state="rebooked", last_fact="moved"))


def stranded(booking: Booking, number: int = 1) -> Booking:
    journey = booking.journey(number)
    assert journey is not None
    return booking.replacing(structs.replace(journey, legs=(), state="stranded", last_fact="waits"))


WAITS = {("A", 1): WaitlistEntry(pnr="A", origin="JFK", destination="SFO", seats=1)}


def flights_of(booking: Booking) -> list[list[str]]:
    return [[leg.flight for leg in journey.legs] for journey in booking.journeys]
