"""Properties of any statuses in any order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.monitor.domain import decide, decide_all
from agents.monitor.domain.deciding import RANK
from agents.monitor.domain.lifecycle import AWAY, ELSEWHERE
from contracts.flights import Flight, FlightChanged, FlightStatus
from contracts.names import Cabin

DEPARTS = datetime(2013, 2, 8, 15, 0, tzinfo=UTC)
ARRIVES = DEPARTS + timedelta(hours=5)
THRESHOLD = timedelta(minutes=30)

instants = st.integers(-2000, 3000).map(lambda m: DEPARTS + timedelta(minutes=m))
seats: st.SearchStrategy[dict[Cabin, int]] = st.fixed_dictionaries(
    {"first": st.sampled_from([0, 12]), "economy": st.sampled_from([100, 150])}
)
anything = st.builds(
    FlightStatus,
    flight=st.sampled_from(["B6.1017.JFK.2013-02-08", "B6.1018.JFK.2013-02-08"]),
    destination=st.sampled_from(["SFO", "SFO", "SEA"]),
    observed_at=instants,
    scheduled_departure=st.sampled_from([DEPARTS, DEPARTS + timedelta(minutes=45)]),
    scheduled_arrival=st.sampled_from([ARRIVES, DEPARTS - timedelta(hours=1)]),
    estimated_departure=st.none() | instants,
    estimated_arrival=st.none() | instants,
    departed_at=st.none() | instants,
    arrived_at=st.none() | instants,
    cancelled=st.booleans(),
    diverted_to=st.none() | st.sampled_from(["DEN", "SLC", "SFO", "JFK"]),
    seats=st.none() | seats,
    tail=st.none() | st.sampled_from(["N1", "N2"]),
)
"""Arbitrary statuses, which contradict themselves and one another."""


@st.composite
def histories(draw: st.DrawFn) -> list[FlightStatus]:
    """A feed's statuses of one flight, oldest first, each complete and consistent with one course of events. It corrects the
    times of one that is not diverted by some minutes."""
    departed = DEPARTS + timedelta(minutes=draw(st.integers(-10, 300)))
    arrived = departed + timedelta(minutes=draw(st.integers(60, 400)))
    diverted = draw(st.none() | st.just("DEN"))
    aircraft = draw(seats)
    observed = sorted(draw(st.sets(st.integers(-600, 1000), min_size=1, max_size=8)))
    corrections = (
        st.just(timedelta(0)) if diverted else st.integers(0, 9).map(lambda minutes: timedelta(minutes=minutes))
    )
    statuses = []
    for minute in observed:
        now = DEPARTS + timedelta(minutes=minute)
        left, landed = now >= departed, now >= arrived
        statuses.append(
            FlightStatus(
                flight="B6.1017.JFK.2013-02-08",
                destination="SFO",
                observed_at=now,
                scheduled_departure=DEPARTS,
                scheduled_arrival=ARRIVES,
                estimated_departure=DEPARTS + timedelta(minutes=draw(st.integers(-30, 300))),
                estimated_arrival=ARRIVES + timedelta(minutes=draw(st.integers(320, 600))),
                departed_at=departed - draw(corrections) if left else None,
                arrived_at=arrived - draw(corrections) if landed else None,
                cancelled=not left and draw(st.booleans()),
                diverted_to=diverted if left and now - departed > timedelta(minutes=30) else None,
                seats=aircraft if left else draw(seats),
            )
        )
    return statuses


def decide_each(statuses: list[FlightStatus]) -> tuple[Flight | None, list[FlightChanged]]:
    """The last state of the one flight that these are about, and all its changes."""
    state: Flight | None = None
    all_changes: list[FlightChanged] = []
    for status in statuses:
        after, changes, _ = decide(state, status, threshold=THRESHOLD)
        state = after or state
        all_changes.extend(changes)
    return state, all_changes


def of_one_flight(statuses: list[FlightStatus]) -> list[FlightStatus]:
    return [replace(status, flight="B6.1017.JFK.2013-02-08") for status in statuses]


def at(minute: int, /, *, cancelled: bool = False, diverted_to: str | None = None, **times: int) -> FlightStatus:
    """A status observed so many minutes after the scheduled departure; so are its times."""
    instants_of: dict[str, Any] = {name: DEPARTS + timedelta(minutes=time) for name, time in times.items()}
    return FlightStatus(
        flight="B6.1017.JFK.2013-02-08",
        destination="SFO",
        observed_at=DEPARTS + timedelta(minutes=minute),
        scheduled_departure=DEPARTS,
        scheduled_arrival=ARRIVES,
        cancelled=cancelled,
        diverted_to=diverted_to,
        **instants_of,
    )


@given(history=histories(), data=st.data())
def test_the_newest_status_wins_in_any_order(history: list[FlightStatus], data: st.DataObject) -> None:
    """Shuffled and with repetitions, a history ends in the state of its newest status."""
    shuffled = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history), max_size=4))))
    state, _ = decide_each(shuffled)
    newest, _ = decide_each(history[-1:])
    assert state is not None
    assert newest is not None
    assert (state.phase, state.departs, state.arrives, state.diverted_to) == (
        newest.phase,
        newest.departs,
        newest.arrives,
        newest.diverted_to,
    )
    if state.phase != "cancelled":
        assert state.seats == newest.seats


@given(st.lists(anything, max_size=12).map(of_one_flight))
def test_each_change_is_counted_once(statuses: list[FlightStatus]) -> None:
    """`n` rises by exactly one with each change, and the state has the last `n`."""
    state, changes = decide_each(statuses)
    assert [changed.n for changed in changes] == list(range(1, len(changes) + 1))
    assert (state.last_change if state else 0) == len(changes)
    assert all(changed.state.last_change == changed.n for changed in changes)


@given(st.lists(anything, max_size=12).map(of_one_flight))
def test_a_phase_has_the_airport_that_it_needs_and_no_other(statuses: list[FlightStatus]) -> None:
    """`diverted_to` is known of a flight that lands elsewhere; one that has landed there has its stop."""
    for changed in decide_each(statuses)[1]:
        flight = changed.state
        assert (flight.diverted_to is not None) == (flight.phase in ELSEWHERE)
        assert flight.diverted_to != flight.destination
        if flight.phase == "landed":
            assert flight.stops[-1].left_at is None
            assert flight.stops[-1].airport == flight.diverted_to


@given(st.lists(anything, max_size=12).map(of_one_flight))
def test_a_flight_is_away_only_after_a_departure_or_an_arrival(statuses: list[FlightStatus]) -> None:
    """No other word takes its passengers from home."""
    state: Flight | None = None
    for status in statuses:
        after = decide(state, status, threshold=THRESHOLD).state
        if after is not None and after.phase in AWAY and (state is None or state.phase not in AWAY):
            assert status.departed_at is not None or status.arrived_at is not None
        state = after or state


@given(st.lists(anything, max_size=6).map(of_one_flight), st.lists(anything, min_size=2, max_size=3), st.data())
def test_statuses_of_one_instant_give_one_phase_in_any_order(
    before: list[FlightStatus], same: list[FlightStatus], data: st.DataObject
) -> None:
    """While it has not left, no cancellation is lost to a status that does not know of it."""
    state, _ = decide_each([replace(status, departed_at=None, arrived_at=None) for status in before])
    at = DEPARTS + timedelta(minutes=3001)
    key = "B6.1017.JFK.2013-02-08"
    same = [replace(status, observed_at=at, flight=key, departed_at=None, arrived_at=None) for status in same]

    def last(statuses: list[FlightStatus]) -> Flight | None:
        after = state
        for status in statuses:
            after = decide(after, status, threshold=THRESHOLD).state or after
        return after

    first, other = last(same), last(data.draw(st.permutations(same)))
    if state is not None:
        assert first is not None
        assert other is not None
        assert RANK.get(first.phase, 0) == RANK.get(other.phase, 0)


@given(st.lists(anything, min_size=1, max_size=12).map(of_one_flight), st.data())
def test_a_status_applied_again_changes_nothing(statuses: list[FlightStatus], data: st.DataObject) -> None:
    """A redelivery may come at any later time."""
    state, _ = decide_each(statuses)
    again = data.draw(st.sampled_from(statuses))
    if state is not None:
        after, changes, _ = decide(state, again, threshold=THRESHOLD)
        assert changes == ()
        assert after in (None, state)


@given(st.lists(anything, max_size=12).map(of_one_flight))
def test_no_change_repeats_the_one_before(statuses: list[FlightStatus]) -> None:
    """Two consecutive changes always differ in content."""
    _, changes = decide_each(statuses)

    def content(changed: FlightChanged) -> FlightChanged:
        still = replace(changed.state, last_change=0, observed_at=DEPARTS)
        return replace(changed, n=0, state=still)

    assert all(content(one) != content(other) for one, other in pairwise(changes))


@given(st.lists(anything, max_size=12).map(of_one_flight))
def test_no_flight_lands_before_it_leaves(statuses: list[FlightStatus]) -> None:
    """Whatever the input, every change has its arrival after its departure."""
    assert all(changed.state.departs < changed.state.arrives for changed in decide_each(statuses)[1])


@example([at(0, departed_at=0, diverted_to="JFK"), at(1, cancelled=True)])
@example([at(90, departed_at=0, arrived_at=90, diverted_to="JFK", cancelled=True)])
@example([at(0, departed_at=0), at(90, arrived_at=90, diverted_to="JFK", cancelled=True)])
@example([at(0, departed_at=0), at(90, arrived_at=94, diverted_to="JFK", estimated_departure=92)])
@given(st.lists(anything, max_size=12).map(of_one_flight))
def test_a_flight_that_came_back_leaves_no_sooner_than_it_came(statuses: list[FlightStatus]) -> None:
    """Whatever a feed repeats of the attempt before, also by way of a cancellation, withdrawn or not; and that it came back is
    known."""
    state: Flight | None = None
    for status in statuses:
        outcome = decide(state, status, threshold=THRESHOLD)
        for flight in (*(changed.state for changed in outcome.changes), *([outcome.state] if outcome.state else [])):
            if flight.returned_at is not None and flight.phase not in AWAY:
                assert flight.departs >= flight.returned_at
            assert flight.phase != "returned" or flight.returned_at is not None
        state = outcome.state or state


@given(st.lists(anything, max_size=12))
def test_a_group_is_decided_like_its_statuses_one_by_one(statuses: list[FlightStatus]) -> None:
    """A group of statuses of several flights gives the states and changes of each flight by itself."""
    decided = decide_all({}, statuses, threshold=THRESHOLD).flights
    for key in {status.flight for status in statuses}:
        state, changes = decide_each([status for status in statuses if status.flight == key])
        if state is None:
            assert key not in decided
        else:
            assert decided[key].state == state
            assert [changed for _, changed in decided[key].changes] == changes


@given(st.lists(anything, max_size=12))
def test_a_change_names_the_status_that_caused_it(statuses: list[FlightStatus]) -> None:
    """The status has the flight and the instant of the change, or is an older one."""
    for key, decided in decide_all({}, statuses, threshold=THRESHOLD).flights.items():
        for position, changed in decided.changes:
            assert statuses[position].flight == key
            assert statuses[position].observed_at <= changed.state.observed_at
