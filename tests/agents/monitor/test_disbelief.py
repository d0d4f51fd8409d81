"""Late, repeated, out-of-order and contradictory statuses change nothing that they should not."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from agents.monitor.domain import Disbelief, contradiction, decide, waits
from contracts.flights import Cause, Flight, FlightStatus

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
    ],
)
def test_a_status_that_is_not_newer_changes_nothing(status: FlightStatus) -> None:
    """There is no state to write and no change to say."""
    assert decide(flight(FIRST), status, threshold=THRESHOLD)[:2] == (None, ())


@pytest.mark.parametrize("date", ["2013-02-30", "2013-13-01", "0000-00-00", "0001-01-01", "9999-12-31"])
def test_a_flight_on_a_date_of_no_calendar_is_not_believed(date: str) -> None:
    """Its key has the right form; no flight is made of it, and the reason is given."""
    status = replace(FIRST, flight=f"B6.1017.JFK.{date}")
    assert decide(None, status, threshold=THRESHOLD)[:2] == (None, ())
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
    assert decide(state, status, threshold=THRESHOLD)[:2] == (None, ())
    assert contradiction(state, status)


def test_a_contradictory_first_status_makes_no_flight() -> None:
    """There is no state before it, and none after it."""
    assert decide(None, replace(FIRST, scheduled_arrival=DEPARTS), threshold=THRESHOLD)[:2] == (None, ())


@pytest.mark.parametrize(
    ("state", "status"),
    [
        pytest.param(flight(FIRST), replace(NEXT, estimated_departure=DEPARTS + DECADES), id="estimate decades late"),
        pytest.param(flight(FIRST), replace(NEXT, estimated_arrival=ARRIVES - DECADES), id="estimate decades early"),
        pytest.param(flight(FIRST), replace(NEXT, estimated_arrival=DEPARTS), id="arrival at the departure"),
        pytest.param(flight(FIRST), replace(NEXT, departed_at=DEPARTS), id="departed before it happened"),
        pytest.param(flight(FIRST), replace(NEXT, arrived_at=ARRIVES), id="arrived before it happened"),
        pytest.param(flight(FIRST), replace(NEXT, diverted_to="SFO"), id="diverted to where it goes"),
        pytest.param(flight(FIRST), replace(NEXT, diverted_to="JFK"), id="diverted to where it is"),
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
    after = decide(state, status, threshold=THRESHOLD)
    assert after.state is not None
    expected = replace(state, observed_at=status.observed_at, given_at=after.state.given_at)
    assert after[:2] == (expected, ())


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(replace(FIRST, cancelled=True), id="cancelled"),
        pytest.param(replace(AIRBORNE, diverted_to="DEN"), id="diverted"),
        pytest.param(replace(LANDED, diverted_to="DEN"), id="landed elsewhere"),
        pytest.param(replace(LANDED, diverted_to="JFK"), id="returned"),
        pytest.param(replace(AIRBORNE, departed_at=ARRIVES + 60 * MINUTE), id="left again"),
        pytest.param(replace(FIRST, estimated_departure=ARRIVES + timedelta(hours=6)), id="leaves later"),
    ],
)
def test_no_part_of_a_status_is_believed_by_which_an_arrived_flight_is_elsewhere(status: FlightStatus) -> None:
    """Its passengers have got off. What else the status says is of another flight, or of another day."""
    status = replace(status, observed_at=ARRIVES + timedelta(hours=3), cause=Cause(code="93"))
    outcome = decide(flight(FIRST, LANDED), status, threshold=THRESHOLD)
    assert outcome[:2] == (None, ())
    assert [doubt.reason for doubt in outcome.doubts] == ["contradictory"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        pytest.param(FIRST, {}, id="nothing: its arrival is left out"),
        pytest.param(AIRBORNE, {}, id="nothing: its departure, as it is known"),
        pytest.param(replace(AIRBORNE, estimated_arrival=ARRIVES + timedelta(hours=4)), {}, id="an estimate is none"),
        pytest.param(replace(LANDED, diverted_to="SFO"), {}, id="that it is there"),
        pytest.param(replace(LANDED, arrived_at=ARRIVES + 60 * MINUTE), {"arrives": ARRIVES + 60 * MINUTE}, id="later"),
        pytest.param(
            replace(LANDED, arrived_at=ARRIVES - 20 * MINUTE), {"arrives": ARRIVES - 20 * MINUTE}, id="earlier"
        ),
        pytest.param(replace(AIRBORNE, departed_at=DEPARTS + 9 * MINUTE), {"departs": DEPARTS + 9 * MINUTE}, id="left"),
    ],
)
def test_late_facts_about_an_arrived_flight_are_taken(status: FlightStatus, expected: dict[str, datetime]) -> None:
    """Its cause, and its actual times where they are corrected: by both it is judged what is owed. No times are announced any
    more."""
    status, known = (
        replace(status, observed_at=ARRIVES + timedelta(hours=3), cause=Cause(code="93")),
        flight(FIRST, LANDED),
    )
    after, changes, doubts = decide(known, status, threshold=THRESHOLD)
    assert after is not None
    assert {name for name in after.__struct_fields__ if getattr(after, name) != getattr(known, name)} == (
        {"observed_at", "given_at", "cause", *expected, *(["last_change"] if expected else [])}
    )
    assert {name: getattr(after, name) for name in expected} == expected
    assert [changed.change for changed in changes] == (["estimated"] if expected else [])
    assert (after.cause, doubts) == (Cause(code="93"), ())


def test_departed_and_cancelled_in_one_status_is_departed() -> None:
    """A flight seen to leave the gate flies, whatever else the status says."""
    _, changes, _ = decide(flight(FIRST), replace(AIRBORNE, cancelled=True), threshold=THRESHOLD)
    assert [c.change for c in changes] == ["departed"]


def test_a_cancellation_in_the_air_does_not_hide_the_other_fields() -> None:
    """Only the field that can't be true is ignored: the arrival in the same status counts."""
    status = replace(FIRST, observed_at=ARRIVES, cancelled=True, estimated_arrival=ARRIVES + 60 * MINUTE)
    _, changes, _ = decide(flight(FIRST, AIRBORNE), status, threshold=THRESHOLD)
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


NOON = datetime(2013, 2, 8, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(timedelta(minutes=5), None), (timedelta(minutes=6), MINUTE), (timedelta(hours=24), 1435 * MINUTE)],
)
def test_a_status_ahead_of_the_clock_waits_for_its_time(ahead: timedelta, expected: timedelta | None) -> None:
    """A clock five minutes wrong is forgiven; more would let the status outrank all that follow until then."""
    assert waits(replace(FIRST, observed_at=NOON + ahead), now=NOON) == expected


def test_a_status_a_day_ahead_of_the_clock_is_not_believed() -> None:
    """A feed does not know the future, and FEED does not keep the status until then."""
    wait = waits(replace(FIRST, observed_at=NOON + timedelta(hours=25)), now=NOON)
    assert isinstance(wait, Disbelief)
    assert wait.reason == "impossible"


LATE = replace(NEXT, estimated_departure=DEPARTS + timedelta(hours=80), estimated_arrival=ARRIVES + timedelta(hours=80))


def test_a_delay_of_days_is_doubted_at_first() -> None:
    """The rest of the status counts, and the claim is remembered."""
    state, changes, doubts = decide(flight(FIRST), LATE, threshold=THRESHOLD)
    assert state is not None
    assert (state.departs, state.unconfirmed, changes) == (DEPARTS, DEPARTS + timedelta(hours=80), ())
    assert {doubt.reason for doubt in doubts} == {"unconfirmed"}


@pytest.mark.parametrize("apart", [-7, -3, 0, 3, 24])
def test_a_delay_of_days_is_believed_when_a_second_status_confirms_it(apart: int) -> None:
    """It need not be the same to the minute."""
    second = replace(
        LATE, observed_at=LATE.observed_at + MINUTE, estimated_departure=DEPARTS + timedelta(hours=80 + apart)
    )
    state, changes, doubts = decide(flight(FIRST, LATE), second, threshold=THRESHOLD)
    assert state is not None
    assert (state.departs, state.unconfirmed, doubts) == (second.estimated_departure, None, ())
    assert [changed.change for changed in changes] == ["retimed"]


@pytest.mark.parametrize(
    ("between", "second"),
    [
        pytest.param([], LATE, id="the same status again"),
        pytest.param([], replace(LATE, observed_at=LATE.observed_at - MINUTE), id="an older status"),
        pytest.param(
            [replace(NEXT, observed_at=NEXT.observed_at + MINUTE, estimated_departure=DEPARTS)],
            replace(LATE, observed_at=LATE.observed_at + 2 * MINUTE, estimated_arrival=None),
            id="a status on time between the two",
        ),
    ],
)
def test_what_does_not_confirm_a_delay_of_days(between: list[FlightStatus], second: FlightStatus) -> None:
    """The flight stays as it was known."""
    state = flight(FIRST, LATE, *between)
    assert (decide(state, second, threshold=THRESHOLD).state or state).departs == DEPARTS


def test_a_delay_of_days_that_grows_by_more_than_a_day_is_believed_as_far_as_two_say_it() -> None:
    """The rest waits for another word."""
    later = replace(LATE, observed_at=LATE.observed_at + MINUTE, estimated_departure=DEPARTS + timedelta(hours=120))
    state, changes, doubts = decide(flight(FIRST, LATE), later, threshold=THRESHOLD)
    assert state is not None
    assert (state.departs, state.unconfirmed) == (DEPARTS + timedelta(hours=80), DEPARTS + timedelta(hours=120))
    assert [doubt.reason for doubt in doubts] == ["unconfirmed"]
    assert [changed.change for changed in changes] == ["retimed"]
    third = replace(later, observed_at=later.observed_at + MINUTE, estimated_departure=DEPARTS + timedelta(hours=130))
    assert flight(FIRST, LATE, later, third).departs == third.estimated_departure


def test_a_departure_days_after_the_schedule_counts_once_a_delay_of_days_was_heard_of() -> None:
    """It has happened, so it is no earlier one's."""
    left = DEPARTS + timedelta(hours=130)
    status = replace(NEXT, observed_at=left, departed_at=left)
    assert (flight(FIRST, LATE, status).phase, flight(FIRST, LATE, status).departs) == ("departed", left)
    assert flight(FIRST, status).phase == "scheduled"


def test_a_delay_of_days_is_confirmed_by_its_departure_whatever_its_arrival() -> None:
    """It is to take longer too: the departure is what two statuses agree on."""
    late = replace(LATE, estimated_arrival=ARRIVES + timedelta(hours=84))
    state = flight(FIRST, late, replace(late, observed_at=late.observed_at + MINUTE))
    assert (state.departs, state.arrives) == (late.estimated_departure, late.estimated_arrival)


@pytest.mark.parametrize("arrives", [80, 120])
def test_an_arrival_days_late_goes_with_the_departure_that_is_believed(arrives: int) -> None:
    """Otherwise the flight would leave on time and take days."""
    other = replace(
        LATE,
        observed_at=ARRIVES,
        estimated_departure=DEPARTS + timedelta(hours=120),
        estimated_arrival=ARRIVES + timedelta(hours=arrives),
    )
    state = flight(FIRST, LATE, other)
    assert (state.departs, state.arrives) == (DEPARTS + timedelta(hours=80), ARRIVES + timedelta(hours=80))


def test_a_flight_that_is_days_late_leaves_at_its_time() -> None:
    """Near a confirmed estimate, a departure needs no second status."""
    second = replace(LATE, observed_at=LATE.observed_at + MINUTE)
    left = DEPARTS + timedelta(hours=81)
    state = flight(FIRST, LATE, second, replace(FIRST, observed_at=left, departed_at=left))
    assert (state.phase, state.departs) == ("departed", left)


def test_a_delay_of_a_month_is_never_believed() -> None:
    """A wrong year, reported twice, stays wrong."""
    wrong = replace(NEXT, estimated_departure=DEPARTS + timedelta(days=365))
    state = flight(FIRST, wrong, replace(wrong, observed_at=wrong.observed_at + MINUTE))
    assert (state.departs, state.unconfirmed) == (DEPARTS, None)


CANCELLED = replace(NEXT, cancelled=True)
RETIMED = replace(NEXT, estimated_departure=DEPARTS + timedelta(hours=2))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(CANCELLED, NEXT, "cancelled", id="cancelled before on time"),
        pytest.param(CANCELLED, RETIMED, "cancelled", id="cancelled before late"),
        pytest.param(
            replace(AIRBORNE, cancelled=True), replace(AIRBORNE, departed_at=None), "departed", id="departed before all"
        ),
        pytest.param(LANDED, replace(AIRBORNE, observed_at=ARRIVES), "arrived", id="arrived before departed"),
    ],
)
def test_of_two_statuses_of_one_instant_the_one_that_says_more_counts(
    one: FlightStatus, other: FlightStatus, expected: str
) -> None:
    """Whichever comes first: no cancellation is lost to a status that does not know of it."""
    assert flight(FIRST, one, other).phase == expected
    assert flight(FIRST, other, one).phase == expected


def test_of_two_estimates_of_one_instant_the_later_counts() -> None:
    """Whichever comes first; the other is doubted."""
    less = replace(RETIMED, estimated_departure=DEPARTS + timedelta(hours=1))
    assert flight(FIRST, RETIMED, less).departs == flight(FIRST, less, RETIMED).departs == RETIMED.estimated_departure
    assert [doubt.reason for doubt in decide(flight(FIRST, RETIMED), less, threshold=THRESHOLD).doubts] == [
        "same instant"
    ]


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        pytest.param(flight(FIRST), replace(NEXT, destination="SEA"), "another flight", id="another destination"),
        pytest.param(
            flight(FIRST),
            replace(
                NEXT, scheduled_departure=DEPARTS + timedelta(hours=6), scheduled_arrival=ARRIVES + timedelta(hours=6)
            ),
            "another flight",
            id="a second departure",
        ),
        pytest.param(flight(FIRST), replace(NEXT, scheduled_arrival=DEPARTS), "impossible", id="no time in the air"),
        pytest.param(flight(FIRST), replace(NEXT, departed_at=DEPARTS), "impossible", id="departed before it happened"),
        pytest.param(
            flight(FIRST), replace(NEXT, seats={"economy": -1}), "impossible", id="a negative number of seats"
        ),
        pytest.param(
            flight(FIRST, AIRBORNE),
            replace(FIRST, observed_at=ARRIVES, cancelled=True),
            "contradictory",
            id="cancelled in the air",
        ),
        pytest.param(
            flight(FIRST, LANDED),
            replace(FIRST, observed_at=ARRIVES + MINUTE, cancelled=True),
            "contradictory",
            id="cancelled after",
        ),
    ],
)
def test_what_is_not_believed_is_doubted_with_its_reason(state: Flight, status: FlightStatus, reason: str) -> None:
    """Each once, in one line."""
    (doubt,) = decide(state, status, threshold=THRESHOLD).doubts
    assert doubt.reason == reason
    assert doubt.detail
    assert "\n" not in doubt.detail


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(FIRST, id="the same again"),
        pytest.param(replace(FIRST, observed_at=FIRST.observed_at - MINUTE), id="older"),
        pytest.param(replace(NEXT, seats={}), id="seats that are not known"),
    ],
)
def test_what_is_only_old_or_missing_is_not_doubted(status: FlightStatus) -> None:
    """Feeds repeat themselves and overtake one another all day."""
    assert decide(flight(FIRST), status, threshold=THRESHOLD).doubts == ()
