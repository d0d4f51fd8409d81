"""A flight's life, row by row: what becomes of it in each phase by each thing that a status can say."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from msgspec.structs import replace

from agents.monitor.domain import AFTER, DOUBTED, decide
from agents.monitor.domain.lifecycle import ELSEWHERE, Report, Row
from agents.monitor.domain.reporting import row_of
from contracts.flights import Change, Flight, FlightStatus, Phase, Stop

DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
ARRIVES = DEPARTS + timedelta(hours=5)
THRESHOLD = timedelta(minutes=30)
FIRST = FlightStatus(
    flight="B6.1017.JFK.2013-02-08",
    destination="ORD",
    observed_at=DEPARTS - timedelta(hours=60),
    scheduled_departure=DEPARTS,
    scheduled_arrival=ARRIVES,
    seats={"economy": 150},
)


def at(hours: float, /, **fields: object) -> FlightStatus:
    """A status observed so many hours after the scheduled departure."""
    return replace(replace(FIRST, seats=None), observed_at=DEPARTS + timedelta(hours=hours), **fields)


def hour(hours: float) -> datetime:
    return DEPARTS + timedelta(hours=hours)


def flight(*statuses: FlightStatus) -> Flight:
    state: Flight | None = None
    for status in statuses:
        state = decide(state, status, threshold=THRESHOLD).state or state
    assert state is not None
    return state


LEFT = at(0.1, departed_at=DEPARTS)
TO_DTW = at(3, departed_at=DEPARTS, diverted_to="DTW", estimated_arrival=hour(4))
BACK_TO_JFK = at(1, departed_at=DEPARTS, diverted_to="JFK", estimated_arrival=hour(2))
AT_DTW = at(4, departed_at=DEPARTS, diverted_to="DTW", arrived_at=hour(4))
BACK = at(2, departed_at=DEPARTS, diverted_to="JFK", arrived_at=hour(2))
THERE = at(5, departed_at=DEPARTS, arrived_at=ARRIVES)

LIVES: dict[Row, list[FlightStatus]] = {
    "scheduled": [],
    "rerouted": [at(-2, diverted_to="MKE")],
    "cancelled": [at(-2, cancelled=True)],
    "departed": [LEFT],
    "diverted": [LEFT, TO_DTW],
    "returning": [LEFT, BACK_TO_JFK],
    "landed": [LEFT, TO_DTW, AT_DTW],
    "returned": [LEFT, BACK_TO_JFK, BACK],
    "arrived": [LEFT, THERE],
}
"""How a flight comes into each row."""
SAYS: dict[Report, FlightStatus] = {
    "nothing new": at(9),
    "leaves later": at(9, estimated_departure=hour(12)),
    "cancelled": at(9, cancelled=True),
    "elsewhere": at(9, diverted_to="CLE"),
    "as planned": at(9, diverted_to="ORD"),
    "left": at(9, departed_at=hour(9)),
    "left for elsewhere": at(9, departed_at=hour(9), diverted_to="CLE"),
    "landed": at(9, arrived_at=hour(9), diverted_to="CLE"),
    "returned": at(9, arrived_at=hour(9), diverted_to="JFK"),
    "arrived": at(9, arrived_at=hour(9)),
}
"""A status that says each, to any flight that does not know it."""


def test_the_table_has_every_row_and_column() -> None:
    """No state and no word is left out."""
    assert set(AFTER) == {(row, report) for row in get_args(Row) for report in get_args(Report)}
    assert set(LIVES) == set(get_args(Row))
    assert set(SAYS) == set(get_args(Report))


@pytest.mark.parametrize("row", get_args(Row))
def test_a_life_leads_into_its_row(row: Row) -> None:
    """So that the next test is about that row."""
    assert row_of(flight(FIRST, *LIVES[row])) == row


@pytest.mark.parametrize("report", get_args(Report))
@pytest.mark.parametrize("row", get_args(Row))
def test_a_status_takes_a_flight_where_the_table_has_it(row: Row, report: Report) -> None:
    """And where the table doubts the status, its word is doubted. A departure of a flight under way is the known one."""
    if row == "departed" and report == "left":
        pytest.skip("a flight under way has left")
    before = flight(FIRST, *LIVES[row])
    status = SAYS[report]
    if row == "rerouted" and report == "left":  # what a status leaves out it does not deny
        status = replace(status, diverted_to="ORD")
    outcome = decide(before, status, threshold=THRESHOLD)
    after = outcome.state or before
    assert after.phase == AFTER[row, report]
    assert ("contradictory" in {doubt.reason for doubt in outcome.doubts}) == ((row, report) in DOUBTED)
    assert (after.diverted_to is not None) == (after.phase in ELSEWHERE)


@pytest.mark.parametrize(
    ("statuses", "changes"),
    [
        pytest.param(
            [LEFT, TO_DTW, at(4.5, departed_at=DEPARTS, arrived_at=hour(4.5))],
            ["departed", "diverted", "arrived"],
            id="diverted, and at its destination all the same",
        ),
        pytest.param(
            [
                LEFT,
                TO_DTW,
                AT_DTW,
                at(6, departed_at=hour(6), estimated_arrival=hour(7)),
                at(7, departed_at=hour(6), arrived_at=hour(7)),
            ],
            ["departed", "diverted", "landed", "departed", "arrived"],
            id="on its way again to its destination",
        ),
        pytest.param(
            [LEFT, TO_DTW, AT_DTW, at(6, departed_at=hour(6), diverted_to="MKE")],
            ["departed", "diverted", "landed", "departed", "diverted"],
            id="on its way again to another airport",
        ),
        pytest.param(
            [LEFT, TO_DTW, at(6, departed_at=hour(6), diverted_to="DTW")],
            ["departed", "diverted", "departed"],
            id="on its way again by a feed that repeats the diversion and missed the landing",
        ),
        pytest.param(
            [LEFT, TO_DTW, at(3.5, departed_at=DEPARTS, diverted_to="ORD")],
            ["departed", "diverted", "departed"],
            id="a diversion withdrawn in the air",
        ),
        pytest.param(
            [LEFT, BACK_TO_JFK, BACK, at(2.5, departed_at=DEPARTS, cancelled=True)],
            ["departed", "diverted", "returned", "cancelled"],
            id="returned, then cancelled",
        ),
        pytest.param(
            [LEFT, BACK_TO_JFK, BACK, at(2.5, estimated_departure=hour(5)), at(5, departed_at=hour(5))],
            ["departed", "diverted", "returned", "retimed", "departed"],
            id="returned, then leaving again",
        ),
        pytest.param(
            [LEFT, at(2, departed_at=DEPARTS, arrived_at=hour(2), diverted_to="JFK", estimated_departure=hour(5))],
            ["departed", "returned", "retimed"],
            id="returned with a time to leave again, in one status",
        ),
        pytest.param(
            [LEFT, BACK_TO_JFK, BACK, at(2.5, cancelled=True), at(3, departed_at=DEPARTS, diverted_to="JFK")],
            ["departed", "diverted", "returned", "cancelled", "restored", "returned"],
            id="returned, cancelled, not cancelled, and no time to leave yet",
        ),
        pytest.param(
            [at(-48, diverted_to="MKE"), at(-47, cancelled=True)],
            ["diverted", "cancelled"],
            id="rerouted, then cancelled",
        ),
        pytest.param(
            [at(-48, diverted_to="MKE"), at(-47, diverted_to="ORD")], ["diverted", "restored"], id="rerouted, and back"
        ),
        pytest.param([at(-48, diverted_to="MKE"), LEFT], ["diverted", "departed"], id="rerouted, and on its way"),
    ],
)
def test_each_way_back_is_a_change(statuses: list[FlightStatus], changes: list[Change]) -> None:
    """Each change once, in order."""
    state = flight(FIRST)
    found: list[Change] = []
    for status in statuses:
        outcome = decide(state, status, threshold=THRESHOLD)
        assert outcome.state is not None
        state = outcome.state
        found += [changed.change for changed in outcome.changes]
    assert found == changes


def test_a_stop_is_remembered() -> None:
    """When it landed and when it went on; the departure from its origin stays."""
    state = flight(FIRST, LEFT, TO_DTW, AT_DTW, at(6, departed_at=hour(6)))
    assert state.stops == (Stop(airport="DTW", arrived_at=hour(4), left_at=hour(6)),)
    assert (state.departs, state.diverted_to, state.phase) == (DEPARTS, None, "departed")
    assert state.arrives > hour(6)


def test_a_flight_that_came_back_leaves_no_sooner_than_it_came() -> None:
    """So a connection that it would make only by its old times is known to be lost."""
    state = flight(FIRST, LEFT, BACK_TO_JFK, BACK)
    assert (state.departs, state.arrives) == (hour(2), hour(7))


def test_what_a_feed_repeats_of_the_attempt_before_is_old() -> None:
    """A departure from before the return is not another departure."""
    state = flight(FIRST, LEFT, BACK, replace(BACK, observed_at=hour(3)), at(4, departed_at=DEPARTS))
    assert (state.phase, state.departs) == ("returned", hour(2))


@pytest.mark.parametrize("before", [[], [LEFT]], ids=["nothing-heard", "left"])
def test_a_flight_back_and_cancelled_in_one_status_has_come_back(before: list[FlightStatus]) -> None:
    """So the departure that its feed repeats is of the attempt before, and it is not in the air again."""
    state = flight(FIRST, *before, replace(BACK, cancelled=True))
    assert (state.phase, state.returned_at, state.departs) == ("cancelled", hour(2), hour(2))
    assert (
        flight(FIRST, *before, replace(BACK, cancelled=True), at(3, departed_at=DEPARTS, cancelled=True)).phase
        == "cancelled"
    )


def test_a_return_after_a_stop_is_not_repeated_as_another() -> None:
    """It has landed twice by then, and left a third time: what a feed repeats of the return is old."""
    stop = [LEFT, TO_DTW, AT_DTW, at(5, departed_at=hour(5))]
    back = at(6, departed_at=hour(5), diverted_to="JFK", arrived_at=hour(6))
    again = at(7, departed_at=hour(7))
    state = flight(FIRST, *stop, back, again, at(7.5, departed_at=hour(7), arrived_at=hour(6), diverted_to="JFK"))
    assert state.phase == "diverted"  # as far as it says where it goes; it has not landed there yet
    assert state.returned_at == hour(6)


def test_a_flight_that_came_back_and_was_cancelled_by_mistake_has_not_left_before_it_came() -> None:
    """Its estimate is of the attempt before."""
    state = flight(FIRST, LEFT, BACK, at(2.5, cancelled=True, estimated_departure=hour(0.5)), at(3))
    assert (state.phase, state.departs) == ("returned", hour(2))


def test_a_diversion_without_an_estimate_makes_a_flight_an_hour_later() -> None:
    """A stop costs time, whatever the feed leaves out."""
    assert flight(FIRST, LEFT, replace(TO_DTW, estimated_arrival=None)).arrives == ARRIVES + timedelta(hours=1)


@pytest.mark.parametrize(
    "life",
    [
        pytest.param(
            [at(-2, diverted_to="MKE"), at(0.1, departed_at=DEPARTS, diverted_to="MKE")], id="leaves-for-there"
        ),
        pytest.param([LEFT, BACK, at(3.2, estimated_departure=hour(3.1))], id="back-and-should-have-left-again"),
    ],
)
def test_a_move_of_an_hour_is_announced_whatever_the_phase(life: list[FlightStatus]) -> None:
    """The departure for an airport that was known before is an hour's detour; a flight that came back may be late once more."""
    known, state = flight(FIRST, *life[:-1]), flight(FIRST, *life)
    assert max(state.departs - known.departs, state.arrives - known.arrives) >= timedelta(hours=1)
    assert (state.announced_departure, state.announced_arrival) == (state.departs, state.arrives)


@pytest.mark.parametrize("phase", ["scheduled", "rerouted"])
def test_a_word_of_another_airport_takes_no_passenger_on_board(phase: Phase) -> None:
    """Two days ahead it is a re-routing; cancelled after that, the flight is cancelled."""
    before = flight(FIRST, *LIVES["rerouted" if phase == "rerouted" else "scheduled"])
    after = decide(before, at(-1, diverted_to="CLE"), threshold=THRESHOLD).state
    assert after is not None
    assert after.phase == "rerouted"
