"""Short stays between two journeys: what a plan may not leave a party with, and how rarely a booking is read."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import SaleRules, apply_changes, tight_connections
from agents.booker.domain.offering import Reply
from contracts.ledger import Booking, Connection, Disruption, JourneyAffected, Reserved, SeatLedger
from contracts.offers import Offer
from contracts.plans import PlanProposed
from contracts.rules import Consent
from tests.agents.booker.booker_world import (
    DEPARTS,
    NOW,
    ONE,
    THREE,
    booking,
    changed,
    decide,
    flight,
    hours,
    keep,
    key,
    leg,
    move,
    none,
    option,
    refusals,
    seated,
)

HOME, ONWARD, OTHER = key(4, "SFO"), key(5, "ORD"), key(6, "ORD")
OUT = flight()
BACK = flight(HOME, destination="ORD", departs=DEPARTS + hours(6), arrives=DEPARTS + hours(9))
LAST, LATER = (
    flight(n, destination="JFK", departs=DEPARTS + hours(h), arrives=DEPARTS + hours(h + 2))
    for n, h in ((ONWARD, 11), (OTHER, 13))
)
FLIGHTS = [OUT, BACK, LAST, LATER]


def round_trip() -> Booking:
    """Out, an hour in San Francisco, and home by Chicago."""
    out, back = booking("A", [OUT]), booking("A", [BACK, LAST])
    return structs.replace(out, journeys=(*out.journeys, structs.replace(back.journeys[0], number=2)))


def late(ledger: SeatLedger, minutes: float) -> SeatLedger:
    by = timedelta(minutes=minutes)
    return structs.replace(ledger, known_departure=ledger.departs + by, known_arrival=ledger.arrives + by)


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(keep("A", leg(HOME), leg(ONWARD), journey=2), id="kept"),
        pytest.param(move("A", option(leg(HOME), leg(OTHER)), journey=2), id="moved-behind-it"),
    ],
)
@pytest.mark.parametrize(("minutes", "expected"), [(29, []), (31, ["stale"])], ids=["in-time", "late"])
def test_a_plan_with_a_first_flight_that_the_party_is_not_there_for_is_stale(
    plan: PlanProposed, minutes: float, expected: list[str]
) -> None:
    """It was made before the way out was known to be late, by less than is announced; 30 minutes are sold."""
    ledgers = seated([late(OUT, minutes), BACK, LAST, LATER], [round_trip()])
    assert refusals(decide(ledgers, [round_trip()], plan)) == expected


def asked() -> Booking:
    """The party, which is to fly on to Chicago alone, is asked whether it flies out otherwise."""
    trip = round_trip()
    back = booking("A", [BACK]).journeys[0]
    trip = trip.replacing(structs.replace(back, number=2))
    out = structs.replace(trip.journeys[0], offer="offer", offered=(Reserved(THREE, "economy"),))
    return trip.replacing(out)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param(none("A", leg(HOME), journey=2, reason="unreachable"), ["stale"], id="given-up"),
        pytest.param(keep("A", leg(HOME), journey=2), [], id="kept"),
    ],
)
def test_a_journey_is_not_given_up_while_someone_is_asked_about_the_one_before(
    plan: PlanProposed, expected: list[str]
) -> None:
    """The answer may bring the party there in time."""
    ledgers = seated([late(OUT, 31), BACK, LAST, LATER, flight(THREE)], [asked()])
    assert refusals(decide(ledgers, [asked()], plan)) == expected


def test_the_answer_is_due_before_the_journey_behind_has_to_be_given_up() -> None:
    """Forty-five minutes before its first flight leaves, so that others may have the seats."""
    trip = round_trip()
    out = flight(phase="cancelled", last_disruption=1)
    soon = structs.replace(BACK, departs=NOW + hours(1.5))
    three = flight(THREE, departs=NOW + hours(5), arrives=NOW + hours(9))
    ledgers = seated([out, soon, LAST, three], [trip])
    rules = SaleRules(consent=(Consent(by="party", within=hours(2)),), version=0)
    result = decide(ledgers, [trip], move("A", option(leg(THREE)), journey=1), rules=rules)
    offer = result.offers["A", 1]
    assert offer is not None
    assert offer.until == soon.departs - rules.given_up


@pytest.mark.parametrize(("reason", "affected"), [("restored", [2]), ("cancelled", [])])
def test_a_journey_behind_an_offer_that_ends_is_looked_at_where_no_other_plan_has_to_come(
    reason: Disruption, affected: list[int]
) -> None:
    """A party that was to be moved back may stay as it is; one whose flight is cancelled is planned again."""
    ledgers = seated([late(OUT, 31), BACK, LAST, LATER, flight(THREE)], [asked()])
    plan = move("A", option(leg(THREE)), id="offer", reason=reason)
    offer = Offer(
        pnr="A", journey=1, id="offer", answerer="party", plan=plan, until=DEPARTS, default="leave", made_at=NOW
    )
    result = decide(ledgers, [asked()], structs.replace(plan, id="void"), reply=Reply(offer, "void"))
    assert [fact.journey for _, fact in result.affected] == affected


def test_a_first_flight_that_is_presumed_to_have_left_is_no_longer_to_be_caught() -> None:
    """The party is on board as far as anyone knows."""
    ledgers = seated([late(OUT, 31), BACK, LAST, LATER], [round_trip()])
    plan = keep("A", leg(HOME), leg(ONWARD), journey=2)
    assert refusals(decide(ledgers, [round_trip()], plan, now=BACK.departs + timedelta(minutes=1))) == []


def test_a_move_connects_both_journeys_again() -> None:
    """Of the flights on both sides, the one that stays has the new one on its other side."""
    result = decide(seated(FLIGHTS, [round_trip()]), [round_trip()], move("A", option(leg(THREE)), journey=1))
    assert refusals(result) == ["illegal"]
    three = flight(THREE, arrives=DEPARTS + hours(4))
    ledgers = seated([*FLIGHTS, three], [round_trip()])
    result = decide(ledgers, [round_trip()], move("A", option(leg(THREE)), journey=1))
    assert result.seats[THREE].connecting == {"A": Connection(None, HOME)}
    assert result.seats[HOME].connecting == {"A": Connection(THREE, ONWARD)}
    assert result.by == {ONE: 0, THREE: 0, HOME: 0}


@pytest.mark.parametrize(("minutes", "expected"), [(14, set()), (29, {"A"})], ids=["far-from-it", "may-be-too-late"])
def test_a_booking_is_read_only_where_a_stay_has_become_tight(minutes: float, expected: set[str]) -> None:
    """Of changes in any order; at one airport no minimum is above 90 minutes, of which 75 are sold."""
    stay = [OUT, structs.replace(BACK, departs=DEPARTS + hours(6.5))]
    arrives = OUT.arrives + timedelta(minutes=minutes)
    change = changed(OUT, "estimated", arrives=arrives)
    ledgers = seated(stay, [round_trip()])
    assert tight_connections([change], ledgers, rules=SaleRules()) == expected


def test_a_stay_that_becomes_too_short_affects_the_second_journey_once() -> None:
    """Until it is long enough again."""
    ledgers = seated(FLIGHTS, [round_trip()])
    times = [OUT.arrives + timedelta(minutes=minutes) for minutes in (29, 31, 35, 10, 40)]
    changes = [changed(OUT, "estimated", n=n, arrives=arrives) for n, arrives in enumerate(times, start=2)]
    group, rules = [(change, change.n) for change in changes], SaleRules(version=4)
    result = apply_changes(group, ledgers=ledgers, bookings={"A": round_trip()}, rules=rules)
    found = [(n, fact.journey, fact.by, fact.rules) for n, fact in result.facts if isinstance(fact, JourneyAffected)]
    assert found == [(3, 2, 1, 4), (6, 2, 1, 4)]
    assert result.done == [2, 4, 5]
