"""Other flights, or another cabin, by the party's own wish: what it costs, and what the booking becomes."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain.requests import Decided, Known
from contracts.ledger import Booking, Journey, Reserved, SeatLedger, Ticket
from contracts.money import PaidItem
from contracts.passengers import Passenger, Service
from contracts.requests import Quote, RequestDone, TripWanted
from contracts.reservations import BookingAmended
from contracts.sales import Instrument
from policy.fares import FareRules
from tests.agents.booker.booker_world import DEPARTS, NOW, booking, flight, hours, key
from tests.agents.booker.request_world import (
    HALF_BACK,
    decided,
    dollars,
    fare_rules,
    known,
    quoted_for,
    selling,
    sold,
    trip,
    yes_to,
)
from tests.agents.booker.reservation_world import BACK, FIRST, LATER_BACK, OUT, SECOND, moved, round_trip, stranded
from tests.agents.booker.reservation_world import decided as by_reservation_system
from tests.reservation_system import whole

CHANGE = """
[[rule]]
id = "change"
on = ["change_flights", "change_dates", "same_day_change", "change_cabin"]
outcome = "allowed"
words = "A change is 25 dollars for each passenger, and the difference."
charge = [
    { for = "change fee", amount = "25.00 USD * passengers" },
    { for = "difference", amount = "new_price - old_price" },
]
gives_up = "old_price - new_price"
back = [{ for = "difference", amount = "old_price - new_price" }]
[otherwise]
outcome = "refused"
words = "Not offered."
"""
ONE_WAY = sold(booking("A", [FIRST], seats=2), "200.00")
TOMORROW = flight("B6.7.JFK.2013-02-09", departs=DEPARTS + hours(24), arrives=DEPARTS + hours(29))
FULL = flight(key(8), capacity={"economy": 1})
BOTH = flight(key(9), capacity={"economy": 5, "first": 5})
FLIGHTS = (FIRST, SECOND, OUT, BACK, LATER_BACK, TOMORROW, FULL, BOTH)
CARD = (Instrument(id="visa", kind="card"),)


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> FareRules:
    return fare_rules(tmp_path_factory.mktemp("fares"), CHANGE)


def of(ours: Booking, fares: FareRules, *, price: str = "130.00", **more: Any) -> Known:
    """The booking, while each flight is sold at this price."""
    return known(ours, fares, flights=FLIGHTS, open_=selling(*FLIGHTS, classic=price), **more)


def changed(ours: Booking, fares: FareRules, *trips: TripWanted, **more: Any) -> Decided[int]:
    here = of(ours, fares, **more)
    found = quoted_for(here, *trips, pay_with=CARD)
    assert found.outcome == "allowed", found.why
    return decided(yes_to(found), found, here)


def now_on(result: Decided[int], number: int = 1) -> Journey:
    assert result.booking is not None
    journey = result.booking.journey(number)
    assert journey is not None
    return journey


def test_the_difference_and_the_fee_are_charged(fares: FareRules) -> None:
    """By the open fare of the same family, for each who has a seat."""
    found = quoted_for(of(ONE_WAY, fares), trip(SECOND), pay_with=CARD)
    assert (found.acts, found.facts["old_price"], found.facts["new_price"]) == (
        ("same_day_change",),
        "200.00 USD",
        "260.00 USD",
    )
    assert [(part.what, part.money) for part in found.price.charges] == [
        ("change fee", dollars("50.00")),
        ("difference", dollars("60.00")),
    ]
    assert [(each.instrument, each.what, each.money) for each in found.price.movements] == [
        ("visa", "kept", dollars("200.00")),
        ("visa", "charged", dollars("110.00")),
    ]


def test_what_nothing_pays_yet_is_due(fares: FareRules) -> None:
    """To whom is known later."""
    assert quoted_for(of(ONE_WAY, fares), trip(SECOND)).price.due == dollars("110.00")


def test_a_changed_journey_is_sold_again(fares: FareRules) -> None:
    """Its ticket is the new trip, and the reservation system has the old one still."""
    journey = now_on(changed(ONE_WAY, fares, trip(SECOND)))
    assert journey.ticket == Ticket(
        origin="JFK",
        destination="SFO",
        departs=SECOND.departs,
        arrives=SECOND.arrives,
        flights=(SECOND.flight,),
    )
    assert [leg.flight for leg in journey.legs] == [SECOND.flight]
    assert (journey.state, journey.last_fact) == ("ticketed", "request")
    assert journey.reserved == (Reserved(FIRST.flight, "economy"),)


def test_its_seats_are_taken_and_its_old_ones_freed(fares: FareRules) -> None:
    """In one commit."""
    result = changed(ONE_WAY, fares, trip(SECOND))
    assert result.seats[FIRST.flight].holders == {}
    assert result.seats[SECOND.flight].holders["A"].seats == 2
    assert [fact.flight for _, fact in result.freed] == [FIRST.flight]
    amended = result.facts[-1]
    assert isinstance(amended, BookingAmended)
    assert [(each.number, each.before, [leg.flight for leg in each.after]) for each in amended.journeys] == [
        (1, ONE_WAY.journeys[0].legs, [SECOND.flight])
    ]


def test_documents_are_due_for_reissue(fares: FareRules) -> None:
    """Where it is known that they showed the trip."""
    known_ones = ONE_WAY.replacing(structs.replace(ONE_WAY.journeys[0], documents="in_sync"))
    assert now_on(changed(known_ones, fares, trip(SECOND))).documents == "reissue_due"


@pytest.mark.parametrize(
    ("to", "act"),
    [(TOMORROW, "change_dates"), (SECOND, "same_day_change")],
    ids=["another day", "the day of travel"],
)
def test_other_flights_are_asked_for_by_one_name(to: SeatLedger, act: str, fares: FareRules) -> None:
    """As fare rules have it."""
    assert quoted_for(of(ONE_WAY, fares), trip(to)).acts == (act,)


def test_before_the_day_of_travel_it_is_a_change_of_flights(fares: FareRules) -> None:
    """By the day at the origin."""
    found = quoted_for(of(ONE_WAY, fares, now=NOW - timedelta(days=2)), trip(SECOND))
    assert found.acts == ("change_flights",)


def test_another_cabin_is_for_all_journeys(fares: FareRules) -> None:
    """It is paid for then."""
    result = changed(sold(booking("A", [BOTH]), "100.00"), fares, trip(BOTH, cabin="first"))
    assert result.booking is not None
    assert result.booking.party.cabin == "first"
    assert result.seats[BOTH.flight].holders["A"].cabin == "first"
    with_first = structs.replace(OUT, capacity={"economy": 5, "first": 5})
    here = known(sold(round_trip(), "100.00", "100.00"), fares, flights=[with_first, BACK])
    some = quoted_for(here, trip(with_first, cabin="first"))
    assert (some.outcome, some.why) == ("refused", "a booking has one cabin: another one is for all of its journeys")


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (trip(FIRST), "is booked so already"),
        (TripWanted(journey=1, flights=()), "no flights are asked for"),
        (trip(FULL), f"{FULL.flight} economy: 2 wanted, 1 free"),
        (trip(flight(key(77))), f"unknown flight {key(77)}"),
        (trip(SECOND, journey=2), "the booking has no journey 2"),
    ],
    ids=["the same", "nothing", "full", "unknown", "no such journey"],
)
def test_what_cannot_be_sold_is_refused(to: TripWanted, why: str, fares: FareRules) -> None:
    """Before rules are asked."""
    found = quoted_for(of(ONE_WAY, fares), to)
    assert (found.outcome, found.why) == ("refused", why)


def test_a_flight_that_leaves_soon_or_not_as_planned_is_not_sold(fares: FareRules) -> None:
    """By the lead of the rules in force."""
    here = known(ONE_WAY, fares, flights=[FIRST, structs.replace(SECOND, phase="cancelled")])
    assert quoted_for(here, trip(SECOND)).why == f"{SECOND.flight} is cancelled"
    soon = structs.replace(SECOND, departs=NOW + timedelta(minutes=20))
    assert quoted_for(known(ONE_WAY, fares, flights=[FIRST, soon]), trip(SECOND)).why == (
        f"{SECOND.flight} leaves too soon to be sold now"
    )


def test_a_way_back_that_begins_before_the_way_out_ends_is_refused(fares: FareRules) -> None:
    """Journeys stay in order."""
    early = flight(key(11, "BOS"), destination="JFK", departs=NOW + hours(1.5), arrives=NOW + hours(3))
    here = known(sold(round_trip(), "100.00", "100.00"), fares, flights=[OUT, BACK, early])
    assert quoted_for(here, trip(early, journey=2)).why == "journey 2 begins before journey 1 has ended"


def test_where_no_fare_is_open_the_price_is_asked_for(fares: FareRules) -> None:
    """The customer cannot say it."""
    found = quoted_for(known(ONE_WAY, fares, flights=FLIGHTS), trip(SECOND))
    assert (found.outcome, [(one.fact, one.may_be_stated) for one in found.missing]) == ("ask", [("new_price", False)])


def test_another_destination_is_another_act(fares: FareRules) -> None:
    """Which these rules do not offer."""
    elsewhere = flight(key(12), destination="BOS")
    here = known(ONE_WAY, fares, flights=[FIRST, elsewhere], open_=selling(elsewhere, classic="100.00"))
    found = quoted_for(here, trip(elsewhere))
    assert (found.outcome, found.acts) == ("refused", ("same_day_change", "change_destination"))


def test_a_price_that_has_moved_since_is_the_quotes(fares: FareRules) -> None:
    """It holds until the quote expires."""
    found = quoted_for(of(ONE_WAY, fares), trip(SECOND), pay_with=CARD)
    result = decided(yes_to(found), found, of(ONE_WAY, fares, price="500.00"))
    done = result.facts[0]
    assert isinstance(done, RequestDone)
    assert done.price == found.price


def test_seats_that_are_gone_since_are_refused(fares: FareRules) -> None:
    """A quote holds none."""
    found = quoted_for(of(ONE_WAY, fares), trip(SECOND), pay_with=CARD)
    gone = known(ONE_WAY, fares, flights=[FIRST, structs.replace(SECOND, capacity={"economy": 1})])
    (refused,) = decided(yes_to(found), found, gone).facts
    assert getattr(refused, "refusal", "") == "impossible"


def test_a_party_that_irops_has_moved_is_no_longer_offered_what_it_lost(fares: FareRules) -> None:
    """It is on a trip of its own wish."""
    ours = moved(ONE_WAY, SECOND)
    lost = structs.replace(FIRST, lost_by={"A": 1})
    here = known(ours, fares, flights=[lost, SECOND, TOMORROW], open_=selling(TOMORROW, classic="100.00"))
    found = quoted_for(here, trip(TOMORROW), pay_with=CARD)
    result = decided(yes_to(found), found, here)
    assert result.seats[FIRST.flight].lost_by == {}


def test_a_party_that_waits_takes_a_trip_of_its_own_choice(fares: FareRules) -> None:
    """And waits no longer."""
    journey = now_on(changed(stranded(ONE_WAY), fares, trip(SECOND)))
    assert (journey.state, [leg.flight for leg in journey.legs]) == ("ticketed", [SECOND.flight])


_CENTS = st.integers(min_value=1, max_value=1_000_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")


@given(old=_CENTS, price=_CENTS, pays=st.booleans(), card=st.booleans())
def test_money_is_conserved_to_the_cent(old: str, price: str, pays: bool, card: bool, fares: FareRules) -> None:
    """What is paid for afterwards is what was before, with what is charged and without what is given back; as many travel."""
    ours = sold(booking("A", [FIRST], seats=3), old, card=card)
    here = of(ours, fares, price=price)
    found = quoted_for(here, trip(SECOND), pay_with=CARD if pays else ())
    result = decided(yes_to(found), found, here)
    left, done = result.booking, result.facts[0]
    assert left is not None
    assert isinstance(done, RequestDone)
    charged = sum((part.money.amount for part in done.price.charges), Decimal(0))
    back = sum((part.money.amount for part in done.price.back), Decimal(0))
    assert _paid(left.party.paid) == Decimal(old) + charged - back
    fares_after = [item for item in left.party.paid if item.kind == "fare"]
    assert _paid(fares_after) == 3 * Decimal(price)
    assert left.sale is not None
    if left.sale.paid_with:
        assert sum(one.amount.amount for one in left.sale.paid_with if one.amount) == _paid(left.party.paid)
    assert (left.party.passengers, left.party.seats) == (3, 3)


def _paid(items: Any) -> Decimal:
    return sum((item.price.amount for item in items), Decimal(0))


def test_a_version_that_repeats_what_was_paid_before_a_change_undoes_no_payment(fares: FareRules) -> None:
    """Nor the family that was paid for; any other word about what was paid holds."""
    ours = changed(ONE_WAY, fares, trip(SECOND)).booking
    assert ours is not None
    now = by_reservation_system(whole(ONE_WAY), ours=[ours], flights=FLIGHTS).bookings["A"]
    assert (now.party.paid, now.sale, now.journeys) == (ours.party.paid, ours.sale, ours.journeys)
    other = structs.replace(ONE_WAY.party.paid[0], price=dollars("1.00"))
    theirs = sold(ONE_WAY, "1.00")
    later = by_reservation_system(whole(theirs, 2), ours=[now], flights=FLIGHTS).bookings["A"]
    assert later.party.paid == (other,)


def test_a_fare_that_keeps_its_price_keeps_what_was_paid(tmp_path: Path) -> None:
    """Where a rule charges nothing for the difference."""
    rules = fare_rules(
        tmp_path,
        HALF_BACK + '[[rule]]\nid = "free"\non = ["same_day_change"]\noutcome = "allowed"\nwords = "Free."\n',
    )
    result = changed(ONE_WAY, rules, trip(SECOND), price="500.00")
    assert result.booking is not None
    assert result.booking.party.paid == (PaidItem(kind="fare", price=dollars("200.00"), journey=1),)
    done = result.facts[0]
    assert isinstance(done, RequestDone)
    assert not any(isinstance(fact, Quote) for fact in result.facts)


def test_a_service_confirmed_for_the_flights_before_is_requested_for_those_that_are_asked_for(fares: FareRules) -> None:
    """As when irops moves its passenger."""
    wheelchair = Passenger(id="1", services=(Service(ssr="WCHR", status="confirmed"),))
    ours = structs.replace(ONE_WAY, passengers=(wheelchair, Passenger(id="2")))
    ours = structs.replace(ours, party=structs.replace(ours.party, ssrs=("WCHR",)))
    done = changed(ours, fares, trip(SECOND)).booking
    assert done is not None
    (person, _) = done.passengers
    assert [service.status for service in person.services] == ["requested"]
