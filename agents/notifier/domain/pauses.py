"""How long a notice waits after a failed attempt."""

from datetime import timedelta


def pause_after(attempts: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """The pause after this many attempts, at least one: `first`, doubled after each further attempt, up to `longest`."""
    doublings = min(attempts - 1, 30)  # more would overflow a timedelta, and no pause is that long
    return min(first * (1 << doublings), longest)
