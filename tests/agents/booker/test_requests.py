"""A request is carried out by the quote that was agreed to, or refused and changes nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain.requests import Decided
from contracts.ledger import Booking, GivenUp, Reserved
from contracts.requests import PaymentDue, Quote, RequestDone, RequestRefused
from contracts.reservations import BookingAmended, BookingWithdrawn
from policy.fares import FareRules
from tests.agents.booker.booker_world import NOW, booking
from tests.agents.booker.request_world import HALF_BACK, decided, dollars, fare_rules, known, quoted, sold, yes_to
from tests.agents.booker.reservation_world import BACK, FIRST, OUT, WAITS, moved, round_trip, stranded

ONE_WAY = sold(booking("A", [FIRST], seats=2), "330.51")
RETURN = sold(round_trip(), "200.00", "100.00")


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> FareRules:
    return fare_rules(tmp_path_factory.mktemp("fares"))


def cancelled(ours: Booking, fares: FareRules, *journeys: int, **more: Any) -> Decided[int]:
    of = known(ours, fares, **more)
    found = quoted(of, *journeys)
    return decided(yes_to(found), found, of)


def refusal(result: Decided[int]) -> tuple[str, str]:
    """The one fact of a request that is refused; nothing is changed."""
    (refused,) = result.facts
    assert isinstance(refused, RequestRefused)
    changed = (result.booking, result.seats, result.waiting, result.freed, result.read)
    assert changed == (None, {}, {}, (), frozenset())
    assert all(offer.id == refused.offers and not offer.used_by for offer in result.quotes)
    return refused.refusal, refused.detail


def test_a_cancelled_booking_has_no_journeys_seats_people_or_payments(fares: FareRules) -> None:
    """Its seats are for others."""
    result = cancelled(ONE_WAY, fares)
    assert result.booking is not None
    assert result.booking.is_withdrawn
    assert (result.booking.party.contact, result.booking.party.paid, result.booking.sale) == ("", (), None)
    assert result.seats[FIRST.flight].holders == {}
    assert [fact.flight for _, fact in result.freed] == [FIRST.flight]


def test_what_is_done_is_one_commit_with_what_it_changed_and_what_is_due(fares: FareRules) -> None:
    """All under the request's id; and the quote is used."""
    result = cancelled(ONE_WAY, fares)
    done, due, change = result.facts
    assert isinstance(done, RequestDone)
    assert isinstance(due, PaymentDue)
    assert isinstance(change, BookingWithdrawn)
    assert {done.id, due.id, change.id} == {"request"}
    assert change.request
    assert (due.movements, due.cites) == (done.price.movements, done.cites)
    assert [quote.used_by for quote in result.quotes] == ["request"]


def test_a_return_given_up_leaves_the_way_out_as_it_is(fares: FareRules) -> None:
    """With what was paid for it, and the reservation system's word about the other."""
    result = cancelled(RETURN, fares, 2)
    left = result.booking
    assert left is not None
    assert left.journeys == RETURN.journeys[:1]
    assert [item.price for item in left.party.paid] == [dollars("200.00")]
    assert left.sale is not None
    assert [one.amount for one in left.sale.paid_with] == [dollars("200.00")]
    assert left.given_up == (GivenUp(2, (Reserved(BACK.flight, "economy"),)),)
    assert left.changes == 1
    assert OUT.flight not in result.seats or result.seats[OUT.flight].holders.keys() == {"A"}
    assert isinstance(result.facts[-1], BookingAmended)


def test_a_party_that_waits_gives_up_its_place(fares: FareRules) -> None:
    """On the waitlist, too."""
    result = cancelled(stranded(ONE_WAY), fares, waiting=WAITS)
    assert result.waiting == {("A", 1): None}


def test_a_journey_that_irops_has_moved_is_given_up_where_it_is(fares: FareRules) -> None:
    """And is known as the reservation system had it."""
    result = cancelled(moved(ONE_WAY, structs.replace(FIRST, flight="B6.2.JFK.2013-02-08")), fares)
    assert result.booking is not None
    assert result.booking.given_up == (GivenUp(1, (Reserved(FIRST.flight, "economy"),)),)
    assert "B6.2.JFK.2013-02-08" in result.seats


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"revision": 39}, ("other price", "the quote says something else than was agreed to")),
        ({"price": None}, ("other price", "the quote says something else than was agreed to")),
    ],
    ids=["another revision of the quote", "another price"],
)
def test_a_yes_to_something_else_is_refused(
    changes: dict[str, Any], refused: tuple[str, str], fares: FareRules
) -> None:
    """With a new quote."""
    of = known(ONE_WAY, fares)
    found = quoted(of)
    if "price" in changes:
        changes = {"price": structs.replace(found.price, forfeited=None)}
    result = decided(yes_to(found, **changes), found, of)
    assert refusal(result) == refused
    assert [offer.outcome for offer in result.quotes] == ["allowed"]


def test_an_unknown_quote_is_refused(fares: FareRules) -> None:
    """There is nothing to quote again."""
    of = known(ONE_WAY, fares)
    result = decided(yes_to(quoted(of)), None, of, revision=0)
    assert refusal(result) == ("unknown quote", "there is no quote quote")


def test_a_quote_is_used_once(fares: FareRules) -> None:
    """A second request finds it used."""
    of = known(ONE_WAY, fares)
    used = structs.replace(quoted(of), used_by="another")
    assert refusal(decided(yes_to(used), used, of)) == ("used", "another request has used the quote")


def test_what_is_no_offer_is_refused(fares: FareRules) -> None:
    """Whatever the answer to it."""
    of = known(ONE_WAY, fares)
    found: Quote = structs.replace(quoted(of), outcome="person")
    assert refusal(decided(yes_to(found), found, of)) == ("not allowed", "the quote is no offer: person")


def test_an_expired_quote_is_refused_and_quoted_again(fares: FareRules) -> None:
    """As of then."""
    found = quoted(known(ONE_WAY, fares))
    later = found.until + timedelta(seconds=1)
    result = decided(yes_to(found), found, known(ONE_WAY, fares, now=later))
    assert refusal(result)[0] == "expired"
    assert [offer.quoted_at for offer in result.quotes] == [later]


def test_a_booking_that_has_changed_since_is_refused(fares: FareRules) -> None:
    """Whatever has changed."""
    found = quoted(known(ONE_WAY, fares))
    result = decided(yes_to(found), found, known(ONE_WAY, fares, revision=8))
    assert refusal(result) == ("changed", "the booking has changed since the quote")


def test_a_flight_that_its_airline_has_cancelled_since_is_another_case(fares: FareRules) -> None:
    """No one pays for giving up what is not flown."""
    found = quoted(known(ONE_WAY, fares))
    dead = structs.replace(FIRST, phase="cancelled")
    result = decided(yes_to(found), found, known(ONE_WAY, fares, flights=[dead]))
    assert refusal(result) == ("changed", "flight_status was on_time, and is cancelled")


def test_a_journey_that_has_begun_since_is_refused(fares: FareRules) -> None:
    """Though the quote held."""
    early = structs.replace(FIRST, departs=NOW + timedelta(minutes=10))
    ours = sold(booking("A", [early]), "330.51")
    found = quoted(known(ours, fares, flights=[early]))
    then = known(ours, fares, flights=[early], now=NOW + timedelta(minutes=11))
    assert refusal(decided(yes_to(found), found, then)) == ("changed", "legs_flown was 0, and is 1")


_CENTS = st.integers(min_value=1, max_value=10_000_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
_SHARES = st.integers(min_value=0, max_value=100)


@given(
    fares_=st.tuples(_CENTS, _CENTS), share=_SHARES, journeys=st.sampled_from([(1,), (2,), (1, 2)]), card=st.booleans()
)
def test_money_is_conserved_to_the_cent_and_as_many_travel(
    fares_: tuple[str, str], share: int, journeys: tuple[int, ...], card: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What was paid is what stays, what goes back and what is forfeited; and a request changes no number of people."""
    rules = fare_rules(tmp_path_factory.mktemp("fares"), HALF_BACK.replace("50%", f"{share}%"))
    ours = sold(round_trip(seats=3), *fares_, card=card)
    result = cancelled(ours, rules, *journeys)
    left, done = result.booking, result.facts[0]
    assert left is not None
    assert isinstance(done, RequestDone)
    moves = sum((each.money.amount for each in done.price.movements if each.what != "kept"), Decimal(0))
    stays = sum((item.price.amount for item in left.party.paid), Decimal(0))
    assert moves + stays == sum(map(Decimal, fares_))
    if left.sale is not None and card:
        assert sum(one.amount.amount for one in left.sale.paid_with if one.amount) == stays
    assert (left.party.passengers, left.party.seats, done.passengers) == (3, 3, 3)


class _Then(NamedTuple):
    """What has happened since a quote."""

    later: int
    revision: int
    used_by: str


@given(
    then=st.builds(_Then, st.integers(0, 90), st.sampled_from([7, 8]), st.sampled_from(["", "another"])),
    named=st.sampled_from([39, 40]),
    journeys=st.sampled_from([(1,), (2,), (1, 2), (3,), ()]),
)
def test_a_request_is_carried_out_whole_or_refused_and_changes_nothing(
    then: _Then, named: int, journeys: tuple[int, ...], fares: FareRules
) -> None:
    """Whatever has happened since its quote."""
    found = structs.replace(quoted(known(RETURN, fares), *(journeys or (1, 2))), used_by=then.used_by)
    since = known(RETURN, fares, now=NOW + timedelta(minutes=then.later), revision=then.revision)
    result = decided(yes_to(found, revision=named), found, since)
    if isinstance(result.facts[0], RequestDone):
        assert (then.revision, named, then.used_by, found.outcome) == (7, 40, "", "allowed")
        assert since.now <= found.until
    else:
        refusal(result)
