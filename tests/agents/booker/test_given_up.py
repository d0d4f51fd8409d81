"""What a party has given up by a request, and the reservation system goes on to repeat."""

import pytest
from msgspec import structs

from contracts.ledger import Booking, GivenUp, Reserved
from contracts.reservations import BookingAmended, BookingWithdrawn
from tests.agents.booker.booker_world import booking
from tests.agents.booker.request_world import dollars, sold
from tests.agents.booker.reservation_world import (
    BACK,
    FIRST,
    LATER_BACK,
    SECOND,
    decided,
    facts,
    flights_of,
    round_trip,
    why,
)
from tests.reservation_system import whole, withdrawn

THEIRS = sold(round_trip(), "200.00", "100.00")
GIVEN_UP = (GivenUp(2, (Reserved(BACK.flight, "economy"),)),)


def without_return(theirs: Booking = THEIRS) -> Booking:
    """Ours, once the party has given up the way back."""
    left = sold(structs.replace(theirs, journeys=theirs.journeys[:1]), "200.00")
    return structs.replace(left, given_up=GIVEN_UP, changes=1)


def cancelled() -> Booking:
    """Ours, once the party has given up its one journey."""
    theirs = booking("A", [FIRST])
    party = structs.replace(theirs.party, contact="", paid=())
    return structs.replace(
        theirs, party=party, journeys=(), given_up=(GivenUp(1, (Reserved(FIRST.flight, "economy"),)),), changes=1
    )


def test_a_version_that_repeats_it_leaves_it_given_up() -> None:
    """And is taken in otherwise; what was paid for it does not come back."""
    result = decided(whole(THEIRS, contact="new@example.org"), ours=[without_return()])
    ours = result.bookings["A"]
    (fact,) = facts(result)
    assert isinstance(fact, BookingAmended)
    assert fact.journeys == ()
    assert (flights_of(ours), ours.party.contact) == (flights_of(without_return()), "new@example.org")
    assert (ours.given_up, ours.changes) == (GIVEN_UP, 1)
    assert [item.price for item in ours.party.paid] == [dollars("200.00")]
    assert ours.sale is not None
    assert [one.amount for one in ours.sale.paid_with] == [dollars("200.00")]


def test_a_version_without_it_settles_it() -> None:
    """The reservation system knows by then."""
    result = decided(whole(without_return()), ours=[without_return()])
    assert result.bookings["A"].given_up == ()


def test_other_flights_for_it_wait_for_a_person() -> None:
    """The party does not travel then."""
    reason, detail = why(decided(whole(round_trip(back=LATER_BACK)), ours=[without_return()]))
    assert (reason, detail) == ("moved", "journey 2 is moved to B6 6, and the party has given it up")


def test_a_version_that_repeats_a_cancelled_booking_changes_nothing() -> None:
    """No one is brought back."""
    result = decided(whole(booking("A", [FIRST])), ours=[cancelled()])
    (fact,) = facts(result)
    assert isinstance(fact, BookingWithdrawn)
    assert (fact.version, fact.request, fact.journeys) == (1, False, ())
    assert result.bookings["A"] == structs.replace(cancelled(), version=1)
    assert result.seats == {}


@pytest.mark.parametrize(
    ("theirs", "detail"),
    [
        (booking("A", [SECOND]), "journey 1 is moved to B6 2, and the party has given it up"),
        (round_trip(), "journey 1 is moved to B6 4, and the party has given it up"),
    ],
    ids=["other flights", "more journeys"],
)
def test_another_trip_for_a_cancelled_booking_waits_for_a_person(theirs: Booking, detail: str) -> None:
    """It may be the party's wish, or a mistake."""
    assert why(decided(whole(theirs), ours=[cancelled()])) == ("moved", detail)


def test_a_cancelled_booking_that_is_withdrawn_is_so_by_both() -> None:
    """What comes after is a new booking."""
    result = decided(withdrawn(), ours=[cancelled()])
    assert result.bookings["A"].given_up == ()
    later = decided(whole(booking("A", [SECOND]), 2), ours=[result.bookings["A"]])
    assert flights_of(later.bookings["A"]) == [[SECOND.flight]]
