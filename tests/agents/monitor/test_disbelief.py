"""Late, repeated, out-of-order and contradictory input changes nothing it should not."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.monitor.domain import contradiction, decide, premature
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
    "told",
    [
        pytest.param(FIRST, id="repeated"),
        pytest.param(replace(FIRST, observed_at=FIRST.observed_at - MINUTE, cancelled=True), id="older"),
        pytest.param(replace(FIRST, cancelled=True), id="of the same instant and different: the first stands"),
    ],
)
def test_what_is_not_newer_changes_nothing(told: FlightStatus) -> None:
    """A status observed no later than the state writes nothing and says nothing."""
    assert decide(flight(FIRST), told, threshold=THRESHOLD) == (None, ())


@pytest.mark.parametrize("date", ["2013-02-30", "2013-13-01", "0000-00-00", "0001-01-01", "9999-12-31"])
def test_a_flight_on_no_day_is_not_believed(date: str) -> None:
    """Its name has the right form; it opens no flight, and can be explained."""
    told = replace(FIRST, flight=f"B6.1017.JFK.{date}")
    assert decide(None, told, threshold=THRESHOLD) == (None, ())
    assert contradiction(None, told)


def test_a_flight_in_the_last_days_of_the_calendar_is_one_like_any_other() -> None:
    """What is reckoned from its times leads beyond the last day."""
    departs = datetime(9999, 12, 20, 20, tzinfo=UTC)
    told = replace(
        FIRST,
        flight="B6.1017.JFK.9999-12-20",
        scheduled_departure=departs,
        scheduled_arrival=departs + timedelta(hours=3),
    )
    assert contradiction(None, told) is None


@pytest.mark.parametrize(
    "told",
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
def test_a_status_of_something_else_is_not_believed_at_all(told: FlightStatus) -> None:
    """What can't be about this flight writes nothing, says nothing, and can be explained."""
    state = flight(FIRST)
    assert decide(state, told, threshold=THRESHOLD) == (None, ())
    assert contradiction(state, told)


def test_an_unheard_flight_is_not_opened_by_nonsense() -> None:
    """A first status that contradicts itself opens no flight."""
    assert decide(None, replace(FIRST, scheduled_arrival=DEPARTS), threshold=THRESHOLD) == (None, ())


@pytest.mark.parametrize(
    ("state", "told"),
    [
        pytest.param(flight(FIRST), replace(NEXT, estimated_departure=DEPARTS + DECADES), id="estimate decades late"),
        pytest.param(flight(FIRST), replace(NEXT, estimated_arrival=ARRIVES - DECADES), id="estimate decades early"),
        pytest.param(flight(FIRST), replace(NEXT, estimated_arrival=DEPARTS), id="arrival at the departure"),
        pytest.param(flight(FIRST), replace(NEXT, departed_at=DEPARTS), id="departed before it happened"),
        pytest.param(flight(FIRST), replace(NEXT, arrived_at=ARRIVES), id="arrived before it happened"),
        pytest.param(flight(FIRST), replace(NEXT, diverted_to="SFO"), id="diverted to where it goes"),
        pytest.param(flight(FIRST), replace(NEXT, seats={"economy": -1}), id="fewer seats than none"),
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
        pytest.param(flight(FIRST, AIRBORNE), replace(FIRST, observed_at=ARRIVES), id="not departed after all"),
        pytest.param(
            flight(FIRST, AIRBORNE),
            replace(AIRBORNE, observed_at=ARRIVES, estimated_departure=DEPARTS + 90 * MINUTE),
            id="an estimate of what happened",
        ),
    ],
)
def test_a_field_that_cannot_be_true_is_as_good_as_left_out(state: Flight, told: FlightStatus) -> None:
    """A field that can't be true alters nothing but the instant of the last word."""
    assert decide(state, told, threshold=THRESHOLD) == (replace(state, observed_at=told.observed_at), ())


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(replace(FIRST, cancelled=True), id="cancelled"),
        pytest.param(replace(LANDED, diverted_to="DEN"), id="diverted"),
        pytest.param(replace(LANDED, arrived_at=ARRIVES + 60 * MINUTE), id="arrived later"),
        pytest.param(FIRST, id="not arrived after all"),
    ],
)
def test_an_arrived_flight_is_final(told: FlightStatus) -> None:
    """After arrival nothing is written and nothing said."""
    told = replace(told, observed_at=ARRIVES + timedelta(hours=3))
    assert decide(flight(FIRST, LANDED), told, threshold=THRESHOLD) == (None, ())


def test_departed_and_cancelled_in_one_status_is_departed() -> None:
    """Who has been seen to leave the gate flies, whatever else the status says."""
    _, changes = decide(flight(FIRST), replace(AIRBORNE, cancelled=True), threshold=THRESHOLD)
    assert [c.change for c in changes] == ["departed"]


def test_a_cancellation_in_the_air_does_not_hide_what_else_is_said() -> None:
    """Only the field that can't be true is left out: the arrival told beside it counts."""
    told = replace(FIRST, observed_at=ARRIVES, cancelled=True, estimated_arrival=ARRIVES + 60 * MINUTE)
    _, changes = decide(flight(FIRST, AIRBORNE), told, threshold=THRESHOLD)
    assert [c.change for c in changes] == ["retimed"]


def test_a_feed_whose_clock_is_a_little_behind_is_believed() -> None:
    """A departure up to five minutes after it was said to be observed has happened."""
    told = replace(NEXT, observed_at=DEPARTS - 5 * MINUTE, departed_at=DEPARTS)
    assert flight(FIRST, told).phase == "departed"


def test_an_arrival_before_the_departure_does_not_take_the_departure_with_it() -> None:
    """Of two times that contradict each other the departure stands, and the flight takes as long as it was to take."""
    told = replace(NEXT, estimated_departure=DEPARTS + 180 * MINUTE, estimated_arrival=DEPARTS + 60 * MINUTE)
    state = flight(FIRST, told)
    assert (state.departs, state.arrives) == (DEPARTS + 180 * MINUTE, ARRIVES + 180 * MINUTE)


def test_another_destination_with_a_diversion_is_a_diversion() -> None:
    """A feed that overwrites the destination when a flight diverts is understood; the destination sold stays."""
    told = replace(AIRBORNE, observed_at=ARRIVES, destination="DEN", diverted_to="DEN")
    state = flight(FIRST, AIRBORNE, told)
    assert (state.phase, state.destination, state.diverted_to) == ("diverted", "SFO", "DEN")


def test_a_status_from_the_future_is_premature() -> None:
    """A clock five minutes wrong is forgiven; more would let it outrank everything that follows."""
    now = datetime(2013, 2, 8, 12, tzinfo=UTC)
    told = [replace(FIRST, observed_at=now + timedelta(minutes=m)) for m in (5, 6)]
    assert [premature(one, now=now) for one in told] == [False, True]
