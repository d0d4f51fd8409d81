"""What has been proposed and not yet answered for.

Between a plan and its answer the seats it has in mind are still free in the ledger; a planner that gave them away again
would have most of its plans refused in a storm. The booker says in every commit up to which plan it has answered
(`plans_heard`), so a claim ends exactly when the view of seats shows what became of it, or when its plan met a fault there.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from heapq import heappop, heappush
from types import MappingProxyType
from typing import TypeVar

from contracts.ledger import Booking
from contracts.names import Cabin, FlightKey, Pnr
from contracts.plans import PlanProposed

T = TypeVar("T")
Claimed = Mapping[tuple[FlightKey, Cabin], int]
NOTHING: Claimed = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Claim:
    pnr: Pnr
    places: list[tuple[FlightKey, Cabin]]
    seats: int
    """In each of the places."""


class Claims:
    """What this planner has proposed. Replicas don't know of each other's claims; the booker then finds seats taken.

    A party whose plan is on its way needs no second one, whatever has happened since: the plan is either committed, and the
    party answered, or refused as stale, which is a cause to plan it again.
    """

    def __init__(self) -> None:
        self._open: list[tuple[int, _Claim]] = []
        """A heap: parties are judged side by side, and what was stored first may be heard of last."""
        self._pondered: dict[Pnr, _Claim] = {}
        self._seats: Counter[tuple[FlightKey, Cabin]] = Counter()
        self._parties: Counter[Pnr] = Counter()

    def add(self, plan: PlanProposed, booking: Booking, sequence: int) -> None:
        """Claims the seats of the first option, but for those the party holds already. `sequence` is the plan's own.

        A `none` claims nothing, its party neither: said of a party that is stranded meanwhile it gets no word at all.
        """
        if plan.verdict != "none":
            heappush(self._open, (sequence, self._claim(plan, booking)))

    def answered(self, upto: int) -> None:
        """Ends the claims of all plans up to this PLANS sequence."""
        while self._open and self._open[0][0] <= upto:
            self._give_back(heappop(self._open)[1])

    def ponder(self, plan: PlanProposed, booking: Booking) -> None:
        """Claims likewise for a plan that is not said yet, while something better is looked for, until `decided`."""
        self._pondered[booking.pnr] = self._claim(plan, booking)

    def decided(self, pnr: Pnr) -> None:
        """Ends the party's claim by `ponder`, if it has one."""
        if claim := self._pondered.pop(pnr, None):
            self._give_back(claim)

    def seated(self, parties: Iterable[Pnr], flight: FlightKey) -> None:
        """Ends the claims by `ponder` to seats of a flight on which these parties have seats now: the plan was said and
        committed before whoever said it has heard that it was stored. Counted twice, the seats would be missing for others."""
        for pnr in parties:
            claim = self._pondered.get(pnr)
            if claim is not None and any(flight == claimed for claimed, _ in claim.places):
                self.decided(pnr)

    def _claim(self, plan: PlanProposed, booking: Booking) -> _Claim:
        held = {(leg.flight, leg.cabin) for leg in booking.legs}
        legs = plan.options[0].legs if plan.options else ()
        wanted = [(leg.flight, leg.cabin) for leg in legs if (leg.flight, leg.cabin) not in held]
        self._parties[booking.pnr] += 1
        for place in wanted:
            self._seats[place] += booking.party.seats
        return _Claim(booking.pnr, wanted, booking.party.seats)

    def _give_back(self, claim: _Claim) -> None:
        _take(self._parties, claim.pnr, 1)
        for place in claim.places:
            _take(self._seats, place, claim.seats)

    @property
    def seats(self) -> Claimed:
        """Claimed seats by flight and cabin."""
        return self._seats

    @property
    def pondering(self) -> AbstractSet[Pnr]:
        """Who has a claim by `ponder`."""
        return self._pondered.keys()

    @property
    def firm(self) -> Claimed:
        """Those of `seats` that a plan was said for: what is pondered may come to nothing."""
        if not self._pondered:
            return self._seats
        firm = Counter(self._seats)
        for claim in self._pondered.values():
            for place in claim.places:
                firm[place] -= claim.seats
        return firm

    def __contains__(self, pnr: object) -> bool:
        """Whether a plan is on its way, or being pondered, that will be an answer to the party."""
        return pnr in self._parties


def _take(counter: "Counter[T]", key: T, count: int) -> None:
    counter[key] -= count
    if not counter[key]:
        del counter[key]
