"""Each change of a flight is judged by the status that it rests on, however the flight ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from agents.monitor.domain import decide
from contracts.flights import Flight, FlightChanged, FlightStatus
from irops.audit.announced import announced_wrongly
from irops.audit.feed import reported
from irops.audit.history import pasts_of
from tests.irops.audit.feeds import ARRIVES, DEPARTS, KEY, minutes, statuses

THRESHOLD = timedelta(minutes=30)


def after(minute: float, **fields: Any) -> FlightStatus:
    """A status observed so many minutes after the scheduled departure."""
    return FlightStatus(
        flight=KEY,
        destination="SFO",
        observed_at=DEPARTS + minutes(minute),
        scheduled_departure=DEPARTS,
        scheduled_arrival=ARRIVES,
        **fields,
    )


def left(minute: float) -> dict[str, datetime]:
    return {"departed_at": DEPARTS + minutes(minute)}


def landed(minute: float) -> dict[str, datetime]:
    return {"arrived_at": DEPARTS + minutes(minute)}


LIFE = (
    after(-600, seats={"economy": 150}),
    after(-300, estimated_departure=DEPARTS + minutes(40)),
    after(-250, cancelled=True),
    after(-200, estimated_departure=DEPARTS + minutes(90)),
    after(-100, seats={"economy": 100}),
    after(95, **left(92)),
    after(180, **left(92), diverted_to="DEN"),
    after(300, **left(92), **landed(298), diverted_to="DEN"),
    after(400, **left(395)),
    after(520, **left(395), **landed(518)),
    after(700, **left(395), **landed(550)),
)
"""Late, cancelled and restored; it leaves, lands elsewhere, flies on and arrives, later than was reported at first."""


def by_monitor(reports: Sequence[FlightStatus]) -> tuple[Flight | None, list[FlightChanged]]:
    state: Flight | None = None
    changes: list[FlightChanged] = []
    for status in reports:
        outcome = decide(state, status, threshold=THRESHOLD)
        state = outcome.state or state
        changes += outcome.changes
    return state, changes


def found(reports: Sequence[FlightStatus], state: Flight | None, changes: Sequence[FlightChanged]) -> list[str]:
    flights: Mapping[str, Flight] = {KEY: state} if state else {}
    pasts = pasts_of(changes, flights, whole=True)
    now = max(status.observed_at for status in reports)
    report = reported(list(enumerate(reports)), flights=flights, pasts=pasts, came_at={}, now=now).of[KEY]
    return list(announced_wrongly(changes, report))


STATE, CHANGES = by_monitor(LIFE)
WRONG: Mapping[str, Any] = {
    "phase": lambda flight: "rerouted",
    "destination": lambda flight: "SEA",
    "diverted_to": lambda flight: "ABQ",
    "departs": lambda flight: flight.departs + minutes(1),
    "arrives": lambda flight: flight.arrives + minutes(1),
    "seats": lambda flight: {"economy": 40},
}


def test_what_a_right_monitor_announces_is_no_fault() -> None:
    """Whatever a feed reports, and however much one status says."""
    assert [change.change for change in CHANGES] == [
        "scheduled", "retimed", "cancelled", "restored", "retimed", "re-equipped", "departed", "diverted", "landed",
        "departed", "retimed", "arrived", "estimated",
    ]  # fmt: skip
    assert found(LIFE, STATE, CHANGES) == []
    for seed in range(500):
        reports = statuses(Random(seed))
        state, changes = by_monitor(reports)
        assert not changes or found(reports, state, changes) == []


def test_a_status_that_comes_late_was_not_known_when_the_next_one_was_announced() -> None:
    """It is heard of the same flight that it leaves and comes in late, and only then that it has left."""
    seats, on_time, has_left = (
        after(-600, seats={"economy": 150}),
        after(-10, estimated_departure=DEPARTS),
        after(5, **left(1)),
    )
    is_late = after(180, **left(1), estimated_arrival=ARRIVES + minutes(40))
    _, changes = by_monitor([seats, on_time, is_late, has_left])
    assert [change.change for change in changes] == ["scheduled", "retimed", "departed"]
    state, _ = by_monitor([seats, on_time, is_late])
    assert found([seats, on_time, has_left, is_late], state, changes) == []


@pytest.mark.parametrize("field", WRONG)
@pytest.mark.parametrize("at", range(len(CHANGES) - 1), ids=[f"{each.n}-{each.change}" for each in CHANGES[:-1]])
def test_an_announcement_that_was_wrong_is_found_although_the_next_is_right(at: int, field: str) -> None:
    """Each field of each change but the last. The times of a cancelled flight are no one's."""
    change = CHANGES[at]
    state = replace(change.state, **{field: WRONG[field](change.state)})
    wrong = found(LIFE, STATE, [*CHANGES[:at], replace(change, state=state), *CHANGES[at + 1 :]])
    is_free = change.change == "cancelled" and field in ("departs", "arrives")
    assert [f"(change {change.n})" in each for each in wrong[:1]] == ([] if is_free else [True])


def test_a_change_that_is_older_than_the_one_before_is_found() -> None:
    """The newest word counts, whatever the order in which statuses come."""
    overtaken = [CHANGES[0], CHANGES[2], CHANGES[1], *CHANGES[3:]]
    assert found(LIFE, STATE, overtaken)[0] == "change 2 is older than change 3, which it follows"


def test_nothing_is_announced_of_a_flight_that_has_arrived() -> None:
    """Its times may be corrected."""
    last = CHANGES[-1]
    wrong = found(LIFE, STATE, [*CHANGES[:-1], replace(last, change="retimed")])
    assert wrong[0] == f"retimed (change {last.n}) of a flight that has arrived"


def test_a_change_whose_status_is_not_kept_is_not_judged() -> None:
    """FEED keeps 48 hours."""
    kept = LIFE[3:]
    wrong = replace(CHANGES[1], state=replace(CHANGES[1].state, departs=DEPARTS))
    assert found(kept, STATE, [CHANGES[0], wrong, *CHANGES[2:]]) == []
