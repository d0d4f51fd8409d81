"""What a brake does to a group of plans: which are put aside, and what a cap lets through.

| a plan meets | it is |
|---|---|
| a brake on its journey (`contracts.brakes.reach`) | put aside, whatever its verdict |
| a brake on the trip that it would be given | put aside |
| a cap on either, and the last minute has no room for another move | put aside |
| a cap, and others wait for their turn | put aside, unless it is this journey's turn |

What is put aside changes nothing and is kept in the ledger (`BrakedJourney`). When the brake ends, or with a cap when it is the
journey's turn, its plans are refused: it is planned again, on the facts of then. Turns go by `BrakedJourney.order`. Of a cap's
room, journeys whose turn it is come before all others; one whose plan does not come within a minute has lost its turn, for it
needs no answer any more.

The last minute is that of event time, and half open: a move counts until a minute after it, or up to a second longer.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import structs

from contracts.brakes import Brake, BrakedJourney, Brakes, Moves, Pace, PutAside, reach
from contracts.ledger import Journey, JourneyKey
from contracts.names import Airport, FlightKey, origin_of
from contracts.plans import PlanProposed

MINUTE, _SECOND = timedelta(minutes=1), timedelta(seconds=1)
_NO_BRAKES = Brakes()


@dataclass(frozen=True, slots=True)
class Trip:
    """The flights and airports of a trip that is about to be committed."""

    flights: Collection[FlightKey]
    airports: Collection[Airport]


@dataclass(slots=True)
class Braking:
    """The brakes as a group of plans meets them. It is empty, and costs nothing, where there are none."""

    now: datetime
    brakes: Brakes = _NO_BRAKES
    aside: Mapping[JourneyKey, BrakedJourney] = field(default_factory=dict)
    """Of the group's journeys, those that wait."""
    paces: Mapping[int, Pace] = field(default_factory=dict)
    waiting: Mapping[int, int] = field(default_factory=dict)
    """How many journeys wait for their turn, by the number of the cap."""
    called: Mapping[int, int] = field(default_factory=dict)
    """How many have their turn, and no plan yet."""
    changed: dict[JourneyKey, BrakedJourney | None] = field(default_factory=dict)
    """Journeys to be written, or to be removed (None)."""
    paced: dict[int, Pace] = field(default_factory=dict)
    _more_waiting: Counter[int] = field(default_factory=Counter)
    _more_called: Counter[int] = field(default_factory=Counter)

    def holds(self, plan: PlanProposed) -> bool:
        """Whether this plan has been put aside before."""
        entry = self._entry((plan.pnr, plan.journey))
        return entry is not None and any(plan.id == each.id for each in entry.plans)

    def on(self, journey: Journey) -> Brake | None:
        """The brake under which nothing is decided about this journey."""
        return self.brakes.on(journey, self.now) if self.brakes.brakes else None

    def on_move(self, key: JourneyKey, journey: Journey, trip: Trip) -> Brake | None:
        """The brake under which this journey, on which there is none, is not moved to this trip now."""
        for brake in self._in_force():
            if not brake.is_cap and brake.scope.covers(trip.flights, trip.airports):
                return brake
            if brake.is_cap and _concerns(brake, journey, trip) and not self._lets(brake, key):
                return brake
        return None

    def put_aside(self, plan: PlanProposed, brake: Brake, *, order: int) -> None:
        """Keep the plan until the brake ends, or lets its journey through."""
        key = plan.pnr, plan.journey
        entry = self._entry(key)
        put = PutAside(id=plan.id, reason=plan.reason, regains=plan.regains)
        if entry is None:
            entry = BrakedJourney(
                pnr=plan.pnr, journey=plan.journey, brake=brake.n, since=self.now, order=order, plans=(put,)
            )
        else:
            self._count(entry, -1)
            entry = structs.replace(entry, brake=brake.n, plans=(*entry.plans, put), called_at=None)
        self._count(entry, 1)
        self.changed[key] = entry

    def decided(self, key: JourneyKey) -> None:
        """The journey has got its answer: it has used its turn."""
        entry = self._entry(key)
        if entry is not None and entry.called_at is not None:
            self._count(entry, -1)
            self.changed[key] = None

    def moved(self, journey: Journey, trip: Trip) -> None:
        """Count a move by each cap that concerns it."""
        for brake in self._in_force():
            if brake.is_cap and _concerns(brake, journey, trip):
                self.paced[brake.n] = Pace(n=brake.n, moves=_with_one(self._recent(brake.n), self.now))

    def _in_force(self) -> Iterable[Brake]:
        return (brake for brake in self.brakes.brakes if brake.is_in_force(self.now))

    def _entry(self, key: JourneyKey) -> BrakedJourney | None:
        return self.changed[key] if key in self.changed else self.aside.get(key)

    def _lets(self, cap: Brake, key: JourneyKey) -> bool:
        left = room(cap, self._recent(cap.n), self.now)
        entry = self._entry(key)
        if entry is not None and entry.brake == cap.n and entry.called_at is not None:
            return left > 0
        called = self.called.get(cap.n, 0) + self._more_called[cap.n]
        return left > called + self.waiting.get(cap.n, 0) + self._more_waiting[cap.n]

    def _recent(self, n: int) -> tuple[Moves, ...]:
        pace = self.paced.get(n) or self.paces.get(n)
        return recent(pace.moves, self.now) if pace else ()

    def _count(self, entry: BrakedJourney, by: int) -> None:
        (self._more_waiting if entry.called_at is None else self._more_called)[entry.brake] += by


def recent(moves: Iterable[Moves], now: datetime) -> tuple[Moves, ...]:
    """Those of the last minute."""
    return tuple([each for each in moves if each.at + MINUTE > now])


def room(cap: Brake, moves: Iterable[Moves], now: datetime) -> int:
    """How many moves the cap lets through now."""
    return (cap.moves_a_minute or 0) - sum(each.count for each in recent(moves, now))


def room_from(cap: Brake, moves: Iterable[Moves], called: int) -> datetime | None:
    """From when on the cap has room for one more than those that have their turn; None: not before one of these has used or
    lost its own. An instant that has passed: it has room."""
    moves = sorted(moves, key=lambda each: each.at)
    left = (cap.moves_a_minute or 0) - called - sum(each.count for each in moves)
    if left > 0:
        return cap.since
    for each in moves:
        left += each.count
        if left > 0:
            return each.at + MINUTE
    return None


def _with_one(moves: tuple[Moves, ...], now: datetime) -> tuple[Moves, ...]:
    """Moves are counted by the second that they end in, so there are at most some sixty of these."""
    at = now.replace(microsecond=0) + (_SECOND if now.microsecond else timedelta(0))
    if moves and moves[-1].at == at:
        return (*moves[:-1], Moves(at, moves[-1].count + 1))
    return (*moves, Moves(at, 1))


def _concerns(brake: Brake, journey: Journey, trip: Trip) -> bool:
    flights, airports = reach(journey)
    return brake.scope.covers((*flights, *trip.flights), {*airports, *trip.airports})


def trip_of(flights: Collection[FlightKey], destinations: Iterable[Airport]) -> Trip:
    """A trip on these flights, which land there."""
    return Trip(flights, {*map(origin_of, flights), *destinations})
