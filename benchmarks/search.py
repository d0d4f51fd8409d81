"""How long the planner searches in a network as large as the United States': the options of one party, and its whole plan, in
milliseconds of CPU.

`IROPS_BTS` names a folder with days of BTS Reporting Carrier On-Time Performance (`benchmarks.bts`); the first five are taken.
Without it the network is synthetic and of the same size. The reference tries every trip with up to one connection, and has to
agree on the five cheapest.
"""

import os
import random
import resource
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import structs

from agents.planner.domain import Availability, Case, Network, TripRules, cost, plan
from agents.planner.domain.costs import Offer, Promise
from agents.planner.domain.ranking import Ranking, ranking_key
from agents.planner.domain.seat_pool import SeatPool
from agents.planner.domain.trip_status import trip_status
from benchmarks.bts import recorded_flights
from benchmarks.report import save
from benchmarks.worlds import airport
from contracts.ledger import Booking, Journey, Leg, Party, Ticket
from contracts.names import Airport, Cabin, carrier_of, flight_key

DAYS = 5
PARTIES = 1000
BY_TRYING_ALL = 20
FREE = (0, 0, 1, 2, 3, 5, 8, 12)
"""Free seats in economy, drawn for each flight."""
RULES = TripRules()
WEIGHTS = RULES.weights
Between = defaultdict[str, defaultdict[str, list[Availability]]]
"""Flights by the cities they leave and reach."""


def main() -> None:
    random.seed(1)
    folder = os.environ.get("IROPS_BTS")
    flights = list(bts_flights(Path(folder)) if folder else synthetic_flights())
    before = _resident()
    network = Network(flights)
    figures: dict[str, float] = {"flights": len(network), "index, MB": _resident() - before}
    cases = [_case(i, flights) for i in range(PARTIES)]
    options, plans, looked_at = [], [], []
    for case in cases:
        disrupted = network[case.journey.ticket.flights[0]]
        network.put(structs.replace(disrupted, phase="cancelled", last_disruption=1))
        began = _cpu()
        pool, ranking = _ranking(case, network)
        ranking.best(case.booking.party.seats, count=1 + RULES.alternatives)
        options.append(1000 * (_cpu() - began))
        looked_at.append(float(pool.looked_at))
        began = _cpu()
        _plan([case], network)
        plans.append(1000 * (_cpu() - began))
        network.put(disrupted)
    for name, values in (("options, ms", options), ("plan, ms", plans), ("flights looked at", looked_at)):
        figures |= {f"{name}, {at}": value for at, value in _percentiles(values).items()}
    figures |= _beside_trying_all(cases[:BY_TRYING_ALL], network, flights)
    figures |= _nearly_full(flights)
    figures["resident, MB"] = _resident()
    for name, value in figures.items():
        print(f"  {name:<46} {value:>12,.2f}")
    save("search", {"network": "BTS" if folder else "synthetic", "figures": figures})


# Worlds.


def bts_flights(folder: Path) -> Iterator[Availability]:
    """Scheduled flights, at their scheduled times."""
    for file in sorted(folder.glob("*.csv.gz"))[:DAYS]:
        for flight in recorded_flights(file):
            key, departs = flight.flight, flight.scheduled_departure
            yield _flight(key, flight.origin, flight.destination, departs, flight.block)


def synthetic_flights() -> Iterator[Availability]:
    """The same number of flights between 280 airports, each with a few hubs of six carriers."""
    hubs = [airport(i) for i in range(30)]
    for day in range(DAYS):
        for number in range(20_000):
            carrier = number % 6
            hub, other = hubs[5 * carrier + random.randrange(5)], airport(random.randrange(280))
            if hub == other:
                continue
            origin, destination = (hub, other) if number % 2 else (other, hub)
            midnight = datetime(2008, 4, 6, tzinfo=UTC) + timedelta(days=day)
            key = flight_key(f"{'ABCDEF'[carrier]}1", str(number % 10_000), origin, midnight.date())
            departs = midnight + timedelta(minutes=5 * random.randrange(60, 280))
            yield _flight(key, origin, destination, departs, timedelta(minutes=60 + sum(map(ord, hub + other)) % 240))


def _flight(key: str, origin: Airport, destination: Airport, departs: datetime, takes: timedelta) -> Availability:
    return Availability(
        flight=key,
        origin=origin,
        destination=destination,
        phase="scheduled",
        departs=departs,
        arrives=departs + takes,
        scheduled_departure=departs,
        scheduled_arrival=departs + takes,
        free={"first": random.choice((0, 0, 1, 2)), "economy": random.choice(FREE)},
        last_disruption=0,
        revision=1,
        written_at=departs,
    )


def _case(number: int, flights: Sequence[Availability], *, seats: int = 0) -> Case:
    """A party on a flight that is cancelled one to six hours before it leaves."""
    on = random.choice(flights)
    seats = seats or random.choice((1, 1, 2, 2, 3, 4))
    leg = Leg(flight=on.flight, destination=on.destination, cabin="economy", departs=on.departs, arrives=on.arrives)
    ticket = Ticket(
        origin=on.origin, destination=on.destination, departs=on.departs, arrives=on.arrives, flights=(on.flight,)
    )
    journey = Journey(number=1, ticket=ticket, legs=(leg,))
    party = Party(passengers=seats, seats=seats, cabin="economy")
    booking = Booking(pnr=f"P{number}", party=party, journeys=(journey,))
    at = on.departs - timedelta(hours=random.choice((1, 3, 6)))
    return Case(
        booking=booking,
        journey=journey,
        booking_revision=1,
        booking_written_at=at,
        cause_id="cause",
        kind="cancelled",
    )


# What is measured.


def _ranking(case: Case, network: Network) -> tuple[SeatPool, Ranking]:
    now = case.booking_written_at
    latest = case.journey.ticket.departs + RULES.later
    pool = SeatPool(network, now=now, latest=latest, rules=RULES)
    status = trip_status(case, network, now=now, rules=RULES)
    key = ranking_key(case, status, rules=RULES, not_before=None, not_before_elsewhere=None, ends_by=None)
    return pool, Ranking(key, status, pool, margin=RULES.margin)


def _plan(cases: Iterable[Case], network: Network) -> None:
    cases = list(cases)
    now = min(case.booking_written_at for case in cases)
    plan(cases, network, now=now, as_of=1, rules=RULES)


def _beside_trying_all(cases: Sequence[Case], network: Network, flights: Sequence[Availability]) -> dict[str, float]:
    """The same parties by trying all. Ends with an error if one of them is offered anything else."""
    between: Between = defaultdict(lambda: defaultdict(list))
    for flight in {flight.flight: flight for flight in flights}.values():
        between[RULES.city(flight.origin)][RULES.city(flight.destination)].append(flight)
    tried = []
    for case in cases:
        own = case.journey.ticket.flights[0]
        disrupted = network[own]
        network.put(structs.replace(disrupted, phase="cancelled", last_disruption=1))
        seats = case.booking.party.seats
        _, ranking = _ranking(case, network)
        ours = [candidate.cost for candidate in ranking.best(seats, count=1 + RULES.alternatives)]
        network.put(disrupted)
        began = _cpu()
        theirs = sorted(_all_costs(case, between))[: 1 + RULES.alternatives]
        tried.append(1000 * (_cpu() - began))
        if theirs and ours != theirs:
            raise SystemExit(f"{own}: the search found trips at {ours}, trying all finds {theirs}")
    return {f"trying all, ms, {at}": value for at, value in _percentiles(tried).items()}


def _all_costs(case: Case, between: Between) -> Iterator[int]:
    """The cost of every trip with up to one connection, in each combination of cabins."""
    ticket, seats, now = case.journey.ticket, case.booking.party.seats, case.booking_written_at
    goal, home = RULES.city(ticket.destination), RULES.city(ticket.origin)
    earliest, latest = max(now + RULES.lead, ticket.departs - RULES.earlier), ticket.departs + RULES.later
    promise = Promise(
        origin=ticket.origin,
        destination=ticket.destination,
        departs=ticket.departs,
        arrives=ticket.arrives,
        carriers=frozenset(map(carrier_of, ticket.flights)),
        cabin="economy",
    )

    def rides(flight: Availability) -> Iterator[tuple[Availability, Cabin]]:
        if flight.flight != ticket.flights[0]:
            yield from ((flight, cabin) for cabin, free in flight.free.items() if free >= seats)

    def price(*ridden: tuple[Availability, Cabin]) -> int:
        offer = Offer(flights=tuple(f for f, _ in ridden), cabins=tuple(c for _, c in ridden))
        return sum(cost(offer, promise, WEIGHTS).values())

    for first in (flight for flights in between[home].values() for flight in flights):
        moves = first.origin != ticket.origin and first.departs < now + RULES.co_terminal_least
        if moves or not earliest <= first.departs <= latest:
            continue
        via = RULES.city(first.destination)
        if via == goal:
            yield from (price(ride) for ride in rides(first))
            continue
        for second in between[via][goal]:
            least = timedelta(minutes=45) if second.origin == first.destination else RULES.co_terminal_least
            if least <= second.departs - first.arrives <= RULES.longest_connection and second.departs <= latest:
                yield from (price(one, other) for one in rides(first) for other in rides(second))


def _nearly_full(flights: Sequence[Availability]) -> dict[str, float]:
    """A window of ten parties of three where one flight in fifty has seats for them."""
    few = [structs.replace(f, free={"economy": 3 if random.random() < 0.02 else random.randrange(3)}) for f in flights]
    took = []
    for _ in range(5):
        cases = [_case(i, flights, seats=3) for i in range(10)]
        own = {case.journey.ticket.flights[0] for case in cases}
        network = Network(
            structs.replace(f, phase="cancelled", last_disruption=1) if f.flight in own else f for f in few
        )
        began = _cpu()
        _plan(cases, network)
        took.append(1000 * (_cpu() - began))
    return {"nearly full window of ten, ms, longest of five": max(took)}


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    ranked = sorted(values)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: ranked[int(place * len(ranked))] for name, place in places.items()} | {"longest": ranked[-1]}


def _cpu() -> float:
    """Seconds that this process has computed: a search waits for nothing, so other processes must not count."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident() -> float:
    """The most memory that this process has had, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
