"""The only place that reads a clock.

Event time is what `clock.now` says: a replay's conductor moves it; otherwise provisioning has set it to the wall clock, with
speed 1. Between two messages on `clock.now` event time runs on at the given speed, so nothing has to wait for the next one.
"""

import time
from datetime import UTC, datetime, timedelta
from math import inf

from contracts.clock import Clock

CLOSE_TO_WALL = timedelta(minutes=1)
"""Event time that runs at speed 1 within this of the wall clock is the wall clock's."""


def wall() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never jumps, to measure durations."""
    return time.monotonic()


def at(clock: Clock, wall_now: datetime) -> datetime:
    """Event time by `clock` when the wall clock shows `wall_now`; never before `clock.now`."""
    passed = max(wall_now - clock.at, timedelta(0))
    fast = min(passed, _fast(clock))
    return clock.now + fast * clock.speed + (passed - fast)


def speed(clock: Clock, wall_now: datetime) -> float:
    """How many times as fast as the wall clock event time runs when that shows `wall_now`; 0: it stands still."""
    return clock.speed if wall_now - clock.at < _fast(clock) else 1.0


def _fast(clock: Clock) -> timedelta:
    """Wall-clock time for which the clock's speed lasts."""
    if clock.until is None or not clock.speed:
        return timedelta.max
    return max(clock.until - clock.now, timedelta(0)) / clock.speed


def seconds_until(instant: datetime, clock: Clock, wall_now: datetime) -> float:
    """Wall-clock seconds until event time is `instant`, as long as the clock is not set again; 0 when it has passed, infinite
    while event time stands still."""
    now = at(clock, wall_now)
    if instant <= now:
        return 0.0
    if not clock.speed:
        return inf
    slows = instant if clock.until is None else min(max(now, clock.until), instant)
    running = (slows - now).total_seconds() / clock.speed + (instant - slows).total_seconds()
    return max((clock.at - wall_now).total_seconds(), 0.0) + running


def replay_note(clock: Clock, wall_now: datetime) -> str | None:
    """One sentence for the operator where event time is not the wall clock's, as during and after a replay; else None.

    It says where the clock stands, how far that is from the wall clock, its speed, and the command that resets it."""
    now = at(clock, wall_now)
    pace = speed(clock, wall_now)
    if pace == 1 and abs(now - wall_now) < CLOSE_TO_WALL:
        return None
    runs = {0.0: "standing still", 1.0: "running at the same speed"}.get(pace, f"running {pace:g} times as fast")
    return (
        f"the clock is a replay's: {now:%Y-%m-%d %H:%M} UTC, {_distance(now, wall_now)} the wall clock, {runs}; "
        "`irops provision --wall-clock` sets it to the wall clock"
    )


def _distance(now: datetime, wall_now: datetime) -> str:
    apart, side = abs(now - wall_now), "behind" if now < wall_now else "ahead of"
    for unit, length in (("year", timedelta(days=365)), ("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if count := apart // length:
            return f"{count} {unit}{'s' if count > 1 else ''} {side}"
    return "less than an hour from"
