"""What was announced of a flight, and when: each of the monitor's changes against the feed at that moment.

The last state of a flight may be right where an earlier change was wrong, and a party was moved for it. One status may make
several changes, of which each but the last leads on to the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise, zip_longest

from contracts.flights import Change, Flight, FlightChanged, Phase
from contracts.names import Airport, Cabin, origin_of
from irops.audit.course import Course, cabins
from irops.audit.feed import Heard, Report
from irops.audit.history import known_from

_TIMES = frozenset({"departs", "arrives"})


def otherwise(state: Flight, course: Course) -> Iterator[tuple[str, object, object]]:
    """Where a state of the flight is otherwise than the feed has it: the field, the value in each."""
    fields: dict[str, tuple[object, object]] = {
        "phase": (state.phase, course.phase),
        "destination": (state.destination, course.destination),
        "diverted_to": (state.diverted_to, course.diverted_to),
        "stops": (state.stops, course.stops),
        "schedule": ((state.scheduled_departure, state.scheduled_arrival), course.scheduled),
        "schedules": (state.schedules or (state.scheduled_departure,), course.held),
        "departs": (state.departs, course.departs),
        "arrives": (state.arrives, course.arrives),
        "observed_at": (state.observed_at, course.observed_at),
        "known_at": (known_from(state), course.known_at),
        "returned_at": (state.returned_at, course.returned_at),
        "unconfirmed": (state.unconfirmed, course.unconfirmed),
        "seats": (cabins(state.seats), cabins(course.seats)),
        "authorised": (cabins(state.authorised), cabins(course.authorised)),
        "tail": (state.tail, course.tail),
        "layout": (state.layout, course.layout),
        **{name: (getattr(state, name), value) for name, value in course.at_the_airport.items()},
    }
    # A flight that does not fly has the times of whichever status came before its cancellation was handled.
    unknown = course.assumed | (_TIMES if state.phase == "cancelled" else frozenset())
    for name, (has, reported) in fields.items():
        if name not in unknown and has != reported:
            yield name, has, reported


def announced_wrongly(changes: Sequence[FlightChanged], report: Report) -> Iterator[str]:
    """Changes that are not what the flight was then, by any order of its statuses. Those whose status is not kept are not
    judged. A status that comes late may have been passed over: the change before then says what the flight was."""
    for earlier, later in pairwise(changes):
        if _known(later.state) < _known(earlier.state):
            yield f"change {later.n} is older than change {earlier.n}, which it follows"
        if earlier.state.phase == "arrived" and later.change != "estimated":
            yield f"{later.change} (change {later.n}) of a flight that has arrived"
    before: FlightChanged | None = None
    for change, following in zip_longest(changes, changes[1:]):
        leads_on = following is not None and following.state.observed_at == change.state.observed_at
        unlike = [
            [] if leads_on and _leads_to(heard, change, before) else list(otherwise(change.state, heard.after))
            for heard in report.at.get(change.state.observed_at, ())
        ]
        before = change
        if unlike and all(unlike):
            name, has, reported = min(unlike, key=len)[0]
            yield f"its {name} is {worded(has)} by {change.change} (change {change.n}), by the feed {worded(reported)}"


def _known(state: Flight) -> tuple[datetime, datetime]:
    return known_from(state), state.observed_at


def _leads_to(heard: Heard, change: FlightChanged, last: FlightChanged | None) -> bool:
    """Whether the change is on the way to what the status makes of the flight: it has all that the status says, except a phase,
    a place, an aircraft and seats that may still be those of before, or be passed through."""
    before = heard.before or replace(heard.after, phase="scheduled", diverted_to=None)
    known = [before]
    if last is not None:
        was = last.state
        known.append(
            replace(
                before,
                phase=was.phase,
                diverted_to=was.diverted_to,
                seats=was.seats,
                authorised=was.authorised,
                tail=was.tail,
            )
        )
    return any(_is_between(each, heard.after, change) for each in known)


def _is_between(before: Course, after: Course, change: FlightChanged) -> bool:
    state = change.state
    seats = [_seats(after), *([] if change.change == "re-equipped" else [_seats(before)])]
    layouts = [after.layout, *([] if change.change == "re-equipped" else [before.layout])]
    tails = [after.tail, *([] if change.change == "re-equipped" else [before.tail])]
    differ = {name for name, _, _ in otherwise(state, after)}
    return (
        differ <= {"phase", "diverted_to", "seats", "authorised", "tail", "layout"}
        and state.phase in _passed(before, after, change.change)
        and state.diverted_to in (before.diverted_to, after.diverted_to, _place(state))
        and ("seats" in before.assumed or _seats(state) in seats)
        and ("tail" in before.assumed or state.tail in tails)
        and ("layout" in before.assumed or state.layout in layouts)
    )


def _seats(flight: Flight | Course) -> tuple[Mapping[Cabin, int], Mapping[Cabin, int]]:
    return cabins(flight.seats), cabins(flight.authorised)


def _passed(before: Course, after: Course, change: Change) -> Iterator[Phase]:
    """The phases in which a flight may be with a change that others of the same status follow."""
    yield after.phase
    ends = before.phase == "cancelled" and after.phase != "cancelled"
    is_restored = ends or (before.phase == "rerouted" and after.phase == "scheduled")
    match change:
        case "scheduled":
            yield "scheduled"
        case "restored" if is_restored:
            yield "scheduled"
        case "re-equipped":
            yield "scheduled" if is_restored else before.phase
        case "returned" if after.phase == "scheduled":
            yield "returned"
        case "retimed" if after.phase == "scheduled" or is_restored:
            yield "scheduled"
        case "retimed":
            yield before.phase
        case "departed" if after.on_the_way:
            yield "departed"


def _place(state: Flight) -> Airport | None:
    return origin_of(state.flight) if state.phase == "returned" else None


def worded(value: object) -> str:
    """A value in a finding."""
    if isinstance(value, tuple):
        return " to ".join(map(worded, value))
    if isinstance(value, Mapping):
        return " + ".join(f"{count} {cabin}" for cabin, count in value.items()) or "no seats"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
