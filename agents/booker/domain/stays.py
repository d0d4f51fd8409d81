"""Stays between two journeys of a booking: whether the party is there for the second one.

A stay is as long as a connection that is sold, or as what was sold if that was shorter, between the same airports. Where
passengers do not end in the city that they go on from, only the order of the two flights is known.

A booking is planned journey by journey, so a stay that is too short affects the second journey (`JourneyAffected`): it begins
too early, be its first flight early or the one before it late.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from agents.booker.domain.rules import SaleRules
from contracts.flights import LEFT
from contracts.ledger import Booking, Connection, Journey, Leg, SeatLedger
from contracts.names import Airport, FlightKey, origin_of

SHORT = timedelta(days=1)
"""Flights that move by less than is announced may leave too little of a stay that is shorter, as the party was last informed.
A larger move is answered by itself, and then the stay is as long as it has become."""
_NONE = timedelta(0)


class Stay(NamedTuple):
    """The flights on either side of it are the last of one journey and the first of the next."""

    before: Journey
    following: Journey


def lands_at(ledger: SeatLedger) -> Airport:
    """Where the passengers of a flight leave it: one that has come back will take them to its destination."""
    return ledger.destination if ledger.presumed_phase == "returned" else ledger.diverted_to or ledger.destination


def connections(journeys: Sequence[Journey]) -> dict[FlightKey, Connection | None]:
    """Each flight on which a party with these journeys has seats, with the flights before and after it on its way; None where
    there are none.

    Those of one journey belong together, and so do two journeys with a short stay between them. What a stranded journey holds
    leads nowhere yet.
    """
    found: dict[FlightKey, Connection | None] = {}
    for way in _ways(journeys):
        flights = [leg.flight for leg in way]
        if len(flights) == 1:
            found[flights[0]] = None
            continue
        around = zip((None, *flights), (*flights[1:], None), strict=False)
        for flight, (inbound, onward) in zip(flights, around, strict=False):
            found[flight] = Connection(inbound, onward) if inbound or onward else None
    return found


def _ways(journeys: Iterable[Journey]) -> Iterator[Sequence[Leg]]:
    way: tuple[Leg, ...] = ()
    for journey in journeys:
        if way and journey.legs and journey.legs[0].departs - way[-1].arrives < SHORT:
            way = (*way, *journey.legs)
            continue
        yield way
        way = journey.legs
        for leg in journey.held:
            yield (leg,)
    yield way


def stay_between(booking: Booking, inbound: FlightKey, onward: FlightKey) -> Stay | None:
    """The stay between these two flights; None where no stay is."""
    for before, following in pairwise(booking.journeys):
        if not before.legs or not following.legs:
            continue
        if (before.legs[-1].flight, following.legs[0].flight) == (inbound, onward):
            return Stay(before, following)
    return None


def overlaps(
    before: Journey,
    following: Journey,
    departs: datetime,
    origin: Airport,
    *,
    flights: Mapping[FlightKey, SeatLedger],
    rules: SaleRules,
) -> bool:
    """Whether a flight of `following` from `origin` leaves before the party is there from the journey before.

    Raises `KeyError` for a leg whose flight is not in `flights`.
    """
    if not before.legs:
        return False
    inbound = flights[before.legs[-1].flight]
    return departs < inbound.expected_arrival + least_stay(Stay(before, following), inbound, origin, rules=rules)


def is_unreachable(stay: Stay, inbound: SeatLedger, first: SeatLedger, *, rules: SaleRules) -> bool:
    """Whether the first flight of the second journey leaves, or has left, before the party is there with `inbound`. One that
    is cancelled, or is to take passengers elsewhere, says so to them itself."""
    wait = first.expected_departure - inbound.expected_arrival
    if first.phase in LEFT:
        return wait < _NONE
    return first.phase == "scheduled" and wait < least_stay(stay, inbound, origin_of(first.flight), rules=rules)


def least_stay(
    stay: Stay, inbound: SeatLedger, origin: Airport, *, rules: SaleRules, in_full: bool = False
) -> timedelta:
    """How much of the stay has to be left to sell a flight from there; with `in_full` the whole minimum, without leeway."""
    before, following = stay
    lands, least = lands_at(inbound), _NONE
    if rules.same_city(lands, origin):
        arriving, departing = (origin_of(inbound.flight), lands), (origin, following.ticket.destination)
        minimum = rules.least_connection if in_full else rules.sold_connection
        least = minimum(arriving, departing, on=inbound.expected_arrival.date())
    if (lands, origin) == (before.ticket.destination, following.ticket.origin):
        least = min(least, max(following.ticket.departs - before.ticket.arrives, _NONE))
    return least
