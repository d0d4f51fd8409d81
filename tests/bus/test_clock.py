"""Event time: how long until an instant, and the sentence about a clock that is not the wall clock's."""

from datetime import UTC, datetime, timedelta

import pytest

from bus.clock import at, replay_note, seconds_until, speed
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


@pytest.mark.parametrize("speed", [1, 900, 1e5])
@pytest.mark.parametrize("set_at", [-30, 0, 30], ids="set {:+}s".format)
def test_after_the_seconds_until_an_instant_event_time_is_that_instant(speed: float, set_at: int) -> None:
    """Also by a clock that another machine has set a little ahead of this one's wall clock."""
    clock = Clock(now=WALL, at=WALL + timedelta(seconds=set_at), speed=speed)
    instant = at(clock, WALL) + timedelta(hours=1)
    seconds = seconds_until(instant, clock, WALL)
    reached = at(clock, WALL + timedelta(seconds=seconds))
    assert abs(reached - instant) < speed * timedelta(microseconds=2)


def test_a_speed_that_ends_is_followed_by_the_speed_of_the_wall_clock() -> None:
    """However late an agent hears of it: the end is known beforehand."""
    hour = timedelta(hours=1)
    clock = Clock(now=WALL, at=WALL, speed=3600, until=WALL + hour)
    second = timedelta(seconds=1)
    assert at(clock, WALL + second / 2) == WALL + hour / 2
    assert at(clock, WALL + second) == WALL + hour
    assert at(clock, WALL + 5 * second) == WALL + hour + 4 * second


@pytest.mark.parametrize(
    ("clock", "passed", "pace"),
    [
        pytest.param(
            Clock(now=WALL, at=WALL, speed=60, until=WALL + timedelta(minutes=1)), 0.9, 60, id="before it ends"
        ),
        pytest.param(
            Clock(now=WALL, at=WALL, speed=60, until=WALL + timedelta(minutes=1)), 1.1, 1, id="after it ended"
        ),
        pytest.param(Clock(now=WALL, at=WALL, speed=60), 1e6, 60, id="without an end"),
        pytest.param(Clock(now=WALL, at=WALL, speed=0), 1e6, 0, id="standing still"),
    ],
)
def test_the_speed_of_a_clock_is_the_one_that_event_time_runs_at(clock: Clock, passed: float, pace: float) -> None:
    """What one second of the wall clock adds, not what the clock was set to."""
    wall_now, moment = WALL + timedelta(seconds=passed), timedelta(milliseconds=1)
    assert speed(clock, wall_now) == pace
    assert at(clock, wall_now + moment) - at(clock, wall_now) == pace * moment


def test_the_sentence_about_a_replay_that_has_ended_gives_the_speed_that_is_left() -> None:
    """Event time runs on as the wall clock does, whatever the replay's speed was."""
    day = Clock(
        now=WALL - timedelta(days=5000), at=WALL - timedelta(hours=1), speed=900, until=WALL - timedelta(days=4999)
    )
    assert "running at the same speed;" in str(replay_note(day, WALL))


@pytest.mark.parametrize("passed", [0, 1, 5], ids="after {} s".format)
@pytest.mark.parametrize("minutes", [30, 60, 61], ids="at minute {}".format)
def test_the_seconds_until_an_instant_are_counted_over_the_end_of_a_speed(passed: int, minutes: int) -> None:
    """At the speed up to there, and as seconds from there on."""
    clock = Clock(now=WALL, at=WALL, speed=3600, until=WALL + timedelta(hours=1))
    instant, seen_at = WALL + timedelta(minutes=minutes), WALL + timedelta(seconds=passed)
    seconds = seconds_until(instant, clock, seen_at)
    if instant <= at(clock, seen_at):
        assert seconds == 0
    else:
        assert abs(at(clock, seen_at + timedelta(seconds=seconds)) - instant) < timedelta(milliseconds=8)


def test_an_instant_that_has_passed_is_no_seconds_away_and_one_while_time_stands_still_for_ever() -> None:
    """The timer is due, or waits for the clock to be set."""
    standing = Clock(now=WALL, at=WALL, speed=0)
    assert seconds_until(WALL, standing, WALL) == 0
    assert seconds_until(WALL + timedelta(seconds=1), standing, WALL) == float("inf")
