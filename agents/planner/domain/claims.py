"""Seats that have been proposed to somebody and not yet answered for.

Between a plan and its answer the seats it has in mind are still free in the ledger; a planner that gave them away again
would have most of its plans refused in a storm. The booker says in every commit up to which plan it has answered
(`plans_heard`), so a claim ends exactly when the view of seats shows what became of it.
"""

from collections import Counter, deque
from collections.abc import Mapping
from types import MappingProxyType

from contracts.ledger import Booking
from contracts.names import Cabin, FlightKey
from contracts.plans import PlanProposed

Claimed = Mapping[tuple[FlightKey, Cabin], int]
NOTHING: Claimed = MappingProxyType({})


class Claims:
    """What this planner has proposed. Replicas don't know of each other's claims; the booker then finds seats taken."""

    def __init__(self) -> None:
        self._open: deque[tuple[int, FlightKey, Cabin, int]] = deque()
        self._seats: Counter[tuple[FlightKey, Cabin]] = Counter()

    def add(self, plan: PlanProposed, booking: Booking, sequence: int) -> None:
        """The seats of the first option, but for those the party holds already. Plans are added in order of `sequence`."""
        if not plan.options:
            return
        held = {(leg.flight, leg.cabin) for leg in booking.legs}
        for leg in plan.options[0].legs:
            if (leg.flight, leg.cabin) not in held:
                self._open.append((sequence, leg.flight, leg.cabin, booking.party.seats))
                self._seats[leg.flight, leg.cabin] += booking.party.seats

    def answered(self, upto: int) -> None:
        """Ends the claims of all plans up to this PLANS sequence."""
        while self._open and self._open[0][0] <= upto:
            _, flight, cabin, seats = self._open.popleft()
            self._seats[flight, cabin] -= seats
            if not self._seats[flight, cabin]:
                del self._seats[flight, cabin]

    @property
    def seats(self) -> Claimed:
        """Claimed seats by flight and cabin."""
        return self._seats
