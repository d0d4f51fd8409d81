"""Which parties a window has to plan."""

import pytest
from hypothesis import given
from msgspec.structs import replace

from agents.planner.domain import Availability, Case, Network, SeatCounts, SeatScan, TripRules
from agents.planner.domain.affected import (
    Affecting,
    affected_journeys,
    affected_parties,
    unanswered_by,
    waiting_for_flight,
)
from contracts.ledger import Disruption, SeatsDisrupted, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey
from contracts.plans import PlanRefused
from contracts.reservations import BookingAmended, PartySummary
from contracts.rules import Rules, RulesAdopted
from tests.agents.planner.planner_worlds import NOW, booking, flight, outcome
from tests.agents.planner.test_seat_scan import waits

ONE = flight("B6.1", "JFK-MCO", 18)
A, B = (WaitlistEntry(pnr=pnr, origin="JFK", destination="MCO", seats=seats) for pnr, seats in (("A", 1), ("B", 99)))
SCAN = SeatScan(Network([ONE]), now=NOW, rules=TripRules(max_connections=0), reserved={})


def everyone(_flight: FlightKey | None) -> list[WaitlistEntry]:
    return [A, B]


def test_a_cause_affects_the_parties_it_names() -> None:
    """Each with what the cause says has happened to it, whether or not another party waits for the flight."""
    closed = SeatsDisrupted(
        flight=ONE.flight, n=1, kind="cancelled", parties=("X", "Y"), departs=ONE.departs, arrives=ONE.arrives
    )
    refused = PlanRefused(pnr="X", id="x", refusal="stale", reason="downgauged", detail="")
    affected = affected_parties([(closed, 1), (refused, 2)], waiting_for=everyone, scan=SCAN)
    assert affected == {
        "X": [Affecting(1, ONE.flight, "cancelled"), Affecting(2, 1, "downgauged")],
        "Y": [Affecting(1, ONE.flight, "cancelled")],
    }


def test_an_amended_booking_may_affect_any_of_its_journeys() -> None:
    """Which of them need a plan shows when the booking is read."""
    amended = BookingAmended(pnr="X", id="x", version=2, after=PartySummary(passengers=1, seats=1), decided_at=NOW)
    affected = affected_parties([(amended, 1)], waiting_for=everyone, scan=SCAN)
    assert affected == {"X": [Affecting(1, None, "amended")]}
    journey = booking("X", ONE).journeys[0]
    both = replace(booking("X", ONE), journeys=(journey, replace(journey, number=2)))
    assert affected_journeys(both, affected["X"]) == {1: affected["X"], 2: affected["X"]}


def test_freed_seats_affect_the_waiting_parties_that_may_fit() -> None:
    """The others need not be read."""
    assert affected_parties([(SeatsFreed(flight=ONE.flight, n=1), 1)], waiting_for=everyone, scan=SCAN) == {
        "A": [Affecting(1, 1, None)]
    }


def test_a_flight_without_onward_flights_may_end_a_trip() -> None:
    """No flight leaves MCO, which is the party's destination."""
    flights = [flight("B6.2", "JFK-CLT", 14), flight("B6.3", "CLT-MCO", 18)]
    assert list(waiting_for_flight(flights[1], [A], network=Network(flights), rules=TripRules())) == [A]


@pytest.mark.parametrize("kind", ["retimed", "diverted"])
def test_a_change_of_its_flight_affects_a_party_that_waits_in_the_air(kind: Disruption) -> None:
    """It waits at another airport, or from another time, than was known. Other waiting parties do not."""
    aloft, onward = flight("B6.2", "JFK-CLT", 11, phase="departed"), flight("B6.3", "CLT-MCO", 18)
    network = Network([aloft, onward])
    changed = SeatsDisrupted(
        flight=aloft.flight, n=1, kind=kind, parties=(), departs=aloft.departs, arrives=aloft.arrives
    )
    aboard = replace(A, origin="CLT", flown=booking("A", aloft).journeys[0].legs)
    affected = affected_parties(
        [(changed, 1)],
        waiting_for=lambda f: waiting_for_flight(
            network[f or ""], [aboard, replace(A, pnr="C")], network=network, rules=TripRules()
        ),
        scan=SeatScan(network, now=NOW, rules=TripRules(), reserved={}),
    )
    assert affected == {"A": [Affecting(1, 1, None)]}


def test_a_diverted_party_waits_for_flights_from_where_it_is() -> None:
    """And not for flights from where it was to land."""
    aloft = replace(flight("B6.2", "JFK-CLT", 11, phase="diverted"), diverted_to="RDU")
    here, there = flight("B6.3", "RDU-MCO", 18), flight("B6.4", "CLT-MCO", 18)
    aboard = replace(A, origin="CLT", flown=booking("A", aloft).journeys[0].legs)
    network = Network([aloft, here, there])
    rules = TripRules(max_connections=0)
    waiting = [list(waiting_for_flight(f, [aboard], network=network, rules=rules)) for f in (here, there)]
    assert waiting == [[replace(aboard, origin="RDU")], []]


@given(waits())
def test_every_flight_that_helps_a_party_is_one_it_waits_for(
    world: tuple[list[Availability], Case, SeatCounts, TripRules],
) -> None:
    """Each flight of each trip that planning finds, besides those that it has flown."""
    flights, waiting, reserved, rules = world
    flown = {leg.flight for leg in waiting.flown}
    of, by_key, network = waiting.booking, {f.flight: f for f in flights}, Network(flights)
    assert waiting.waits_at
    ticket = of.journeys[0].ticket
    marker = WaitlistEntry(
        pnr=of.pnr,
        origin=waiting.waits_at,
        destination=ticket.destination,
        seats=of.party.seats,
        connections=len(ticket.flights) - 1,
    )
    for proposed in outcome([waiting], flights, rules=rules, reserved=reserved):
        for leg in (leg for option in proposed.options for leg in option.legs if leg.flight not in flown):
            assert list(waiting_for_flight(by_key[leg.flight], [marker], network=network, rules=rules)) == [marker]


def test_other_rules_affect_every_waiting_party_that_may_fit() -> None:
    """They may bring any trip within reach, so no flight is named."""
    adopted = RulesAdopted(version=2, rules=Rules(), since=NOW)
    assert affected_parties([(adopted, 1)], waiting_for=everyone, scan=SCAN) == {"A": [Affecting(1, 1, None)]}


@pytest.mark.parametrize(
    ("reason", "left"),
    [("restored", [1, 2]), ("amended", [1, 2]), ("unreachable", [1, 2]), (None, [1, 2]), ("cancelled", [2])],
)
def test_a_plan_answers_what_names_its_party_only_if_its_reason_does(
    reason: Disruption | None, left: list[int]
) -> None:
    """Offered seats are answered by none: what becomes of the plan says nothing of them."""
    affecting: list[Affecting[int]] = [
        Affecting(1, ONE.flight, "downgauged"),
        Affecting(2, 1, None, (ONE.flight,)),
        Affecting(3, 1, "amended"),
        Affecting(4, 1, None),
    ]
    assert unanswered_by(reason, affecting) == left
