"""Brakes: whether anything was decided under one, whether a cap was kept, and whether what waits has something to wait for.

When a brake was in force follows from the facts that set and ended it, by their place in the ledger, and from its `until`. What
it is on is asked here of the facts about a journey: of the seats that it had, of those it has got, and of what it was sold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from contracts.brakes import Brake, BrakeEnded
from contracts.ledger import BookingChanged, BookingFact, BookingStranded, JourneyKey, Leg, Ticket
from contracts.names import FlightKey
from contracts.offers import TripOffered
from irops.audit.findings import Findings
from irops.audit.journeys import PartyJourney
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class BrakeBook:
    """Every brake on record."""

    streams: Streams

    @cached_property
    def set(self) -> Mapping[int, tuple[int, Brake]]:
        """By number: the LEDGER sequence from which it is in force, and the brake."""
        return {each.n: (sequence, replace(each.brake, n=each.n)) for sequence, each in self.streams.brakes}

    @cached_property
    def ended(self) -> Mapping[int, tuple[int, BrakeEnded]]:
        """By number, of those that are not in force any more."""
        return {each.n: (sequence, each) for sequence, each in self.streams.brakes_ended}

    def in_force(self, sequence: int, at: datetime) -> Iterator[Brake]:
        """Those in force for what was committed to LEDGER at this sequence, and decided at this event time."""
        for n, (since, brake) in self.set.items():
            is_over = n in self.ended and self.ended[n][0] < sequence
            if since < sequence and not is_over and (brake.until is None or at < brake.until):
                yield brake

    @cached_property
    def now(self) -> Sequence[Brake]:
        """Those in force at the end."""
        last = max([0, *(sequence for sequence, _ in (*self.streams.brakes, *self.streams.brakes_ended))])
        return list(self.in_force(last + 1, self.streams.now))

    @cached_property
    def waiting(self) -> Set[JourneyKey]:
        """The journeys that wait for a brake in force: they have no answer yet, and will have one."""
        in_force = {brake.n for brake in self.now}
        return {key for key, entry in self.streams.braked.items() if entry.brake in in_force}

    def stops(self, journey: PartyJourney) -> bool:
        """Whether nothing is decided about this journey now."""
        seats = (*journey.legs, *journey.held)
        return any(brake.moves_a_minute is None and _is_on(brake, seats, journey.ticket) for brake in self.now)


def under_brakes(streams: Streams, book: BrakeBook) -> Findings:
    """Journeys decided under a brake, moves beyond a cap, journeys that wait for what is over, and brakes that contradict one
    another."""
    found = Findings()
    for fault in (*_contradictions(streams, book), *_decided(streams, book), *_too_many(streams, book)):
        found.add(fault)
    in_force = {brake.n for brake in book.now}
    for key, entry in streams.braked.items():
        if entry.brake not in in_force:
            found.add(f"{key[0]} journey {key[1]} waits for brake {entry.brake}, which is in force no more")
    return found


def _decided(streams: Streams, book: BrakeBook) -> Iterator[str]:
    for sequence, fact, had in _with_what_it_had(streams):
        for brake in book.in_force(sequence, fact.decided_at):
            if brake.moves_a_minute is None and _is_on(brake, (*had, *_got(fact)), _ticket(streams, fact)):
                yield f"{fact.pnr} was decided by {fact.id} under brake {brake.n}, on {brake.scope}"
                break


def _too_many(streams: Streams, book: BrakeBook) -> Iterator[str]:
    """Moves beyond a cap: more within a minute than it lets through."""
    moves: dict[int, list[datetime]] = {}
    for sequence, fact, had in _with_what_it_had(streams):
        if not isinstance(fact, BookingChanged):
            continue
        for brake in book.in_force(sequence, fact.decided_at):
            if brake.moves_a_minute is not None and _is_on(brake, (*had, *_got(fact)), _ticket(streams, fact)):
                moves.setdefault(brake.n, []).append(fact.decided_at)
    for n, times in moves.items():
        times.sort()
        most = max(sum(first <= at < first + _MINUTE for at in times[i:]) for i, first in enumerate(times))
        if most > (limit := book.set[n][1].moves_a_minute or 0):
            yield f"{most} journeys were moved within a minute, and brake {n} lets {limit} through"


def _with_what_it_had(streams: Streams) -> Iterator[tuple[int, BookingFact | TripOffered, Sequence[Leg]]]:
    """Each fact, and each offer, in the order of the ledger, with the seats that the journey had before it, as a trip or to
    wait with."""
    held: dict[JourneyKey, Sequence[Leg]] = {}
    decided = (*streams.facts, *streams.offered)
    for sequence, fact in sorted(decided, key=lambda pair: pair[0]):
        key = fact.pnr, fact.journey
        yield sequence, fact, fact.before or held.get(key, ())
        if isinstance(fact, TripOffered):
            continue
        held[key] = fact.held if isinstance(fact, BookingStranded) else ()


def _got(fact: BookingFact | TripOffered) -> Sequence[Leg]:
    if isinstance(fact, TripOffered):
        return fact.trips[0] if fact.trips else ()
    return fact.after if isinstance(fact, BookingChanged) else ()


def _ticket(streams: Streams, fact: BookingFact | TripOffered) -> Ticket | None:
    booking = streams.bookings.get(fact.pnr)
    journey = booking.journey(fact.journey) if booking else None
    return journey.ticket if journey else None


def _is_on(brake: Brake, seats: Sequence[Leg], ticket: Ticket | None) -> bool:
    scope = brake.scope
    flights: Sequence[FlightKey] = [leg.flight for leg in seats] or (ticket.flights if ticket else ())
    if scope.flight is not None:
        return scope.flight in flights
    if scope.carrier is not None:
        return any(flight.split(".")[0] == scope.carrier for flight in flights)
    if scope.airport is None:
        return True
    ends = {ticket.origin, ticket.destination} if ticket else set()
    return scope.airport in ends | {flight.split(".")[2] for flight in flights} | {leg.destination for leg in seats}


def _contradictions(streams: Streams, book: BrakeBook) -> Iterator[str]:
    numbers = sorted(each.n for _, each in streams.brakes)
    if numbers != list(range(1, 1 + len(numbers))):
        yield f"brakes are numbered {numbers}"
    yield from (f"brake {each.n} is recorded as {each.brake.n}" for _, each in streams.brakes if each.brake.n != each.n)
    if len(book.ended) < len(streams.brakes_ended):
        yield "a brake ended twice"
    for n, (at, end) in book.ended.items():
        since, brake = book.set.get(n, (at, None))
        if brake is None:
            yield f"brake {n} ended and was never set"
            continue
        early = not end.by and (brake.until is None or end.at < brake.until)
        possible = since < at and brake.since <= end.at <= streams.now + CLOCKS
        if early or not possible or end.scope != brake.scope:
            yield f"brake {n} ended as it cannot have ended"
        _, by = book.set.get(end.replaced_by, (0, None))
        if end.replaced_by and (by is None or by.scope != end.scope or by.n <= n):
            yield f"brake {n} was replaced by {end.replaced_by}, which cannot replace it"
    if [state.last for state in streams.brakes_in_force] != numbers[-1:]:
        yield "the state of the brakes is not that of the last that was set"
    shown = [brake for state in streams.brakes_in_force for brake in state.brakes]
    if [brake for brake in shown if brake.is_in_force(streams.now)] != _by_number(book.now):
        yield "the brakes in force are not those that were set and have not ended"


def _by_number(brakes: Iterable[Brake]) -> list[Brake]:
    return sorted(brakes, key=lambda brake: brake.n)
