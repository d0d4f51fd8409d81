"""What one status makes of one flight."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.monitor.domain import decide
from contracts.flights import Change, Flight, FlightChanged, FlightStatus

DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
ARRIVES = DEPARTS + timedelta(hours=5)
THRESHOLD = timedelta(minutes=30)
FIRST = FlightStatus(
    flight="B6.1017.JFK.2013-02-08",
    destination="SFO",
    observed_at=DEPARTS - timedelta(hours=10),
    scheduled_departure=DEPARTS,
    scheduled_arrival=ARRIVES,
    seats={"first": 12, "economy": 150},
    tail="N503JB",
)
"""The first status of a flight on time; each test says what later ones add."""


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def later(number: int = 1, /, **told: object) -> FlightStatus:
    """A status observed `number` minutes after the first, saying this and nothing else."""
    return at(FIRST.observed_at + minutes(number), **told)


def at(observed: datetime, /, **told: object) -> FlightStatus:
    return replace(replace(FIRST, seats=None, tail=None), observed_at=observed, **told)


def after(*statuses: FlightStatus) -> Flight:
    """The flight after these, the first of which is `FIRST`."""
    state, _ = decide(None, FIRST, threshold=THRESHOLD)
    for status in statuses:
        state = decide(state, status, threshold=THRESHOLD)[0] or state
    assert state is not None
    return state


def names(changes: Sequence[FlightChanged]) -> list[Change]:
    return [changed.change for changed in changes]


def changes_of(state: Flight | None, status: FlightStatus) -> list[Change]:
    return names(decide(state, status, threshold=THRESHOLD)[1])


DEPARTED = at(DEPARTS + minutes(5), departed_at=DEPARTS + minutes(5))
DIVERTED = at(DEPARTS + minutes(200), departed_at=DEPARTS + minutes(5), diverted_to="DEN")
ARRIVED = at(ARRIVES, departed_at=DEPARTS + minutes(5), arrived_at=ARRIVES)
CANCELLED = later(60, cancelled=True)


def test_a_flight_first_heard_of_is_scheduled_and_counted_one() -> None:
    """The first status of a flight opens it with its schedule, its seats and n = 1."""
    state, changes = decide(None, FIRST, threshold=THRESHOLD)
    assert state is not None
    assert (state.last_change, state.phase, state.departs, state.arrives) == (1, "scheduled", DEPARTS, ARRIVES)
    assert (state.seats, state.tail) == ({"first": 12, "economy": 150}, "N503JB")
    assert [(c.n, c.change, c.state) for c in changes] == [(1, "scheduled", state)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(CANCELLED, ["scheduled", "cancelled"], id="cancelled"),
        pytest.param(later(estimated_departure=DEPARTS + minutes(90)), ["scheduled", "retimed"], id="late"),
        pytest.param(DEPARTED, ["scheduled", "departed"], id="departed"),
        pytest.param(DIVERTED, ["scheduled", "departed", "diverted"], id="diverted"),
        pytest.param(ARRIVED, ["scheduled", "departed", "arrived"], id="arrived"),
    ],
)
def test_a_first_status_that_already_says_more_is_scheduled_first(told: FlightStatus, expected: list[Change]) -> None:
    """What a first status says beyond the schedule is said after `scheduled`, in the same commit."""
    assert changes_of(None, told) == expected


@pytest.mark.parametrize(
    ("before", "told", "expected"),
    [
        pytest.param([], later(), [], id="on time: nothing new"),
        pytest.param([], CANCELLED, ["cancelled"], id="scheduled: cancelled"),
        pytest.param([CANCELLED], later(90, cancelled=True), [], id="cancelled: cancelled again"),
        pytest.param([CANCELLED], later(90), ["restored"], id="cancelled: no longer said to be"),
        pytest.param(
            [CANCELLED],
            later(90, estimated_departure=DEPARTS + minutes(120), seats={"economy": 99}),
            ["restored", "re-equipped", "retimed"],
            id="cancelled: restored, later, smaller",
        ),
        pytest.param([CANCELLED], DEPARTED, ["restored", "departed"], id="cancelled: left all the same"),
        pytest.param([], later(seats={"first": 12, "economy": 100}), ["re-equipped"], id="another aircraft"),
        pytest.param([], later(seats={"first": 12, "economy": 150}), [], id="an aircraft of the same size"),
        pytest.param([], DEPARTED, ["departed"], id="scheduled: departed"),
        pytest.param(
            [],
            at(DEPARTS + minutes(45), departed_at=DEPARTS + minutes(45)),
            ["retimed", "departed"],
            id="scheduled: departed, unannounced, 45 min late",
        ),
        pytest.param([], at(ARRIVES, arrived_at=ARRIVES), ["arrived"], id="scheduled: arrived, its departure lost"),
        pytest.param([], at(ARRIVES, diverted_to="DEN"), ["diverted"], id="scheduled: diverted, its departure lost"),
        pytest.param(
            [DEPARTED],
            at(DEPARTS + minutes(60), estimated_arrival=ARRIVES + minutes(40)),
            ["retimed"],
            id="airborne: lands 40 min late",
        ),
        pytest.param([DEPARTED], at(DEPARTS + minutes(60), seats={"economy": 9}), [], id="airborne: no other aircraft"),
        pytest.param([DEPARTED], ARRIVED, ["arrived"], id="departed: arrived"),
        pytest.param(
            [DEPARTED],
            at(ARRIVES + minutes(50), arrived_at=ARRIVES + minutes(50)),
            ["retimed", "arrived"],
            id="departed: arrived, unannounced, 50 min late",
        ),
        pytest.param([DEPARTED], DIVERTED, ["diverted"], id="departed: diverted"),
        pytest.param(
            [DEPARTED],
            at(DEPARTS + minutes(99), diverted_to="DEN", estimated_arrival=ARRIVES + minutes(90)),
            ["diverted"],
            id="departed: diverted and late, which the diversion tells",
        ),
        pytest.param([DIVERTED], at(ARRIVES, diverted_to="SLC"), ["diverted"], id="diverted: elsewhere"),
        pytest.param([DIVERTED], at(ARRIVES, diverted_to="DEN"), [], id="diverted: the same again"),
        pytest.param([DIVERTED], ARRIVED, ["arrived"], id="diverted: arrived"),
    ],
)
def test_what_is_new_is_said(before: list[FlightStatus], told: FlightStatus, expected: list[Change]) -> None:
    """Each phase answers each status with exactly the changes that are new."""
    assert changes_of(after(*before), told) == expected


@pytest.mark.parametrize("shift", [-90, -30, 30, 31, 600])
@pytest.mark.parametrize("end", ["estimated_departure", "estimated_arrival"])
def test_a_move_by_the_threshold_is_retimed(end: str, shift: int) -> None:
    """Departure or arrival moved by the threshold or more, either way, is said and measured from then on."""
    scheduled = DEPARTS if end == "estimated_departure" else ARRIVES
    state, changes = decide(after(), later(**{end: scheduled + minutes(shift)}), threshold=THRESHOLD)
    assert state is not None
    assert names(changes) == ["retimed"]
    assert (state.announced_departure, state.announced_arrival) == (state.departs, state.arrives)


def test_a_smaller_move_is_kept_in_silence() -> None:
    """A slip below the threshold updates the state, says nothing, and leaves the announced times alone."""
    state, changes = decide(after(), later(estimated_departure=DEPARTS + minutes(29)), threshold=THRESHOLD)
    assert state is not None
    assert (changes, state.last_change, state.departs) == ((), 1, DEPARTS + minutes(29))
    assert state.announced_departure == DEPARTS


def test_small_moves_add_up() -> None:
    """Slips are measured from the last announcement, so many small ones are told in the end."""
    slips = [later(i, estimated_departure=DEPARTS + minutes(10 * i)) for i in (1, 2, 3)]
    assert [changes_of(after(*slips[:i]), slip) for i, slip in enumerate(slips)] == [[], [], ["retimed"]]


def test_back_on_time_is_retimed_too() -> None:
    """A delay taken back moves the times as much as the delay did."""
    late = later(1, estimated_departure=DEPARTS + minutes(60))
    assert changes_of(after(late), later(2, estimated_departure=DEPARTS)) == ["retimed"]


def test_a_cancelled_flight_is_not_retimed() -> None:
    """Times told of a cancelled flight are known and not said."""
    state, changes = decide(
        after(CANCELLED), later(90, cancelled=True, estimated_departure=DEPARTS + minutes(99)), threshold=THRESHOLD
    )
    assert state is not None
    assert (changes, state.departs) == ((), DEPARTS + minutes(99))


def test_a_departed_flight_has_its_actual_times() -> None:
    """From departure on the actual time stands, whatever estimates say later."""
    state = after(DEPARTED, at(DEPARTS + minutes(9), estimated_departure=DEPARTS + minutes(25)))
    assert state.departs == DEPARTS + minutes(5)


def test_an_arrived_flight_has_its_actual_times() -> None:
    """At the gate, `departs` and `arrives` are what happened."""
    state = after(at(ARRIVES, departed_at=DEPARTS + minutes(7), arrived_at=ARRIVES - minutes(11)))
    assert (state.departs, state.arrives) == (DEPARTS + minutes(7), ARRIVES - minutes(11))


def test_a_diversion_says_where_to() -> None:
    """The diverted flight keeps its destination and names the airport it goes to instead."""
    state = after(DEPARTED, DIVERTED)
    assert (state.destination, state.diverted_to) == ("SFO", "DEN")


def test_what_is_left_out_is_not_denied() -> None:
    """A status that omits estimates, seats, tail and diversion leaves those known as they were."""
    full = later(
        1, estimated_departure=DEPARTS + minutes(50), estimated_arrival=ARRIVES + minutes(40),
    )  # fmt: skip
    known = after(full)
    assert (known.seats, known.tail) == (FIRST.seats, FIRST.tail)
    state, changes = decide(known, later(2), threshold=THRESHOLD)
    assert changes == ()
    assert state == replace(known, observed_at=FIRST.observed_at + minutes(2))


def test_an_arrival_not_told_moves_with_the_departure() -> None:
    """A feed that knows the new departure alone does not make the flight shorter."""
    assert after(later(estimated_departure=DEPARTS + minutes(100))).arrives == ARRIVES + minutes(100)


def test_a_moved_schedule_moves_a_flight_without_estimates() -> None:
    """Where nothing better than the schedule is known, a new schedule is the new best knowledge."""
    told = later(scheduled_departure=DEPARTS + minutes(60), scheduled_arrival=ARRIVES + minutes(70))
    state, changes = decide(after(), told, threshold=THRESHOLD)
    assert state is not None
    assert (names(changes), state.departs, state.arrives) == (["retimed"], DEPARTS + minutes(60), ARRIVES + minutes(70))


def test_seats_first_learnt_later_are_said() -> None:
    """A flight opened without seats is re-equipped when its aircraft becomes known: its seats can now be sold."""
    state, _ = decide(None, replace(FIRST, seats=None), threshold=THRESHOLD)
    assert changes_of(state, later(seats={"economy": 150})) == ["re-equipped"]


def test_a_change_carries_the_flight_as_of_its_own_count() -> None:
    """Several changes in one status are counted one by one, and the last one's flight is the state."""
    state, changes = decide(
        after(),
        at(ARRIVES + minutes(90), departed_at=DEPARTS + minutes(90), arrived_at=ARRIVES + minutes(90)),
        threshold=THRESHOLD,
    )
    assert [(c.n, c.change, c.state.last_change, c.state.phase) for c in changes] == [
        (2, "retimed", 2, "scheduled"),
        (3, "departed", 3, "departed"),
        (4, "arrived", 4, "arrived"),
    ]
    assert changes[-1].state == state
