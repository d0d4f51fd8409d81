"""What the audit finds in fares."""

from dataclasses import replace as but
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.fares import Fare, OpenFare
from contracts.flights import Phase
from contracts.money import Money
from contracts.names import Cabin
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import FINE, LATE, NOW, sound

FIGURE = "misoffered_fares"


def offered(seats: int, *, cabin: Cabin = "economy", flight: str = LATE) -> Fare:
    price = Money(amount=Decimal(100), currency="USD")
    fare = OpenFare(cabin=cabin, family="basic", price=price, seats=seats)
    return Fare(flight=flight, source="ladder", observed_at=NOW, because="seats", fares=(fare,))


def with_fare(fare: Fare) -> Streams:
    return but(sound(), fares={fare.flight: fare})


def test_seats_that_are_free_may_be_open() -> None:
    """B6.2 has two left."""
    assert audit(with_fare(offered(2))).findings == {}


@pytest.mark.parametrize(("seats", "cabin"), [(3, "economy"), (1, "first")])
def test_more_seats_than_are_free_are_a_fault(seats: int, cabin: Cabin) -> None:
    """Counted from the bookings; a cabin that the flight lacks has none."""
    assert audit(with_fare(offered(seats, cabin=cabin))).findings.keys() == {FIGURE}


@pytest.mark.parametrize("phase", ["cancelled", "departed", "rerouted", "arrived"])
def test_an_open_fare_of_a_flight_that_is_not_sold_is_a_fault(phase: Phase) -> None:
    """By the monitor's word."""
    streams = with_fare(offered(1, flight=FINE))
    gone = replace(streams.flights[FINE], phase=phase)
    assert FIGURE in audit(but(streams, flights={**streams.flights, FINE: gone})).findings


def test_a_fare_of_a_flight_that_there_is_none_of_is_a_fault() -> None:
    """No seat can be sold on it."""
    assert audit(with_fare(offered(1, flight="ZZ.1.JFK.2013-02-08"))).findings.keys() == {FIGURE}


def test_a_state_without_fares_offers_nothing() -> None:
    """Whatever has become of the flight."""
    closed = replace(offered(1), fares=(), closed=True)
    assert audit(with_fare(closed)).findings == {}


def test_a_fare_that_is_on_its_way_is_not_judged() -> None:
    """Its seats have just changed."""
    assert audit(but(with_fare(offered(3)), fares_on_their_way={LATE})).findings == {}
