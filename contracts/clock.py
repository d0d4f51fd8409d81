"""Event time. In a replay the conductor moves it; otherwise it is the wall clock."""

from msgspec import Struct

from contracts.flights import Instant
from contracts.subject import Subject


class Clock(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Event time was `now` at wall-clock time `at`, and runs `speed` times as fast (0: it stands still until set)."""

    now: Instant
    at: Instant
    speed: float = 1.0
    until: Instant | None = None
    """Where the speed ends: from this event time on it runs at speed 1. It is known beforehand, so no clock runs on at the old
    speed until it learns of the new one."""


CLOCK = Subject("clock.now", Clock, "CLOCK")
"""provisioning, then a replay's conductor -> everyone, as a view"""
