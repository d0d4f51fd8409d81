"""Bags and insurance: what they cost, and what the booking becomes. Its flights stay as they are."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain.requests import Decided, Known, quote
from contracts.ledger import BeforeRequests, Booking
from contracts.money import PaidItem
from contracts.plans import PlanRefused
from contracts.requests import PaymentDue, Quote, QuoteWanted, RequestDone, RequestRefused, Wanted
from contracts.reservations import BookingAmended
from contracts.sales import Instrument
from policy.fares import FareRules
from tests.agents.booker.booker_world import DEPARTS, booking, hours
from tests.agents.booker.request_world import HELD, decided, dollars, fare_rules, known, sold, yes_to
from tests.agents.booker.reservation_world import FIRST, OUT, facts, round_trip, stranded, why
from tests.agents.booker.reservation_world import decided as by_reservation_system
from tests.reservation_system import whole

RULES = """
[[rule]]
id = "bags"
on = ["add_bags"]
outcome = "allowed"
words = "A bag is 30 dollars."
charge = [{ for = "bags", amount = "30.00 USD * (bags - bags_before)" }]
[[rule]]
id = "fewer"
on = ["remove_bags"]
outcome = "allowed"
words = "20 dollars of a bag come back."
gives_up = "20.00 USD * (bags_before - bags)"
back = [{ for = "bags", amount = "20.00 USD * (bags_before - bags)" }]
[[rule]]
id = "insured"
on = ["add_insurance"]
outcome = "allowed"
words = "Insurance is 10 dollars each."
charge = [{ for = "insurance", amount = "10.00 USD * passengers" }]
[otherwise]
outcome = "refused"
words = "Not offered."
"""
SOLD = sold(booking("A", [FIRST], seats=2), "200.00", bags=1, insurance=False)
CARD = (Instrument(id="visa", kind="card"),)


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> FareRules:
    return fare_rules(tmp_path_factory.mktemp("fares"), RULES)


def asked(of: Known, wanted: Wanted, *, pays: bool = True) -> Quote:
    question = QuoteWanted(pnr=of.booking.pnr, id="quote", wanted=wanted, pay_with=CARD if pays else ())
    return quote(question, of, held=HELD)


def done(ours: Booking, fares: FareRules, wanted: Wanted, *, pays: bool = True, **more: Any) -> Decided[int]:
    of = known(ours, fares, **more)
    found = asked(of, wanted, pays=pays)
    assert found.outcome == "allowed", found.why
    return decided(yes_to(found), found, of)


def after(result: Decided[int]) -> Booking:
    assert result.booking is not None
    return result.booking


def with_bags(bags: int, fares: FareRules, ours: Booking = SOLD) -> Booking:
    return after(done(ours, fares, Wanted(bags=bags)))


def test_another_bag_is_charged_and_on_the_booking(fares: FareRules) -> None:
    """As an ancillary, paid for with the instrument that pays."""
    result = done(SOLD, fares, Wanted(bags=3))
    now = after(result)
    assert now.sale is not None
    assert now.sale.bags == 3
    assert now.party.paid[-1] == PaidItem(kind="ancillary", price=dollars("60.00"))
    assert now.sale.paid_with == (Instrument(id="visa", kind="card", amount=dollars("260.00")),)
    fact, due, amended = result.facts
    assert isinstance(fact, RequestDone)
    assert isinstance(due, PaymentDue)
    assert isinstance(amended, BookingAmended)
    assert (fact.acts, fact.wanted) == (("add_bags",), Wanted(bags=3))
    assert [(each.what, each.money) for each in due.movements] == [("charged", dollars("60.00"))]
    assert amended.changed == ("paid", "sale")


@pytest.mark.parametrize("wanted", [Wanted(bags=2), Wanted(insurance=True)], ids=["a bag", "insurance"])
def test_flights_seats_and_places_on_the_waitlist_stay(wanted: Wanted, fares: FareRules) -> None:
    """So no plan and no letter about its journeys is out of date, and it is no change of its trip."""
    result = done(SOLD, fares, wanted)
    assert after(result).journeys == SOLD.journeys
    assert after(result).changes == SOLD.changes
    assert (result.seats, result.waiting, result.freed) == ({}, {}, ())
    amended = result.facts[-1]
    assert isinstance(amended, BookingAmended)
    assert amended.journeys == ()


def test_an_open_offer_stays_open(fares: FareRules) -> None:
    """A bag answers nothing, and has nothing planned again."""
    offered = SOLD.replacing(structs.replace(SOLD.journeys[0], offer="offer", last_fact="offer"))
    result = done(offered, fares, Wanted(bags=2))
    assert after(result).journeys == offered.journeys
    assert not any(isinstance(fact, PlanRefused) for fact in result.facts)


def test_fewer_bags_are_paid_back_from_what_was_paid_for_them(fares: FareRules) -> None:
    """To the instrument that had paid."""
    result = done(with_bags(3, fares), fares, Wanted(bags=2))
    now = after(result)
    assert [(item.kind, item.price) for item in now.party.paid] == [
        ("fare", dollars("200.00")),
        ("ancillary", dollars("40.00")),
    ]
    assert now.sale is not None
    assert (now.sale.bags, now.sale.paid_with[0].amount) == (2, dollars("240.00"))


def test_what_was_not_paid_for_bags_is_not_paid_back_for_them(fares: FareRules) -> None:
    """A person looks at it."""
    found = asked(known(SOLD, fares), Wanted(bags=0))
    assert (found.outcome, found.why) == ("person", "more would be given up than was paid for what is no flight")


def test_insurance_is_on_the_booking(fares: FareRules) -> None:
    """For each who travels."""
    now = after(done(SOLD, fares, Wanted(insurance=True)))
    assert now.sale is not None
    assert (now.sale.insurance, now.party.paid[-1].price) == (True, dollars("20.00"))
    found = asked(known(now, fares), Wanted(insurance=False))
    assert (found.acts, found.outcome) == (("remove_insurance",), "refused")


@pytest.mark.parametrize(
    ("ours", "wanted", "outcome", "why"),
    [
        (SOLD, Wanted(bags=1), "refused", "it may check as many already: 1"),
        (SOLD, Wanted(insurance=False), "refused", "it is not insured"),
        (sold(SOLD, "200.00"), Wanted(bags=1), "person", "how many bags it may check is not known"),
        (sold(SOLD, "200.00"), Wanted(insurance=True), "person", "whether it is insured is not known"),
        (
            SOLD,
            Wanted(bags=2, cancel=(1,)),
            "refused",
            "a request is for one thing, not for giving journeys up and bags",
        ),
        (SOLD, Wanted(), "refused", "nothing is asked for"),
    ],
    ids=["as many", "not insured", "bags not known", "insurance not known", "two things", "nothing"],
)
def test_what_cannot_be_done_is_no_offer(
    ours: Booking, wanted: Wanted, outcome: str, why: str, fares: FareRules
) -> None:
    """Before rules are asked."""
    found = asked(known(ours, fares), wanted)
    assert (found.outcome, found.why) == (outcome, why)


def test_a_trip_that_has_begun_is_for_a_person_unless_a_journey_is_to_come(fares: FareRules) -> None:
    """Rules may ask how many flights were flown."""
    found = asked(known(SOLD, fares, now=DEPARTS + hours(0.1)), Wanted(bags=2))
    assert (found.outcome, found.why) == ("person", "all its journeys have begun")
    there = sold(round_trip(), "100.00", "100.00", bags=1)
    found = asked(known(there, fares, now=OUT.departs + hours(0.1)), Wanted(bags=2))
    assert (found.outcome, found.facts["legs_flown"]) == ("allowed", "1")


def test_a_party_that_waits_may_ask_too(fares: FareRules) -> None:
    """It keeps its place."""
    result = done(stranded(SOLD), fares, Wanted(bags=2))
    assert result.waiting == {}


def test_a_booking_that_has_changed_since_the_quote_is_refused(fares: FareRules) -> None:
    """And nothing is changed; a new quote is offered."""
    found = asked(known(SOLD, fares), Wanted(bags=2))
    result = decided(yes_to(found), found, known(SOLD, fares, revision=99))
    (refused,) = result.facts
    assert isinstance(refused, RequestRefused)
    assert (refused.refusal, result.booking, len(result.quotes)) == ("changed", None, 1)


# The reservation system's next word.


def test_a_version_that_repeats_what_was_before_undoes_nothing(fares: FareRules) -> None:
    """Nor is it contradicted; it is taken in otherwise."""
    ours = with_bags(3, fares)
    assert ours.before_requests == BeforeRequests(bags=1, paid=SOLD.party.paid)
    result = by_reservation_system(whole(SOLD, contact="new@example.org"), ours=[ours])
    now = result.bookings["A"]
    assert (now.sale, now.party.paid, now.before_requests) == (ours.sale, ours.party.paid, ours.before_requests)
    assert now.party.contact == "new@example.org"


def test_a_version_that_says_nothing_of_it_undoes_nothing(fares: FareRules) -> None:
    """Many systems keep bags elsewhere."""
    ours = with_bags(3, fares)
    result = by_reservation_system(whole(structs.replace(SOLD, sale=None)), ours=[ours])
    now = result.bookings["A"]
    assert (now.sale, now.before_requests) == (ours.sale, ours.before_requests)


def test_a_version_that_has_it_settles_it(fares: FareRules) -> None:
    """From then on its word holds."""
    ours = with_bags(3, fares)
    theirs = structs.replace(ours, before_requests=BeforeRequests())
    now = by_reservation_system(whole(theirs), ours=[ours]).bookings["A"]
    assert now.before_requests == BeforeRequests()
    back = by_reservation_system(whole(SOLD, 2), ours=[now]).bookings["A"]
    assert back.sale is not None
    assert back.sale.bags == 1


def test_a_version_that_has_something_else_waits_for_a_person(fares: FareRules) -> None:
    """It may be the party's wish, or a mistake."""
    assert SOLD.sale is not None
    theirs = structs.replace(SOLD, sale=structs.replace(SOLD.sale, bags=2))
    found = by_reservation_system(whole(theirs), ours=[with_bags(3, fares)])
    assert why(found) == ("requested", "bags become 2, and the party has asked for 3")
    assert found.bookings["A"].sale == with_bags(3, fares).sale


def test_a_wish_that_is_taken_back_is_settled_by_the_next_version(fares: FareRules) -> None:
    """Which has it so; what the party has paid stays while it repeats what was paid before."""
    ours = with_bags(2, fares, with_bags(3, fares))
    ours = after(done(ours, fares, Wanted(bags=1), flights=[FIRST]))
    assert ours.before_requests == BeforeRequests(bags=1, paid=SOLD.party.paid)
    now = by_reservation_system(whole(SOLD), ours=[ours]).bookings["A"]
    assert now.before_requests == BeforeRequests(paid=SOLD.party.paid)
    assert now.party.paid == ours.party.paid


def test_a_version_says_so_where_it_changes_how_the_booking_was_sold(fares: FareRules) -> None:
    """As part of what has changed."""
    assert SOLD.sale is not None
    theirs = structs.replace(SOLD, sale=structs.replace(SOLD.sale, channel="web"))
    (fact,) = facts(by_reservation_system(whole(theirs), ours=[SOLD]))
    assert isinstance(fact, BookingAmended)
    assert fact.changed == ("sale",)


_WISHES = st.one_of(
    st.builds(Wanted, bags=st.integers(0, 9)),
    st.builds(Wanted, insurance=st.booleans()),
)


@given(wishes=st.lists(_WISHES, max_size=6), card=st.booleans(), pays=st.booleans())
def test_money_adds_up_and_as_many_travel(wishes: list[Wanted], card: bool, pays: bool, fares: FareRules) -> None:
    """After any requests; what is refused changes nothing."""
    ours = sold(booking("A", [FIRST], seats=3), "200.00", card=card, bags=1, insurance=False)
    for wanted in wishes:
        of = known(ours, fares)
        found = asked(of, wanted, pays=pays)
        result = decided(yes_to(found), found, of)
        fact = result.facts[0]
        if not isinstance(fact, RequestDone):
            assert (result.booking, result.seats) == (None, {})
            continue
        assert found.outcome == "allowed"
        now = after(result)
        charged = sum((part.money.amount for part in fact.price.charges), Decimal(0))
        back = sum((part.money.amount for part in fact.price.back), Decimal(0))
        assert _paid(now) == _paid(ours) + charged - back
        assert now.sale is not None
        if now.sale.paid_with:
            assert sum(one.amount.amount for one in now.sale.paid_with if one.amount) == _paid(now)
        assert (now.party.passengers, now.party.seats, now.journeys) == (3, 3, ours.journeys)
        ours = now


def _paid(ours: Booking) -> Decimal:
    return sum((item.price.amount for item in ours.party.paid), Decimal(0))
