"""The least that a trip can cost of which some flights, or none, are known: what orders a search.

All of it is rounded down, and never falls as the flights of a list are gone through in order of departure. A bound holds as
long as no flight arrives before it departs and no weight is negative.
"""

from bisect import bisect_left
from collections.abc import Set
from datetime import datetime

from agents.planner.domain.costs import Promise
from agents.planner.domain.hops import Hop
from agents.planner.domain.network import Micros, micros
from contracts.names import Airport, Carrier
from contracts.rules import Weights

_PER_MINUTE = 60_000_000


class Bounds:
    """Of the trips of one search.

    `least_stop` is the shortest connection between two new flights. By `slack` a trip may be shorter than its hops have it. A
    trip that arrives after `arrives_by`, or does not cost less than `below`, is unwanted.
    """

    def __init__(
        self,
        promise: Promise,
        weights: Weights,
        *,
        least_stop: Micros,
        slack: Micros,
        arrives_by: datetime | None,
        below: int | None,
    ) -> None:
        self._carriers, self._below = promise.carriers, below
        self._promised_departure, self._promised_arrival = micros(promise.departs), micros(promise.arrives)
        self._promised_length = self._promised_arrival - self._promised_departure
        self._least_stop, self._slack = least_stop, slack
        self._arrives_by = None if arrives_by is None else micros(arrives_by)
        self._delay, self._early = weights.delay / _PER_MINUTE, weights.early / _PER_MINUTE
        self._either = min(self._delay, self._early)
        self._carrier, self._transfer = int(weights.carrier), int(weights.transfer)

    def is_too_late(self, arrives: Micros) -> bool:
        return self._arrives_by is not None and arrives > self._arrives_by

    def cost(self, known: int, earliest: Micros, *, shortest: Micros, rest: Micros, under_way: bool) -> int | None:
        """The cost of a trip that goes on at `earliest` or later, takes `shortest` from then on, and arrives no earlier than
        `rest` after `earliest`; None: unwanted. `known` is the cost without its delay.

        Unless it is under way it begins with the next flight. Where it takes longer than promised it leaves before the promised
        time or arrives after it, whenever it leaves.
        """
        arrives = earliest + rest - self._slack
        if self.is_too_late(arrives):
            return None
        late, before = arrives - self._promised_arrival, self._promised_departure - earliest
        bound = known + int(late * self._delay) if late > 0 else known
        if before > 0 and not under_way:
            longer = shortest - self._slack - self._promised_length
            if longer > 0:
                early = min(before, longer)
                at_either_end = (
                    int(early * self._either + (longer - early) * self._delay) - 1
                )  # two terms, each rounded
                bound = max(bound, known + at_either_end)
        return bound if self._below is None or bound < self._below else None

    def early(self, departs: Micros) -> int:
        """What it costs to begin then."""
        return int(max(0, self._promised_departure - departs) * self._early)

    def added(self, place: Airport, origin: Airport, carriers: Set[Carrier]) -> int:
        """What a flight from `origin` by one of these carriers adds to a trip that comes to `place`, whatever its times and
        cabin."""
        transfer = self._transfer if origin != place else 0
        return transfer + (self._carrier if self._carriers.isdisjoint(carriers) else 0)

    def added_by_last(self, hop: Hop) -> int:
        """What the last flight of a trip adds, behind one of this hop."""
        return min([self.added(hop.to, last.origin, last.departures.carriers) for last in hop.onward])

    def rest_by_last(self, hop: Hop, departs: Micros) -> Micros | None:
        """How long a trip takes that goes on by this hop at `departs` or later, and then by the first flight of the last hops
        that can be reached, full or not; None where there is none."""
        ready, least = departs + hop.departures.shortest + self._least_stop, None
        for last in hop.onward:
            times = last.departures.times
            at = bisect_left(times, ready)
            if at < len(times):
                rest = times[at] + last.rest - departs
                if least is None or rest < least:
                    least = rest
        return least
