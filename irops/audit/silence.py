"""Flights of which no word comes any more: who was left on them, and those that a person has to ask about.

What was to come next is read from the monitor's state. A flight on its way elsewhere was to land; one that is back at its
origin was to have a new time. After the grace its passengers have to be on their way by other flights, or wait for some.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from contracts.flights import Flight
from contracts.ledger import SeatLedger
from contracts.names import origin_of
from irops.audit.journeys import PartyJourney
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS


def silent_from(state: Flight, grace: timedelta) -> datetime | None:
    """When a flight of which no further word has come counts as silent; None for one that has ended, or of which it is known
    where its passengers are."""
    if state.phase == "diverted":
        return state.arrives + grace
    return state.departs + grace if state.phase == "returned" else None


def not_as_heard(state: Flight, ledger: SeatLedger, book: RuleBook, *, now: datetime) -> Iterator[str]:
    """The ledger's word on whether the flight is silent, against the last word of it."""
    since = silent_from(state, book.now.rules.presumed)
    shortest = min(rules.rules.presumed for rules in book.since(0))
    soonest = silent_from(state, shortest)
    if ledger.silent and (soonest is None or now < soonest - CLOCKS):
        yield f"silent in the ledger, and {state.phase} by the last word of it"
    if since is not None and now > since + CLOCKS and not ledger.silent:
        yield f"not silent in the ledger, and no word of it has come until {since.isoformat()}"


def left_on_silent_flights(journey: PartyJourney, streams: Streams, rules: TripRules) -> Iterator[str]:
    """A flight of the party's of which no word comes, and which does not lead on: to the destination, or to its next flight."""
    for leg, following in zip_longest(journey.legs, journey.legs[1:]):
        state = streams.flights.get(leg.flight)
        since = silent_from(state, rules.rules.presumed) if state else None
        if state is None or since is None or streams.now <= since + CLOCKS:
            continue
        wanted = rules.city(origin_of(following.flight) if following else journey.ticket.destination)
        landed = [stop.airport for stop in state.stops]
        home = origin_of(leg.flight)
        if state.phase == "diverted" and state.diverted_to and state.diverted_to != home:
            landed.append(state.diverted_to)
        if wanted not in {rules.city(airport) for airport in landed}:
            at = state.diverted_to or state.destination
            yield f"is left on {leg.flight}, {state.phase} to {at}, of which no word has come until {since.isoformat()}"


def unheard(streams: Streams, journeys: Sequence[PartyJourney], rules: TripRules) -> Iterator[str]:
    """Flights with passengers that were to leave so long ago, without a word, that they are not presumed under way any more.
    Where they are no rule can tell: they hold their seats, and a person has to ask."""
    aboard: dict[str, int] = {}
    for journey in journeys:
        for leg in journey.legs:
            aboard[leg.flight] = aboard.get(leg.flight, 0) + 1
    for flight in sorted(aboard):
        state = streams.flights.get(flight)
        if state is None or state.phase not in ("scheduled", "rerouted"):
            continue
        if streams.now >= state.departs + rules.rules.presumed:
            parties = "1 party" if aboard[flight] == 1 else f"{aboard[flight]} parties"
            yield f"{flight} was to leave at {state.departs.isoformat()}, and no word of it has come; it has {parties}"
