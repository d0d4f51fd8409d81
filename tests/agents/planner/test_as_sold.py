"""What was sold binds too: limits of the rules below it do not keep a party from its own flights."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.planner.domain import TripRules
from contracts.names import Airport
from tests.agents.planner.planner_worlds import booking, flight, only, party, trips
from tests.single_journey import altered

FIRST = flight("B6.1", "JFK-ORD", 14, hours=2)
MINOR = party(ssrs=("UMNR",))


def test_a_party_that_was_sold_four_flights_may_be_given_four() -> None:
    """Three of them are its own still."""
    own = [
        flight("B6.1", "JFK-BOS", 14, hours=1),
        flight("B6.2", "BOS-ORD", 16, hours=2),
        flight("B6.3", "ORD-DEN", 20, hours=2),
    ]
    gone = flight("B6.4", "DEN-SFO", 24, hours=2, phase="cancelled", last_disruption=1)
    other = flight("B6.5", "DEN-SFO", 25, hours=2)
    proposed = only(booking("A", *own, gone), [*own, gone, other])
    assert trips(proposed) == [["B6.1.JFK", "B6.2.BOS", "B6.3.ORD", "B6.5.DEN"]]


@pytest.mark.parametrize(("sold", "verdict"), [(8, "move"), (7, "none")])
def test_a_party_may_be_given_as_long_a_stay_as_it_was_sold(sold: int, verdict: str) -> None:
    """Of 7.5 hours. The rules allow six."""
    gone = flight("B6.2", "ORD-SFO", 24, hours=4, phase="cancelled", last_disruption=1)
    other = flight("B6.3", "ORD-SFO", 23.5, hours=4)
    of = altered(booking("A", FIRST, gone), longest_stay=timedelta(hours=sold))
    assert only(of, [FIRST, gone, other]).verdict == verdict


@pytest.mark.parametrize("via", ["ORD", "MDW"])
def test_a_minor_that_was_sold_a_connection_may_be_given_one(via: Airport) -> None:
    """At one airport: no one takes it to another of the city."""
    gone = flight("B6.2", "ORD-SFO", 18, hours=4, phase="cancelled", last_disruption=1)
    other = flight("B6.3", f"{via}-SFO", 20, hours=4)
    rules = TripRules(cities={"ORD": "CHI", "MDW": "CHI"})
    proposed = only(booking("A", FIRST, gone, who=MINOR), [FIRST, gone, other], rules=rules)
    assert trips(proposed) == ([["B6.1.JFK", "B6.3.ORD"]] if via == "ORD" else [])


@pytest.mark.parametrize(
    ("tail", "expected"),
    [(None, ["B6.1.JFK", "B6.1.ORD"]), ("N2", ["B6.1.JFK", "B6.3.ORD"])],
    ids=["through", "swapped"],
)
def test_a_party_that_was_sold_a_stop_may_be_given_it_again(tail: str | None, expected: list[str]) -> None:
    """Of twenty minutes, on board; with another aircraft it would have to change planes. It had been moved to the night."""
    onward = structs.replace(flight("B6.1", "ORD-SFO", 16 + 1 / 3, hours=4), tail=tail)
    first, night = structs.replace(FIRST, tail="N1"), flight("B6.9", "JFK-SFO", 30, hours=6)
    dead, other = structs.replace(night, phase="cancelled", last_disruption=1), flight("B6.3", "ORD-SFO", 18, hours=4)
    sold = booking("A", first, onward)
    of = altered(booking("A", dead), ticket=sold.journeys[0].ticket, state="rebooked")
    assert trips(only(of, [first, onward, dead, other]))[0] == expected


def test_a_minor_that_was_sold_none_is_given_none() -> None:
    gone = flight("B6.2", "JFK-SFO", 14, hours=6, phase="cancelled", last_disruption=1)
    onward = flight("B6.3", "ORD-SFO", 18, hours=4)
    assert only(booking("A", gone, who=MINOR), [gone, FIRST, onward]).verdict == "none"
