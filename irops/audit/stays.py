"""Stays between two journeys of a booking: whether the party is there for the second one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from contracts.ledger import BookingFact, Leg
from contracts.names import FlightKey, origin_of
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney
from irops.audit.rules import TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS


def left_without(
    journey: PartyJourney, before: PartyJourney | None, streams: Streams, rules: TripRules
) -> Iterator[str]:
    """A first flight, to leave still, that the party cannot be at: its journey before ends too late for it, as far as is known,
    however little each of the two flights has moved.

    What was sold may be shorter than the minimum, between the same airports.
    """
    if before is None or not before.legs or not journey.legs:
        return
    inbound, first = streams.flights.get(before.legs[-1].flight), streams.flights.get(journey.legs[0].flight)
    if inbound is None or first is None or inbound.phase == "cancelled" or first.phase != "scheduled":
        return
    lands, origin, least = inbound.diverted_to or inbound.destination, origin_of(first.flight), timedelta(0)
    if rules.city(lands) == rules.city(origin):
        routes = (origin_of(inbound.flight), lands), (origin, journey.ticket.destination)
        least = rules.sold_least(*routes, on=inbound.arrives.date())
    if (lands, origin) == (before.ticket.destination, journey.ticket.origin):
        least = min(least, max(journey.ticket.departs - before.ticket.arrives, timedelta(0)))
    if first.departs < inbound.arrives + least:
        yield (
            f"has {first.flight}, which leaves at {first.departs:%H:%M}, and is in with {inbound.flight} at "
            f"{inbound.arrives:%H:%M}"
        )


def was_too_short(last: Sequence[Leg], fact: BookingFact, pasts: Mapping[FlightKey, Past], rules: TripRules) -> bool:
    """Whether the party may not have been in time for the journey that this fact is about, after the `last` flight of the one
    before, by any times of the two flights that were known by then. True where there are no two flights, or not all their times
    are on record."""
    for leg in last:
        for first in fact.before[:1]:
            if any(pasts.get(each.flight, NO_PAST).given is None for each in (leg, first)):
                return True
            route, onward = (origin_of(leg.flight), leg.destination), (origin_of(first.flight), first.destination)
            least = rules.least(route, onward, on=leg.arrives.date())
            arrives = max(_known(leg, pasts, by=fact.decided_at, departs=False))
            departs = min(_known(first, pasts, by=fact.decided_at, departs=True))
            return departs < arrives + least
    return True


def _known(leg: Leg, pasts: Mapping[FlightKey, Past], *, by: datetime, departs: bool) -> list[datetime]:
    states = [change.state for change in pasts.get(leg.flight, NO_PAST).changes]
    times = [state.departs if departs else state.arrives for state in states if known_from(state) <= by + CLOCKS]
    return [leg.departs if departs else leg.arrives, *times]
