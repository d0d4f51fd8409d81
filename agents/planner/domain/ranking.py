"""Trips ranked for all parties that share a ticket, a present trip and a cabin, over one pool of seats.

Importance scales all costs of a party alike, so such parties rank trips alike; they differ only in how many seats they need.
A window of thousands of parties has a few dozen rankings.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product

from msgspec import Struct

from agents.planner.domain.claims import NOTHING, Claimed
from agents.planner.domain.costs import Offer, Promise, Weights, cost
from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import Rules
from agents.planner.domain.standing import Case, Standing
from agents.planner.domain.trips import Start, Trip, search
from agents.planner.domain.wishes import unmet
from bus import derived_id
from contracts.judgement import Wish, Wishes
from contracts.names import Airport, Cabin, FlightKey, carrier_of, origin_of
from contracts.plans import PlannedLeg


class Seats:
    """The seats of one cabin of one flight within one window."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left
        """Not yet given to a party of this window."""


class Pool:
    """One window's view of the flights: each cabin's seats are shared by all its parties, each market searched once.

    `claimed` seats have been proposed to others, who may not have them yet. `latest` is when the last flight departs that any
    of its parties may have.
    """

    def __init__(
        self, network: Network, *, now: datetime, latest: datetime, rules: Rules, claimed: Claimed = NOTHING
    ) -> None:
        self._network, self._rules, self._claimed = network, rules, claimed
        self.earliest, self.latest = now + rules.lead, latest
        self._seats: dict[tuple[FlightKey, Cabin], Seats] = {}
        self._found: dict[tuple[object, ...], list[Trip]] = {}

    def seats(self, flight: Availability, cabin: Cabin) -> Seats:
        key = (flight.flight, cabin)
        seats = self._seats.get(key)
        if seats is None:
            seats = self._seats[key] = Seats(flight.free.get(cabin, 0) - self._claimed.get(key, 0))
        return seats

    def trips(self, start: Start, destination: Airport, *, connections: int) -> list[Trip]:
        after = start.after.flight if start.after else None
        key = (start.airport, start.earliest, after, start.visited, start.waits, destination, connections)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = search(
                self._network,
                start,
                destination=destination,
                latest=self.latest,
                connections=connections,
                rules=self._rules,
            )
        return found


class Candidate:
    """One trip in given cabins, at its cost before importance."""

    __slots__ = ("_shape", "cabins", "cost", "flights", "seats", "terms")

    def __init__(self, offer: Offer, *, terms: dict[str, int], seats: tuple[Seats, ...]) -> None:
        self.flights, self.cabins = offer.flights, offer.cabins
        self.terms, self.cost = terms, sum(terms.values())
        self.seats = seats
        """Only of flights the party has no seat on yet."""
        self._shape: tuple[str, tuple[PlannedLeg, ...]] | None = None

    @property
    def arrives(self) -> datetime:
        return self.flights[-1].arrives

    def shape(self) -> tuple[str, tuple[PlannedLeg, ...]]:
        """Its id, which depends on flights and cabins alone, and its legs. Made once: most candidates are never proposed."""
        if self._shape is None:
            legs = tuple(
                PlannedLeg(flight=flight.flight, cabin=cabin, last_disruption=flight.last_disruption)
                for flight, cabin in zip(self.flights, self.cabins, strict=True)
            )
            self._shape = (derived_id(*(part for leg in legs for part in (leg.flight, leg.cabin)))[:12], legs)
        return self._shape


class Journey(Struct, frozen=True):
    """What parties must share to rank trips alike."""

    present: tuple[FlightKey, ...]
    cabins: tuple[Cabin, ...]
    """One for each present flight."""
    flown: int
    broken: int | None
    origin: Airport
    destination: Airport
    departs: datetime
    arrives: datetime
    flights: tuple[FlightKey, ...]
    """Of the ticket, like the four before."""
    cabin: Cabin
    alone: bool
    """An unaccompanied minor."""
    starts_at: Airport
    """Where the party is before any of its present flights: not where its ticket begins, if it was stranded on the way."""
    waits: bool
    """It is stranded: wherever it is, or is brought by what it has flown, it can stay as long as it must."""


def journey_of(case: Case, where: Standing) -> Journey:
    """What this party's ranking depends on."""
    booking = case.booking
    ticket, party = booking.ticket, booking.party
    starts_at = origin_of(case.legs[0].flight) if case.legs else case.waits_at or ticket.origin
    return Journey(
        tuple([flight.flight for flight in where.flights]),
        tuple([leg.cabin for leg in case.legs]),
        where.flown,
        where.broken,
        ticket.origin,
        ticket.destination,
        ticket.departs,
        ticket.arrives,
        ticket.flights,
        party.cabin,
        "UMNR" in party.ssrs,
        starts_at,
        booking.state == "stranded",
    )


def begun(journey: Journey, where: Standing, rules: Rules) -> Airport | None:
    """The airport the party has been brought to; none where its trip has not begun."""
    if rules.city(journey.starts_at) != rules.city(journey.origin):
        return journey.starts_at
    return where.flights[where.flown - 1].lands if where.flown else None


class Bar(Struct, frozen=True):
    """What a trip has to be better than to be worth leaving one that stands."""

    arrives: datetime
    """The latest arrival that is early enough."""
    cost: int
    """Of the present trip, before importance."""


class Ranking:
    """The legal trips of one journey, cheapest first.

    Where the present trip stands, only those that arrive earlier than it does by `margin`, and cost less; all, without one.
    """

    def __init__(
        self, journey: Journey, where: Standing, pool: Pool, *, rules: Rules, weights: Weights, margin: timedelta | None
    ) -> None:
        self._journey, self._where, self._pool, self._rules, self._weights = journey, where, pool, rules, weights
        self._promise = Promise(
            origin=journey.origin,
            destination=journey.destination,
            departs=journey.departs,
            arrives=journey.arrives,
            carriers=frozenset(map(carrier_of, journey.flights)),
            cabin=journey.cabin,
        )
        self._first, self._last = journey.departs - rules.earlier, journey.departs + rules.later
        self.begun = begun(journey, where, rules)
        self._bar = self._present(margin) if where.keeps and margin is not None else None
        self._most = 0 if journey.alone else rules.max_connections
        self._searched = min(1, self._most)
        self._all = self._ranked(range(self._searched + 1))
        self._open = self._all

    def lacks(self, candidate: Candidate, wishes: Wishes) -> tuple[Wish, ...]:
        """The wishes that a trip does not meet."""
        return unmet(wishes, candidate.flights, candidate.cabins, begun=self.begun)

    def worth(self, candidate: Candidate) -> bool:
        """Whether a trip of the same journey, ranked without a margin, is one of these."""
        bar = self._bar
        return bar is None or (candidate.arrives <= bar.arrives and candidate.cost < bar.cost)

    def best(self, seats: int, *, count: int | None = None) -> list[Candidate]:
        """Up to `count` trips, or all, that have so many seats left in the pool, cheapest first.

        A second connection is looked for only where there is nothing with fewer.
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
        if full > 16:  # seats are only ever taken from a pool, so what is sold out need not be looked at again
            self._open = [c for c in self._open if all(s.left > 0 for s in c.seats)]
        return found

    def _ranked(self, connections: Sequence[int]) -> list[Candidate]:
        found = []
        present = frozenset(self._journey.present)
        flown, broken = self._where.flown, self._where.broken
        last = max(0, len(self._where.flights) - 1)
        for keep in range(flown, (last if broken is None else broken) + 1):
            held = tuple(self._where.flights[flown:keep])
            start = self._start(keep)
            for n in connections:
                if len(held) + n > self._most:
                    continue
                for trip in self._pool.trips(start, self._journey.destination, connections=n):
                    if self._bar is not None and trip.arrives > self._bar.arrives:
                        break  # trips come in order of arrival
                    if self._legal(trip, keep) and not any(f.flight in present for f in trip.flights):
                        found += self._candidates(held, trip)
        found.sort(key=_by_cost)
        return found

    def _present(self, margin: timedelta) -> Bar:
        """What is still to be flown of the present trip, at the times it has now."""
        flights, flown = self._where.flights, self._where.flown
        offer = Offer(flights=flights[flown:], cabins=self._journey.cabins[flown:], begun=self.begun)
        return Bar(flights[-1].arrives - margin, sum(cost(offer, self._promise, self._weights).values()))

    def _start(self, keep: int) -> Start:
        """Where the party would leave its present trip: at home, or off the flight before, where who waits sets out anew."""
        if not keep:
            return Start(self._journey.starts_at, self._pool.earliest)
        before = self._where.flights[:keep]
        if self._journey.waits:
            return Start(before[-1].lands, self._pool.earliest, before[-1], waits=True)
        cities = frozenset(self._rules.city(f.origin) for f in before)
        return Start(before[-1].lands, self._pool.earliest, before[-1], cities)

    def _legal(self, trip: Trip, keep: int) -> bool:
        """The rules that depend on the ticket and on who travels; the others the search has kept."""
        journey = self._journey
        if trip.departs > self._last or (not keep and trip.departs < self._first):
            return False
        if journey.alone:
            origin = self._where.flights[keep - 1].lands if keep else journey.starts_at
            return trip.origin == origin and trip.destination == journey.destination
        return True

    def _candidates(self, held: tuple[Availability, ...], trip: Trip) -> list[Candidate]:
        """The trip in each allowed combination of cabins that has a seat."""
        flown = self._where.flown
        kept = self._journey.cabins[flown : flown + len(held)]
        flights = held + trip.flights
        allowed = self._rules.cabins[self._journey.cabin]
        choices = [[c for c in allowed if flight.free.get(c, 0) > 0] for flight in trip.flights]
        found = []
        for cabins in product(*choices):
            offer = Offer(flights=flights, cabins=kept + cabins, begun=self.begun)
            terms = cost(offer, self._promise, self._weights)
            if self._bar is not None and sum(terms.values()) >= self._bar.cost:
                continue
            seats = tuple([self._pool.seats(f, c) for f, c in zip(trip.flights, cabins, strict=True)])
            found.append(Candidate(offer, terms=terms, seats=seats))
        return found


def _by_cost(candidate: Candidate) -> tuple[int, datetime]:
    return candidate.cost, candidate.arrives
