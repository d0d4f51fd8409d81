"""Where a party leaves a flight that has landed on its way, and where it stays on board."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from contracts.flights import Flight, Stop
from contracts.ledger import Leg, SeatLedger
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.rules import TripRules
from irops.audit.times import LEFT

_LONGEST = timedelta(hours=6)
"""The longest scheduled stop [d]."""
_MOVED = timedelta(hours=4)
"""By so much a schedule may be moved at once: that of one leg, while the other's is as it was [d]."""


def got_off(ledger: SeatLedger | None, following: Leg, *, sets: Iterable[TripRules]) -> Stop | None:
    """The stop at which a party has got off whose next flight leaves from there, by the cities of one of these sets; None where
    it stays on board."""
    start = origin_of(following.flight)
    stops = ledger.stops if ledger else ()
    return next((stop for stop in stops if any(each.city(stop.airport) == each.city(start) for each in sets)), None)


def is_one_flight(first: FlightKey, then: FlightKey, flights: Mapping[FlightKey, Flight]) -> bool:
    """Whether these are legs of one flight: they have one number, and by schedule the second leaves when the first arrives, or
    a stop later. The same leg of the next day is another flight's."""
    inbound, onward = flights.get(first), flights.get(then)
    if inbound is None or onward is None or _number(first) != _number(then) or origin_of(first) == origin_of(then):
        return False
    return -_MOVED <= onward.scheduled_departure - inbound.scheduled_arrival <= _LONGEST


def left_in(known: Flight | SeatLedger, start: Airport, rules: TripRules) -> Airport:
    """Where people get off this flight who go on from `start`: at a stop in that city, where it lands if that is there, or else
    where it was to land, for it may fly on."""
    city = rules.city(start)
    on_the_way = next((stop.airport for stop in known.stops if rules.city(stop.airport) == city), None)
    if on_the_way is not None:
        return on_the_way
    other = known.diverted_to if known.phase != "returned" else None
    return other if other and rules.city(other) == city else known.destination


def stays_on_board(first: FlightKey, then: FlightKey, flights: Mapping[FlightKey, Flight]) -> bool:
    """Whether a party does not change planes between two flights, by what the monitor has of them: they are one flight's, no
    more than one registration is known, and the second has not left before the first was in. Where both have the same
    registration, the first may have landed without a word so far."""
    if not is_one_flight(first, then, flights):
        return False
    inbound, onward = flights[first], flights[then]
    tails = [flight.tail.replace("-", "") for flight in (inbound, onward) if flight.tail]
    if len(set(tails)) > 1:
        return False
    has_left_before = onward.phase in LEFT and onward.departs < inbound.arrives
    return not has_left_before or (len(tails) > 1 and inbound.phase == "departed")


def _number(flight: FlightKey) -> list[str]:
    return flight.split(".")[:2]
