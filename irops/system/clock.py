"""Event time, in a line for an operator."""

from bus import Bus, Unavailable
from bus.clock import replay_note, wall


def clock_note(bus: Bus) -> str | None:
    """One sentence where event time is a replay's; None where it is the wall clock's, or is not set."""
    return replay_note(bus.tick, wall()) if bus.clock_is_set else None


def clock_line(bus: Bus) -> str:
    """Event time and how fast it runs, or that it is not set."""
    try:
        now, speed = bus.now(), bus.speed
    except Unavailable as failure:
        return str(failure)
    pace = _pace(speed)
    return f"clock: {now:%Y-%m-%d %H:%M:%S} UTC, {pace}"


def _pace(speed: float) -> str:
    if not speed:
        return "standing still: a lock-step replay is between steps, or a replay was not finished"
    return "at the speed of the wall clock" if speed == 1 else f"{speed:g} times as fast as the wall clock"
