"""What has been proposed and not yet answered for.

Between a plan and its answer the seats it has in mind are still free in the ledger; a planner that gave them away again
would have most of its plans refused in a storm. The booker says in every commit up to which plan it has answered
(`plans_heard`), so a claim ends exactly when the view of seats shows what became of it.
"""

from collections import Counter, deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from contracts.ledger import Booking
from contracts.names import Cabin, FlightKey, Pnr
from contracts.plans import PlanProposed

T = TypeVar("T")
Claimed = Mapping[tuple[FlightKey, Cabin], int]
NOTHING: Claimed = MappingProxyType({})


class Claims:
    """What this planner has proposed. Replicas don't know of each other's claims; the booker then finds seats taken.

    A party whose plan is on its way needs no second one, whatever has happened since: the plan is either committed, and the
    party answered, or refused as stale, which is a cause to plan it again.
    """

    def __init__(self) -> None:
        self._open: deque[tuple[int, Pnr, list[tuple[FlightKey, Cabin]], int]] = deque()
        self._seats: Counter[tuple[FlightKey, Cabin]] = Counter()
        self._parties: Counter[Pnr] = Counter()

    def add(self, plan: PlanProposed, booking: Booking, sequence: int) -> None:
        """Claims the seats of the first option, but for those the party holds already. Plans come in order of `sequence`.

        A `none` claims nothing, its party neither: said of a party that is stranded meanwhile it gets no word at all.
        """
        if plan.verdict == "none":
            return
        held = {(leg.flight, leg.cabin) for leg in booking.legs}
        legs = plan.options[0].legs if plan.options else ()
        wanted = [(leg.flight, leg.cabin) for leg in legs if (leg.flight, leg.cabin) not in held]
        self._open.append((sequence, booking.pnr, wanted, booking.party.seats))
        self._parties[booking.pnr] += 1
        for place in wanted:
            self._seats[place] += booking.party.seats

    def answered(self, upto: int) -> None:
        """Ends the claims of all plans up to this PLANS sequence."""
        while self._open and self._open[0][0] <= upto:
            _, pnr, wanted, seats = self._open.popleft()
            _take(self._parties, pnr, 1)
            for place in wanted:
                _take(self._seats, place, seats)

    @property
    def seats(self) -> Claimed:
        """Claimed seats by flight and cabin."""
        return self._seats

    def __contains__(self, pnr: object) -> bool:
        """Whether a plan is on its way that will be an answer to the party."""
        return pnr in self._parties


def _take(counter: "Counter[T]", key: T, count: int) -> None:
    counter[key] -= count
    if not counter[key]:
        del counter[key]
