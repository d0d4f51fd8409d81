"""Parties planned from home while they were in the air, as far as could be known.

A flight past its best known departure without a word of it is presumed under way for an hour: no news is not news. A party
whose flight it is, is planned on from where it lands, unless the word is that it has not left.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from contracts.flights import Flight
from contracts.ledger import BookingFact, BookingStranded, Leg
from contracts.names import FlightKey, origin_of
from irops.audit.course import HOME
from irops.audit.gates import there_from
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney, after
from irops.audit.rules import RuleBook, TripRules
from irops.audit.stops import is_one_flight
from irops.audit.times import CLOCKS

_NEWS = timedelta(minutes=60)
"""A status may be handled so long after it was observed."""


def planned_from_home(
    journey: PartyJourney, flights: Mapping[FlightKey, Flight], pasts: Mapping[FlightKey, Past], book: RuleBook
) -> Iterator[str]:
    """Facts that take a party off a flight that was presumed under way with it. One that has to get off for lack of a seat is
    not on board."""
    for at, fact in enumerate(journey.facts):
        if fact.reason == "downgauged":
            continue
        boarded = _boarded(fact, flights, pasts, journey.facts[:at], book.of(fact, journey))
        keeps = fact.flown if isinstance(fact, BookingStranded) else after(fact)
        if boarded is not None and boarded not in {leg.flight for leg in keeps}:
            yield f"was planned from home at {fact.decided_at:%H:%M}, with {boarded} presumed under way ({fact.id})"


def _boarded(
    fact: BookingFact,
    flights: Mapping[FlightKey, Flight],
    pasts: Mapping[FlightKey, Past],
    earlier: Sequence[BookingFact],
    rules: TripRules,
) -> FlightKey | None:
    """The flight that the party was presumed on board of when the fact was decided; None if there was none, or if that cannot
    be known any more."""
    lands: datetime | None = None
    before: Leg | None = None
    for leg in fact.before:
        past, known = pasts.get(leg.flight, NO_PAST), flights.get(leg.flight)
        if known is None or not past.whole:
            return None
        versions = _versions(past, known, since=fact.decided_at - _NEWS, at=fact.decided_at)
        if lands is not None and lands > versions[-1].departs:
            return None
        kept = _kept(before, leg, versions[-1], flights, rules) if before else timedelta(0)
        if lands and versions[-1].departs - lands < kept:
            return None  # it may have missed the connection
        if all(_is_silent(version, leg, fact.decided_at, rules) for version in versions):
            there = there_from(leg.flight, earlier, rules, flights=flights)
            return leg.flight if there is None or there <= versions[-1].departs else None
        if versions[-1].phase in HOME:
            return None
        lands, before = versions[-1].arrives, leg
    return None


def _kept(before: Leg, leg: Leg, known: Flight, flights: Mapping[FlightKey, Flight], rules: TripRules) -> timedelta:
    """The least wait between the two that keeps the connection."""
    inbound, onward = (origin_of(before.flight), before.destination), (origin_of(leg.flight), known.destination)
    kept = rules.least(inbound, onward, on=before.arrives.date()) * rules.rules.kept_share
    return (
        timedelta(0) if is_one_flight(before.flight, leg.flight, flights) else min(kept, leg.departs - before.arrives)
    )


def _is_silent(version: Flight, leg: Leg, at: datetime, rules: TripRules) -> bool:
    """Past its departure without a word, and not brought forward without the party knowing."""
    departs = version.departs
    is_past = departs + CLOCKS <= at < departs + rules.rules.presumed
    return version.phase == "scheduled" and is_past and departs > leg.departs - rules.rules.brought_forward


def _versions(past: Past, known: Flight, *, since: datetime, at: datetime) -> Sequence[Flight]:
    """The flight as it may have been known at this time, oldest first. Before its first change it was as scheduled."""
    states = [change.state for change in past.changes if known_from(change.state) <= at + CLOCKS]
    if not states:
        scheduled = past.changes[0].state if past.changes else known
        return [_as_scheduled(scheduled)]
    recent = [state for state in states if known_from(state) > since]
    before = [state for state in states if known_from(state) <= since][-1:] or [_as_scheduled(states[0])]
    return [*before, *recent]


def _as_scheduled(state: Flight) -> Flight:
    return replace(state, phase="scheduled", departs=state.scheduled_departure, arrives=state.scheduled_arrival)
