"""Trips ranked once for all parties that share a ticket, a present trip and a cabin.

Importance scales all costs of a party alike, so such parties rank trips alike; they differ only in the number of seats they
need. A window of thousands of parties has a few dozen rankings.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product

from msgspec import Struct

from agents.planner.domain.costs import Offer, Promise, Weights, cost
from agents.planner.domain.network import Availability
from agents.planner.domain.preferences import unmet
from agents.planner.domain.rules import Rules
from agents.planner.domain.seat_pool import CabinSeats, SeatPool
from agents.planner.domain.trip_status import Case, TripStatus
from agents.planner.domain.trips import Start, Trip
from bus import derived_id
from contracts.judgement import Wish, Wishes
from contracts.names import Airport, Cabin, FlightKey, carrier_of, origin_of
from contracts.plans import PlannedLeg


class Candidate:
    """One trip in given cabins, at its cost before importance."""

    __slots__ = ("_shape", "cabins", "cost", "flights", "seats", "terms")

    def __init__(self, offer: Offer, *, terms: dict[str, int], seats: tuple[CabinSeats, ...]) -> None:
        self.flights, self.cabins = offer.flights, offer.cabins
        self.terms, self.cost = terms, sum(terms.values())
        self.seats = seats
        """Only of flights on which the party has no seat yet."""
        self._shape: tuple[str, tuple[PlannedLeg, ...]] | None = None

    @property
    def arrives(self) -> datetime:
        return self.flights[-1].arrives

    def shape(self) -> tuple[str, tuple[PlannedLeg, ...]]:
        """The option's id, which depends on flights and cabins alone, and its legs.

        Made when first needed: most candidates are never proposed.
        """
        if self._shape is None:
            legs = tuple(
                PlannedLeg(flight=flight.flight, cabin=cabin, last_disruption=flight.last_disruption)
                for flight, cabin in zip(self.flights, self.cabins, strict=True)
            )
            self._shape = (derived_id(*(part for leg in legs for part in (leg.flight, leg.cabin)))[:12], legs)
        return self._shape


class RankingKey(Struct, frozen=True):
    """What parties must share to rank trips alike."""

    present: tuple[FlightKey, ...]
    """The flights of the present trip."""
    cabins: tuple[Cabin, ...]
    """One for each present flight."""
    flown: int
    broken: int | None
    origin: Airport
    """Of the ticket, like the four fields that follow."""
    destination: Airport
    departs: datetime
    arrives: datetime
    flights: tuple[FlightKey, ...]
    cabin: Cabin
    """The cabin paid for."""
    alone: bool
    """An unaccompanied minor."""
    starts_at: Airport
    """Where the party is before its present flights. Not the ticket's origin if the party was stranded on the way."""
    waits: bool
    """The party is stranded: it can wait without limit where it is, or where its last flown flight lands."""
    not_before: datetime | None
    """The journey before this one ends only then. Binds trips that leave from the beginning."""
    ends_by: datetime | None
    """A trip that ends later makes the next journey unreachable."""


def ranking_key(case: Case, status: TripStatus, *, not_before: datetime | None, ends_by: datetime | None) -> RankingKey:
    ticket, party = case.journey.ticket, case.party
    starts_at = origin_of(case.legs[0].flight) if case.legs else case.waits_at or ticket.origin
    return RankingKey(
        tuple([flight.flight for flight in status.flights]),
        tuple([leg.cabin for leg in case.legs]),
        status.flown,
        status.broken,
        ticket.origin,
        ticket.destination,
        ticket.departs,
        ticket.arrives,
        ticket.flights,
        party.cabin,
        "UMNR" in party.ssrs,
        starts_at,
        case.journey.state == "stranded",
        not_before,
        ends_by,
    )


def airport_reached(key: RankingKey, status: TripStatus, rules: Rules) -> Airport | None:
    """The airport to which the party has been brought; None where its trip has not begun."""
    if rules.city(key.starts_at) != rules.city(key.origin):
        return key.starts_at
    return status.flights[status.flown - 1].lands if status.flown else None


class LeavingThreshold(Struct, frozen=True):
    """What a trip must do better to be worth leaving a present trip that stands."""

    arrives: datetime
    """The latest arrival that is early enough."""
    cost: int
    """Of the present trip, before importance."""


class Ranking:
    """The legal trips for one key, cheapest first.

    Where the present trip stands, only trips that arrive earlier by `margin` and cost less; all trips if `margin` is None.
    """

    def __init__(
        self,
        key: RankingKey,
        status: TripStatus,
        pool: SeatPool,
        *,
        rules: Rules,
        weights: Weights,
        margin: timedelta | None,
    ) -> None:
        self._key, self._status, self._pool, self._rules, self._weights = key, status, pool, rules, weights
        self._promise = Promise(
            origin=key.origin,
            destination=key.destination,
            departs=key.departs,
            arrives=key.arrives,
            carriers=frozenset(map(carrier_of, key.flights)),
            cabin=key.cabin,
            ends_by=key.ends_by,
        )
        self._first, self._last = key.departs - rules.earlier, key.departs + rules.later
        self._reached = airport_reached(key, status, rules)
        self._threshold = self._present(margin) if status.stands and margin is not None else None
        self._most = 0 if key.alone else rules.max_connections
        self._searched = min(1, self._most)
        self._all = self._ranked(range(self._searched + 1))
        self._open = self._all

    def unmet(self, candidate: Candidate, wishes: Wishes) -> tuple[Wish, ...]:
        """The wishes that a trip does not meet."""
        return unmet(wishes, candidate.flights, candidate.cabins, reached=self._reached)

    def is_worth_leaving_for(self, candidate: Candidate) -> bool:
        """Whether a trip, found without a margin, passes the threshold of this ranking."""
        threshold = self._threshold
        return threshold is None or (candidate.arrives <= threshold.arrives and candidate.cost < threshold.cost)

    def best(self, seats: int, *, count: int | None = None) -> list[Candidate]:
        """Up to `count` trips (None: all) with this number of seats left in the pool, cheapest first.

        Trips with two connections are searched for only where none with fewer has the seats.
        """
        found = self._with_seats(seats, count)
        while not found and self._searched < self._most:
            self._searched += 1
            more = self._ranked(range(self._searched, self._searched + 1))
            self._all = sorted(self._all + more, key=_by_cost)
            self._open = self._all
            found = self._with_seats(seats, count)
        return found

    def _with_seats(self, seats: int, count: int | None) -> list[Candidate]:
        found = []
        full = 0
        for candidate in self._open:
            for cabin in candidate.seats:
                if cabin.left < seats:
                    full += 1
                    break
            else:
                found.append(candidate)
                if len(found) == count:
                    break
        if full > 16:  # seats never return to a pool, so a trip that is sold out need not be looked at again
            self._open = [c for c in self._open if all(s.left > 0 for s in c.seats)]
        return found

    def _ranked(self, connections: Sequence[int]) -> list[Candidate]:
        """Candidates that leave the present trip after each of its flights that can still be flown."""
        found = []
        present = frozenset(self._key.present)
        flown, broken = self._status.flown, self._status.broken
        last = max(0, len(self._status.flights) - 1)
        for kept in range(flown, (last if broken is None else broken) + 1):
            held = tuple(self._status.flights[flown:kept])
            start = self._start(kept)
            for n in connections:
                if len(held) + n > self._most:
                    continue
                for trip in self._pool.trips(start, self._key.destination, connections=n):
                    if self._threshold is not None and trip.arrives > self._threshold.arrives:
                        break  # trips come in order of arrival
                    if self._is_legal(trip, kept) and not any(f.flight in present for f in trip.flights):
                        found += self._candidates(held, trip)
        found.sort(key=_by_cost)
        return found

    def _present(self, margin: timedelta) -> LeavingThreshold:
        """From what is still to be flown of the present trip, at its present times."""
        flights, flown = self._status.flights, self._status.flown
        offer = Offer(flights=flights[flown:], cabins=self._key.cabins[flown:], reached=self._reached)
        return LeavingThreshold(flights[-1].arrives - margin, sum(cost(offer, self._promise, self._weights).values()))

    def _start(self, kept: int) -> Start:
        """Where the party leaves its present trip after `kept` flights. A stranded party may wait and revisit cities."""
        if not kept:
            earliest = self._pool.earliest
            not_before = self._key.not_before
            return Start(self._key.starts_at, max(earliest, not_before) if not_before else earliest)
        before = self._status.flights[:kept]
        if self._key.waits:
            return Start(before[-1].lands, self._pool.earliest, before[-1], waits=True)
        cities = frozenset(self._rules.city(f.origin) for f in before)
        return Start(before[-1].lands, self._pool.earliest, before[-1], cities)

    def _is_legal(self, trip: Trip, kept: int) -> bool:
        """The rules that depend on the ticket and on who travels; the search applies the others."""
        key = self._key
        if trip.departs > self._last or (not kept and trip.departs < self._first):
            return False
        if key.alone:
            origin = self._status.flights[kept - 1].lands if kept else key.starts_at
            return trip.origin == origin and trip.destination == key.destination
        return True

    def _candidates(self, held: tuple[Availability, ...], trip: Trip) -> list[Candidate]:
        """The trip in each allowed combination of cabins that has a seat."""
        flown = self._status.flown
        kept = self._key.cabins[flown : flown + len(held)]
        flights = held + trip.flights
        allowed = self._rules.cabins[self._key.cabin]
        choices = [[c for c in allowed if flight.free.get(c, 0) > 0] for flight in trip.flights]
        found = []
        for cabins in product(*choices):
            offer = Offer(flights=flights, cabins=kept + cabins, reached=self._reached)
            terms = cost(offer, self._promise, self._weights)
            if self._threshold is not None and sum(terms.values()) >= self._threshold.cost:
                continue
            seats = tuple([self._pool.seats(f, c) for f, c in zip(trip.flights, cabins, strict=True)])
            found.append(Candidate(offer, terms=terms, seats=seats))
        return found


def _by_cost(candidate: Candidate) -> tuple[int, datetime]:
    return candidate.cost, candidate.arrives
