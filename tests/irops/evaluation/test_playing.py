"""One case's outcome, from the streams of its world."""

from collections.abc import Iterable
from dataclasses import replace as but
from datetime import UTC, datetime

from msgspec import structs

from contracts.flights import Flight, FlightStatus
from contracts.ledger import Booking, Holding, SeatLedger
from contracts.names import Pnr
from irops.audit import Streams
from irops.evaluation.case import Case
from irops.evaluation.playing import played
from tests.irops.evaluation.evaluation_worlds import case
from tests.single_journey import altered

ONE, OTHER = case("one"), case("other", number=11, to="DEN")
NAMES = {"one": "0-ANA", "other": "1-ANA"}


def flight_of(status: FlightStatus) -> Flight:
    departs, arrives = status.scheduled_departure, status.scheduled_arrival
    return Flight(
        flight=status.flight,
        destination=status.destination,
        phase="scheduled",
        last_change=1,
        scheduled_departure=departs,
        scheduled_arrival=arrives,
        departs=departs,
        arrives=arrives,
        announced_departure=departs,
        announced_arrival=arrives,
        observed_at=status.observed_at,
        seats=status.seats or {},
    )


def ledger_of(flight: Flight, holders: Iterable[Pnr]) -> SeatLedger:
    return SeatLedger(
        flight=flight.flight,
        destination=flight.destination,
        phase="scheduled",
        departs=flight.departs,
        arrives=flight.arrives,
        capacity=flight.seats,
        last_change=1,
        holders={pnr: Holding("economy", 1) for pnr in holders},
    )


def booking_in(case: Case) -> Booking:
    return structs.replace(case.bookings[0], pnr=NAMES[case.name])


def world() -> Streams:
    """Both cases, long after their end; the other's party holds a seat too many, on its second flight."""
    flights = {status.flight: flight_of(status) for each in (ONE, OTHER) for status in each.flights}
    bookings = {booking.pnr: booking for booking in map(booking_in, (ONE, OTHER))}
    held = {booking.journeys[0].legs[0].flight: [booking.pnr] for booking in bookings.values()}
    held[OTHER.flights[1].flight] = [NAMES["other"]]
    seats = {key: ledger_of(flight, held.get(key, ())) for key, flight in flights.items()}
    late = datetime(2013, 12, 31, tzinfo=UTC)
    return Streams(flights=flights, seats=seats, bookings=bookings, now=late, horizon=late)


def test_an_outcome_has_the_cases_own_pnrs() -> None:
    """In the world they have a prefix, since every case may have an ANA."""
    assert set(played(ONE, world(), {}, 0).bookings) == {"ANA"}
    assert played(OTHER, world(), {}, 1).bookings["ANA"] == booking_in(OTHER)


def test_an_audit_finding_belongs_to_its_own_case() -> None:
    """And has the case's own PNRs."""
    streams = world()
    assert list(played(ONE, streams, {}, 0).illegal) == []
    found = played(OTHER, streams, {}, 1).illegal
    assert "ANA holds seats on B6.12.JFK.2013-02-08 outside its booking" in found


def test_a_seat_free_at_the_end_of_the_case_counts() -> None:
    """Stranding a party beside it is a finding, though the flight has long left when the world ends."""
    streams = world()
    stranded = altered(booking_in(ONE), state="stranded", legs=())
    bookings = {**streams.bookings, stranded.pnr: stranded}
    seats = {key: structs.replace(ledger, holders={}) for key, ledger in streams.seats.items()}
    judged = played(ONE, but(streams, bookings=bookings, seats=seats), {}, 0)
    assert any("ANA (1 seats) could fly" in found for found in judged.illegal)
