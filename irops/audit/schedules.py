"""Which of its schedules a flight has, and which are another departure's under its key: the monitor's rule, written again.

What has two schedules that are further apart than it takes may be two departures of one number. It is one flight, moved, until
the schedule that it had first is heard again: then the other one is another departure's.
"""

from datetime import datetime

from irops.audit.course import Course


def is_taken_back(known: Course, departs: datetime) -> bool:
    """Whether the flight had this schedule, and has gone back to one before it."""
    return _rank(known, known.scheduled[0]) < _rank(known, departs) < len(known.held)


def goes_back(known: Course, departs: datetime) -> bool:
    """Whether the flight had this schedule before the one that it has."""
    return _rank(known, departs) < _rank(known, known.scheduled[0])


def held_with(known: Course, departs: datetime) -> tuple[datetime, ...]:
    """The schedules that it has had, in the order of the first word of each, with this one."""
    held = list(known.held)
    rank = _rank(known, departs)
    held[rank : rank + 1] = [departs]
    return tuple(held)


def _rank(known: Course, departs: datetime) -> int:
    """How many of its schedules came before this one; all of them if it is none of them."""
    takes = known.scheduled[1] - known.scheduled[0]
    near = [(abs(departs - at), rank) for rank, at in enumerate(known.held) if abs(departs - at) < takes]
    return min(near)[1] if near else len(known.held)
