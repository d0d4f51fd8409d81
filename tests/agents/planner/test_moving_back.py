"""Parties that have a trip and are offered seats which they had lost."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.planner.domain import Availability, Case, Network, Preference, SeatScan, TripRules, plan
from agents.planner.domain.affected import Affecting, affected_parties
from contracts.judgement import Wishes
from contracts.ledger import Booking, SeatsFreed, Tier
from contracts.names import Cabin
from contracts.passengers import CouponState, Passenger
from contracts.plans import PlanProposed, PlanRefused
from tests.agents.planner.planner_worlds import NOW, booking, case, flight, outcome, party, trips
from tests.single_journey import altered, journey_of

LOST = flight("B6.1", "JFK-MCO", 16)
LATER = flight("B6.2", "JFK-MCO", 22)
OTHER = flight("B6.3", "JFK-MCO", 17)


def moved(*, to: Availability = LATER, who: str = "A", tier: Tier = "none") -> Booking:
    """A party that was sold B6.1 and was moved."""
    of = booking(who, to, who=party(tier=tier), state="rebooked")
    sold = structs.replace(journey_of(of).ticket, departs=LOST.departs, arrives=LOST.arrives, flights=(LOST.flight,))
    return altered(of, ticket=sold)


def offered(of: Booking, *flights: Availability) -> Case:
    return structs.replace(case(of, kind=None), regains=tuple(f.flight for f in flights or (LOST,)))


def back(of: Booking, *flights: Availability, rules: TripRules | None = None) -> list[PlanProposed]:
    return outcome([offered(of)], flights, rules=rules)


def test_a_party_is_moved_back_where_that_serves_it() -> None:
    """The plan says why, and on which flight it had lost its seats."""
    (proposed,) = back(moved(), LOST, LATER)
    assert (proposed.verdict, proposed.reason, proposed.regains) == ("move", "restored", (LOST.flight,))
    assert trips(proposed) == [["B6.1.JFK"]]


def test_only_trips_with_the_lost_flight_count() -> None:
    """Another flight that is as good has had seats all along."""
    (proposed,) = back(moved(), LOST, LATER, OTHER)
    assert trips(proposed) == [["B6.1.JFK"]]


@pytest.mark.parametrize(
    "flights",
    [
        pytest.param((LOST, flight("B6.2", "JFK-MCO", 16.9)), id="less than the margin"),
        pytest.param((flight("B6.1", "JFK-MCO", 16, economy=0), LATER), id="no seats"),
        pytest.param((flight("B6.1", "JFK-MCO", 16, phase="cancelled"), LATER), id="cancelled"),
        pytest.param((flight("B6.1", "JFK-MCO", 13.4), LATER), id="leaves soon"),
    ],
)
def test_otherwise_it_stays_without_a_plan(flights: tuple[Availability, Availability]) -> None:
    """No fact and no letter."""
    assert back(moved(to=flights[1]), *flights) == []


def test_it_is_not_moved_off_a_flight_that_leaves_soon() -> None:
    """It may be on its way to the gate, or checked in."""
    slow = flight("B6.2", "JFK-MCO", 13.4, hours=20)
    assert back(moved(to=slow), LOST, slow) == []
    assert back(moved(to=slow), LOST, slow, rules=TripRules(moves_back_until=timedelta(hours=1))) != []


@pytest.mark.parametrize("state", ["checked_in", "boarded", "open"])
def test_a_party_that_is_checked_in_stays(state: CouponState) -> None:
    """Its bags may be on board, and no one has asked it."""
    of = structs.replace(moved(), passengers=(Passenger(id="1", coupons={LATER.flight: state}),))
    assert len(back(of, LOST, LATER)) == (state == "open")


def test_it_is_moved_back_once() -> None:
    """Its journey says that it was done."""
    assert back(altered(moved(), moved_back=True), LOST, LATER) == []


def test_a_party_without_a_trip_comes_first() -> None:
    """One seat is free. The party that has a trip would else be more urgent."""
    one_seat = flight("B6.1", "JFK-MCO", 16, economy=1)
    waits = case(booking("W", LOST, state="stranded"), kind=None, cause="cause-2")
    plans = outcome([offered(moved(tier="platinum")), waits], [one_seat, LATER])
    assert [proposed.pnr for proposed in plans] == ["W"]


def test_two_parties_get_the_seats_there_are() -> None:
    """The more urgent one first."""
    one_seat = flight("B6.1", "JFK-MCO", 16, economy=1)
    plans = outcome([offered(moved()), offered(moved(who="B", tier="gold"))], [one_seat, LATER])
    assert [proposed.pnr for proposed in plans] == ["B"]


def test_a_party_that_needs_an_answer_anyway_gets_that() -> None:
    """Its new flight is cancelled at the same time."""
    dead = flight("B6.2", "JFK-MCO", 22, phase="cancelled", last_disruption=1)
    (proposed,) = outcome([offered(moved(to=dead))], [LOST, dead])
    assert (proposed.reason, trips(proposed)) == ("cancelled", [["B6.1.JFK"]])
    assert proposed.regains == (LOST.flight,)


@pytest.mark.parametrize(("nonstop", "plans"), [(True, 0), (False, 1)], ids=["asked", "not asked"])
def test_it_is_not_moved_back_to_a_trip_that_meets_fewer_of_its_wishes(nonstop: bool, plans: int) -> None:
    """It asked not to change planes. Its old trip does, its new one does not."""
    first, onward = flight("B6.1", "JFK-CLT", 16, hours=1), flight("B6.4", "CLT-MCO", 18, hours=1)
    of = moved()
    preference = {("A", 1): Preference(wishes=Wishes(nonstop=nonstop))}
    proposed = plan(
        [offered(of, first)], Network([first, onward, LATER]), now=NOW, as_of=99, rules=TripRules(), preferences=preference,
    )  # fmt: skip
    assert len(proposed) == plans


def test_an_offer_survives_a_refused_plan_about_something_else() -> None:
    """When the plan about the cancelled flight is refused, that flight is on again, and the party needs no answer."""
    dead = flight("B6.2", "JFK-MCO", 22, phase="cancelled", last_disruption=1)
    (proposed,) = outcome([offered(moved(to=dead))], [LOST, dead])
    refused = PlanRefused(
        pnr="A", id=proposed.id, refusal="stale", reason=proposed.reason, regains=proposed.regains, detail=""
    )  # fmt: skip
    scan = SeatScan(Network([LOST]), now=NOW, rules=TripRules(), reserved={})
    (causes,) = affected_parties([(refused, 1)], waiting_for=lambda _: [], scan=scan).values()
    assert [(each.kind, each.regains) for each in causes] == [("cancelled", ()), (None, (LOST.flight,))]
    again = moved()
    cases = [structs.replace(case(again, kind=each.kind), regains=each.regains) for each in causes]
    (offer,) = outcome(cases, [LOST, LATER])
    assert (offer.reason, trips(offer)) == ("restored", [["B6.1.JFK"]])


def test_a_fact_about_free_seats_affects_those_who_lost_them() -> None:
    """So does a plan to move them back that was refused, but for one that can never hold."""
    scan = SeatScan(Network([LOST]), now=NOW, rules=TripRules(), reserved={})
    freed = SeatsFreed(flight=LOST.flight, n=1, lost_by=(("A", 2),))
    refused = PlanRefused(
        pnr="B", id="b", refusal="full", reason="restored", regains=(LOST.flight,), detail=""
    )  # fmt: skip
    never = structs.replace(refused, pnr="C", refusal="illegal")
    affected = affected_parties([(freed, 1), (refused, 2), (never, 3)], waiting_for=lambda _: [], scan=scan)
    assert affected == {
        "A": [Affecting(1, 2, None, (LOST.flight,))],
        "B": [Affecting(2, 1, None, (LOST.flight,))],
    }


def downgraded(to: Availability = LOST, *, cabin: Cabin = "economy") -> Booking:
    """A party that paid for first on B6.1, and was moved to another cabin there, or to another flight."""
    of = moved(to=to)
    legs = tuple(structs.replace(leg, cabin=cabin) for leg in of.all_legs)
    return altered(of, party=party(cabin="first"), legs=legs)


@pytest.mark.parametrize(
    ("first", "cabin", "options"),
    [
        pytest.param(2, "economy", [["B6.1.JFK/first"]], id="it is back"),
        pytest.param(0, "economy", [], id="it is not"),
        pytest.param(2, "first", [], id="the party has it"),
    ],
)
def test_a_party_gets_the_cabin_back_that_it_paid_for(first: int, cabin: Cabin, options: list[list[str]]) -> None:
    """On the flight that it is on: it arrives no earlier."""
    flown = flight("B6.1", "JFK-MCO", 16, first=first)
    assert [trips(proposed) for proposed in back(downgraded(cabin=cabin), flown)] == [options] * bool(options)


def test_a_cabin_that_was_not_paid_for_is_no_reason_to_move() -> None:
    """An earlier arrival is."""
    early = flight("B6.2", "JFK-MCO", 15.5)
    assert back(moved(to=early), flight("B6.1", "JFK-MCO", 16, first=2), early) == []
    (proposed,) = back(downgraded(early), flight("B6.1", "JFK-MCO", 16, first=2), early)
    assert trips(proposed) == [["B6.1.JFK/first"]]
