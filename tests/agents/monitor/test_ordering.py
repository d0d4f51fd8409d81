"""Which of two statuses is the newer one, and what counts of the one that comes late."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace

from agents.monitor.domain import decide
from contracts.flights import Cause, Flight, FlightStatus

DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
THRESHOLD = timedelta(minutes=30)
FIRST = FlightStatus(
    flight="B6.1017.JFK.2013-02-08",
    destination="SFO",
    observed_at=DEPARTS - timedelta(hours=10),
    scheduled_departure=DEPARTS,
    scheduled_arrival=DEPARTS + timedelta(hours=5),
    seats={"economy": 150},
    tail="N1",
    layout="large",
)
PLAIN = replace(FIRST, seats=None, tail=None, layout=None)
DELAY = {
    "estimated_departure": DEPARTS + timedelta(hours=1),
    "estimated_arrival": DEPARTS + timedelta(hours=6),
}


def at(minute: float) -> datetime:
    return DEPARTS + timedelta(minutes=minute - 300)


def seen(minute: float, **fields: object) -> FlightStatus:
    return replace(PLAIN, observed_at=at(minute), **fields)


def heard(*statuses: FlightStatus) -> tuple[Flight, list[str]]:
    """The flight after these, one by one, and the reasons for doubts."""
    state: Flight | None = None
    doubts: list[str] = []
    for status in statuses:
        outcome = decide(state, status, threshold=THRESHOLD)
        state = outcome.state or state
        doubts += [doubt.reason for doubt in outcome.doubts]
    assert state is not None
    return state, doubts


ONE_SAYS = [
    pytest.param({"seats": {"economy": 5}}, id="a smaller aircraft"),
    pytest.param({"authorised": {"economy": 160}}, id="seats authorised"),
    pytest.param({"tail": "N2"}, id="another registration"),
    pytest.param({"layout": "small"}, id="another layout"),
    pytest.param({"diverted_to": "OAK"}, id="another airport"),
    pytest.param({"departure_gate": "B4"}, id="a gate"),
    pytest.param({"mode": "train"}, id="a train"),
]


@pytest.mark.parametrize("fields", ONE_SAYS)
@pytest.mark.parametrize("apart", [0, 2], ids=["of one instant", "two minutes older"])
def test_what_two_sources_say_of_different_fields_counts_in_either_order(
    fields: dict[str, object], apart: float
) -> None:
    """One reports something, the other a delay; neither knows of the other's."""
    something, delay = seen(10, **fields), seen(10 + apart, **DELAY)
    (one, doubts), (other, other_doubts) = heard(FIRST, something, delay), heard(FIRST, delay, something)
    assert doubts == other_doubts == []
    assert one == replace(
        other,
        last_change=one.last_change,
        announced_departure=one.announced_departure,
        announced_arrival=one.announced_arrival,
    )
    assert one.departs == DELAY["estimated_departure"]
    assert {name: getattr(one, name) for name in fields} == fields


@pytest.mark.parametrize("fields", ONE_SAYS)
def test_no_older_word_of_a_field_replaces_a_newer_one(fields: dict[str, object]) -> None:
    """Nor does one that comes a third time."""
    newer = {name: getattr(replace(FIRST, departure_gate="A1", authorised={"economy": 155}), name) for name in fields}
    newer |= {"diverted_to": "SFO"} if "diverted_to" in fields else {}
    newer |= {"mode": "air"} if "mode" in fields else {}
    known, _ = heard(FIRST, seen(10, **newer))
    late = seen(5, **fields)
    assert decide(known, late, threshold=THRESHOLD) == (None, (), ())


def test_the_smaller_aircraft_of_one_instant_counts() -> None:
    """Whichever comes first: no seat is sold that may not be there."""
    both = seen(10, seats={"economy": 100}), seen(10, seats={"economy": 5})
    assert {heard(FIRST, *order)[0].seats["economy"] for order in permutations(both)} == {5}


def test_a_departure_is_no_longer_denied_by_a_late_estimate() -> None:
    """An estimate says nothing of what has happened: no doubt, no change."""
    known, _ = heard(FIRST, seen(301, departed_at=DEPARTS))
    assert decide(known, seen(299, estimated_departure=at(360)), threshold=THRESHOLD) == (None, (), ())


def test_a_departure_that_comes_after_a_newer_estimate_counts() -> None:
    """It is the only word of it."""
    state, doubts = heard(
        FIRST, seen(305, estimated_arrival=DEPARTS + timedelta(hours=6)), seen(301, departed_at=DEPARTS)
    )
    assert (state.phase, state.departs, doubts) == ("departed", DEPARTS, [])
    assert (state.observed_at, state.arrives) == (at(305), DEPARTS + timedelta(hours=6))


def test_what_was_authorised_for_other_seats_comes_too_late() -> None:
    """It would be sold above those of the aircraft that flies."""
    state, _ = heard(
        FIRST, seen(10, seats={"economy": 100}), seen(5, seats={"economy": 200}, authorised={"economy": 210})
    )
    assert (state.seats, state.authorised) == ({"economy": 100}, {})


def test_what_is_authorised_since_stays_with_seats_that_come_late() -> None:
    """Both are as in the other order."""
    both = seen(5, seats={"economy": 100}), seen(10, authorised={"economy": 110})
    assert {str((s.seats, s.authorised)) for order in permutations(both) for s, _ in [heard(FIRST, *order)]} == {
        "({'economy': 100}, {'economy': 110})"
    }


def test_a_cancellation_that_was_overtaken_is_doubted() -> None:
    """Its party stays on the flight, and a fact says so."""
    state, doubts = heard(FIRST, seen(10), seen(8, cancelled=True))
    assert (state.phase, doubts) == ("scheduled", ["overtaken"])


@pytest.mark.parametrize("older", [2, 20])
def test_a_cancellation_that_comes_again_is_not_doubted(older: float) -> None:
    """It was heard in its time, and withdrawn."""
    cancelled = seen(30 - older, cancelled=True)
    assert heard(FIRST, cancelled, seen(30), cancelled)[1] == []


@pytest.mark.parametrize(("older", "doubts"), [(5, ["overtaken"]), (6, [])])
def test_a_restoration_is_doubted_where_clocks_may_differ_by_as_much(older: float, doubts: list[str]) -> None:
    """Any other is the old news that the flight flew before it was cancelled."""
    state, found = heard(FIRST, seen(10, cancelled=True), seen(10 - older))
    assert (state.phase, found) == ("cancelled", doubts)


def test_what_counts_of_a_status_whose_cancellation_does_not_is_taken() -> None:
    """The rest of it is no older than anything that is known."""
    state, doubts = heard(FIRST, seen(10), seen(8, cancelled=True, tail="N2"))
    assert (state.phase, state.tail, doubts) == ("scheduled", "N2", ["overtaken"])


def test_no_status_knows_more_than_when_it_came() -> None:
    """A feed that is an hour ahead says that all is well; a cancellation comes a minute after it."""
    ahead = decide(None, replace(FIRST, observed_at=at(60)), threshold=THRESHOLD, came_at=at(0)).state
    assert ahead is not None
    assert (ahead.observed_at, ahead.known_at) == (at(60), at(0))
    after = decide(ahead, seen(1, cancelled=True), threshold=THRESHOLD, came_at=at(1)).state
    assert after is not None
    assert (after.phase, after.observed_at, after.known_at) == ("cancelled", at(1), None)


def test_what_came_at_one_time_is_in_its_feeds_order() -> None:
    """While a clock stands still all that is ahead of it comes at one time."""
    state: Flight | None = None
    for status in (seen(60), seen(62, cancelled=True), seen(61)):
        state = decide(state, status, threshold=THRESHOLD, came_at=at(0)).state or state
    assert state is not None
    assert state.phase == "cancelled"


def test_a_flight_that_was_seeded_is_known_as_a_whole() -> None:
    """What was observed before says nothing new."""
    seeded = replace(heard(FIRST)[0], given_at={})
    late = replace(PLAIN, observed_at=FIRST.observed_at - timedelta(minutes=1), cancelled=True, tail="N2")
    assert decide(seeded, late, threshold=THRESHOLD) == (None, (), ())


def test_a_cause_that_comes_late_is_taken_after_the_arrival_too() -> None:
    """It decides what is owed, and no newer status has one."""
    arrived = seen(620, departed_at=DEPARTS, arrived_at=at(615))
    state, doubts = heard(FIRST, arrived, seen(610, cause=Cause(code="71"), cancelled=True))
    assert (state.phase, state.cause, state.observed_at, doubts) == ("arrived", Cause(code="71"), at(620), [])
