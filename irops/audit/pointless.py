"""Whether a letter that was not sent, because it came too late, would have been of use."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from contracts.flights import Flight
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, Leg
from contracts.names import FlightKey, origin_of


def still_ahead(
    fact: BookingFact, known: tuple[Leg, ...], at: datetime, flights: Mapping[FlightKey, Flight]
) -> str | None:
    """What in this fact lay ahead of the party at `at`, in words; None if nothing did. `known`: the trip that the party knew.

    Judged by when the flights left and arrived in the end. New times count where they differ from those that the party knew;
    any departure counts for a party with other flights, or with no new times at all. A flight that went on without the party
    counts for nothing, wherever it goes.
    """
    if isinstance(fact, BookingStranded):
        return "the party waits"
    gone = _gone_on(fact.after, at, flights)
    is_diverted = isinstance(fact, BookingKept) and (fact.reason == "diverted" or fact.diverted_to is not None)
    latest = next((leg.flight for leg in reversed(fact.after) if leg.departs <= fact.decided_at), None)
    if is_diverted and latest not in gone:
        reached = flights.get(fact.after[-1].flight)
        landed = reached and reached.phase == "arrived" and reached.diverted_to is None and reached.arrives <= at
        return None if landed else f"{fact.after[-1].flight} had not landed where it should"
    before = {leg.flight: leg for leg in known}
    if is_cut_short(fact, known):
        for leg in known[len(fact.after) :]:
            if leg.flight in flights and flights[leg.flight].departs > at:
                return f"{leg.flight} had not left, and the party does not know that its trip ends before it"
    is_new = {leg.flight for leg in fact.after} != before.keys()
    moved = [leg for leg in fact.after if not is_new and _times(leg) != _times(before[leg.flight])]
    is_as_it_was = not moved and (is_new or not is_diverted)
    for leg in fact.after if is_as_it_was else moved:
        if leg.flight in flights and flights[leg.flight].departs > at:
            return f"{leg.flight} had not left"
    for leg in moved:
        arrival, was = _times(leg)[1], _times(before[leg.flight])[1]
        is_aboard = leg.flight in flights and leg.flight not in gone
        if is_aboard and arrival != was and min(leg.arrives, flights[leg.flight].arrives) > at:
            return f"{leg.flight} had not arrived"
    return None


def _gone_on(trip: tuple[Leg, ...], at: datetime, flights: Mapping[FlightKey, Flight]) -> set[FlightKey]:
    """The flights that had gone on by `at` from a stop where the party's next flight leaves."""
    return {
        leg.flight
        for leg, following in pairwise(trip)
        for stop in (flights[leg.flight].stops if leg.flight in flights else ())
        if stop.airport == origin_of(following.flight) and stop.left_at is not None and stop.left_at <= at
    }


def is_cut_short(fact: BookingChanged | BookingKept, known: tuple[Leg, ...]) -> bool:
    """Whether the party has the first flights of the trip that it knew, and no other."""
    first = [leg.flight for leg in known[: len(fact.after)]]
    return len(fact.after) < len(known) and first == [leg.flight for leg in fact.after]


def _times(leg: Leg) -> tuple[datetime, datetime]:
    """In the minutes that people read."""
    return leg.departs.replace(second=0, microsecond=0), leg.arrives.replace(second=0, microsecond=0)
