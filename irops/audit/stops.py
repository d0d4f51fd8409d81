"""Where a party leaves a flight that has landed on its way, and where it stays on board."""

from collections.abc import Iterable, Mapping

from contracts.flights import Flight, Stop
from contracts.identity import goes_on
from contracts.ledger import Leg, SeatLedger
from contracts.names import FlightKey, origin_of
from irops.audit.rules import TripRules


def got_off(ledger: SeatLedger | None, following: Leg, *, sets: Iterable[TripRules]) -> Stop | None:
    """The stop at which a party has got off whose next flight leaves from there, by the cities of one of these sets; None where
    it stays on board."""
    start = origin_of(following.flight)
    stops = ledger.stops if ledger else ()
    return next((stop for stop in stops if any(each.city(stop.airport) == each.city(start) for each in sets)), None)


def stays_on_board(first: FlightKey, then: FlightKey, flights: Mapping[FlightKey, Flight]) -> bool:
    """Whether a party does not change planes between two flights, by what the monitor has of them: they have one number, and no
    more than one registration is known."""
    known = (flights.get(flight) for flight in (first, then))
    aircraft = {flight.tail.replace("-", "") for flight in known if flight and flight.tail}
    return goes_on(first, then) and len(aircraft) < len((first, then))
