"""Trips ranked once for all parties that share a ticket, a present trip and a cabin.

Importance scales all costs of a party alike, so such parties rank trips alike; they differ only in the number of seats they
need. A window of thousands of parties has a few dozen rankings.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, product

from msgspec import Struct

from agents.planner.domain.costs import Offer, Promise, cost
from agents.planner.domain.kept_seats import HeldSeat, not_for_sale
from agents.planner.domain.network import Availability
from agents.planner.domain.preferences import unmet
from agents.planner.domain.rules import TripRules
from agents.planner.domain.search import Found, Search, Start, cheapest
from agents.planner.domain.seat_pool import CabinSeats, SeatPool, Served
from agents.planner.domain.trip_status import Case, TripStatus
from bus import derived_id
from contracts.identity import goes_on
from contracts.judgement import Wish, Wishes
from contracts.names import Airport, Cabin, Carrier, FlightKey, carrier_of, origin_of
from contracts.passengers import Ssr
from contracts.plans import PlannedLeg


class Candidate:
    """One trip in given cabins, at its cost before importance."""

    __slots__ = ("_shape", "cabins", "cost", "flights", "seats", "services", "terms")

    def __init__(
        self, found: Found, *, seats: tuple[CabinSeats, ...], services: tuple[tuple[Served, int], ...] = ()
    ) -> None:
        self.flights, self.cabins, self.cost = found.offer.flights, found.offer.cabins, found.cost
        self.terms = found.terms
        self.seats = seats
        """Only of flights on which the party has no seat yet."""
        self.services = services
        """Of those flights, each special service with a limit, and how many of the party have it."""
        self._shape: tuple[str, tuple[PlannedLeg, ...]] | None = None

    @property
    def arrives(self) -> datetime:
        return self.flights[-1].arrives

    def fits(self, seats: int) -> bool:
        """Whether the pool has seats for so many, and room for their special services."""
        has_seats = all(cabin.left >= seats for cabin in self.seats)
        return has_seats and all(served.left >= number for served, number in self.services)

    def take(self, seats: int) -> None:
        """Take them out of the pool."""
        for cabin in self.seats:
            cabin.left -= seats
        for served, number in self.services:
            served.take(number)

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


class RankingKey(Struct, frozen=True, gc=False):
    """What parties must share to rank trips alike."""

    present: tuple[FlightKey, ...]
    """The flights of the present trip."""
    cabins: tuple[Cabin, ...]
    """One for each present flight."""
    bonds: tuple[tuple[FlightKey, FlightKey], ...]
    """Of the present flights, or of those `held`, the pairs of which a trip has both or neither (`TripStatus.bonds`)."""
    flown: int
    broken: int | None
    stretched: bool
    """As `TripStatus.stretched`: the present trip can be flown, and is to be outdone."""
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
    longest_stay: timedelta
    """As it was sold (`Journey.longest_stay`)."""
    starts_at: Airport
    """Where the party is before its present flights. Not the ticket's origin if the party was stranded on the way."""
    waits: bool
    """The party is stranded: it can wait without limit where it is, or where its last flown flight lands."""
    not_before: datetime | None
    """The journey before this one ends only then. Binds trips that leave from the beginning."""
    not_before_elsewhere: datetime | None
    """The same for trips that leave from another airport of the city."""
    ends_by: datetime | None
    """A trip that ends later makes the next journey unreachable."""
    held: tuple[HeldSeat, ...]
    """Those that a stranded party has kept (`Journey.held`)."""
    offered: tuple[HeldSeat, ...]
    """Those that are kept for it until its open offer is answered: they are there for any other plan too."""
    taken: frozenset[FlightKey]
    """Flights of the booking's other journeys: it holds seats on a flight once."""
    carrier: Carrier | None
    """That sold the ticket, if it has rules of its own."""
    permitted: frozenset[Carrier] | None
    """Onto whose flights the party may be moved; None: onto anybody's."""
    extra: timedelta
    """So much longer are its minimum connections."""
    needs: tuple[tuple[Ssr, int], ...]
    """Special services of which a flight takes only so many, each with how many of the party have it."""


def ranking_key(
    case: Case,
    status: TripStatus,
    *,
    rules: TripRules,
    not_before: datetime | None,
    not_before_elsewhere: datetime | None,
    ends_by: datetime | None,
) -> RankingKey:
    ticket, party = case.journey.ticket, case.party
    alone = "UMNR" in party.ssrs
    starts_at = origin_of(case.legs[0].flight) if case.legs else case.waits_at or ticket.origin
    if alone and case.legs and not status.flown:
        starts_at = ticket.origin  # its trip may have been found when it had someone older with it
    return RankingKey(
        tuple([flight.flight for flight in status.flights]),
        tuple([leg.cabin for leg in case.legs]),
        status.bonds,
        status.flown,
        status.broken,
        status.stretched,
        ticket.origin,
        ticket.destination,
        ticket.departs,
        ticket.arrives,
        ticket.flights,
        party.cabin,
        alone,
        case.journey.longest_stay,
        starts_at,
        case.journey.state == "stranded",
        not_before,
        not_before_elsewhere,
        ends_by,
        tuple([HeldSeat(leg.flight, leg.cabin) for leg in case.journey.held]),
        tuple([HeldSeat(kept.flight, kept.cabin) for kept in case.journey.offered]),
        frozenset(
            leg.flight for other in case.booking.journeys for leg in other.seated if other.number != case.journey.number
        ),
        rules.carrier,
        rules.permitted,
        rules.extra,
        tuple(rules.capped(party, case.booking.passengers).items()),
    )


def airport_reached(key: RankingKey, status: TripStatus, rules: TripRules) -> Airport | None:
    """The airport to which the party has been brought; None where its trip has not begun."""
    if rules.city(key.starts_at) != rules.city(key.origin):
        return key.starts_at
    return status.flights[status.flown - 1].lands if status.flown else None


class LeavingThreshold(Struct, frozen=True):
    """What a trip must do better to be worth leaving a present trip that can be flown."""

    arrives: datetime | None
    """The latest arrival that is early enough; None: any."""
    cost: int
    """Before importance: the present trip's, and what it costs that no such one would be sold."""


class _Listing:
    """The trips of a ranking for parties of one size, as far as they have been found."""

    def __init__(self, found: Iterator[Candidate], searched: int) -> None:
        self.searched = searched
        """The most connections."""
        self._known: list[Candidate] = []
        self._unknown = found

    def with_seats(self, seats: int, count: int | None) -> list[Candidate]:
        """Up to `count` trips (None: all) with this number of seats left in the pool, cheapest first."""
        found: list[Candidate] = []
        # Seats never return to a pool, so a trip that is sold out need not be looked at again.
        self._known = [candidate for candidate in self._known if candidate.fits(seats)]
        found += self._known[:count]
        while count is None or len(found) < count:
            candidate = next(self._unknown, None)
            if candidate is None:
                break
            if candidate.fits(seats):
                self._known.append(candidate)
                found.append(candidate)
        return found


class Ranking:
    """The legal trips for one key, cheapest first.

    Where the present trip stands, only trips that arrive earlier by `margin` and cost less; where it is stretched, those that
    cost less; all trips if `margin` is None.
    """

    def __init__(
        self,
        key: RankingKey,
        status: TripStatus,
        pool: SeatPool,
        *,
        margin: timedelta | None,
    ) -> None:
        """`pool` is by the rules for the party."""
        self._key, self._status, self._pool, self._rules = key, status, pool, pool.rules
        self._promise = Promise(
            origin=key.origin,
            destination=key.destination,
            departs=key.departs,
            arrives=key.arrives,
            carriers=frozenset(map(carrier_of, key.flights)),
            cabin=key.cabin,
            ends_by=key.ends_by,
        )
        self._own = {seat.flight: seat.cabin for seat in key.offered} | (
            {seat.flight: seat.cabin for seat in key.held}
            if key.waits
            else dict(zip(key.present, key.cabins, strict=True))
        )
        self._reached = airport_reached(key, status, pool.rules)
        self._threshold = self._to_be_outdone(margin) if margin is not None else None
        self._limits = pool.rules.limits(key.flights, key.longest_stay, alone=key.alone)
        self._most = self._limits.connections
        self._searched = min(1, self._most)
        self._listings: dict[int, _Listing] = {}

    def unmet(self, candidate: Candidate, wishes: Wishes) -> tuple[Wish, ...]:
        """The wishes that a trip does not meet."""
        return unmet(wishes, candidate.flights, candidate.cabins, reached=self._reached)

    def is_worth_leaving_for(self, candidate: Candidate) -> bool:
        """Whether a trip, found without a margin, passes the threshold of this ranking."""
        threshold = self._threshold
        if threshold is None:
            return True
        is_in_time = threshold.arrives is None or candidate.arrives <= threshold.arrives
        return is_in_time and candidate.cost < threshold.cost

    def best(self, seats: int, *, count: int | None = None) -> list[Candidate]:
        """Up to `count` trips (None: all) with this number of seats left in the pool, cheapest first.

        Trips with two connections are searched for only once a party finds no seats with fewer.
        """
        listing = self._listings.get(seats)
        if listing is None or listing.searched < self._searched:
            listing = self._list(seats, range(self._searched + 1))
        found = listing.with_seats(seats, count)
        while not found and self._searched < self._most:
            self._searched += 1
            found = self._list(seats, [self._searched]).with_seats(seats, count)
        return found

    def _list(self, seats: int, connections: Sequence[int]) -> _Listing:
        """The trips with these numbers of connections between new flights."""
        key, threshold = self._key, self._threshold
        search = Search(
            destination=key.destination,
            promise=self._promise,
            seats=seats,
            cabins=self._rules.cabins[key.cabin],
            latest=key.departs + self._rules.later,
            own=self._own,
            taken=key.taken,
            by_land=any(self._pool.is_by_land(flight) for flight in {*key.flights, *key.present}),
            exact=key.alone,
            longest_connection=self._limits.longest_connection,
            through=self._through(),
            arrives_by=threshold.arrives if threshold else None,
            below=threshold.cost if threshold else None,
            permitted=key.permitted,
            needs=key.needs,
        )
        starts = sorted(self._starts(connections), key=lambda start: start.connections > 1)
        found = filter(self._parts_none, cheapest(starts, search, pool=self._pool, weights=self._rules.weights))
        listing = self._listings[seats] = _Listing(map(self._candidate, found), self._searched)
        return listing

    def _through(self) -> frozenset[FlightKey]:
        """The flights of the ticket with which the one before goes on under its number."""
        flights = map(self._pool.flight, self._key.flights)
        return frozenset(then.flight for first, then in pairwise(flights) if first and then and goes_on(first, then))

    def _parts_none(self, found: Found) -> bool:
        """Whether of no two flights that are bound to one another only one stays."""
        bonds = self._key.bonds
        if not bonds:
            return True
        flights = {flight.flight for flight in found.offer.flights}
        return all((first in flights) == (second in flights) for first, second in bonds)

    def _candidate(self, found: Found) -> Candidate:
        new = zip(found.new, found.offer.cabins[-len(found.new) :], strict=True)
        seats = tuple([self._pool.seats(f, c) for f, c in new if self._own.get(f.flight) != c])
        services = tuple(
            (self._pool.served(f, ssr), number)
            for ssr, number in self._key.needs
            for f in found.new
            if f.flight not in self._own
        )
        return Candidate(found, seats=seats, services=services)

    def _to_be_outdone(self, margin: timedelta) -> LeavingThreshold | None:
        """From what is still to be flown of the present trip, at its present times; None where it cannot be flown."""
        status, rules = self._status, self._pool.rules
        if not status.stands and not status.stretched:
            return None
        flights, flown = status.flights, status.flown
        offer = Offer(flights=flights[flown:], cabins=self._key.cabins[flown:], reached=self._reached)
        present = sum(cost(offer, self._promise, rules.weights).values())
        if status.stretched:
            return LeavingThreshold(None, present + rules.stretched // timedelta(minutes=1))
        return LeavingThreshold(flights[-1].arrives - margin, present)

    def _starts(self, connections: Sequence[int]) -> list[Start]:
        """Where the party can leave its present trip: after each of its flights that can still be flown."""
        flights, flown, broken = self._status.flights, self._status.flown, self._status.broken
        last = max(0, len(flights) - 1) if broken is None else broken
        every = product(range(flown, last + 1), connections)
        starts = [self._start(kept, new) for kept, new in every if kept - flown + new <= self._most]
        if self._key.held:
            waits_at = self._start(flown, 0)
            for held, new in product(not_for_sale(self._key.held, waits_at, self._pool), connections):
                if len(held) + new <= self._most:
                    starts.append(self._start_behind(held, new))
        return starts

    def _start(self, kept: int, connections: int) -> Start:
        """After `kept` flights of the present trip.

        Where a party is, or is being brought, it waits as long as it has to, stranded or not yet: others would get the seat
        before it is stranded. A stranded party may revisit cities.
        """
        key, flights, flown = self._key, self._status.flights, self._status.flown
        earliest, elsewhere = self._pool.earliest, self._pool.elsewhere
        leaves = key.present[kept] if kept < len(key.present) else None
        if not kept:
            earliest = max(earliest, key.departs - self._rules.earlier, key.not_before or earliest)
            return Start(
                airport=key.starts_at,
                earliest=earliest,
                elsewhere=max(earliest, elsewhere, key.not_before_elsewhere or elsewhere),
                connections=connections,
                reached=self._reached,
                leaves=leaves,
            )
        before = flights[:kept]
        return Start(
            airport=before[-1].lands,
            earliest=earliest,
            elsewhere=elsewhere,
            connections=connections,
            after=before[-1],
            waits=kept == flown,
            visited=frozenset() if key.waits else frozenset(self._rules.city(f.origin) for f in before),
            held=flights[flown:kept],
            held_cabins=key.cabins[flown:kept],
            reached=self._reached,
            leaves=leaves,
        )

    def _start_behind(self, held: tuple[Availability, ...], connections: int) -> Start:
        """After flights on which a stranded party has kept seats."""
        return Start(
            airport=held[-1].lands,
            earliest=self._pool.earliest,
            connections=connections,
            after=held[-1],
            visited=frozenset(self._rules.city(flight.origin) for flight in held),
            held=held,
            held_cabins=tuple([self._own[flight.flight] for flight in held]),
            reached=self._reached,
        )
