"""A flight lands elsewhere, where a party wants to be, and goes on: booker and planner both have the party off it."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import SaleRules
from agents.booker.domain.progress import Traveller, progress_of
from agents.planner.domain import Network, TripRules, availability_of
from agents.planner.domain.trip_status import trip_status
from contracts.flights import Stop
from contracts.ledger import Booking, SeatLedger
from contracts.names import Airport
from tests.agents.booker.booker_world import NOW, ONE, TWO, booking, flight, hours, key, seated
from tests.agents.planner.planner_worlds import case
from tests.single_journey import altered

STOP = Stop(airport="ORD", arrived_at=NOW - hours(2), left_at=NOW - hours(1))
GONE_ON = flight(phase="departed", departs=NOW - hours(5), arrives=NOW + hours(3), stops=(STOP,))
"""To SFO, from JFK, by way of ORD."""


def wants(airport: Airport) -> Booking:
    """A party that holds it as its last flight."""
    sold = booking("A", [GONE_ON])
    ticket = structs.replace(sold.journeys[0].ticket, destination=airport)
    return altered(sold, ticket=ticket, state="rebooked")


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        pytest.param("ORD", "ORD", id="where-it-wants-to-be"),
        pytest.param("SFO", "SFO", id="on-its-way"),
        pytest.param("BOS", "SFO", id="neither"),
    ],
)
def test_a_party_gets_off_where_it_wants_to_be(wanted: Airport, place: Airport) -> None:
    """Whatever becomes of the flight then."""
    party = wants(wanted)
    ledgers: dict[str, SeatLedger] = seated([GONE_ON, flight(TWO), flight(key(3))], [party])
    booker = progress_of(Traveller(party, party.journeys[0]), ledgers, rules=SaleRules())
    network = Network([availability_of(ledgers[ONE], revision=1, written_at=NOW)])
    status = trip_status(case(party), network, now=NOW, rules=TripRules())
    assert (booker.place, status.flights[0].lands) == (place, place)
    assert (status.broken is None) is (wanted != "BOS")


def test_it_is_there_since_the_flight_landed() -> None:
    """Its next journey may begin from then on."""
    party = wants("ORD")
    progress = progress_of(Traveller(party, party.journeys[0]), seated([GONE_ON], [party]), rules=SaleRules())
    assert progress.arrives == NOW - timedelta(hours=2)
