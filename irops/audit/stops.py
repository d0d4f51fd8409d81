"""Where a party leaves a flight that has landed on its way."""

from collections.abc import Iterable

from contracts.flights import Stop
from contracts.ledger import Leg, SeatLedger
from contracts.names import origin_of
from irops.audit.rules import TripRules


def got_off(ledger: SeatLedger | None, following: Leg, *, sets: Iterable[TripRules]) -> Stop | None:
    """The stop at which a party has got off whose next flight leaves from there, by the cities of one of these sets; None where
    it stays on board."""
    start = origin_of(following.flight)
    stops = ledger.stops if ledger else ()
    return next((stop for stop in stops if any(each.city(stop.airport) == each.city(start) for each in sets)), None)
