"""What one status changes about one flight."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from agents.monitor.domain import decide
from contracts.flights import AtTheAirport, Cause, Change, Flight, FlightChanged, FlightStatus
from contracts.names import Cabin

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
"""The first status of a flight on time; each test adds later ones."""


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def later(number: int = 1, /, **fields: object) -> FlightStatus:
    """A status observed `number` minutes after the first, with these fields and no others."""
    return at(FIRST.observed_at + minutes(number), **fields)


def at(observed: datetime, /, **fields: object) -> FlightStatus:
    return replace(replace(FIRST, seats=None, tail=None), observed_at=observed, **fields)


def after(*statuses: FlightStatus) -> Flight:
    """The flight after `FIRST` and these."""
    state, *_ = decide(None, FIRST, threshold=THRESHOLD)
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


def test_the_first_change_of_a_flight_is_scheduled() -> None:
    """It has the schedule, the seats and n = 1."""
    state, changes, _ = decide(None, FIRST, threshold=THRESHOLD)
    assert state is not None
    assert (state.last_change, state.phase, state.departs, state.arrives) == (1, "scheduled", DEPARTS, ARRIVES)
    assert (state.seats, state.tail) == ({"first": 12, "economy": 150}, "N503JB")
    assert [(c.n, c.change, c.state) for c in changes] == [(1, "scheduled", state)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(CANCELLED, ["scheduled", "cancelled"], id="cancelled"),
        pytest.param(later(estimated_departure=DEPARTS + minutes(90)), ["scheduled", "retimed"], id="late"),
        pytest.param(DEPARTED, ["scheduled", "departed"], id="departed"),
        pytest.param(DIVERTED, ["scheduled", "departed", "diverted"], id="diverted"),
        pytest.param(ARRIVED, ["scheduled", "departed", "arrived"], id="arrived"),
    ],
)
def test_scheduled_comes_before_other_changes_in_a_first_status(status: FlightStatus, expected: list[Change]) -> None:
    """What a first status reports beyond the schedule follows in the same commit."""
    assert changes_of(None, status) == expected


@pytest.mark.parametrize(
    ("before", "status", "expected"),
    [
        pytest.param([], later(), [], id="on time: nothing new"),
        pytest.param([], CANCELLED, ["cancelled"], id="scheduled: cancelled"),
        pytest.param([CANCELLED], later(90, cancelled=True), [], id="cancelled: cancelled again"),
        pytest.param([CANCELLED], later(90), ["restored"], id="cancelled: no longer reported as cancelled"),
        pytest.param(
            [CANCELLED],
            later(90, estimated_departure=DEPARTS + minutes(120), seats={"economy": 99}),
            ["restored", "re-equipped", "retimed"],
            id="cancelled: restored, later, smaller",
        ),
        pytest.param([CANCELLED], DEPARTED, ["restored", "departed"], id="cancelled: departed nevertheless"),
        pytest.param([], later(seats={"first": 12, "economy": 100}), ["re-equipped"], id="another aircraft"),
        pytest.param([], later(seats={"first": 12, "economy": 150}), [], id="an aircraft of the same size"),
        pytest.param([], later(tail="N504JB"), ["re-equipped"], id="another aircraft of the same size"),
        pytest.param([], later(tail="N-503JB"), [], id="the same aircraft, with a hyphen"),
        pytest.param([DEPARTED], at(DEPARTS + minutes(60), tail="N504JB"), [], id="airborne: another registration"),
        pytest.param([], later(layout="a320"), ["re-equipped"], id="a layout"),
        pytest.param([later(layout="a320")], later(90, layout="a320"), [], id="the same layout"),
        pytest.param([later(layout="a320")], later(90), [], id="no layout named: as before"),
        pytest.param([CANCELLED], later(90, cancelled=True, layout="a320"), [], id="cancelled: a layout"),
        pytest.param([], later(mode="coach"), ["re-equipped"], id="a coach instead"),
        pytest.param([], later(mode="air"), [], id="an aircraft as before"),
        pytest.param([], DEPARTED, ["departed"], id="scheduled: departed"),
        pytest.param(
            [],
            at(DEPARTS + minutes(45), departed_at=DEPARTS + minutes(45)),
            ["retimed", "departed"],
            id="scheduled: departed, unannounced, 45 min late",
        ),
        pytest.param([], at(ARRIVES, arrived_at=ARRIVES), ["arrived"], id="scheduled: arrived, departure not reported"),
        pytest.param(
            [], at(ARRIVES, diverted_to="DEN"), ["diverted"], id="scheduled: diverted, departure not reported"
        ),
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
            id="departed: diverted and late, which the diversion covers",
        ),
        pytest.param([DIVERTED], at(ARRIVES, diverted_to="SLC"), ["diverted"], id="diverted: elsewhere"),
        pytest.param([DIVERTED], at(ARRIVES, diverted_to="DEN"), [], id="diverted: the same again"),
        pytest.param([DIVERTED], ARRIVED, ["arrived"], id="diverted: arrived"),
    ],
)
def test_each_status_gives_the_changes_that_are_new(
    before: list[FlightStatus], status: FlightStatus, expected: list[Change]
) -> None:
    """No change is repeated, and none is missing."""
    assert changes_of(after(*before), status) == expected


@pytest.mark.parametrize(("minutes_early", "announced"), [(14, False), (15, True), (29, True)])
def test_a_departure_is_announced_from_a_quarter_of_an_hour_earlier(minutes_early: int, announced: bool) -> None:
    """A party that comes when the gate is to close would miss it."""
    status = later(estimated_departure=DEPARTS - minutes(minutes_early))
    assert [change.change for change in decide(after(), status, threshold=THRESHOLD).changes] == (
        ["retimed"] if announced else ["estimated"]
    )


@pytest.mark.parametrize("shift", [-90, -30, 30, 31, 600])
@pytest.mark.parametrize("end", ["estimated_departure", "estimated_arrival"])
def test_a_move_by_the_threshold_is_retimed(end: str, shift: int) -> None:
    """Earlier or later, of departure or arrival; later moves are measured from the new times."""
    scheduled = DEPARTS if end == "estimated_departure" else ARRIVES
    state, changes, _ = decide(after(), later(**{end: scheduled + minutes(shift)}), threshold=THRESHOLD)
    assert state is not None
    assert names(changes) == ["retimed"]
    assert (state.announced_departure, state.announced_arrival) == (state.departs, state.arrives)


def test_a_smaller_move_is_estimated() -> None:
    """It is a change of the known times; the announced ones stay as they are."""
    state, changes, _ = decide(after(), later(estimated_departure=DEPARTS + minutes(29)), threshold=THRESHOLD)
    assert state is not None
    assert (names(changes), state.last_change, state.departs) == (["estimated"], 2, DEPARTS + minutes(29))
    assert state.announced_departure == DEPARTS


def test_times_that_do_not_move_are_not_estimated_again() -> None:
    """The same estimate, repeated, is no change."""
    slip = later(1, estimated_departure=DEPARTS + minutes(10))
    assert changes_of(after(slip), replace(slip, observed_at=slip.observed_at + minutes(1))) == []


def test_another_change_carries_the_known_times() -> None:
    """A departure a few minutes late is one change."""
    state = after(at(DEPARTS + minutes(5), departed_at=DEPARTS + minutes(5)))
    assert (state.last_change, state.departs) == (2, DEPARTS + minutes(5))


@pytest.mark.parametrize("field", AtTheAirport.__struct_fields__)
def test_what_is_known_at_the_airport_is_kept_until_a_status_has_another(field: str) -> None:
    """Cause, operator, terminals, gates and closing times; a status without one denies nothing."""
    values = {
        "cause": (Cause(code="71", by="airport"), Cause(code="93")),
        "mode": ("rail", "coach"),
        "operator": ("9E", "YX"),
        "check_in_closes": (DEPARTS - minutes(60), DEPARTS - minutes(45)),
        "gate_closes": (DEPARTS - minutes(15), DEPARTS - minutes(10)),
    }
    one, other = values.get(field, ("5", "B23"))
    states = [after(later(1, **{field: one})), after(later(1, **{field: one}), later(2))]
    assert [getattr(state, field) for state in states] == [one, one]
    assert getattr(after(later(1, **{field: one}), later(2, **{field: other})), field) == other


def test_small_moves_add_up() -> None:
    """Moves are measured from the last announcement, so several small ones are a change in the end."""
    slips = [later(i, estimated_departure=DEPARTS + minutes(10 * i)) for i in (1, 2, 3)]
    assert [changes_of(after(*slips[:i]), slip) for i, slip in enumerate(slips)] == [
        ["estimated"],
        ["estimated"],
        ["retimed"],
    ]


def test_back_on_time_is_retimed_too() -> None:
    """A withdrawn delay moves the times as far as the delay did."""
    late = later(1, estimated_departure=DEPARTS + minutes(60))
    assert changes_of(after(late), later(2, estimated_departure=DEPARTS)) == ["retimed"]


def test_a_cancelled_flight_is_not_retimed() -> None:
    """Its new times are kept in the state."""
    state, changes, _ = decide(
        after(CANCELLED), later(90, cancelled=True, estimated_departure=DEPARTS + minutes(99)), threshold=THRESHOLD
    )
    assert state is not None
    assert (changes, state.departs) == ((), DEPARTS + minutes(99))


def test_a_departed_flight_has_its_actual_times() -> None:
    """A later estimate does not replace the actual departure."""
    state = after(DEPARTED, at(DEPARTS + minutes(9), estimated_departure=DEPARTS + minutes(25)))
    assert state.departs == DEPARTS + minutes(5)


def test_an_arrived_flight_has_its_actual_times() -> None:
    """Once at the gate, `departs` and `arrives` are actual times."""
    state = after(at(ARRIVES, departed_at=DEPARTS + minutes(7), arrived_at=ARRIVES - minutes(11)))
    assert (state.departs, state.arrives) == (DEPARTS + minutes(7), ARRIVES - minutes(11))


def test_a_diversion_names_its_airport() -> None:
    """The flight keeps its destination beside it."""
    state = after(DEPARTED, DIVERTED)
    assert (state.destination, state.diverted_to) == ("SFO", "DEN")


def test_a_missing_field_leaves_the_known_value() -> None:
    """Estimates, seats, tail and diversion stay as they were."""
    full = later(
        1, estimated_departure=DEPARTS + minutes(50), estimated_arrival=ARRIVES + minutes(40),
    )  # fmt: skip
    known = after(full)
    assert (known.seats, known.tail) == (FIRST.seats, FIRST.tail)
    state, changes, _ = decide(known, later(2), threshold=THRESHOLD)
    assert changes == ()
    assert state is not None
    assert state == replace(known, observed_at=FIRST.observed_at + minutes(2), given_at=state.given_at)


def test_a_missing_arrival_moves_with_the_departure() -> None:
    """A new departure alone does not make the flight shorter."""
    assert after(later(estimated_departure=DEPARTS + minutes(100))).arrives == ARRIVES + minutes(100)


def test_a_moved_schedule_moves_a_flight_without_estimates() -> None:
    """Where nothing better than the schedule is known, a new schedule gives the new times."""
    status = later(scheduled_departure=DEPARTS + minutes(60), scheduled_arrival=ARRIVES + minutes(70))
    state, changes, _ = decide(after(), status, threshold=THRESHOLD)
    assert state is not None
    assert (names(changes), state.departs, state.arrives) == (["retimed"], DEPARTS + minutes(60), ARRIVES + minutes(70))


def test_seats_learnt_after_the_first_status_are_a_change() -> None:
    """A flight first known without seats is re-equipped when its aircraft becomes known: its seats can be sold now."""
    state, *_ = decide(None, replace(FIRST, seats=None), threshold=THRESHOLD)
    assert changes_of(state, later(seats={"economy": 150})) == ["re-equipped"]


def test_a_registration_that_becomes_known_is_announced_once() -> None:
    """It may show that passengers of a flight that goes on have to change planes. Once it has left, another one is no news."""
    state = decide(None, replace(FIRST, tail=None), threshold=THRESHOLD).state
    known, changes, _ = decide(state, later(tail="N1"), threshold=THRESHOLD)
    assert known
    assert ([changed.change for changed in changes], known.tail) == (["re-equipped"], "N1")
    assert changes_of(known, later(90, tail="N1")) == []
    departed = decide(known, DEPARTED, threshold=THRESHOLD).state
    after = decide(departed, at(DEPARTS + minutes(60), tail="N2"), threshold=THRESHOLD).state
    assert after
    assert after.tail == "N1"


@pytest.mark.parametrize(
    ("fields", "layout"),
    [
        pytest.param({}, "a320", id="nothing new"),
        pytest.param({"layout": "a321"}, "a321", id="another one"),
        pytest.param({"tail": "N-503JB"}, "a320", id="the same aircraft"),
        pytest.param({"tail": "N504JB"}, None, id="another aircraft"),
        pytest.param({"seats": {"first": 12, "economy": 150}}, "a320", id="the same seats"),
        pytest.param({"seats": {"economy": 100}}, None, id="other seats"),
        pytest.param({"seats": {"economy": 100}, "layout": "a319"}, "a319", id="other seats and their layout"),
    ],
)
def test_a_layout_stays_with_its_aircraft(fields: dict[str, Any], layout: str | None) -> None:
    """That of another aircraft, or of one with other seats, is not known until a status names it."""
    state = decide(after(), later(layout="a320"), threshold=THRESHOLD).state
    known = decide(state, later(90, **fields), threshold=THRESHOLD).state
    assert known
    assert known.layout == layout


def test_a_change_carries_the_flight_as_of_its_own_count() -> None:
    """Several changes in one status are counted one by one, and the flight of the last one is the state."""
    state, changes, _ = decide(
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


@pytest.mark.parametrize(
    ("fields", "authorised"),
    [
        pytest.param({}, {"economy": 160}, id="not in the status"),
        pytest.param({"seats": {"first": 12, "economy": 150}}, {"economy": 160}, id="the same seats"),
        pytest.param({"seats": {"first": 12, "economy": 140}}, {}, id="other seats"),
        pytest.param(
            {"seats": {"economy": 140}, "authorised": {"economy": 150}}, {"economy": 150}, id="other seats and numbers"
        ),
        pytest.param({"authorised": {}}, {}, id="withdrawn"),
        pytest.param({"authorised": {"economy": -1}}, {"economy": 160}, id="impossible"),
    ],
)
def test_seats_authorised_above_the_capacity_hold_for_the_aircraft(
    fields: dict[str, object], authorised: dict[Cabin, int]
) -> None:
    """What was authorised for other seats is forgotten."""
    known = after(later(authorised={"economy": 160}))
    outcome = decide(known, later(2, **fields), threshold=THRESHOLD)
    assert (outcome.state or known).authorised == authorised
