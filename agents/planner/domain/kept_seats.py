"""Flights on which a party without a trip has kept seats, and that are not for sale: no search finds them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from agents.planner.domain.network import Availability
from agents.planner.domain.rules import terminals_between
from agents.planner.domain.search import Start
from agents.planner.domain.seat_pool import SeatPool
from contracts.names import Cabin, FlightKey


class HeldSeat(NamedTuple):
    """A flight on which a party has seats without a trip."""

    flight: FlightKey
    cabin: Cabin


def not_for_sale(held: Iterable[HeldSeat], start: Start, pool: SeatPool) -> Iterator[tuple[Availability, ...]]:
    """The first of these flights, up to each behind which a trip can go on that no search finds: one of them is to land at
    another airport of its city, and can be reached from `start` still, where the party waits."""
    rules, inbound, place = pool.rules, start.after, start.airport
    flights: tuple[Availability, ...] = ()
    for seat in held:
        flight = pool.flight(seat.flight)
        if flight is None or flight.free.get(seat.cabin, 0) < 0 or rules.city(flight.origin) != rules.city(place):
            return
        if flight.phase not in ("scheduled", "rerouted") or rules.city(flight.lands) != rules.city(flight.destination):
            return
        ready = start.earliest if flight.origin == place else start.elsewhere or start.earliest
        if inbound is not None:
            arriving, departing = (inbound.origin, place), (flight.origin, flight.destination)
            terminals = terminals_between(inbound, flight)
            least = rules.least_connection(
                arriving, departing=departing, on=inbound.arrives.date(), terminals=terminals
            )
            ready = max(ready, inbound.arrives + least)
        if flight.departs < ready:
            return
        flights, inbound, place = (*flights, flight), flight, flight.lands
        if any(each.phase == "rerouted" for each in flights):
            yield flights
