"""A flight that is sold under several numbers is one flight."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.monitor.domain import also_needed, decide_all
from contracts.flights import Flight, FlightStatus
from contracts.names import FlightKey

DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
FLOWN, SOLD, SOLD_TOO = "B6.83.JFK.2013-02-08", "EI.5083.JFK.2013-02-08", "QR.4083.JFK.2013-02-08"
FIRST = FlightStatus(
    flight=FLOWN,
    destination="MCO",
    observed_at=DEPARTS - timedelta(hours=10),
    scheduled_departure=DEPARTS,
    scheduled_arrival=DEPARTS + timedelta(hours=3),
    seats={"economy": 150},
    sold_as=(SOLD,),
)
NEXT = replace(FIRST, observed_at=FIRST.observed_at + timedelta(minutes=1), sold_as=())


def after(*groups: list[FlightStatus]) -> tuple[dict[FlightKey, Flight], list[tuple[FlightKey, str]]]:
    """The states, and the changes in order, after each group: decided on the states that the agent loads for it, and no others,
    since it can write no others."""
    states: dict[FlightKey, Flight] = {}
    changes: list[tuple[FlightKey, str]] = []
    for group in groups:
        loads = {status.flight for status in group}
        loads |= also_needed(group, {flight: states[flight] for flight in loads & states.keys()})
        known = {flight: states[flight] for flight in loads & states.keys()}
        decisions = decide_all(known, group, threshold=timedelta(minutes=30)).flights
        assert decisions.keys() <= loads
        states |= {flight: decision.state for flight, decision in decisions.items()}
        changes += [(flight, c.change) for flight, decision in decisions.items() for _, c in decision.changes]
    return states, changes


def test_each_number_that_a_flight_is_sold_under_has_a_state_that_names_the_flight() -> None:
    """It is no flight: nothing changes under it."""
    states, changes = after([FIRST])
    assert states[FLOWN].sold_as == (SOLD,)
    assert (states[SOLD].flight, states[SOLD].operated_as) == (SOLD, FLOWN)
    assert changes == [(FLOWN, "scheduled")]


@pytest.mark.parametrize("together", [True, False])
def test_a_status_under_a_number_that_a_flight_is_sold_under_is_one_of_the_flight(together: bool) -> None:
    """In one group with the status that names the number, and in a later one; the seats that it has are left out."""
    cancelled = replace(NEXT, flight=SOLD, cancelled=True, seats={"economy": 9})
    states, changes = after(*([[FIRST, cancelled]] if together else [[FIRST], [cancelled]]))
    assert changes == [(FLOWN, "scheduled"), (FLOWN, "cancelled")]
    assert (states[FLOWN].phase, states[FLOWN].seats) == ("cancelled", {"economy": 150})


@pytest.mark.parametrize("sold_as", [(), (SOLD,), (SOLD, SOLD_TOO)], ids=["none", "the same", "one more"])
@pytest.mark.parametrize("number", [FLOWN, SOLD])
def test_a_later_status_of_a_flight_with_other_numbers_counts(
    number: FlightKey, sold_as: tuple[FlightKey, ...]
) -> None:
    """Under either number, and whatever numbers it names."""
    states, changes = after([FIRST], [replace(NEXT, flight=number, sold_as=sold_as, cancelled=True)])
    assert changes == [(FLOWN, "scheduled"), (FLOWN, "cancelled")]
    assert states[FLOWN].sold_as == (SOLD, SOLD_TOO)[: max(len(sold_as), 1)]


def test_numbers_are_added_and_none_is_withdrawn() -> None:
    """A status may know of none, or of others."""
    states, _ = after([FIRST], [replace(NEXT, sold_as=(SOLD_TOO,))])
    assert states[FLOWN].sold_as == (SOLD, SOLD_TOO)
    assert {number for number, state in states.items() if state.operated_as == FLOWN} == {SOLD, SOLD_TOO}


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(FLOWN, id="its own"),
        pytest.param("EI.5083.EWR.2013-02-08", id="from another airport"),
        pytest.param("EI.5083.JFK.2013-02-09", id="on another day"),
        pytest.param("B6.1.JFK.2013-02-08", id="of another flight"),
        pytest.param("EI.1.JFK.2013-02-08", id="under which another flight is sold"),
    ],
)
def test_a_number_that_cannot_be_the_flights_is_ignored(number: FlightKey) -> None:
    """Everything else in the status counts."""
    other = replace(FIRST, flight="B6.1.JFK.2013-02-08", sold_as=("EI.1.JFK.2013-02-08",))
    states, changes = after([other], [replace(FIRST, sold_as=(number,))])
    assert states[FLOWN].sold_as == ()
    assert changes[-1] == (FLOWN, "scheduled")
    assert {state.operated_as for state in states.values()} == {None, other.flight}


@pytest.mark.parametrize(("number", "doubted"), [("B6.1.JFK.2013-02-08", True), (SOLD, False), (FLOWN, False)])
def test_a_number_that_cannot_be_the_flights_is_doubted(number: FlightKey, doubted: bool) -> None:
    """The rest of the status is believed. A flight that is sold under its own number is no contradiction."""
    other = replace(FIRST, flight="B6.1.JFK.2013-02-08", sold_as=())
    decided = decide_all({}, [other, replace(FIRST, sold_as=(number,))], threshold=timedelta(minutes=30))
    reasons = [(position, partly, [each.reason for each in why]) for position, partly, why in decided.doubts]
    assert reasons == [(1, True, ["contradictory"])] * doubted


def test_a_status_that_is_not_believed_names_no_number() -> None:
    """Its schedule is of no flight."""
    states, _ = after([replace(FIRST, scheduled_arrival=DEPARTS)], [replace(NEXT, flight=SOLD)])
    assert states[SOLD].operated_as is None


def test_what_a_number_stands_for_is_looked_up_only_until_it_is_known() -> None:
    """The flight of a number, and numbers that the flight does not have yet."""
    states, _ = after([FIRST])
    assert also_needed([FIRST], {}) == {SOLD}
    assert also_needed([FIRST], {FLOWN: states[FLOWN]}) == set()
    assert also_needed([replace(NEXT, flight=SOLD)], {SOLD: states[SOLD]}) == {FLOWN}
