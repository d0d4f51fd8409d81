"""The audit's own fold of the feed against the monitor: two programs written from one page agree on whatever a feed reports."""

from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import get_args

import pytest

from agents.monitor.domain import AFTER, decide
from contracts.flights import Flight, Phase
from irops.audit.course import Course
from irops.audit.fold import hear
from tests.irops.audit.feeds import came, statuses

THRESHOLD = timedelta(minutes=30)


def by_monitor(flight: Flight) -> tuple[object, ...]:
    return (
        flight.phase,
        flight.destination,
        flight.diverted_to,
        (flight.scheduled_departure, flight.scheduled_arrival),
        flight.schedules or (flight.scheduled_departure,),
        (flight.departs, flight.arrives),
        flight.stops,
        flight.returned_at,
        flight.unconfirmed,
        flight.observed_at,
        flight.cause,
        flight.known_at or flight.observed_at,
        flight.given_at,
        (flight.tail, flight.layout),
        *({cabin: n for cabin, n in numbers.items() if n} for numbers in (flight.seats, flight.authorised)),
    )


def by_audit(course: Course) -> tuple[object, ...]:
    return (
        course.phase,
        course.destination,
        course.diverted_to,
        course.scheduled,
        course.held,
        (course.departs, course.arrives),
        course.stops,
        course.returned_at,
        course.unconfirmed,
        course.observed_at,
        course.at_the_airport.get("cause"),
        course.known_at,
        course.given,
        (course.tail, course.layout),
        *({cabin: n for cabin, n in numbers.items() if n} for numbers in (course.seats, course.authorised)),
    )


def compared(rng: Random) -> list[Phase]:
    """The phases that a random flight goes through. Fails at the first status of which the two programs think otherwise."""
    state: Flight | None = None
    course: Course | None = None
    phases: list[Phase] = []
    for status, came_at in came(rng, statuses(rng)):
        outcome = decide(state, status, threshold=THRESHOLD, came_at=came_at)
        heard = hear(course, status, came_at)
        assert {doubt.reason for doubt in outcome.doubts} == heard.doubts, status
        assert (outcome.state is None) == (heard.course is None), status
        if outcome.state is not None and heard.course is not None:
            state, course = outcome.state, heard.course
            assert by_audit(course) == by_monitor(state), status
            phases.append(state.phase)
    return phases


def test_fold_and_monitor_agree() -> None:
    """On each of 1,000 random feeds of a flight, after each status. The flights go through every phase."""
    phases = {phase for seed in range(1_000) for phase in compared(Random(seed))}
    assert phases == set(get_args(Phase))


@pytest.mark.slow
@pytest.mark.timeout(240)  # thousands of feeds, on a machine that may be busy
def test_fold_and_monitor_agree_on_many_feeds() -> None:
    """20,000 of them, in which flights take every step of the monitor's table."""
    steps = {step for seed in range(20_000) for step in pairwise(compared(Random(seed)))}
    table = {("diverted" if row == "returning" else row, phase) for (row, _), phase in AFTER.items()}
    assert table <= steps
