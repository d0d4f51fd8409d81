"""Bookings brought in from elsewhere."""

import pytest
from msgspec import structs

from agents.booker.domain import import_bookings
from contracts.ledger import Booking, Held
from tests.booker.booker_world import DEPARTS, ONE, TWO, booking, flight, hours, key, party, seated

OPEN = flight(n=3, disrupted_n=2, departs=DEPARTS + hours(1))
CONNECTION = flight(key(4, "SFO"), destination="LAX", departs=DEPARTS + hours(5.3), arrives=DEPARTS + hours(6))


def test_a_sound_booking_gets_its_seats() -> None:
    """It starts as ticketed at the ledger's times, answered for all that was said before."""
    came = booking("A", [flight()], seats=2, state="kept", plan="elsewhere")
    result = import_bookings([came], existing=(), flights={ONE: OPEN})
    assert result.seats[ONE].holders == {"A": Held("economy", 2)}
    taken = result.bookings["A"]
    assert (taken.state, taken.plan, taken.legs[0].answered, taken.legs[0].departs) == ("ticketed", "", 2, OPEN.departs)
    assert result.refused == {}


def test_bookings_share_the_seats_in_order() -> None:
    """Who comes after the last seat is told flight, cabin, wanted and free."""
    came = [booking("A", [flight()], seats=8), booking("B", [flight()], seats=3), booking("C", [flight()], seats=2)]
    result = import_bookings(came, existing=(), flights={ONE: OPEN})
    assert set(result.bookings) == {"A", "C"}
    assert result.refused == {"B": f"no seats on {ONE} in economy: 3 wanted, 2 free"}


def test_a_pnr_that_comes_twice_is_taken_once() -> None:
    """The second one exists already."""
    result = import_bookings([booking("A", [flight()])] * 2, existing=(), flights={ONE: OPEN})
    assert (set(result.bookings), result.refused) == ({"A"}, {"A": "exists already"})


A = booking("A", [flight()])


@pytest.mark.parametrize(
    ("came", "why"),
    [
        pytest.param(booking("X", [flight()]), "exists already", id="exists"),
        pytest.param(booking("A", [flight(key(9))]), f"unknown flight {key(9)}", id="unknown-flight"),
        pytest.param(booking("A", [flight(TWO)]), f"closed flight {TWO}: it is cancelled", id="closed-flight"),
        pytest.param(
            booking("A", [flight()], cabin="first"), f"no seats on {ONE} in first: 1 wanted, 0 free", id="no-such-cabin"
        ),
        pytest.param(structs.replace(A, legs=()), "has no legs", id="no-legs"),
        pytest.param(
            booking("A", [flight()], party=party(0)),
            "a party needs a passenger and a seat at least: it has 0 and 0",
            id="nobody",
        ),
        pytest.param(
            booking("A", [flight(destination="BOS")]), f"{ONE} flies to SFO, not to BOS", id="other-destination"
        ),
        pytest.param(
            structs.replace(A, ticket=structs.replace(A.ticket, destination="BOS")),
            "its legs end in SFO, its ticket in BOS",
            id="ends-elsewhere",
        ),
        pytest.param(
            structs.replace(A, ticket=structs.replace(A.ticket, origin="BOS")),
            f"legs out of order: {ONE} leaves from JFK, the party is in BOS",
            id="begins-elsewhere",
        ),
        pytest.param(
            booking("A", [flight(), CONNECTION]),
            f"legs out of order: {CONNECTION.flight} leaves before the flight before it arrives",
            id="backwards",
        ),
    ],
)
def test_an_unsound_booking_is_refused_with_its_reason(came: Booking, why: str) -> None:
    """It gets no seats and leaves no trace."""
    late = flight(departs=DEPARTS + hours(1), arrives=DEPARTS + hours(6))
    flights = seated([late, flight(TWO, phase="cancelled"), CONNECTION], [])
    result = import_bookings([came], existing={"X"}, flights=flights)
    assert (result.refused, result.bookings, result.seats) == ({came.pnr: why}, {}, {})


def test_a_short_connection_that_was_sold_is_taken() -> None:
    """Eighteen minutes is less than we would sell; it is not ours to unsell."""
    came = booking("A", [flight(), CONNECTION])
    result = import_bookings([came], existing=(), flights=seated([flight(), CONNECTION], []))
    assert set(result.seats) == {ONE, CONNECTION.flight}
