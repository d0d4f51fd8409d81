"""Seats kept for parties whose plan is still undecided or unanswered.

The ledger shows a seat as free until the booker has committed the plan that takes it. A planner that gave it to another party
meanwhile would have most of its plans refused in a storm, so it keeps such seats in memory:

- **reserved** while the plan is judged by a model or on its way to the stream; released if it is not stored after all;
- **confirmed** once the plan is stored, until the booker has answered it.

The booker writes in every commit up to which plan it has answered (`ActiveBooker.plans_heard`). So a confirmed reservation ends
with the very commit in which the view of seats shows the outcome, or when the booker failed to handle the plan.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Self, TypeVar

from contracts.ledger import Booking, Disruption, JourneyKey
from contracts.names import Cabin, FlightKey, Pnr
from contracts.plans import PlanProposed

T = TypeVar("T")
Place = tuple[FlightKey, Cabin]
SeatCounts = Mapping[Place, int]
"""Numbers of seats by flight and cabin."""
NO_SEATS: SeatCounts = MappingProxyType({})


class Reservation:
    """The seats kept for one journey. As a context manager: released on every exit from the block, unless confirmed in it."""

    __slots__ = ("_among", "_answers", "journey", "places", "reason", "seats")

    def __init__(self, among: "Reservations", journey: JourneyKey) -> None:
        self._among, self._answers = among, False
        self.journey = journey
        self.places: tuple[Place, ...] = ()
        self.seats = 0
        """In each of the places."""
        self.reason: Disruption | None = None
        """What the plan says has happened; None before there is one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def reserve(self, plan: PlanProposed, booking: Booking) -> None:
        """Keep the seats of the plan's first option in place of those kept so far, leaving out seats that the party holds."""
        self.release()
        held = {(leg.flight, leg.cabin) for leg in booking.seated}
        held.update((kept.flight, kept.cabin) for journey in booking.journeys for kept in journey.offered)
        legs = plan.options[0].legs if plan.options else ()
        self.places = tuple([(leg.flight, leg.cabin) for leg in legs if (leg.flight, leg.cabin) not in held])
        self.seats = booking.party.seats
        self.reason, self._answers = plan.reason, plan.verdict != "none"
        self._among.add(self)

    def release(self) -> None:
        """Give the seats back, unless they are confirmed or released already."""
        self._among.discard(self)

    def confirm(self, sequence: int) -> None:
        """The plan is stored at this PLANS sequence: keep its seats until it is answered.

        A plan to strand the party (`none`) takes no seats, and the booker does not answer it where the party is stranded
        already, so there is nothing to keep.
        """
        if self._answers:
            self._among.confirm(self, sequence)
        else:
            self.release()


class Reservations:
    """All reservations of this planner. Replicas do not know of each other's: the booker then finds the seats taken.

    A journey with a reservation needs no second plan, whatever has happened since: its plan is either committed, which answers
    it, or refused as stale, which is a cause to plan it again. What such a cause does not say is heard again
    (`affected.unanswered_by`).
    """

    def __init__(self) -> None:
        self._undecided: dict[JourneyKey, Reservation] = {}
        self._confirmed: list[tuple[int, JourneyKey, Collection[Place], int]] = []
        """A heap by sequence: a plan stored first may be reported last."""
        self._answered = 0
        """The booker has answered every plan up to this PLANS sequence."""
        self._seats: Counter[Place] = Counter()
        self._journeys: Counter[JourneyKey] = Counter()
        self._reasons: dict[JourneyKey, Disruption | None] = {}

    def reserve(self, plan: PlanProposed, booking: Booking) -> Reservation:
        """Keep the seats of the plan's first option for the journey. Use it in a `with` block, or release it."""
        reservation = Reservation(self, (plan.pnr, plan.journey))
        reservation.reserve(plan, booking)
        return reservation

    def settle(self, plans_heard: int) -> None:
        """End the reservations of all plans up to this PLANS sequence, which the booker has answered."""
        self._answered = plans_heard
        while self._confirmed and self._confirmed[0][0] <= self._answered:
            _, journey, places, seats = heappop(self._confirmed)
            self._give_back(journey, places, seats)

    def seated(self, parties: Iterable[Pnr], flight: FlightKey) -> None:
        """Release the undecided seats on a flight on which these parties hold seats by now.

        The plan was committed before this planner has learnt that it was stored. Counted twice, the seats would be missing
        for others.
        """
        seated = set(parties)
        for (pnr, _), reservation in list(self._undecided.items()):
            if pnr in seated and any(flight == reserved for reserved, _ in reservation.places):
                reservation.release()

    # What a plan may not use.

    def __contains__(self, journey: object) -> bool:
        """Whether the journey has a reservation: a plan that will answer it is undecided or on its way."""
        return journey in self._journeys

    def reason(self, journey: JourneyKey) -> Disruption | None:
        """What the last plan under way for the journey says has happened. Raises `KeyError`: there is none under way."""
        return self._reasons[journey]

    @property
    def seats(self) -> SeatCounts:
        """All seats that are kept."""
        return self._seats

    @property
    def confirmed(self) -> SeatCounts:
        """Seats kept for plans that are stored: an undecided plan may come to nothing."""
        return self._without(self._undecided.values()) if self._undecided else self._seats

    def others(self, journey: JourneyKey) -> SeatCounts:
        """All seats but the undecided ones of this journey, which are its own to use."""
        reservation = self._undecided.get(journey)
        return self._without([reservation]) if reservation else self._seats

    @property
    def undecided(self) -> AbstractSet[Pnr]:
        """The parties with a reservation that is not confirmed yet."""
        return {pnr for pnr, _ in self._undecided}

    def _without(self, reservations: Iterable[Reservation]) -> SeatCounts:
        seats = Counter(self._seats)
        for reservation in reservations:
            for place in reservation.places:
                seats[place] -= reservation.seats
        return seats

    # What a `Reservation` calls.

    def add(self, reservation: Reservation) -> None:
        self._undecided[reservation.journey] = reservation
        self._keep(reservation)

    def discard(self, reservation: Reservation) -> None:
        """Give its seats back if it is undecided."""
        if self._undecided.get(reservation.journey) is not reservation:
            return
        del self._undecided[reservation.journey]
        self._give_back(reservation.journey, reservation.places, reservation.seats)

    def confirm(self, reservation: Reservation, sequence: int) -> None:
        """Also of one that was released before it was known to be stored; unless it has been answered by now."""
        self.discard(reservation)
        if sequence > self._answered:
            self._keep(reservation)
            heappush(self._confirmed, (sequence, reservation.journey, reservation.places, reservation.seats))

    def _keep(self, reservation: Reservation) -> None:
        self._journeys[reservation.journey] += 1
        self._reasons[reservation.journey] = reservation.reason
        for place in reservation.places:
            self._seats[place] += reservation.seats

    def _give_back(self, journey: JourneyKey, places: Iterable[Place], seats: int) -> None:
        _take(self._journeys, journey, 1)
        if journey not in self._journeys:
            del self._reasons[journey]
        for place in places:
            _take(self._seats, place, seats)


def _take(counter: "Counter[T]", key: T, count: int) -> None:
    counter[key] -= count
    if not counter[key]:
        del counter[key]
