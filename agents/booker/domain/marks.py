"""What a person should look at in a trip that was made without asking anyone.

A plan that adds a country, a night on the way or another airport is the party's own choice, or the desk's. As long as neither
is asked, the trip is booked, its letter says what is unusual, and the fact has a mark (`contracts.ledger.Mark`). A mark
compares the trip with what was sold, so a later fact about the same trip has it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from agents.booker.domain.rules import SaleRules
from contracts.ledger import BookingFact, BookingKept, BookingStranded, Leg, Mark, Party, SeatLedger, Ticket
from contracts.names import Airport, FlightKey, origin_of
from contracts.passengers import KNOWN_SSRS


def marks_of(
    fact: BookingFact, party: Party, ticket: Ticket, flights: Mapping[FlightKey, SeatLedger], *, rules: SaleRules
) -> tuple[Mark, ...]:
    """Get the marks of the trip that this fact leaves the party with; of a stranded one, of what it has flown.

    Raises `KeyError` for a flight of that trip that is not in `flights`.
    """
    marks = tuple(_marks(fact, ticket, flights, rules))
    return marks if KNOWN_SSRS.issuperset(party.ssrs) else (*marks, "ssr")


def _marks(
    fact: BookingFact, ticket: Ticket, flights: Mapping[FlightKey, SeatLedger], rules: SaleRules
) -> Iterator[Mark]:
    stranded = isinstance(fact, BookingStranded)
    legs = fact.flown if isinstance(fact, BookingStranded) else fact.after
    booked = {ticket.origin, ticket.destination, *map(origin_of, ticket.flights)}
    new = _airports(fact, legs) - booked
    if new and not {rules.country(airport) for airport in new} <= {rules.country(airport) for airport in booked}:
        yield "country"
    changes = _changes(legs, ticket)
    if changes and any(
        _is_overnight(one.arrives, other.departs, origin_of(other.flight), rules) for one, other in changes
    ):
        yield "night"
    begins = origin_of(legs[0].flight) if legs else ticket.origin
    wanted = ticket.destination
    ends = wanted if stranded or not legs else _gets_off(flights[legs[-1].flight], legs[-1], wanted, rules)
    elsewhere = (begins, ends) != (ticket.origin, ticket.destination)
    if elsewhere or _changes_airports(legs, ticket, flights, rules):
        yield "airport"
    if stranded and legs:
        yield "onward"
    if fact.reason == "unreachable":
        yield "overtaken"


def _changes(legs: Sequence[Leg], ticket: Ticket) -> list[tuple[Leg, Leg]]:
    """The changes of planes that were not sold."""
    if len(legs) < 2:
        return []
    sold = set(pairwise(ticket.flights))
    return [(one, other) for one, other in pairwise(legs) if (one.flight, other.flight) not in sold]


def _airports(fact: BookingFact, legs: Sequence[Leg]) -> set[Airport]:
    """Where the party leaves from, lands, or waits."""
    found = {origin_of(leg.flight) for leg in legs}
    found.update([leg.destination for leg in legs])
    if isinstance(fact, BookingStranded):
        found.add(fact.origin)
    if isinstance(fact, BookingKept) and fact.diverted_to:
        found.add(fact.diverted_to)
    return found


def _changes_airports(
    legs: Sequence[Leg], ticket: Ticket, flights: Mapping[FlightKey, SeatLedger], rules: SaleRules
) -> bool:
    """Whether the party has to get from one airport to another between two flights, and was not sold this way."""
    if len(legs) < 2:
        return False
    sold = {one: origin_of(other) for one, other in pairwise(ticket.flights)}
    for one, other in pairwise(legs):
        leaves_from = origin_of(other.flight)
        place = _gets_off(flights[one.flight], one, leaves_from, rules)
        if place != leaves_from and (place, leaves_from) != (one.destination, sold.get(one.flight)):
            return True
    return False


def _gets_off(ledger: SeatLedger, leg: Leg, wanted: Airport, rules: SaleRules) -> Airport:
    """Where its passengers leave a flight who want to be at this airport. One on its way to another city may fly on."""
    elsewhere = (ledger.diverted_to,) if ledger.diverted_to and ledger.phase != "returned" else ()
    places: list[Airport] = [*(stop.airport for stop in ledger.stops), *elsewhere]
    return next((place for place in places if rules.same_city(place, wanted)), leg.destination)


def _is_overnight(lands: datetime, departs: datetime, airport: Airport, rules: SaleRules) -> bool:
    """Whether the small hours lie between the two, by the clock at the airport."""
    local = lands.astimezone(rules.zones.get(airport) or UTC)
    night = local.replace(hour=rules.small_hours, minute=0, second=0, microsecond=0)
    if night < local:
        night += timedelta(days=1)
    return night.timestamp() <= departs.timestamp()
