"""Seats that a party keeps while it waits: whether those that it gave up had to be, and those that it keeps can be flown.

The booker decides by its ledger. Here what counts is what the monitor published of each flight until then, and the facts: a
party that loses one flight of several has its seats on those before it, until shortly before they leave.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec.structs import replace

from contracts.flights import Flight
from contracts.ledger import BookingFact, BookingStranded, Leg
from contracts.names import FlightKey, origin_of
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past
from irops.audit.journeys import PartyJourney
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

_NEWS = timedelta(minutes=60)
"""A status may be handled so long after it was observed, and a plan be committed so long after it was made."""


def not_kept(
    streams: Streams, journeys: Sequence[PartyJourney], pasts: Mapping[FlightKey, Past], *, book: RuleBook
) -> Findings:
    """Parties, each once, that wait without seats that they should have, or with seats that they should not."""
    found = Findings()
    last: PartyJourney | None = None
    for journey in journeys:
        before = last if last is not None and last.pnr == journey.pnr else None
        last = journey
        if journey.pnr in streams.expired:
            continue
        check = _Check(journey, before, streams, pasts, book)
        wrong = next((fault for part in (check.final(), check.decisions()) for fault in part), None)
        if wrong is not None:
            found.add(f"{journey.name} {wrong}")
    return found


class _Check:
    def __init__(
        self,
        journey: PartyJourney,
        before: PartyJourney | None,
        streams: Streams,
        pasts: Mapping[FlightKey, Past],
        book: RuleBook,
    ) -> None:
        self._journey, self._before, self._streams = journey, before, streams
        self._pasts, self._book = pasts, book

    def final(self) -> Iterator[str]:
        """Seats that are kept now, and should have lapsed."""
        now, rules = self._streams.now, self._book.now
        for leg in self._journey.held:
            state, ledger = self._streams.flights.get(leg.flight), self._streams.seats.get(leg.flight)
            if state is not None and not _is_open(state, rules):
                yield f"keeps seats on {leg.flight}, which is {state.phase}"
            if state is not None and now > state.departs - rules.rules.given_up + CLOCKS:
                yield f"keeps seats at {now:%H:%M} on {leg.flight}, which leaves at {state.departs:%H:%M}"
            if ledger and self._journey.pnr in ledger.offloaded and ledger.free(leg.cabin) < 0:
                yield f"keeps seats on {leg.flight}, which has none for it"
        yield from self._of_no_use(self._journey.held, rules)

    def decisions(self) -> Iterator[str]:
        before: BookingFact | None = None
        for fact in self._journey.facts:
            if isinstance(fact, BookingStranded):
                if (fact.reason == "lapsed") != bool(fact.lapsed) or (fact.lapsed and fact.before):
                    yield f"gives up {len(fact.lapsed)} of the seats that it had kept, for it was {fact.reason} ({fact.id})"
                if fact.reason != "lapsed":
                    yield from self._stranded(fact)
                elif before is not None and before.id == fact.follows:
                    yield from self._lapsed(fact, before)
                yield from self._kept(fact)
            before = fact

    def _stranded(self, fact: BookingStranded) -> Iterator[str]:
        ahead = fact.before[len(fact.flown) :]
        had = {(leg.flight, leg.cabin): leg for leg in ahead}
        for leg in fact.held:
            was = had.get((leg.flight, leg.cabin))
            if was is None or _named(was) != _named(leg):
                yield f"keeps seats on {leg.flight} that it did not have ({fact.id})"
        if [leg.flight for leg in fact.held] != [leg.flight for leg in ahead[: len(fact.held)]]:
            yield f"keeps seats that do not lead on from where it is ({fact.id})"
        yield from self._given_up(fact, ahead)

    def _lapsed(self, fact: BookingStranded, before: BookingFact) -> Iterator[str]:
        if not isinstance(before, BookingStranded):
            yield f"gives up seats that it had kept while it waited, and did not wait ({fact.id})"
            return
        if (fact.origin, fact.destination, fact.flown) != (before.origin, before.destination, before.flown):
            yield f"waits elsewhere by {fact.id} than by {before.id}"
        if (*fact.held, *fact.lapsed) != before.held:
            yield f"keeps and gives up other seats by {fact.id} than it had kept"
        yield from self._given_up(fact, before.held)

    def _given_up(self, fact: BookingStranded, had: Sequence[Leg]) -> Iterator[str]:
        """The first seat that it gave up, if it could still have flown it: those after it lead nowhere without it."""
        if self._is_direct(self._book.of(fact)):
            return
        now_at = {leg.flight: leg for leg in fact.held}  # with the times that were known by then
        inbound = (None, *(now_at.get(leg.flight, leg) for leg in had))
        lost = {leg.flight for leg, before in zip(had, inbound, strict=False) if self._is_lost(leg, before, fact)}
        for _ in had:  # of flights sold as one all are given up with one
            lost |= {
                one.flight
                for pair in pairwise(had)
                for one, other in (pair, pair[::-1])
                if pair[1].married and other.flight in lost
            }
        for leg in had[len(fact.held) :][:1]:
            if leg.flight not in lost:
                yield f"gave up its seats on {leg.flight}, which could still be flown ({fact.id})"

    def _kept(self, fact: BookingStranded) -> Iterator[str]:
        """Seats that it kept and could not fly by then, or with times that their flight never had."""
        rules = self._book.of(fact)
        for leg in fact.held:
            versions = self._versions(leg, fact.decided_at)
            if versions and all(
                not _is_open(version, rules) or fact.decided_at > version.departs - rules.rules.given_up + CLOCKS
                for version in versions
            ):
                yield f"kept its seats on {leg.flight}, which could not be flown any more ({fact.id})"
            given = self._pasts.get(leg.flight, NO_PAST).given
            if given is not None and (leg.departs not in given[0] or leg.arrives not in given[1]):
                yield f"kept {leg.flight} at times that it never had ({fact.id})"
            if leg.there_from is not None:
                yield f"is to be at the gate of {leg.flight}, which it may not take ({fact.id})"
        yield from self._of_no_use(fact.held, rules)

    def _of_no_use(self, held: Sequence[Leg], rules: TripRules) -> Iterator[str]:
        if held and self._is_direct(rules):
            yield f"is an unaccompanied minor, and keeps seats on {held[0].flight}, which is no trip"

    def _is_direct(self, rules: TripRules) -> bool:
        """Whether it is an unaccompanied minor who was sold no connection."""
        return self._journey.alone and not self._journey.limits(rules.rules).connections

    def _is_lost(self, leg: Leg, inbound: Leg | None, fact: BookingStranded) -> bool:
        """Whether the flight, behind the one that would bring the party to it, may not have been of use by then, as far as was
        known."""
        rules, at = self._book.of(fact), fact.decided_at
        versions = self._versions(leg, at)
        if not versions or self._pasts.get(leg.flight, NO_PAST).had("re-equipped", by=at + CLOCKS):
            return True
        if any(
            not _is_open(version, rules) or at >= version.departs - rules.rules.given_up - CLOCKS
            for version in versions
        ):
            return True
        place = inbound.destination if inbound else fact.origin
        if rules.city(origin_of(leg.flight)) != rules.city(place):
            return True
        if inbound is None:
            there = self._there_from(leg, fact, rules)
        else:
            before = self._versions(inbound, at)
            arrivals = [version.arrives for version in before]
            there = max(arrivals + [inbound.arrives] * (inbound in fact.held or not arrivals))
            lands = {version.diverted_to or inbound.destination for version in before} | {inbound.destination}
            onward, on = (origin_of(leg.flight), leg.destination), there.date()
            there += max(rules.least((origin_of(inbound.flight), airport), onward, on=on) for airport in lands)
        return any(version.departs < there for version in versions)

    def _there_from(self, leg: Leg, fact: BookingStranded, rules: TripRules) -> datetime:
        """When the party can be at a flight, at the latest that was known: after what it has flown, and the journey before."""
        trip = fact.flown or (self._before.legs if self._before else ())
        steps = self._before.steps if self._before and not fact.flown else ()
        lands = [leg.arrives for leg in trip[-1:]] + [
            leg.arrives for step in steps for leg in (*step.before, *step.after)
        ]
        for last in trip[-1:]:
            lands += [version.arrives for version in self._versions(last, fact.decided_at)]
        if not lands:
            return fact.decided_at
        origin = origin_of(leg.flight)
        places = self._pasts.get(trip[-1].flight, NO_PAST).landings(trip[-1].destination) if trip else None
        near = places is None or rules.city(origin) in {rules.city(place) for place in places}
        return max(lands) + (max(rules.transfer, rules.rules.longest_minimum) if near else timedelta(0))

    def _versions(self, leg: Leg, at: datetime) -> Sequence[Flight]:
        """The flight as it may have been known at this time; empty where that is not on record."""
        past, known = self._pasts.get(leg.flight, NO_PAST), self._streams.flights.get(leg.flight)
        if known is None or not past.whole:
            return ()
        states = [change.state for change in past.changes if change.state.observed_at <= at + CLOCKS]
        if not states:
            first = past.changes[0].state if past.changes else known
            return [_as_scheduled(first)]
        recent = [state for state in states if state.observed_at > at - _NEWS]
        return [
            *([state for state in states if state.observed_at <= at - _NEWS][-1:] or [_as_scheduled(states[0])]),
            *recent,
        ]


def _is_open(state: Flight, rules: TripRules) -> bool:
    """Whether the flight takes its holders where they want to be."""
    if state.phase != "rerouted":
        return state.phase == "scheduled"
    lands = state.diverted_to or state.destination
    return rules.city(lands) == rules.city(state.destination)


def _as_scheduled(state: Flight) -> Flight:
    return replace(state, phase="scheduled", departs=state.scheduled_departure, arrives=state.scheduled_arrival)


def _named(leg: Leg) -> tuple[FlightKey, object, object, bool]:
    return leg.flight, leg.destination, leg.sold_as, leg.married
