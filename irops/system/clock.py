"""Event time, in a line for an operator."""

from bus import Bus, Unavailable
from bus.clock import replay_note, wall


def clock_note(bus: Bus) -> str | None:
    """One sentence where event time is a replay's; None where it is the wall clock's, or is not set."""
    return replay_note(bus.tick, wall()) if bus.clock_is_set else None


def clock_line(bus: Bus) -> str:
    """Event time and how fast it runs, or that it is not set."""
    try:
        now, speed = bus.now(), bus.tick.speed
    except Unavailable as failure:
        return str(failure)
    pace = f"{speed:g} times as fast as the wall clock" if speed else "standing still between the steps of a lock-step"
    return f"clock: {now:%Y-%m-%d %H:%M:%S} UTC, {pace}"
