"""The index of flights, kept up to date entry by entry."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.planner.domain import Availability, Network, UnknownFlight, availability_of
from contracts.ledger import Holding, SeatLedger
from tests.agents.planner.planner_worlds import DAY, at, flight


def seen(network: Network, route: str = "JFK-MCO") -> list[str]:
    origin, destination = route.split("-")
    found = network.between(origin, destination, earliest=DAY, latest=DAY + timedelta(days=2))
    return [f.flight.split(".")[1] for f in found]


def listed(network: Network) -> dict[str, list[Availability]]:
    """The departures from JFK, by destination."""
    return {to: departures.flights for to, departures in network.destinations("JFK").items()}


def listed_by_destination(network: Network) -> dict[str, list[Availability]]:
    """The same, as the destinations list them."""
    return {to: d.flights for to in ("MCO", "BOS") for origin, d in network.origins(to).items() if origin == "JFK"}


def test_availability_counts_free_seats() -> None:
    """Free seats are capacity less seats held, negative on a smaller aircraft. Freed seats are no disruption."""
    ledger = SeatLedger(
        flight="B6.1.JFK.2013-02-08",
        destination="MCO",
        phase="scheduled",
        departs=at(10),
        arrives=at(13),
        capacity={"economy": 5},
        last_change=4,
        last_fact=3,
        last_disruption=2,
        holders={"A": Holding("economy", 4), "B": Holding("economy", 2), "C": Holding("first", 1)},
    )
    found = availability_of(ledger, revision=8, written_at=DAY)
    assert (found.free, found.last_disruption, found.origin, found.revision) == (
        {"economy": -1, "first": -1},
        2,
        "JFK",
        8,
    )


def test_departures_come_in_order_of_time() -> None:
    """Flights between two airports are listed by departure, in whatever order they were added."""
    assert seen(Network([flight("B6.2", "JFK-MCO", 15), flight("B6.1", "JFK-MCO", 9)])) == ["1", "2"]


def test_a_retimed_flight_moves_in_the_order() -> None:
    """A new departure replaces the old one."""
    network = Network([flight("B6.1", "JFK-MCO", 9), flight("B6.2", "JFK-MCO", 15)])
    network.put(flight("B6.1", "JFK-MCO", 20))
    assert seen(network) == ["2", "1"]


def test_a_flight_that_cannot_be_sold_is_known_but_not_listed() -> None:
    """Cancelled, departed, diverted and arrived flights are found by key only."""
    network = Network([flight("B6.1", "JFK-MCO", 9)])
    network.put(flight("B6.1", "JFK-MCO", 9, phase="cancelled"))
    assert seen(network) == []
    assert network["B6.1.JFK.2013-02-08"].phase == "cancelled"


def test_flights_leave_the_index_when_their_time_has_passed() -> None:
    """An hour later they are dropped; they are still found by key, and are listed again once they are to leave later."""
    network = Network([flight("B6.1", "JFK-MCO", 9), flight("B6.2", "JFK-MCO", 15), flight("B6.3", "JFK-BOS", 9)])
    network.drop_departed(at(10))
    assert (seen(network), list(network.destinations("JFK")), len(network)) == (["2"], ["MCO"], 3)
    network.put(flight("B6.1", "JFK-MCO", 9, economy=3))
    network.put(flight("B6.3", "JFK-BOS", 11))
    network.remove("B6.1.JFK.2013-02-08")
    assert (seen(network), seen(network, "JFK-BOS")) == (["2"], ["3"])


def test_a_flight_missing_from_the_ledger_is_an_error_that_names_it() -> None:
    """A booking on an unknown flight is not skipped."""
    with pytest.raises(UnknownFlight, match=r"B6\.9\.JFK\.2013-02-08"):
        Network()["B6.9.JFK.2013-02-08"]


updates = st.lists(
    st.builds(
        flight,
        st.sampled_from(["B6.1", "B6.2", "DL.3"]),
        st.sampled_from(["JFK-MCO", "JFK-BOS"]),
        st.sampled_from([6.0, 9.0, 15.0]),
        economy=st.integers(-2, 5),
        phase=st.sampled_from(["scheduled", "cancelled", "departed"]),
    ),
    max_size=25,
)


@given(updates, st.lists(st.integers(0, 24), max_size=4), st.lists(st.integers(0, 24), max_size=2))
def test_updates_give_the_same_index_as_a_fresh_start(
    changes: list[Availability], removed: list[int], passed: list[int]
) -> None:
    """After any updates and removals, as time passes, the network equals one built from the last entry of each flight."""
    network, last = Network(), dict[str, Availability]()
    for i, change in enumerate(changes):
        network.put(change)
        last[change.flight] = change
        if i in removed:
            network.remove(change.flight)
            del last[change.flight]
        if i in passed:
            network.drop_departed(at(i))
        assert listed(network) == listed_by_destination(network)
    fresh = Network(last.values())
    network.drop_departed(at(30))
    fresh.drop_departed(at(30))
    for later in last.values():
        for each in (network, fresh):
            each.put(structs.replace(later, departs=at(40)))
    assert len(network) == len(fresh)
    assert listed(network) == listed(fresh) == listed_by_destination(network)
    for route in ("JFK-MCO", "JFK-BOS"):
        assert seen(network, route) == seen(fresh, route)


@pytest.mark.parametrize(
    ("held", "free"),
    [
        pytest.param(9, 1, id="below-the-capacity"),
        pytest.param(11, 0, id="above-it"),
        pytest.param(12, 0, id="all-that-is-authorised"),
        pytest.param(13, -1, id="above-that"),
    ],
)
def test_a_cabin_sold_above_its_capacity_by_intent_has_no_free_seats_and_lacks_none(held: int, free: int) -> None:
    """The ledger says the same."""
    sold = SeatLedger(
        flight="B6.1.JFK.2013-02-08",
        destination="MCO",
        phase="scheduled",
        departs=at(1),
        arrives=at(2),
        capacity={"economy": 10},
        authorised={"economy": 12},
        last_change=1,
        holders={"A": Holding("economy", held)},
    )
    assert availability_of(sold, revision=1, written_at=at(0)).free == {"economy": free}
    assert sold.free("economy") == free
