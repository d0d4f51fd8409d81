"""Marks: whether a trip that a person should look at is marked so, and no other.

Derived from the fact, the ticket, and where the monitor had each flight land when the fact was decided. Where it had two
answers in the hour before, a change of airports may have a mark or none.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise

from bus.airports import countries, zones
from contracts.ledger import BookingFact, BookingKept, BookingStranded, Leg, Mark
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.history import Past
from irops.audit.journeys import PartyJourney
from irops.audit.outlook import Outlook
from irops.audit.overdue import has_declined, is_marked
from irops.audit.rules import TripRules
from irops.audit.stops import is_one_flight, left_in
from irops.audit.streams import Streams

_BY_NEED: Mark = "ssr"
"""Not judged: what a party needs may have changed since the fact, and the audit names needs that no rule knows by itself."""
_BY_CONSENT: Mark = "unasked"
"""Judged where the rules are that ask (`consent`)."""
_AT_HOME = "US"
"""The country of an airport that is in no register."""


def mismarked(
    journey: PartyJourney, fact: BookingFact, streams: Streams, pasts: Mapping[FlightKey, Past], rules: TripRules
) -> Iterator[str]:
    """Marks that the fact lacks, or has without a reason."""
    needed, possible = judged_marks(journey, fact, streams, pasts, rules)
    for mark in sorted(needed - set(fact.marks)):
        yield f"is not marked for a person to look at: {mark} ({fact.id})"
    for mark in sorted(set(fact.marks) - possible):
        yield f"is marked for a person to look at without a reason: {mark} ({fact.id})"


def judged_marks(
    journey: PartyJourney, fact: BookingFact, streams: Streams, pasts: Mapping[FlightKey, Past], rules: TripRules
) -> tuple[set[Mark], set[Mark]]:
    """The marks that the fact has to have, and those that it may have."""
    needed = set(_needed(journey, fact, streams, rules))
    possible: set[Mark] = {*needed, _BY_NEED, _BY_CONSENT}
    outlook = Outlook(streams, pasts, None, fact.decided_at, rules)
    for must in chain(_changes_of_airports(journey, fact, outlook), _ends_elsewhere(journey, fact, outlook)):
        possible.add("airport")
        if must:
            needed.add("airport")
    for must in _tight(journey, fact, outlook):
        possible.add("tight")
        if must:
            needed.add("tight")
    return needed, possible


def _needed(journey: PartyJourney, fact: BookingFact, streams: Streams, rules: TripRules) -> Iterator[Mark]:
    """By the words of `Mark`, but for changes of airports on the way and at the end."""
    ticket, legs = journey.ticket, _trip(fact)
    sold = {ticket.origin, ticket.destination}.union(origin_of(flight) for flight in ticket.flights)
    seen = {leg.destination for leg in legs} | {origin_of(leg.flight) for leg in legs}
    if isinstance(fact, BookingStranded):
        seen.add(fact.origin)
        if legs:
            yield "onward"
    elif isinstance(fact, BookingKept) and fact.diverted_to:
        seen.add(fact.diverted_to)
    if _countries(seen) - _countries(sold):
        yield "country"
    if any(_lasts_a_night(*wait, hour=rules.rules.small_hours) for wait in _new_waits(journey, fact, streams, rules)):
        yield "night"
    if not isinstance(fact, BookingStranded) and ticket.departs - fact.after[0].departs > rules.rules.earlier:
        yield "early"
    if _begins_elsewhere(journey, fact):
        yield "airport"
    if fact.reason == "unreachable":
        yield "overtaken"
    if isinstance(fact, BookingStranded):
        facts = journey.facts[: journey.facts.index(fact) + 1]
        if is_marked(facts):
            yield "overdue"
        if has_declined(facts):
            yield "declined"


def _trip(fact: BookingFact) -> tuple[Leg, ...]:
    return fact.flown if isinstance(fact, BookingStranded) else fact.after


def _countries(airports: set[Airport]) -> set[str]:
    return {countries().get(airport, _AT_HOME) for airport in airports}


def _new_waits(
    journey: PartyJourney, fact: BookingFact, streams: Streams, rules: TripRules
) -> Iterator[tuple[Airport, datetime, datetime]]:
    """Waits between two flights that were not sold together, or with no night between them: where, from and until."""
    together = list(pairwise(journey.ticket.flights))
    for leg, following in pairwise(_trip(fact)):
        place, pair = origin_of(following.flight), (leg.flight, following.flight)
        first, second = map(streams.flights.get, pair)
        sold = (place, first.scheduled_arrival, second.scheduled_departure) if first and second else None
        if pair in together and (sold is None or _lasts_a_night(*sold, hour=rules.rules.small_hours)):
            continue
        yield place, leg.arrives, following.departs


def _lasts_a_night(airport: Airport, came: datetime, goes: datetime, *, hour: int) -> bool:
    """Whether it is this hour there at some time between the two."""
    zone = zones().get(airport, UTC)
    day = came.astimezone(zone).date()
    nights = (datetime(d.year, d.month, d.day, hour, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    return any(came.timestamp() <= night.timestamp() <= goes.timestamp() for night in nights)


def _begins_elsewhere(journey: PartyJourney, fact: BookingFact) -> bool:
    legs = _trip(fact)
    return bool(legs) and origin_of(legs[0].flight) != journey.ticket.origin


def _ends_elsewhere(journey: PartyJourney, fact: BookingFact, outlook: Outlook) -> Iterator[bool]:
    """If the trip may end at another airport than the ticket: whether it surely does."""
    if isinstance(fact, BookingStranded):
        return
    last, wanted = fact.after[-1], journey.ticket.destination
    versions = outlook.all_versions(last)
    places = {left_in(version, wanted, outlook.rules) for version in versions} or {last.destination}
    if places != {wanted} or not versions:
        yield wanted not in places and (bool(versions) or last.destination != wanted)


def _changes_of_airports(journey: PartyJourney, fact: BookingFact, outlook: Outlook) -> Iterator[bool]:
    """For each two flights that may meet at two airports, other than they were sold: whether they surely do, wherever the first
    may have been known to land."""
    ticketed = dict(pairwise(journey.ticket.flights))
    for leg, following in pairwise(_trip(fact)):
        start, sold_with = origin_of(following.flight), ticketed.get(leg.flight)
        as_sold = {start} if sold_with is None or origin_of(sold_with) != start else {start, leg.destination}
        versions = outlook.all_versions(leg)
        places = {left_in(version, start, outlook.rules) for version in versions} or {leg.destination}
        if places - as_sold or not versions:
            yield bool(versions) and not places & as_sold


def _tight(journey: PartyJourney, fact: BookingFact, outlook: Outlook) -> Iterator[bool]:
    """For each change of planes with less time than is kept, and than was sold: whether it surely lies ahead, and is one."""
    if isinstance(fact, BookingStranded):
        return
    together, flights, rules = list(pairwise(journey.ticket.flights)), outlook.streams.flights, outlook.rules
    for leg, following in pairwise(fact.after):
        start, on = origin_of(following.flight), leg.arrives.date()
        routes = (origin_of(leg.flight), leg.destination), (start, following.destination)
        first, second = flights.get(leg.flight), flights.get(following.flight)
        sold = timedelta.max
        if first and second and (leg.flight, following.flight) in together:
            sold = second.scheduled_departure - first.scheduled_arrival
        wait = following.departs - leg.arrives
        if wait < min(sold, rules.least(*routes, on=on) * rules.rules.kept_share):
            as_planned = leg.destination == start and not any(each.diverted_to for each in outlook.all_versions(leg))
            is_change = as_planned and not is_one_flight(leg.flight, following.flight, flights)
            surely = wait < rules.kept_least(*routes, on=on)  # whichever terminals they were at
            yield surely and is_change and following.departs > fact.decided_at
