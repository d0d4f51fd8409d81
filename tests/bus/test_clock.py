"""The sentence about a clock that is not the wall clock's."""

from datetime import UTC, datetime, timedelta

import pytest

from bus.clock import replay_note
from contracts.clock import Clock

WALL = datetime(2026, 11, 28, 12, tzinfo=UTC)


def note(*, behind: timedelta, speed: float = 1) -> str | None:
    """The sentence when the clock was set a moment ago."""
    return replay_note(Clock(now=WALL - behind, at=WALL, speed=speed), WALL)


@pytest.mark.parametrize("seconds", [-59, 0, 59])
def test_a_clock_within_a_minute_of_the_wall_clock_has_no_note(seconds: int) -> None:
    """Machines' clocks differ by seconds."""
    assert note(behind=timedelta(seconds=seconds)) is None


def test_a_wall_clock_that_was_set_long_ago_is_still_the_wall_clock() -> None:
    """Event time runs on with it."""
    then = WALL - timedelta(days=500)
    assert replay_note(Clock(now=then, at=then), WALL) is None


@pytest.mark.parametrize(
    ("behind", "distance"),
    [
        pytest.param(timedelta(days=13 * 365 + 10), "13 years behind", id="years"),
        pytest.param(timedelta(days=366), "1 year behind", id="a year"),
        pytest.param(timedelta(days=3), "3 days behind", id="days"),
        pytest.param(timedelta(hours=-5), "5 hours ahead of", id="hours ahead"),
        pytest.param(timedelta(minutes=20), "less than an hour from", id="minutes"),
    ],
)
def test_the_distance_is_in_the_largest_unit(behind: timedelta, distance: str) -> None:
    """With the side it is on."""
    assert f" UTC, {distance} the wall clock, " in str(note(behind=behind))


def test_the_sentence_says_what_resets_the_clock() -> None:
    """In full, for a replay that has ended."""
    assert note(behind=timedelta(days=5000), speed=0) == (
        "the clock is a replay's: 2013-03-21 12:00 UTC, 13 years behind the wall clock, standing still; "
        "`irops provision --wall-clock` sets it to the wall clock"
    )


def test_a_clock_that_runs_fast_is_a_replays_even_when_it_passes_the_wall() -> None:
    """It does not stay there."""
    assert "running 900 times as fast" in str(note(behind=timedelta(0), speed=900))


def test_a_clock_that_runs_on_after_a_replay_runs_at_the_same_speed() -> None:
    """It stays as far behind as it is."""
    assert "13 years behind the wall clock, running at the same speed;" in str(note(behind=timedelta(days=5000)))
