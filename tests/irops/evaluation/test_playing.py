"""What the streams of a world say of one of its cases."""

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

ONE, OTHER = case("one"), case("other", number=11, to="DEN")
NAMES = {"one": "0-ANA", "other": "1-ANA"}


def flight_of(said: FlightStatus) -> Flight:
    departs, arrives = said.scheduled_departure, said.scheduled_arrival
    return Flight(
        flight=said.flight,
        destination=said.destination,
        phase="scheduled",
        last_change=1,
        scheduled_departure=departs,
        scheduled_arrival=arrives,
        departs=departs,
        arrives=arrives,
        announced_departure=departs,
        announced_arrival=arrives,
        observed_at=said.observed_at,
        seats=said.seats or {},
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
    """Both cases as told, long after their ends; the other's party holds a seat too many, on its second flight."""
    flights = {said.flight: flight_of(said) for each in (ONE, OTHER) for said in each.flights}
    bookings = {booking.pnr: booking for booking in map(booking_in, (ONE, OTHER))}
    held = {booking.legs[0].flight: [booking.pnr] for booking in bookings.values()}
    held[OTHER.flights[1].flight] = [NAMES["other"]]
    seats = {key: ledger_of(flight, held.get(key, ())) for key, flight in flights.items()}
    late = datetime(2013, 12, 31, tzinfo=UTC)
    return Streams(flights=flights, seats=seats, bookings=bookings, now=late, horizon=late)


def test_a_partys_booking_has_the_name_it_has_in_its_case() -> None:
    """In the world it has another, for every case may have an ANA."""
    assert set(played(ONE, world(), {}, 0).bookings) == {"ANA"}
    assert played(OTHER, world(), {}, 1).bookings["ANA"] == booking_in(OTHER)


def test_what_the_audit_finds_is_told_of_the_case_it_is_in() -> None:
    """And of no other, by the case's own names."""
    streams = world()
    assert list(played(ONE, streams, {}, 0).illegal) == []
    found = played(OTHER, streams, {}, 1).illegal
    assert "ANA holds seats on B6.12.JFK.2013-02-08 outside its booking" in found


def test_a_seat_counts_that_was_there_when_the_case_ended() -> None:
    """Whoever waits beside it was wronged, though the flight has long left when the world ends."""
    streams = world()
    stranded = structs.replace(booking_in(ONE), state="stranded", legs=())
    bookings = {**streams.bookings, stranded.pnr: stranded}
    seats = {key: structs.replace(ledger, holders={}) for key, ledger in streams.seats.items()}
    judged = played(ONE, but(streams, bookings=bookings, seats=seats), {}, 0)
    assert any("ANA (1 seats) could fly" in found for found in judged.illegal)
