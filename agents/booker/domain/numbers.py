"""Bookings from outside as the ledger has them: under the keys of their flights, with the numbers that the party bought, and
with the address of its letters.

A reservation system may name a flight in its own spelling, or by the number under which another airline sells it. Here the
party is on the flight that is flown; its ticket and its legs remember the other number, for letters.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import structs

from agents.booker.domain.parties import addressed
from contracts.identity import canonical
from contracts.ledger import Booking, Journey, Leg, Ticket
from contracts.names import FlightKey, Pnr
from contracts.records import canonical_record
from contracts.reservations import ReservationStatus


def canonical_booking(booking: Booking) -> Booking:
    """The booking with each flight, its record's carrier and its contact as they are here, however the system it comes from
    spells them."""
    record = booking.record and canonical_record(booking.record)
    journeys = tuple(map(_canonical, booking.journeys))
    return _on_other_flights(
        structs.replace(booking, party=addressed(booking.party), journeys=journeys, record=record), canonical
    )


def named_flights(bookings: Iterable[Booking]) -> set[FlightKey]:
    """Every flight that a ticket or a leg of theirs names."""
    journeys = [journey for booking in bookings for journey in booking.journeys]
    return {flight for j in journeys for flight in (*j.ticket.flights, *(leg.flight for leg in j.legs))}


def new_legs(bookings: Iterable[Booking], known: Mapping[Pnr, Booking]) -> Iterator[Leg]:
    """The legs on flights that the `known` bookings do not have."""
    for booking in bookings:
        had = {leg.flight for leg in known[booking.pnr].all_legs} if booking.pnr in known else set()
        yield from (leg for leg in booking.all_legs if leg.flight not in had)


def operated_booking(booking: Booking, operated_as: Mapping[FlightKey, FlightKey]) -> Booking:
    """The booking on the flights that are flown. `operated_as` has the flight of each number that is not its own."""
    if not operated_as:
        return booking
    journeys = tuple(_operated(journey, operated_as) for journey in booking.journeys)
    return _on_other_flights(
        structs.replace(booking, journeys=journeys), lambda flight: operated_as.get(flight, flight)
    )


def _on_other_flights(booking: Booking, name: Callable[[FlightKey], FlightKey]) -> Booking:
    """The booking with its passengers' coupons under these names of their flights."""
    if not any(passenger.coupons for passenger in booking.passengers):
        return booking
    passengers = tuple(
        structs.replace(each, coupons={name(flight): state for flight, state in each.coupons.items()})
        for each in booking.passengers
    )
    return structs.replace(booking, passengers=passengers)


def canonical_status(status: ReservationStatus) -> ReservationStatus:
    """The status with its bookings' flights under their keys."""
    return _with_bookings(status, canonical_booking)


def operated_status(status: ReservationStatus, operated_as: Mapping[FlightKey, FlightKey]) -> ReservationStatus:
    """The status with its bookings on the flights that are flown."""
    return _with_bookings(status, lambda booking: operated_booking(booking, operated_as))


def _with_bookings(status: ReservationStatus, name: Callable[[Booking], Booking]) -> ReservationStatus:
    split = status.split_from
    return structs.replace(
        status,
        booking=name(status.booking) if status.booking else None,
        split_from=structs.replace(split, booking=name(split.booking)) if split else None,
    )


def _canonical(journey: Journey) -> Journey:
    flights = tuple(map(canonical, journey.ticket.flights))
    legs = tuple(structs.replace(leg, flight=canonical(leg.flight)) for leg in journey.legs)
    return structs.replace(journey, ticket=structs.replace(journey.ticket, flights=flights), legs=legs)


def _operated(journey: Journey, operated_as: Mapping[FlightKey, FlightKey]) -> Journey:
    def ticket(sold: Ticket) -> Ticket:
        if operated_as.keys().isdisjoint(sold.flights):
            return sold
        return structs.replace(
            sold, flights=tuple(operated_as.get(flight, flight) for flight in sold.flights), sold_as=sold.flights
        )

    def flown(leg: Leg) -> Leg:
        flight = operated_as.get(leg.flight)
        return structs.replace(leg, flight=flight, sold_as=leg.flight) if flight else leg

    return structs.replace(journey, ticket=ticket(journey.ticket), legs=tuple(map(flown, journey.legs)))
