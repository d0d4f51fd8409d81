"""From a flight's state and a feed's status: the new state, and what changed.

The rules:
- Statuses count in the order of `observed_at`, whatever the order of arrival. A status that is not newer than the state changes
  nothing. Of two different statuses with the same instant, the first to arrive stands.
- For every field the newest value wins, and a missing field leaves the known value. The exception is `cancelled`: a newer
  status without it withdraws the cancellation.
- A flight is `retimed` when its times are `threshold` or more away from those last announced, in either direction. A smaller
  move is `estimated` where the status changes nothing else: every other change carries the known times too. A cancelled flight
  is neither retimed, estimated nor re-equipped; what it missed follows when it is restored.
- A diversion carries its times, so no `retimed` goes with it.
- An aircraft that has left the gate, landed or been diverted flies: a cancellation in an earlier or the same status does not
  hold.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from msgspec.structs import replace

from agents.monitor.domain.believing import (
    NO_ZONES,
    contradiction,
    departed_at,
    diversion,
    has_arrived,
    new_seats,
    tail,
    times,
)
from agents.monitor.domain.lifecycle import LIFECYCLE
from agents.monitor.domain.naming import Numbers
from contracts.flights import AtTheAirport, Change, Flight, FlightChanged, FlightStatus
from contracts.names import Airport, FlightKey

Changes = tuple[FlightChanged, ...]
_AT_THE_AIRPORT = AtTheAirport.__struct_fields__


@dataclass(frozen=True, slots=True)
class Decision:
    """One flight after a group of statuses: the state to write, and each change with the status that caused it."""

    state: Flight
    changes: tuple[tuple[int, FlightChanged], ...]
    """(position of the status in the group, the change); `n` rises by one from change to change."""


def decide(
    state: Flight | None,
    status: FlightStatus,
    *,
    threshold: timedelta,
    zones: Mapping[Airport, tzinfo] = NO_ZONES,
) -> tuple[Flight | None, Changes]:
    """The state to write and the changes to say with it, in order; (None, ()) when there is nothing to write.

    `state` is None for a flight that is not known yet. Each change carries the flight as of its `n`; the state returned is that
    of the last change.
    """
    if (state is not None and _is_old(state, status)) or contradiction(state, status, zones=zones):
        return None, ()
    known = _as_scheduled(status) if state is None else state
    departs, arrives = times(known, status)
    flight = replace(
        known,
        scheduled_departure=status.scheduled_departure,
        scheduled_arrival=status.scheduled_arrival,
        departs=departs,
        arrives=arrives,
        observed_at=status.observed_at,
        tail=tail(status) or known.tail,
        sold_as=tuple(dict.fromkeys((*known.sold_as, *status.sold_as))) if status.sold_as else known.sold_as,
        **{name: value for name in _AT_THE_AIRPORT if (value := getattr(status, name)) is not None},
    )
    moved = state is not None and (departs, arrives) != (state.departs, state.arrives)
    changes: list[FlightChanged] = []
    phase = None if state is None else state.phase
    for change in _reported(flight, status, threshold=threshold, first=state is None):
        after = LIFECYCLE.get((phase, change))
        if after is None:
            continue
        phase = after
        flight = _changed(replace(flight, phase=after, last_change=flight.last_change + 1), change, status)
        changes.append(FlightChanged(flight=flight.flight, n=flight.last_change, change=change, state=flight))
    if moved and not changes and flight.phase != "cancelled":
        flight = replace(flight, last_change=flight.last_change + 1)
        changes.append(FlightChanged(flight=flight.flight, n=flight.last_change, change="estimated", state=flight))
    return flight, tuple(changes)


def decide_all(
    states: Mapping[FlightKey, Flight],
    statuses: Iterable[FlightStatus],
    *,
    threshold: timedelta,
    zones: Mapping[Airport, tzinfo] = NO_ZONES,
) -> dict[FlightKey, Decision]:
    """Decide a group of statuses in the order of their arrival. Has only flights, and other numbers of flights, with a state to
    write.

    `states` has those of the statuses' flights and of what `also_needed` names, as far as they exist.
    """
    decisions: dict[FlightKey, Decision] = {}
    numbers = Numbers(states)
    for position, reported in enumerate(statuses):
        status = numbers.meant(reported)
        before = decisions.get(status.flight)
        known = before.state if before else states.get(status.flight)
        state, changes = decide(known, status, threshold=threshold, zones=zones)
        if state is None:
            continue
        earlier = before.changes if before else ()
        decisions[status.flight] = Decision(state, (*earlier, *((position, change) for change in changes)))
        decisions.update((number, Decision(other, ())) for number, other in numbers.add(state).items())
    return decisions


def _is_old(state: Flight, status: FlightStatus) -> bool:
    return state.phase == "arrived" or status.observed_at <= state.observed_at


def _as_scheduled(status: FlightStatus) -> Flight:
    """A new flight as its schedule has it."""
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


def _reported(flight: Flight, status: FlightStatus, *, threshold: timedelta, first: bool) -> Iterator[Change]:
    """The changes that the status reports, in their order. The lifecycle decides which of them can be."""
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
    """The flight with the fields that only this change sets, besides phase and count."""
    if change in ("scheduled", "re-equipped"):
        return replace(flight, seats=new_seats(flight, status) or flight.seats)
    if change == "diverted":
        flight = replace(flight, diverted_to=status.diverted_to)
    if change in ("retimed", "diverted"):
        return replace(flight, announced_departure=flight.departs, announced_arrival=flight.arrives)
    return flight


def _moved(flight: Flight) -> timedelta:
    """How far the times are from those last announced: of departure and arrival, the larger distance."""
    return max(abs(flight.departs - flight.announced_departure), abs(flight.arrives - flight.announced_arrival))
