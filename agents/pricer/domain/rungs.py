"""Where on the ladder a flight stands.

Hysteresis keeps a fare from moving with every seat: it rises as soon as its rung has too few seats, for no seat that is shown
open may be missing, and falls only when clearly more are left than the lower fare's rung needs. As days pass it only rises.
"""

from datetime import datetime, timedelta

from agents.pricer.domain.ladder import Ladder


def seats_rung(ladder: Ladder, free: int, *, capacity: int, known: int | None) -> int:
    """The rung of seats for a cabin: 0 with the most left, `len(ladder.seats)` where none can be sold. `known`: its rung so
    far, None for a flight that was not open. The rung's floor is never above `free`."""
    floors = ladder.floors(capacity)
    found = next((rung for rung, floor in enumerate(floors) if free >= floor), len(floors))
    if known is None or found >= known:
        return found
    margin = ladder.margin(capacity)
    return next((rung for rung in range(found, min(known, len(floors))) if free >= floors[rung] + margin), known)


def days_rung(ladder: Ladder, departs: datetime, *, now: datetime, known: int | None) -> int:
    """The rung of days: 0 with the most left. A flight that is late gets no cheaper: it is never before `known`."""
    left = departs - now
    found = next((at for at, rung in enumerate(ladder.days) if left > timedelta(days=rung.days)), len(ladder.days) - 1)
    return max(found, known or 0)


def next_days_rung(ladder: Ladder, departs: datetime, *, now: datetime) -> datetime | None:
    """When the next rung of days begins by time alone; None: it is on the last one."""
    begins = (departs - timedelta(days=rung.days) for rung in ladder.days[:-1])
    return next((instant for instant in begins if instant > now), None)
