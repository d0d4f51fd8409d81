"""The only place that reads a clock.

Everyone goes by `clock.now`: in a replay the conductor moves it, otherwise provisioning wrote the wall clock there with
speed 1. Between two tickings time goes on at the said speed, so nobody waits for the next one to know the time.
"""

import time
from datetime import UTC, datetime, timedelta

from contracts.clock import Clock


def wall() -> datetime:
    """The wall clock, aware UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never jumps, for measuring how long something took."""
    return time.monotonic()


def at(clock: Clock, wall_now: datetime) -> datetime:
    """What time it is by `clock` when the wall clock shows `wall_now`. Never before `clock.now`."""
    passed = max(wall_now - clock.at, timedelta(0))
    return clock.now + passed * clock.speed
