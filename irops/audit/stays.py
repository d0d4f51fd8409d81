"""Stays between two journeys of a booking: whether the party is there for the second one."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.names import origin_of
from irops.audit.journeys import PartyJourney
from irops.audit.rules import TripRules
from irops.audit.streams import Streams


def left_without(
    journey: PartyJourney, before: PartyJourney | None, streams: Streams, rules: TripRules, *, silent: timedelta
) -> Iterator[str]:
    """A first flight, to leave still, that the party cannot be at: its journey before ends too late for it.

    What was sold may be shorter than the minimum, between the same airports. Each of the two flights may have moved by less
    than `silent` since.
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
    if first.departs + 2 * silent < inbound.arrives + least:
        yield (
            f"has {first.flight}, which leaves at {first.departs:%H:%M}, and is in with {inbound.flight} at "
            f"{inbound.arrives:%H:%M}"
        )
