"""The audit's search against an exhaustive one: every sequence of flights, one by one."""

from datetime import timedelta
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from contracts.flights import Flight
from contracts.ledger import SeatLedger
from irops.audit import Streams, TripRules, audit
from tests.irops.audit.audit_world import DEAD, HORIZON, NOW, booking, flight, hours

RULES = TripRules()
ROUTES = [
    ("JFK", "ORD"), ("LGA", "ORD"), ("LGA", "DEN"), ("ORD", "DEN"), ("ORD", "LGA"), ("DEN", "JFK"),
    ("DEN", "ORD"), ("ORD", "SFO"), ("DEN", "SFO"), ("DEN", "SFO"), ("JFK", "SFO"),
]  # fmt: skip

legs = st.tuples(
    st.sampled_from(ROUTES),
    st.integers(2, 40).map(lambda quarters: hours(quarters / 4)),
    st.integers(1, 2).map(hours),
    st.integers(1, 3),
)


@st.composite
def networks(draw: st.DrawFn) -> list[tuple[Flight, SeatLedger]]:
    """Flights among five airports, two of which are one city; few are non-stop, so that most trips connect."""
    return [
        flight(f"B6.{number}.{origin}.2013-02-08", to, departs=departs, block=block, economy=free)
        for number, ((origin, to), departs, block, free) in enumerate(
            draw(st.lists(legs, min_size=6, max_size=10)), start=2
        )
    ]


def is_legal(trip: tuple[SeatLedger, ...], seats: int) -> bool:
    """The rules, one by one, with no city visited twice."""
    origins = [ledger.flight.split(".")[2] for ledger in trip]
    cities = [RULES.city(origins[0]), *(RULES.city(ledger.destination) for ledger in trip)]
    if cities[0] != "NYC" or cities[-1] != "SFO" or len(set(cities)) < len(cities):
        return False
    lead = RULES.lead if origins[0] == "JFK" else RULES.transfer
    if trip[0].departs < NOW + lead or any(ledger.free("economy") < seats for ledger in trip):
        return False
    for (came, _), (goes, origin) in pairwise(zip(trip, origins, strict=True)):
        least = timedelta(minutes=45) if came.destination == origin else RULES.transfer
        wait = goes.departs - came.arrives
        if RULES.city(came.destination) != RULES.city(origin) or not least <= wait <= RULES.rules.longest_connection:
            return False
    return True


@given(networks(), st.integers(1, 2))
def test_the_search_finds_a_trip_where_there_is_one_and_only_there(
    network: list[tuple[Flight, SeatLedger]], seats: int
) -> None:
    """Searching in rounds, without keeping cities, has the same result as trying every sequence."""
    dead = flight(DEAD, departs=hours(0.5), phase="cancelled")
    flights = [dead, *network]
    streams = Streams(
        flights={state.flight: state for state, _ in flights},
        seats={ledger.flight: ledger for _, ledger in flights},
        bookings={"S": booking("S", dead[1], state="stranded", seats=seats)},
        now=NOW,
        horizon=HORIZON,
    )
    ledgers = [ledger for _, ledger in network]
    exists = any(is_legal(trip, seats) for length in (1, 2, 3) for trip in permutations(ledgers, length))
    assert audit(streams).figures["stranded_beside_a_legal_seat"] == int(exists)
