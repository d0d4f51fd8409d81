"""Late, repeated, out-of-order and contradictory statuses change nothing that they should not."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.monitor.domain import contradiction, decide, is_premature
from contracts.flights import Flight, FlightStatus

DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
ARRIVES = DEPARTS + timedelta(hours=5)
THRESHOLD = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
FIRST = FlightStatus(
    flight="B6.1017.JFK.2013-02-08",
    destination="SFO",
    observed_at=DEPARTS - timedelta(hours=10),
    scheduled_departure=DEPARTS,
    scheduled_arrival=ARRIVES,
    seats={"economy": 150},
)
AIRBORNE = replace(FIRST, observed_at=DEPARTS + MINUTE, departed_at=DEPARTS)
LANDED = replace(AIRBORNE, observed_at=ARRIVES, arrived_at=ARRIVES)
NEXT = replace(FIRST, observed_at=FIRST.observed_at + MINUTE)
DECADES = timedelta(days=365 * 30)


def flight(*statuses: FlightStatus) -> Flight:
    state: Flight | None = None
    for status in statuses:
        state = decide(state, status, threshold=THRESHOLD)[0] or state
    assert state is not None
    return state


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(FIRST, id="repeated"),
        pytest.param(replace(FIRST, observed_at=FIRST.observed_at - MINUTE, cancelled=True), id="older"),
        pytest.param(replace(FIRST, cancelled=True), id="different, of the same instant: the first stands"),
    ],
)
def test_a_status_that_is_not_newer_changes_nothing(status: FlightStatus) -> None:
    """There is no state to write and no change to say."""
    assert decide(flight(FIRST), status, threshold=THRESHOLD) == (None, ())


@pytest.mark.parametrize("date", ["2013-02-30", "2013-13-01", "0000-00-00", "0001-01-01", "9999-12-31"])
def test_a_flight_on_a_date_of_no_calendar_is_not_believed(date: str) -> None:
    """Its key has the right form; no flight is made of it, and the reason is given."""
    status = replace(FIRST, flight=f"B6.1017.JFK.{date}")
    assert decide(None, status, threshold=THRESHOLD) == (None, ())
    assert contradiction(None, status)


def test_a_flight_in_the_last_days_of_the_calendar_is_like_any_other() -> None:
    """Arithmetic on its times leads beyond the last day that a date can be, and does not fail."""
    departs = datetime(9999, 12, 20, 20, tzinfo=UTC)
    status = replace(
        FIRST,
        flight="B6.1017.JFK.9999-12-20",
        scheduled_departure=departs,
        scheduled_arrival=departs + timedelta(hours=3),
    )
    assert contradiction(None, status) is None


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(
            replace(NEXT, scheduled_departure=DEPARTS + DECADES, scheduled_arrival=ARRIVES + DECADES),
            id="schedule decades away",
        ),
        pytest.param(replace(NEXT, scheduled_arrival=DEPARTS), id="scheduled to arrive as it departs"),
        pytest.param(replace(NEXT, scheduled_arrival=ARRIVES + DECADES), id="scheduled to fly for decades"),
        pytest.param(replace(NEXT, observed_at=DEPARTS + DECADES), id="observed decades later"),
        pytest.param(replace(NEXT, destination="SEA"), id="another destination"),
    ],
)
def test_a_status_that_cannot_be_of_its_flight_is_ignored(status: FlightStatus) -> None:
    """It changes nothing, and the reason is given."""
    state = flight(FIRST)
    assert decide(state, status, threshold=THRESHOLD) == (None, ())
    assert contradiction(state, status)


def test_a_contradictory_first_status_makes_no_flight() -> None:
    """There is no state before it, and none after it."""
    assert decide(None, replace(FIRST, scheduled_arrival=DEPARTS), threshold=THRESHOLD) == (None, ())


@pytest.mark.parametrize(
    ("state", "status"),
    [
        pytest.param(flight(FIRST), replace(NEXT, estimated_departure=DEPARTS + DECADES), id="estimate decades late"),
        pytest.param(flight(FIRST), replace(NEXT, estimated_arrival=ARRIVES - DECADES), id="estimate decades early"),
        pytest.param(flight(FIRST), replace(NEXT, estimated_arrival=DEPARTS), id="arrival at the departure"),
        pytest.param(flight(FIRST), replace(NEXT, departed_at=DEPARTS), id="departed before it happened"),
        pytest.param(flight(FIRST), replace(NEXT, arrived_at=ARRIVES), id="arrived before it happened"),
        pytest.param(flight(FIRST), replace(NEXT, diverted_to="SFO"), id="diverted to where it goes"),
        pytest.param(flight(FIRST), replace(NEXT, seats={"economy": -1}), id="a negative number of seats"),
        pytest.param(flight(FIRST), replace(NEXT, seats={}), id="an aircraft with no seats known"),
        pytest.param(
            flight(FIRST), replace(NEXT, tail="free upgrades for all"), id="a registration that is a sentence"
        ),
        pytest.param(
            flight(FIRST, AIRBORNE), replace(LANDED, arrived_at=DEPARTS - MINUTE), id="arrived before it left"
        ),
        pytest.param(
            flight(FIRST, AIRBORNE), replace(FIRST, observed_at=ARRIVES, cancelled=True), id="cancelled in the air"
        ),
        pytest.param(flight(FIRST, AIRBORNE), replace(FIRST, observed_at=ARRIVES), id="departure left out"),
        pytest.param(
            flight(FIRST, AIRBORNE),
            replace(AIRBORNE, observed_at=ARRIVES, estimated_departure=DEPARTS + 90 * MINUTE),
            id="an estimate of what happened",
        ),
    ],
)
def test_a_field_that_cannot_be_true_is_treated_as_missing(state: Flight, status: FlightStatus) -> None:
    """It changes nothing but the instant of the last status."""
    assert decide(state, status, threshold=THRESHOLD) == (replace(state, observed_at=status.observed_at), ())


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(replace(FIRST, cancelled=True), id="cancelled"),
        pytest.param(replace(LANDED, diverted_to="DEN"), id="diverted"),
        pytest.param(replace(LANDED, arrived_at=ARRIVES + 60 * MINUTE), id="arrived later"),
        pytest.param(FIRST, id="arrival left out"),
    ],
)
def test_an_arrived_flight_is_final(status: FlightStatus) -> None:
    """After arrival there is nothing to write and nothing to say."""
    status = replace(status, observed_at=ARRIVES + timedelta(hours=3))
    assert decide(flight(FIRST, LANDED), status, threshold=THRESHOLD) == (None, ())


def test_departed_and_cancelled_in_one_status_is_departed() -> None:
    """A flight seen to leave the gate flies, whatever else the status says."""
    _, changes = decide(flight(FIRST), replace(AIRBORNE, cancelled=True), threshold=THRESHOLD)
    assert [c.change for c in changes] == ["departed"]


def test_a_cancellation_in_the_air_does_not_hide_the_other_fields() -> None:
    """Only the field that can't be true is ignored: the arrival in the same status counts."""
    status = replace(FIRST, observed_at=ARRIVES, cancelled=True, estimated_arrival=ARRIVES + 60 * MINUTE)
    _, changes = decide(flight(FIRST, AIRBORNE), status, threshold=THRESHOLD)
    assert [c.change for c in changes] == ["retimed"]


def test_a_feed_whose_clock_is_a_little_behind_is_believed() -> None:
    """A departure up to five minutes after the status was observed has happened."""
    status = replace(NEXT, observed_at=DEPARTS - 5 * MINUTE, departed_at=DEPARTS)
    assert flight(FIRST, status).phase == "departed"


def test_an_arrival_before_the_departure_does_not_take_the_departure_with_it() -> None:
    """Of two times that contradict each other the departure stands, and the time from gate to gate is kept."""
    status = replace(NEXT, estimated_departure=DEPARTS + 180 * MINUTE, estimated_arrival=DEPARTS + 60 * MINUTE)
    state = flight(FIRST, status)
    assert (state.departs, state.arrives) == (DEPARTS + 180 * MINUTE, ARRIVES + 180 * MINUTE)


def test_another_destination_with_a_diversion_is_a_diversion() -> None:
    """A feed may overwrite the destination when a flight diverts; the flight keeps the destination that was sold."""
    status = replace(AIRBORNE, observed_at=ARRIVES, destination="DEN", diverted_to="DEN")
    state = flight(FIRST, AIRBORNE, status)
    assert (state.phase, state.destination, state.diverted_to) == ("diverted", "SFO", "DEN")


def test_a_status_from_the_future_is_premature() -> None:
    """A clock five minutes wrong is forgiven; more would let it outrank everything that follows."""
    now = datetime(2013, 2, 8, 12, tzinfo=UTC)
    statuses = [replace(FIRST, observed_at=now + timedelta(minutes=m)) for m in (5, 6)]
    assert [is_premature(status, now=now) for status in statuses] == [False, True]
