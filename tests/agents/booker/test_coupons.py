"""What the coupons of a booking's passengers say of it."""

from msgspec import structs

from agents.booker.domain.progress import Traveller, progress_of
from agents.booker.domain.rules import SaleRules
from contracts.ledger import Booking
from contracts.passengers import CouponState, Passenger
from tests.agents.booker.booker_world import ONE, TWO, booking, decide, flight, key, leg, move, option, seated

CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
GONE = flight(phase="departed", destination="ORD")
ONWARD = flight(key(2, "ORD"), destination="SFO")


def with_coupons(came: Booking, *coupons: dict[str, CouponState]) -> Booking:
    """The booking of these people."""
    people = tuple(Passenger(id=str(number), coupons=each) for number, each in enumerate(coupons, start=1))
    return structs.replace(came, passengers=people)


def test_a_party_is_checked_in_if_any_of_it_is() -> None:
    """On that flight, at the desk or on board; not if nothing is known of its people."""
    known = with_coupons(booking("A", [flight()]), {}, {ONE: "checked_in"}, {TWO: "boarded"})
    assert [known.checked_in(each) for each in (ONE, TWO, key(3))] == [True, True, False]
    assert not booking("A", [flight()]).checked_in(ONE)


def test_a_party_did_not_come_if_none_of_it_did() -> None:
    """If one did, or nothing is known, it counts as there."""
    came = booking("A", [flight()])
    assert with_coupons(came, {ONE: "no_show"}, {ONE: "no_show"}).no_show(ONE)
    assert not with_coupons(came, {ONE: "no_show"}, {ONE: "boarded"}).no_show(ONE)
    assert not came.no_show(ONE)


def test_a_party_that_is_moved_is_checked_in_no_more() -> None:
    """On the flight that it gives up; what was flown stays so."""
    late = booking("A", [CLOSED], seats=2)
    known = with_coupons(late, {ONE: "checked_in", key(9): "flown"}, {})
    result = decide(seated([CLOSED, flight(TWO)], [known]), [known], move("A", option(leg(TWO))))
    assert [each.coupons for each in result.bookings["A"].passengers] == [{key(9): "flown"}, {}]


def test_a_party_that_did_not_come_is_where_it_was() -> None:
    """Its flight has left without it."""
    trip = booking("A", [GONE, ONWARD])
    ledgers = seated([GONE, ONWARD], [trip])

    def place(known: Booking) -> str:
        return progress_of(Traveller(known, known.journeys[0]), ledgers, rules=SaleRules()).place

    assert place(trip) == "ORD"
    assert place(with_coupons(trip, {ONE: "flown"})) == "ORD"
    assert place(with_coupons(trip, {ONE: "no_show"})) == "JFK"
