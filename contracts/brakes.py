"""The brake: what is under one is not decided, and what is over a cap waits.

An operator asks the active booker, which writes the brakes in force into the ledger, under its lease. So a brake is in force
for every commit after it: what another booker had decided before finds the lease moved, and is not stored.
Under a brake no journey is moved, kept or stranded, and none loses the seats with which it waits; flights are still what they
are. A plan that reaches the booker is put aside in the ledger (`BrakedJourney`) and is refused when the brake ends: like any
plan that is refused it is then made again, on the facts of that moment.

To pause an agent as a whole is another thing: see `contracts.pauses`.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated

from msgspec import Meta, Struct

from contracts.flights import Instant
from contracts.ledger import Disruption, Journey, JourneyKey
from contracts.names import Airport, Carrier, FlightKey, Id, Pnr, carrier_of, origin_of
from contracts.subject import Ask, Subject

Words = Annotated[str, Meta(min_length=1, max_length=200, description="a few words, at most 200 characters")]


class Scope(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a brake is on: one of these, or with none everything."""

    airport: Airport | None = None
    carrier: Carrier | None = None
    """The one that flies."""
    flight: FlightKey | None = None

    def __str__(self) -> str:
        return self.airport or self.carrier or self.flight or "everything"

    def covers(self, flights: Iterable[FlightKey], airports: Collection[Airport]) -> bool:
        """Whether one of these flights is in it, or one of these airports."""
        if self.flight is not None:
            return self.flight in flights
        if self.carrier is not None:
            return any(carrier_of(flight) == self.carrier for flight in flights)
        return self.airport is None or self.airport in airports


class SetBrake(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Decide nothing in this scope, or move only so many a minute, from the answer on. It replaces the scope's brake."""

    scope: Scope
    by: Words
    why: Words
    until: Instant | None = None
    """Event time at which it ends by itself; None: when it is ended."""
    moves_a_minute: Annotated[int, Meta(ge=1)] | None = None
    """How many journeys are moved within any minute of event time; the others wait. None: nothing is decided at all."""


class EndBrake(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """End the brake on this scope."""

    scope: Scope
    by: Words


class Brake(SetBrake, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A brake in force."""

    n: int
    """Brakes are counted from 1."""
    since: Instant
    """Event time."""

    def is_in_force(self, now: Instant) -> bool:
        return self.until is None or now < self.until

    @property
    def is_cap(self) -> bool:
        """Whether it lets some moves through."""
        return self.moves_a_minute is not None


class Brakes(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The brakes in force, in the order in which they were set. One whose `until` has come is in force no more, here or not."""

    brakes: tuple[Brake, ...] = ()
    last: int = 0
    """The number of the last that was set."""

    def on(self, journey: Journey, now: Instant) -> Brake | None:
        """The brake that lets nothing be decided about this journey now."""
        stops = [brake for brake in self.brakes if not brake.is_cap and brake.is_in_force(now)]
        if not stops:
            return None
        flights, airports = reach(journey)
        return next((brake for brake in stops if brake.scope.covers(flights, airports)), None)


class BrakeSet(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A brake is in force from this commit on. It never expires: decisions are judged by it."""

    n: int
    brake: Brake


class BrakeEnded(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """This brake is in force no more. It never expires either."""

    n: int
    scope: Scope
    at: Instant
    by: str = ""
    """Empty: its `until` has come."""
    replaced_by: int = 0
    """The number of the brake that took its place; 0: none did."""


class PutAside(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Of a plan that met a brake: what its refusal will say."""

    id: Id
    reason: Disruption
    regains: tuple[FlightKey, ...] = ()


class BrakedJourney(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A journey that waits for a brake. When it is its turn its plans are refused, and it is planned again."""

    pnr: Pnr
    journey: int
    brake: int
    """The number of the brake that it waits for."""
    since: Instant
    order: int
    """Its place among those that wait: the PLANS sequence of the first plan that was put aside. A planner proposes the most
    urgent parties of each moment first."""
    plans: tuple[PutAside, ...]
    """Empty: they have been refused."""
    called_at: Instant | None = None
    """With a cap: when it got its turn. Its next plan is decided, if that comes within a minute."""

    @property
    def key(self) -> JourneyKey:
        return self.pnr, self.journey


class Moves(Struct, frozen=True, gc=False, array_like=True):
    """So many journeys were moved in the second that ended at this event time."""

    at: Instant
    count: int


class Pace(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a cap has let through within the last minute of event time."""

    n: int
    """The number of the brake."""
    moves: tuple[Moves, ...]


class BrakeAnswer(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The brake that was set or ended, and how many journeys wait for it."""

    brake: Brake
    waiting: int = 0


def reach(journey: Journey) -> tuple[tuple[FlightKey, ...], set[Airport]]:
    """The flights and the airports by which a brake is on a journey: those of its trip, or of the seats with which it waits,
    and where it was sold from and to. One that holds no seats has the flights that were sold."""
    seated = journey.seated
    flights = tuple([leg.flight for leg in seated]) or journey.ticket.flights
    airports = set(map(origin_of, flights)) | {leg.destination for leg in seated}
    return flights, airports | {journey.ticket.origin, journey.ticket.destination}


def in_words(brake: Brake) -> Iterator[str]:
    """A brake for people: what it is on, since when, by whom and why."""
    cap = f", at most {brake.moves_a_minute} moves a minute" if brake.is_cap else ""
    yield f"{brake.scope}{cap}"
    yield f"since {brake.since:%Y-%m-%d %H:%M} UTC by {brake.by}: {brake.why}"
    if brake.until is not None:
        yield f"until {brake.until:%Y-%m-%d %H:%M} UTC"


BRAKES = Subject("ledger.brakes", Brakes, "LEDGER")
"""booker -> planner"""
BRAKED = Subject("ledger.braked.{pnr}.{journey}", BrakedJourney, "LEDGER")
"""booker -> planner"""
PACE = Subject("ledger.pace.{n}", Pace, "LEDGER")
"""booker -> bookers"""
BRAKE_SET = Subject("policy.brake.{n}", BrakeSet, "LEDGER")
"""booker -> anyone"""
BRAKE_ENDED = Subject("policy.released.{n}", BrakeEnded, "LEDGER")
"""booker -> anyone"""
SET_BRAKE = Ask("booker", "brake", SetBrake, BrakeAnswer)
"""operator -> booker"""
END_BRAKE = Ask("booker", "release", EndBrake, BrakeAnswer)
"""operator -> booker"""
