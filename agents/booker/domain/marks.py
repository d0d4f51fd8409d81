"""What a person should look at in a trip.

A plan that adds a country, a night on the way or another airport is the party's own choice, or the desk's. Rules may ask one of
them first (`Rules.consent`). Where they do not, the trip is booked, its letter says what is unusual, and the fact has a mark
(`contracts.ledger.Mark`). A mark compares the trip with what was sold, so a later fact about the same trip has it again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from msgspec import structs

from agents.booker.domain.connections import shortest_kept, stay_aboard
from agents.booker.domain.rules import SaleRules
from contracts.flights import LEFT
from contracts.ledger import (
    BookingFact,
    BookingKept,
    BookingStranded,
    Leg,
    Mark,
    Party,
    SeatLedger,
    Ticket,
    WaitlistEntry,
)
from contracts.names import Airport, FlightKey, origin_of
from contracts.passengers import KNOWN_SSRS


def marks_of(
    fact: BookingFact,
    party: Party,
    ticket: Ticket,
    flights: Mapping[FlightKey, SeatLedger],
    *,
    rules: SaleRules,
    more: tuple[Mark, ...] = (),
) -> tuple[Mark, ...]:
    """Get the marks of the trip that this fact leaves the party with; of a stranded one, of what it has flown. `more` are those
    that do not show in the trip.

    Raises `KeyError` for a flight of that trip that is not in `flights`.
    """
    found = tuple(_marks(fact, ticket, flights, rules))
    marks = (*found, *more)
    return marks if KNOWN_SSRS.issuperset(party.ssrs) else (*marks, "ssr")


def marks_of_waiting(entry: WaitlistEntry) -> tuple[Mark, ...]:
    """The marks of a party for how long, and why, it waits."""
    found: tuple[Mark, ...] = ("overdue",) if entry.overdue else ()
    return (*found, "declined") if entry.declined else found


def _marks(
    fact: BookingFact, ticket: Ticket, flights: Mapping[FlightKey, SeatLedger], rules: SaleRules
) -> Iterator[Mark]:
    stranded = isinstance(fact, BookingStranded)
    legs = fact.flown if isinstance(fact, BookingStranded) else fact.after
    sold = set(pairwise(ticket.flights))
    booked = {ticket.origin, ticket.destination, *map(origin_of, ticket.flights)}
    new = _airports(fact, legs) - booked
    if new and not {rules.country(airport) for airport in new} <= {rules.country(airport) for airport in booked}:
        yield "country"
    changes = [Change(one, other, (one.flight, other.flight) in sold) for one, other in pairwise(legs)]
    if any(_adds_a_night(change, flights, rules) for change in changes):
        yield "night"
    if legs and not stranded and legs[0].departs < ticket.departs - rules.earlier:
        yield "early"
    if any(_is_tight(change, flights, rules) for change in changes):
        yield "tight"
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


class Change(NamedTuple):
    """A change of planes, or a stop."""

    inbound: Leg
    onward: Leg
    was_sold: bool

    @property
    def wait(self) -> timedelta:
        return self.onward.departs - self.inbound.arrives


def _adds_a_night(change: Change, flights: Mapping[FlightKey, SeatLedger], rules: SaleRules) -> bool:
    """Whether the wait has a night in it that it was not sold with."""
    inbound, onward, was_sold = change
    airport = origin_of(onward.flight)
    if not _is_overnight(inbound.arrives, onward.departs, airport, rules):
        return False
    came, went = flights[inbound.flight].scheduled_arrival, flights[onward.flight].scheduled_departure
    return not (was_sold and _is_overnight(came, went, airport, rules))


def _is_tight(change: Change, flights: Mapping[FlightKey, SeatLedger], rules: SaleRules) -> bool:
    """Whether the party, which is to change planes still, has less time than is kept and than it was sold. Where its flight has
    landed at a stop from where its next one leaves, it has been there since."""
    first, second, wait = flights[change.inbound.flight], flights[change.onward.flight], change.wait
    stop = next((stop for stop in first.stops if rules.same_city(stop.airport, origin_of(second.flight))), None)
    if stop is not None:
        first = structs.replace(first, phase="landed", diverted_to=stop.airport, known_arrival=stop.arrived_at)
        wait = change.onward.departs - stop.arrived_at
    if first.phase == "returned" or second.phase in LEFT or stay_aboard(first, second):
        return False
    least, _ = shortest_kept(first, second, rules)
    sold = second.scheduled_departure - first.scheduled_arrival if change.was_sold else least
    return wait < min(least, sold)


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
