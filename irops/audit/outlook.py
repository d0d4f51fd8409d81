"""Whether a flight of a party's trip may have been lost to it, as far as was known when something was decided.

Not by the ledger: by what the monitor had published of the flight until then, and by the facts. What may have been known either
way counts as lost, so no decision is called wrong that a status on its way explains.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from contracts.flights import Flight
from contracts.ledger import Leg
from contracts.names import Airport, FlightKey, origin_of
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney
from irops.audit.rules import TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

_NEWS = timedelta(minutes=60)
"""A status may be handled so long after it was observed, and a plan be committed so long after it was made."""


@dataclass(frozen=True)
class Outlook:
    """What was known of a journey's flights at one time."""

    streams: Streams
    pasts: Mapping[FlightKey, Past]
    before: PartyJourney | None
    """The journey before it in its booking."""
    at: datetime
    rules: TripRules

    def may_be_lost(
        self,
        leg: Leg,
        inbound: Leg | None,
        *,
        place: Airport,
        flown: Sequence[Leg] = (),
        firm: Collection[Leg] = (),
        until: timedelta = timedelta(0),
    ) -> bool:
        """Whether the party may not have been able to take this flight, `until` so long before it leaves.

        It comes with `inbound`, or is at `place`, where the last of `flown` takes it. The `firm` legs have the times that were
        known.
        """
        versions = self.versions(leg)
        if not versions or self.pasts.get(leg.flight, NO_PAST).had("re-equipped", by=self.at + CLOCKS):
            return True
        if any(not is_open(version, self.rules) or self.at >= version.departs - until - CLOCKS for version in versions):
            return True
        place = inbound.destination if inbound else place
        if self.rules.city(origin_of(leg.flight)) != self.rules.city(place):
            return True
        if inbound is None:
            there = self._there_from(leg, flown)
        else:
            before = self.versions(inbound)
            arrivals = [version.arrives for version in before]
            there = max(arrivals + [inbound.arrives] * (inbound in firm or not arrivals))
            lands = {version.diverted_to or inbound.destination for version in before} | {inbound.destination}
            onward, on = (origin_of(leg.flight), leg.destination), there.date()
            there += max(self.rules.least((origin_of(inbound.flight), airport), onward, on=on) for airport in lands)
        return any(version.departs < there for version in versions)

    def may_be_open(self, leg: Leg) -> bool:
        """Whether the flight may have been one that takes its holders."""
        versions = self.versions(leg)
        return not versions or any(is_open(version, self.rules) for version in versions)

    def versions(self, leg: Leg) -> Sequence[Flight]:
        """The flight as it may have been known; empty where that is not on record."""
        states = self.all_versions(leg)
        old = [state for state in states if known_from(state) <= self.at - _NEWS]
        return states[max(len(old) - 1, 0) :]

    def all_versions(self, leg: Leg) -> Sequence[Flight]:
        """The flight as it was known at any time until then; empty where that is not on record. A status may be handled hours
        after it was observed, together with later ones."""
        past, known = self.pasts.get(leg.flight, NO_PAST), self.streams.flights.get(leg.flight)
        if known is None or not past.whole:
            return ()
        states = [change.state for change in past.changes if known_from(change.state) <= self.at + CLOCKS]
        first = states[0] if states else past.changes[0].state if past.changes else known
        return [_as_scheduled(first), *states]

    def _there_from(self, leg: Leg, flown: Sequence[Leg]) -> datetime:
        """When the party can be at a flight, at the latest that was known: after what it has flown, and the journey before."""
        trip = flown or (self.before.legs if self.before else ())
        steps = self.before.steps if self.before and not flown else ()
        lands = [leg.arrives for leg in trip[-1:]] + [
            leg.arrives for step in steps for leg in (*step.before, *step.after)
        ]
        for last in trip[-1:]:
            lands += [version.arrives for version in self.versions(last)]
        if not lands:
            return self.at
        origin = origin_of(leg.flight)
        places = self.pasts.get(trip[-1].flight, NO_PAST).landings(trip[-1].destination) if trip else None
        near = places is None or self.rules.city(origin) in {self.rules.city(place) for place in places}
        return max(lands) + (max(self.rules.transfer, self.rules.rules.longest_minimum) if near else timedelta(0))


def is_open(state: Flight, rules: TripRules) -> bool:
    """Whether the flight takes its holders where they want to be."""
    if state.phase != "rerouted":
        return state.phase == "scheduled"
    lands = state.diverted_to or state.destination
    return rules.city(lands) == rules.city(state.destination)


def _as_scheduled(state: Flight) -> Flight:
    return replace(state, phase="scheduled", departs=state.scheduled_departure, arrives=state.scheduled_arrival)
