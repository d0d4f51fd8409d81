"""Given what a flight is and what a feed says of it: what the flight is now, and what changed.

The rules:
- Statuses count in the order of `observed_at`, whatever the order in which they arrive: one that is not newer than the
  state changes nothing. Of two that differ and claim the same instant, the first that arrived stands.
- Every field is newest-wins and leaving it out denies nothing, but for `cancelled`: a newer status that does not say it
  withdraws the cancellation.
- Times are told as `retimed` once they are `threshold` or more away from those last announced, in either direction;
  smaller moves are kept in the state, in silence. A cancelled flight is not retimed, and of an aircraft it does not
  have it is not re-equipped; both are made up for when it is restored.
- A diversion tells its times itself, and so needs no `retimed` beside it.
- An aircraft that has left the gate, landed or been diverted flies: a cancellation said of it, before or in the same
  status, does not hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from agents.monitor.domain.lifecycle import LIFECYCLE
from agents.monitor.domain.reading import contradiction, departed_at, diversion, has_arrived, new_seats, tail, times
from contracts.flights import Change, Flight, FlightChanged, FlightStatus
from contracts.names import FlightKey

Changes = tuple[FlightChanged, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """One flight after a group of statuses: a single state to write, and each change with the status that caused it."""

    state: Flight
    changes: tuple[tuple[int, FlightChanged], ...]
    """(position of the status in the group, the change), `n` rising by one."""


def decide(state: Flight | None, status: FlightStatus, *, threshold: timedelta) -> tuple[Flight | None, Changes]:
    """The state to write and the changes to say with it, in order; (None, ()) when nothing is to be written.

    `state` is None for a flight heard of for the first time. Each change carries the flight at its `n`; the state is
    that of the last change.
    """
    if (state is not None and _is_old(state, status)) or contradiction(state, status):
        return None, ()
    known = _unheard(status) if state is None else state
    departs, arrives = times(known, status)
    flight = replace(
        known,
        scheduled_departure=status.scheduled_departure,
        scheduled_arrival=status.scheduled_arrival,
        departs=departs,
        arrives=arrives,
        observed_at=status.observed_at,
        tail=tail(status) or known.tail,
    )
    changes: list[FlightChanged] = []
    phase = None if state is None else state.phase
    for change in _told(flight, status, threshold=threshold, first=state is None):
        after = LIFECYCLE.get((phase, change))
        if after is None:
            continue
        phase = after
        flight = _changed(replace(flight, phase=after, last_change=flight.last_change + 1), change, status)
        changes.append(FlightChanged(flight=flight.flight, n=flight.last_change, change=change, state=flight))
    return flight, tuple(changes)


def decide_all(
    states: Mapping[FlightKey, Flight], statuses: Iterable[FlightStatus], *, threshold: timedelta
) -> dict[FlightKey, Decided]:
    """A group of statuses, in the order they arrived: per flight that is to be written, its last state and all changes."""
    decided: dict[FlightKey, Decided] = {}
    for position, status in enumerate(statuses):
        before = decided.get(status.flight)
        state, changes = decide(before.state if before else states.get(status.flight), status, threshold=threshold)
        if state is None:
            continue
        said = before.changes if before else ()
        decided[status.flight] = Decided(state, (*said, *((position, change) for change in changes)))
    return decided


def _is_old(state: Flight, status: FlightStatus) -> bool:
    return state.phase == "arrived" or status.observed_at <= state.observed_at


def _unheard(status: FlightStatus) -> Flight:
    """The flight as its schedule has it, before anything is said of it."""
    return Flight(
        flight=status.flight,
        destination=status.destination,
        phase="scheduled",
        last_change=0,
        scheduled_departure=status.scheduled_departure,
        scheduled_arrival=status.scheduled_arrival,
        departs=status.scheduled_departure,
        arrives=status.scheduled_arrival,
        announced_departure=status.scheduled_departure,
        announced_arrival=status.scheduled_arrival,
        observed_at=status.observed_at,
        seats={},
    )


def _told(flight: Flight, status: FlightStatus, *, threshold: timedelta, first: bool) -> Iterator[Change]:
    """What the status says has happened, in the order in which it is to be said; the lifecycle decides what can have."""
    departed, arrived = departed_at(status) is not None, has_arrived(status, departs=flight.departs)
    diverted = diversion(flight, status) is not None
    if first:
        yield "scheduled"
    if status.cancelled and not (departed or arrived or diverted):
        yield "cancelled"
        if flight.phase in ("scheduled", "cancelled"):
            return
    else:
        yield "restored"
    if not first and new_seats(flight, status) is not None:
        yield "re-equipped"
    if not diverted and _moved(flight) >= threshold:
        yield "retimed"
    if departed:
        yield "departed"
    if diverted:
        yield "diverted"
    if arrived:
        yield "arrived"


def _changed(flight: Flight, change: Change, status: FlightStatus) -> Flight:
    """The flight with what this change alone alters, beyond phase and count."""
    if change in ("scheduled", "re-equipped"):
        return replace(flight, seats=new_seats(flight, status) or flight.seats)
    if change == "diverted":
        flight = replace(flight, diverted_to=status.diverted_to)
    if change in ("retimed", "diverted"):
        return replace(flight, announced_departure=flight.departs, announced_arrival=flight.arrives)
    return flight


def _moved(flight: Flight) -> timedelta:
    """How far the times are from those last announced; departure or arrival, whichever is further."""
    return max(abs(flight.departs - flight.announced_departure), abs(flight.arrives - flight.announced_arrival))
