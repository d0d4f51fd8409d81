"""Whom a window has to look at."""

import pytest
from hypothesis import given
from msgspec.structs import replace

from agents.planner.domain import Availability, Case, Network, Rules, SeatCounts, SeatScan
from agents.planner.domain.affected import affected_parties, waiting_for_flight
from contracts.ledger import Disruption, SeatsDisrupted, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey
from contracts.plans import PlanRefused
from tests.agents.planner.planner_worlds import NOW, booking, flight, outcome
from tests.agents.planner.test_seat_scan import waits

ONE = flight("B6.1", "JFK-MCO", 18)
A, B = (WaitlistEntry(pnr=pnr, origin="JFK", destination="MCO", seats=seats) for pnr, seats in (("A", 1), ("B", 99)))
SCAN = SeatScan(Network([ONE]), now=NOW, rules=Rules(max_connections=0), reserved={})


def everyone(_flight: FlightKey) -> list[WaitlistEntry]:
    return [A, B]


def test_the_parties_a_cause_names_are_affected_parties_it() -> None:
    """Whether or not anyone waits for its flight, with what it says has happened to them."""
    closed = SeatsDisrupted(
        flight=ONE.flight, n=1, kind="cancelled", parties=("X", "Y"), departs=ONE.departs, arrives=ONE.arrives
    )
    refused = PlanRefused(pnr="X", id="x", refusal="stale", reason="downgauged", detail="")
    touched = affected_parties([(closed, 1), (refused, 2)], waiting_for=everyone, scan=SCAN)
    assert touched == {"X": [(1, "cancelled"), (2, "downgauged")], "Y": [(1, "cancelled")]}


def test_of_those_who_wait_for_freed_seats_whoever_may_hope_is_touched() -> None:
    """The others need not be read; nobody waits in vain for seats enough."""
    assert affected_parties([(SeatsFreed(flight=ONE.flight, n=1), 1)], waiting_for=everyone, scan=SCAN) == {
        "A": [(1, None)]
    }


def test_a_flight_without_a_connection_from_its_end_may_end_a_trip() -> None:
    """Nothing leaves MCO, which is where the party wants to go."""
    flights = [flight("B6.2", "JFK-CLT", 14), flight("B6.3", "CLT-MCO", 18)]
    assert list(waiting_for_flight(flights[1], [A], network=Network(flights), rules=Rules())) == [A]


@pytest.mark.parametrize("kind", ["retimed", "diverted"])
def test_who_waits_in_the_air_is_affected_parties_what_happens_to_its_flight(kind: Disruption) -> None:
    """It waits elsewhere then, or from another time, than it was said to; nobody else that waits does."""
    aloft, onward = flight("B6.2", "JFK-CLT", 11, phase="departed"), flight("B6.3", "CLT-MCO", 18)
    network = Network([aloft, onward])
    changed = SeatsDisrupted(
        flight=aloft.flight, n=1, kind=kind, parties=(), departs=aloft.departs, arrives=aloft.arrives
    )
    aboard = replace(A, origin="CLT", flown=booking("A", aloft).legs)
    touched = affected_parties(
        [(changed, 1)],
        waiting_for=lambda f: waiting_for_flight(
            network[f], [aboard, replace(A, pnr="C")], network=network, rules=Rules()
        ),
        scan=SeatScan(network, now=NOW, rules=Rules(), reserved={}),
    )
    assert touched == {"A": [(1, None)]}


def test_who_is_diverted_waiting_for_flight_flights_from_where_it_is() -> None:
    """And not from where it was to land."""
    aloft = replace(flight("B6.2", "JFK-CLT", 11, phase="diverted"), diverted_to="RDU")
    here, there = flight("B6.3", "RDU-MCO", 18), flight("B6.4", "CLT-MCO", 18)
    aboard = replace(A, origin="CLT", flown=booking("A", aloft).legs)
    network = Network([aloft, here, there])
    rules = Rules(max_connections=0)
    waiting = [list(waiting_for_flight(f, [aboard], network=network, rules=rules)) for f in (here, there)]
    assert waiting == [[replace(aboard, origin="RDU")], []]


@given(waits())
def test_whoever_a_flight_helps_waiting_for_flight_it(
    world: tuple[list[Availability], Case, SeatCounts, Rules],
) -> None:
    """Each flight of each trip that planning finds is one the party was waiting for."""
    flights, waiting, reserved, rules = world
    of, by_key, network = waiting.booking, {f.flight: f for f in flights}, Network(flights)
    assert waiting.waits_at
    marker = WaitlistEntry(pnr=of.pnr, origin=waiting.waits_at, destination=of.ticket.destination, seats=of.party.seats)
    for proposed in outcome([waiting], flights, rules=rules, reserved=reserved):
        for leg in (leg for option in proposed.options for leg in option.legs):
            assert list(waiting_for_flight(by_key[leg.flight], [marker], network=network, rules=rules)) == [marker]
