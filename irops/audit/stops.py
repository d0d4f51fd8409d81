"""Where a party leaves a flight that has landed on its way."""

from collections.abc import Callable

from contracts.flights import Stop
from contracts.ledger import Leg, SeatLedger
from contracts.names import Airport, origin_of


def got_off(ledger: SeatLedger | None, following: Leg, *, city: Callable[[Airport], str]) -> Stop | None:
    """The stop at which a party has got off whose next flight leaves from there; None where it stays on board."""
    start = city(origin_of(following.flight))
    return next((stop for stop in (ledger.stops if ledger else ()) if city(stop.airport) == start), None)
