"""What happened to each flight, by the monitor's facts in the order of their numbers."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise

from contracts.flights import Change, Flight, FlightChanged
from contracts.names import Airport, Cabin, FlightKey

USUAL_THRESHOLD = timedelta(minutes=30)
"""A move of a flight's times that is announced, where the facts do not show what the monitor's limit is."""
EARLIER = timedelta(minutes=15)
"""A departure that is earlier by this much is announced, whatever the limit."""
_ENOUGH = 20
"""So many announced moves show the monitor's limit: the least of them is hardly above it."""


def known_from(state: Flight) -> datetime:
    """From when on this is known: as it was observed, or as it came where its feed's clock was ahead."""
    return state.known_at or state.observed_at


@dataclass(frozen=True)
class Past:
    """One flight's changes, oldest first."""

    changes: Sequence[FlightChanged]
    whole: bool
    """All that can have concerned a party is there: only the change with which the flight became known may be missing."""
    unchanged: Flight | None = None
    """The flight, where it has never changed since it became known."""

    def had(self, *kinds: Change, by: datetime) -> bool:
        """Whether one of these was known by then, or may have been: some changes have expired."""
        return not self.whole or any(
            change.change in kinds and known_from(change.state) <= by for change in self.changes
        )

    @cached_property
    def given(self) -> tuple[Set[datetime], Set[datetime]] | None:
        """Every departure and arrival ever announced or known of the flight; None where not all are on record."""
        if self.unchanged is not None:
            return _times_of([self.unchanged])
        first = self.changes[0] if self.whole and self.changes else None
        if first is None or first.n > 2 or (first.n == 2 and first.change in ("retimed", "diverted")):
            return None
        return _times_of([change.state for change in self.changes])

    def authorised(self, state: Flight, cabin: Cabin) -> int | None:
        """The most seats that were ever authorised for sale in the cabin; None where that may have expired."""
        if state.last_change > 1 and (not self.changes or self.changes[0].n > 1):
            return None
        return max(known.authorised.get(cabin, 0) for known in (state, *(change.state for change in self.changes)))

    def landings(self, destination: Airport) -> set[Airport] | None:
        """Every airport that the flight to `destination` may have landed at; None where a diversion may have expired."""
        if not self.whole:
            return None
        return {destination, *(to for change in self.changes if (to := change.state.diverted_to))}


NO_PAST = Past((), whole=False)


def _times_of(states: Sequence[Flight]) -> tuple[Set[datetime], Set[datetime]]:
    return (
        {time for state in states for time in (state.announced_departure, state.departs)},
        {time for state in states for time in (state.announced_arrival, state.arrives)},
    )


def pasts_of(
    changes: Iterable[FlightChanged], flights: Mapping[FlightKey, Flight], *, whole: bool
) -> Mapping[FlightKey, Past]:
    """Each flight's past. `whole`: no fact has expired."""
    of: dict[FlightKey, dict[int, FlightChanged]] = {flight: {} for flight in flights}
    for change in changes:
        of.setdefault(change.flight, {})[change.n] = change
    return {
        flight: Past(
            [known[n] for n in sorted(known)],
            whole or (min(known) <= 2 if known else flights[flight].last_change <= 1),
            unchanged=flights[flight] if not known and flights[flight].last_change <= 1 else None,
        )
        for flight, known in of.items()
    }  # fmt: skip


def threshold_of(pasts: Iterable[Past]) -> timedelta:
    """From which move on the monitor announces a flight's times, as its own retimings show. That a flight which came back
    leaves again is announced whatever its times."""
    moves = sorted(
        moved(after.state, before.state)
        for past in pasts
        for before, after in pairwise(past.changes)
        if after.change == "retimed"
        and before.state.phase != "returned"
        and before.state.announced_departure - after.state.departs < EARLIER
    )
    if len(moves) >= _ENOUGH:
        return moves[0]
    return min(USUAL_THRESHOLD, *moves[:1]) if moves else USUAL_THRESHOLD


def moved(now: Flight, announced: Flight) -> timedelta:
    """How far the known times of one state are from those that the other has announced."""
    return max(
        abs(now.departs - announced.announced_departure),
        abs(now.arrives - announced.announced_arrival),
    )
