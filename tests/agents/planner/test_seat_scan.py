"""Which waiting parties are worth planning again."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.planner.domain import Availability, Case, Network, SeatCounts, SeatScan, TripRules
from contracts.flights import Phase
from contracts.ledger import WaitlistEntry
from contracts.names import Airport, Cabin
from contracts.passengers import Ssr
from tests.agents.planner.planner_worlds import DAY, NOW, booking, flight, outcome, party
from tests.single_journey import altered, journey_of

TICKETED = flight("B6.0", "JFK-MCO", 13, phase="cancelled", last_disruption=1)
NON_STOP = TripRules(max_connections=0)
MARKETS = {
    ("JFK", "MCO"): (["JFK-MCO", "LGA-MCO", "JFK-CLT", "LGA-CLT"], ["CLT-MCO", "CLT-ORD", "ORD-MCO"]),
    ("MCO", "CLT"): (["MCO-EWR", "MCO-ORD"], ["LGA-CLT", "ORD-LGA"]),
}
"""By the ends of a ticket: routes flown around noon, and onward routes of the evening. The second goes through New York, with
a change of airport."""
OTHERS = ("B6.90.CLT.2013-02-08", "B6.91.ORD.2013-02-08")
"""Flights that were sold behind the first one."""
AIRPORTS = ["CLT", "EWR", "JFK", "LGA", "MCO", "ORD"]
PHASES: list[Phase] = ["scheduled", "scheduled", "scheduled", "scheduled", "cancelled", "departed"]
CABINS: list[Cabin] = ["economy", "first"]
SSRS: list[tuple[Ssr, ...]] = [(), (), (), ("UMNR",)]


def may_fit(
    flights: Sequence[Availability],
    *,
    seats: int = 1,
    origin: Airport = "JFK",
    destination: Airport = "MCO",
    rules: TripRules = NON_STOP,
    reserved: SeatCounts | None = None,
    connections: int = 0,
) -> bool:
    """Whether seats may fit a waiting party of this size."""
    scan = SeatScan(Network(flights), now=NOW, rules=rules, reserved=reserved or {})
    return scan.may_fit(
        WaitlistEntry(pnr="A", origin=origin, destination=destination, seats=seats, connections=connections)
    )


@pytest.mark.parametrize(
    ("other", "seats"),
    [
        pytest.param(flight("B6.1", "JFK-MCO", 18, economy=0), 1, id="full"),
        pytest.param(flight("B6.1", "JFK-MCO", 18, economy=-1), 1, id="overfull"),
        pytest.param(flight("B6.1", "JFK-MCO", 18, economy=2, first=2), 3, id="too few in any one cabin"),
        pytest.param(flight("B6.1", "JFK-MCO", 12.5), 1, id="too soon"),
        pytest.param(flight("B6.1", "JFK-MCO", 18, phase="cancelled"), 1, id="cancelled"),
        pytest.param(flight("B6.1", "JFK-BOS", 18), 1, id="elsewhere"),
        pytest.param(flight("B6.1", "MCO-JFK", 18), 1, id="the other way"),
    ],
)
def test_nothing_fits_without_seats_in_the_market(other: Availability, seats: int) -> None:
    """No flight of the market that can still be boarded has seats for all of the party."""
    assert not may_fit([TICKETED, other], seats=seats)


@pytest.mark.parametrize("route", ["JFK-MCO", "LGA-MCO", "EWR-MCO"])
def test_one_flight_with_the_seats_is_enough(route: str) -> None:
    """From any airport of the city."""
    assert may_fit([TICKETED, flight("B6.1", route, 18, economy=2)], seats=2)


def test_reserved_seats_are_not_free() -> None:
    """The ledger has them free, and another party has a plan with them."""
    other = flight("B6.1", "JFK-MCO", 18, economy=3)
    reserved: SeatCounts = {(other.flight, "economy"): 2}
    assert may_fit([other], seats=1, reserved=reserved)
    assert not may_fit([other], seats=2, reserved=reserved)


@pytest.mark.parametrize("onward", ["CLT-MCO", "CLT-ORD"])
def test_a_possible_connection_is_enough(onward: str) -> None:
    """A flight to an airport where another one leaves; its number of seats is left to the search."""
    flights = [TICKETED, flight("B6.1", "JFK-CLT", 14), flight("B6.2", onward, 20)]
    assert may_fit(flights, seats=9, rules=TripRules())
    assert not may_fit(flights, seats=9, rules=NON_STOP)


def test_a_connection_may_leave_from_another_airport_of_the_city() -> None:
    """Through New York by EWR and LGA, where no flight leaves EWR itself."""
    flights = [flight("B6.1", "MCO-EWR", 14), flight("B6.2", "LGA-CLT", 22)]
    assert may_fit(flights, origin="MCO", destination="CLT", rules=TripRules())


@st.composite
def waits(draw: st.DrawFn) -> tuple[list[Availability], Case, SeatCounts, TripRules]:
    """Up to nine flights of one day, some of their seats reserved, and a party that waits somewhere."""
    origin, destination = draw(st.sampled_from(list(MARKETS)))
    noon, evening = MARKETS[origin, destination]
    flights = [
        flight(
            f"B6.{i}",
            draw(st.sampled_from(evening if i % 2 else noon)),
            draw(st.integers(17, 21) if i % 2 else st.integers(12, 15)),
            hours=draw(st.integers(1, 3)),
            economy=draw(st.integers(-1, 6)),
            first=draw(st.integers(0, 2)),
            phase=draw(st.sampled_from(PHASES)),
        )
        for i in range(1, draw(st.integers(4, 10)))
    ]
    reserved = {
        (f.flight, cabin): draw(st.integers(1, 3)) for f in flights for cabin in CABINS if draw(st.integers(0, 6)) == 0
    }
    ssrs = draw(st.sampled_from(SSRS))
    who = party(seats=1 if "UMNR" in ssrs else draw(st.integers(1, 3)), cabin=draw(st.sampled_from(CABINS)), ssrs=ssrs)
    ticketed = flight(
        "B6.0", f"{origin}-{destination}", draw(st.integers(12, 15)), phase="cancelled", last_disruption=1
    )
    of = booking("A", ticketed, who=who, state="stranded")
    sold = draw(st.integers(0, 2))  # connections, whatever the rules allow
    of = altered(of, ticket=structs.replace(journey_of(of).ticket, flights=(ticketed.flight, *OTHERS[:sold])))
    on_the_way = draw(st.sampled_from([None] * 4 + AIRPORTS))
    waiting = Case(
        booking=of,
        journey=journey_of(of),
        booking_revision=3,
        booking_written_at=DAY,
        cause_id="cause-1",
        waits_at=on_the_way or origin,
    )
    if on_the_way not in (None, origin) and draw(st.booleans()):
        aloft = flight("B6.99", f"{origin}-{on_the_way}", 11, hours=draw(st.integers(2, 6)), phase="departed")
        flights.append(aloft)
        waiting = structs.replace(waiting, flown=booking("A", aloft).journeys[0].legs)
    rules = TripRules(max_connections=draw(st.integers(0, 2)), longest_connection=timedelta(hours=9))
    return flights, waiting, reserved, rules


@given(waits())
def test_seats_may_fit_every_party_that_has_a_trip(
    world: tuple[list[Availability], Case, SeatCounts, TripRules],
) -> None:
    """Where planning finds an option for a waiting party, the scan says yes."""
    flights, waiting, reserved, rules = world
    if outcome([waiting], flights, rules=rules, reserved=reserved):
        assert waiting.waits_at
        of = waiting.booking
        assert may_fit(
            flights,
            seats=of.party.seats,
            origin=waiting.waits_at,
            destination=of.journeys[0].ticket.destination,
            rules=rules,
            reserved=reserved,
            connections=len(of.journeys[0].ticket.flights) - 1,
        )
