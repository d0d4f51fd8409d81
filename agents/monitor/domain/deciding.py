"""From a flight's state and a feed's status: the new state, what changed, and what is not believed.

The rules:
- For every field the newest value wins, whatever the order of arrival, and a missing field leaves the known value. The
  exception is `cancelled`: a newer status without it withdraws the cancellation. `ordering` says which status is newer, and
  what counts of one that comes after a newer one.
- Of two of the same instant the one that says more counts, whichever comes first, and of the other what it alone says: an
  arrival before a landing elsewhere or a return, that before a departure, that before a cancellation, that before all else;
  then, of two estimates of a departure, the later, and of two aircraft the one with fewer seats. So no cancellation is lost to
  a status that does not know of it.
- What a status says of the flight's course gives the phase after it by the table in `lifecycle`.
- A flight is `retimed` when its times are `threshold` or more away from those last announced, in either direction, and when it
  leaves `EARLIER` or more before the announced time: gates close that long before, and who comes by then is late. A smaller
  move is `estimated` where the status changes nothing else: every other change carries the known times too. A cancelled flight
  is neither retimed, estimated nor re-equipped; what it missed follows when it is restored.
- Of a flight that has arrived, late facts are taken: its cause, its actual times. They are `estimated`, for no one is to be
  informed of them. A status by which it is anywhere else is not believed in any part.
- A diversion, a landing elsewhere and a return carry their times, so no `retimed` goes with them; so does the departure of a
  flight that was known to land elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from msgspec.structs import replace

from agents.monitor.domain.believing import (
    NO_ZONES,
    Disbelief,
    believed,
    contradiction,
    is_other_aircraft,
    layout_of,
    new_seats,
)
from agents.monitor.domain.lifecycle import AFTER, AWAY, DOUBTED, ELSEWHERE, Report
from agents.monitor.domain.naming import Numbers, other_departures
from agents.monitor.domain.ordering import Order, given, given_by_rest, order_of, order_of_last, overtaken, rest_of
from agents.monitor.domain.reporting import is_new_departure, leaves_later, left_from, report_of, row_of
from agents.monitor.domain.times import times
from contracts.flights import AtTheAirport, Change, Flight, FlightChanged, FlightStatus, Phase, Stop
from contracts.identity import goes_back, schedules_with
from contracts.names import Airport, FlightKey, origin_of

Changes = tuple[FlightChanged, ...]
Step = tuple[Change, Phase]
_AT_THE_AIRPORT = AtTheAirport.__struct_fields__
EARLIER = timedelta(minutes=15)
"""A departure that is brought forward by this much is announced, whatever the threshold. Gates usually close 15 minutes before
the departure [d]: who comes as late as that allows would miss it. On the record 858 of 328,521 flights left so early."""
_NEW_PLACE = frozenset({"elsewhere", "left for elsewhere", "landed"})
RANK: Mapping[Phase, int] = {"cancelled": 1, "departed": 2, "diverted": 2, "landed": 3, "returned": 3, "arrived": 4}
"""Which of two statuses of one instant says more, by the phase after it; any other phase is 0."""


class Outcome(NamedTuple):
    """What a status does to a flight."""

    state: Flight | None
    """None: there is nothing to write."""
    changes: Changes
    doubts: tuple[Disbelief, ...] = ()
    """Why the status is not believed or, where there is a state, which parts of it are not."""


_NOTHING = Outcome(None, ())


@dataclass(frozen=True, slots=True)
class Decision:
    """One flight after a group of statuses: the state to write, and each change with the status that caused it."""

    state: Flight
    changes: tuple[tuple[int, FlightChanged], ...]
    """(position of the status in the group, the change); `n` rises by one from change to change."""


class Decided(NamedTuple):
    """A group of statuses, decided."""

    flights: dict[FlightKey, Decision]
    """Only flights, and other numbers of flights, with a state to write."""
    doubts: list[tuple[int, bool, tuple[Disbelief, ...]]]
    """(position of the status, whether the rest of it is believed, what is not believed)."""


def decide(
    state: Flight | None,
    status: FlightStatus,
    *,
    threshold: timedelta,
    zones: Mapping[Airport, tzinfo] = NO_ZONES,
    came_at: datetime | None = None,
    others: Iterable[Flight] = (),
) -> Outcome:
    """The state to write and the changes to say with it, in order.

    `state` is None for a flight that is not known yet. `came_at`: when the status came; None: not ahead of its feed's clock.
    `others`: other departures of the flight's number, where the schedule is not as it was.
    Each change carries the flight as of its `n`; the state returned is that of the last change.
    """
    if disbelief := contradiction(state, status, zones=zones, others=others):
        return Outcome(None, (), (disbelief,))
    order = order_of(status, came_at)
    if state is None or order > (last := order_of_last(state)):
        return _applied(state, status, order, given(state, status, order[0]), threshold=threshold)
    if order < last:
        return _late(state, status, order, threshold=threshold)
    return _of_one_instant(state, status, order, threshold=threshold)


def _late(state: Flight, status: FlightStatus, order: Order, *, threshold: timedelta) -> Outcome:
    """The outcome of a status that is older than the state's last. One that no status has reached yet was seeded whole."""
    if not state.given_at:
        return _NOTHING
    outcome = _rest(state, status, order, threshold=threshold)
    why = overtaken(outcome.state or state, status, order[0])
    return outcome._replace(doubts=(*outcome.doubts, why)) if why else outcome


def _of_one_instant(state: Flight, status: FlightStatus, order: Order, *, threshold: timedelta) -> Outcome:
    """The outcome of a status of the same instant as the state's last."""
    whole = _applied(state, status, order, given(state, status, order[0]), threshold=threshold)
    if whole.state is not None and _rank(whole.state) > _rank(state):
        return whole
    outcome = _rest(state, status, order, threshold=threshold)
    if state.phase == "arrived" or _course(whole.state or state) == _course(outcome.state or state):
        return outcome
    why = Disbelief("same instant", "another status of the same instant says more")
    return outcome._replace(doubts=(*outcome.doubts, why))


def _rest(state: Flight, status: FlightStatus, order: Order, *, threshold: timedelta) -> Outcome:
    """The outcome of what counts of a status that is not newer than the state's last."""
    rest = rest_of(state, status, order[0])
    if rest is None:
        return _NOTHING
    return _applied(state, rest, order_of_last(state), given_by_rest(state, rest, order[0]), threshold=threshold)


def decide_all(
    states: Mapping[FlightKey, Flight],
    statuses: Iterable[FlightStatus],
    *,
    threshold: timedelta,
    zones: Mapping[Airport, tzinfo] = NO_ZONES,
    came_at: Sequence[datetime] = (),
) -> Decided:
    """Decide a group of statuses in the order of their arrival.

    `states` has those of the statuses' flights and of what `also_needed` names, as far as they exist. `came_at`: when each
    status came; empty: none is ahead of its feed's clock.
    """
    decisions: dict[FlightKey, Decision] = {}
    doubts: list[tuple[int, bool, tuple[Disbelief, ...]]] = []
    numbers = Numbers(states)
    for position, reported in enumerate(statuses):
        status, refused = numbers.meant(reported)
        before = decisions.get(status.flight)
        known = before.state if before else states.get(status.flight)
        came = came_at[position] if came_at else None
        others = [
            decisions[other].state if other in decisions else states[other]
            for other in other_departures(status, known, zones=zones)
            if other in states or other in decisions
        ]
        outcome = decide(known, status, threshold=threshold, zones=zones, came_at=came, others=others)
        disbelieved = outcome.doubts
        if outcome.state is not None:  # of a status that changes nothing, the numbers change nothing either
            disbelieved += tuple(map(_not_its_number, refused))
        if disbelieved:
            doubts.append((position, outcome.state is not None, disbelieved))
        if outcome.state is None:
            continue
        earlier = before.changes if before else ()
        changes = (*earlier, *((position, change) for change in outcome.changes))
        decisions[status.flight] = Decision(outcome.state, changes)
        decisions.update((number, Decision(other, ())) for number, other in numbers.add(outcome.state).items())
    return Decided(decisions, doubts)


def _not_its_number(number: FlightKey) -> Disbelief:
    return Disbelief("contradictory", f"sold as {number}, which is another flight or another departure")


def _rank(flight: Flight) -> tuple[int | datetime, ...]:
    """Later times, and then fewer seats, say more only before a departure: after it a time would be taken for another one."""
    more = () if flight.phase in AWAY else (flight.departs, flight.arrives, -sum(flight.seats.values()))
    return (RANK.get(flight.phase, 0), *more)


def _course(flight: Flight) -> tuple[object, ...]:
    course = flight.phase, flight.departs, flight.arrives, flight.diverted_to
    return *course, flight.seats, flight.authorised, flight.layout


def _applied(
    state: Flight | None,
    status: FlightStatus,
    order: Order,
    given_at: dict[str, datetime],
    *,
    threshold: timedelta,
) -> Outcome:
    """The outcome of a status of this flight that is not older than its state. `order`, `given_at`: of the state after it."""
    known = _as_scheduled(status) if state is None else state
    is_newer = state is None or order > order_of_last(state)
    status, doubts, unconfirmed = believed(known, status, is_newer=is_newer)
    pair = (row_of(known), report_of(known, status))
    after = AFTER[pair]
    if pair in DOUBTED:
        doubts = (*doubts, Disbelief("contradictory", f"{pair[1]}, of a flight that is {pair[0]}"))
        if known.phase == "arrived":
            return Outcome(None, (), doubts)
        status = replace(status, cancelled=False, diverted_to=None, estimated_departure=None)
    if pair[1] == "returned" and (status.cancelled or leaves_later(status)):
        after = "cancelled" if status.cancelled else "scheduled"
    returned_at = _returned_at(known, status, after, pair[1])
    is_new = after != known.phase or pair[1] in _NEW_PLACE
    expected = known if returned_at else _in_its_schedule(known, status, after)
    departs, arrives = times(expected, status, after=after, is_new=is_new, returned_at=returned_at)
    if (
        pair[0] == "cancelled"
        and after == "scheduled"
        and known.returned_at is not None
        and departs <= known.returned_at
    ):
        after = "returned"  # not cancelled any more, and without a time to leave
    stops = _stops(known, status, after, pair[1])
    flight = replace(
        known,
        scheduled_departure=status.scheduled_departure,
        scheduled_arrival=status.scheduled_arrival,
        schedules=schedules_with(status.scheduled_departure, known),
        departs=departs,
        arrives=arrives,
        observed_at=order[1],
        known_at=order[0] if order[0] != order[1] else None,
        given_at=given_at,
        stops=stops,
        returned_at=returned_at,
        unconfirmed=unconfirmed,
        sold_as=tuple(dict.fromkeys((*known.sold_as, *status.sold_as))) if status.sold_as else known.sold_as,
        **{name: value for name in _AT_THE_AIRPORT if (value := getattr(status, name)) is not None},
    )
    to = _heads_for(known, status, after, stops)
    changes: list[FlightChanged] = []
    for change, phase in _steps(known, flight, status, first=state is None, after=after, to=to, threshold=threshold):
        flight = _changed(flight, change, phase, to=to, status=status)
        changes.append(FlightChanged(flight=flight.flight, n=flight.last_change, change=change, state=flight))
    return Outcome(flight, tuple(changes), doubts)


def _in_its_schedule(known: Flight, status: FlightStatus, after: Phase) -> Flight:
    """What is known, without what was expected under a schedule that the status takes back: it was another departure's."""
    if after in AWAY or not goes_back(status.scheduled_departure, known):
        return known
    return replace(known, departs=known.scheduled_departure, arrives=known.scheduled_arrival)


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


def _heads_for(known: Flight, status: FlightStatus, after: Phase, stops: Sequence[Stop]) -> Airport | None:
    """Where it lands, or has landed, instead of at its destination, in a phase that has such an airport."""
    if after == "landed":
        return stops[-1].airport
    if after == "returned":
        return origin_of(known.flight)
    if after not in ELSEWHERE:
        return None
    is_new = status.diverted_to not in (None, known.destination, left_from(known))
    return status.diverted_to if is_new else known.diverted_to


def _stops(known: Flight, status: FlightStatus, after: Phase, report: Report) -> tuple[Stop, ...]:
    """With a landing elsewhere, or with the departure after it. What was not reported lies between what was."""
    stops = known.stops
    if known.phase == "landed" and report in ("landed", "left", "left for elsewhere", "returned", "arrived"):
        left = status.departed_at if is_new_departure(known, status) else status.arrived_at
        stops = (*stops[:-1], replace(stops[-1], left_at=left))
    if known.phase == "diverted" and after in AWAY and is_new_departure(known, status):
        assert known.diverted_to is not None
        assert status.departed_at is not None
        arrived = min(known.arrives, status.departed_at)
        stops = (*stops, Stop(airport=known.diverted_to, arrived_at=arrived, left_at=status.departed_at))
    if report == after == "landed":
        assert status.diverted_to is not None
        assert status.arrived_at is not None
        stops = (*stops, Stop(airport=status.diverted_to, arrived_at=status.arrived_at))
    return stops


def _returned_at(known: Flight, status: FlightStatus, after: Phase, report: Report) -> datetime | None:
    if report == "returned":
        return status.arrived_at
    return status.observed_at if known.phase in AWAY and after not in AWAY else known.returned_at


def _steps(
    known: Flight,
    flight: Flight,
    status: FlightStatus,
    *,
    first: bool,
    after: Phase,
    to: Airport | None,
    threshold: timedelta,
) -> Iterator[Step]:
    """The changes that lead to the phase `after`, each with the phase that it leads to."""
    phase, moved = known.phase, (flight.departs, flight.arrives) != (known.departs, known.arrives)
    unchanged = not first
    if first:
        yield "scheduled", phase
    if after == "cancelled":
        if phase != after:
            yield "cancelled", after
        return
    if phase == "cancelled" or (phase == "rerouted" and after == "scheduled"):
        phase, unchanged = "scheduled", False
        yield "restored", phase
    is_other = (flight.mode or "air") != (known.mode or "air") or is_other_aircraft(flight, status)
    is_other = is_other or layout_of(flight, status) != flight.layout
    if not first and phase not in AWAY and (is_other or new_seats(flight, status) is not None):
        unchanged = False
        yield "re-equipped", phase
    if phase in AWAY and after == "scheduled":
        phase = "returned"
        yield "returned", phase
    leaves_again, goes_on = (
        phase == "returned" and after == "scheduled",
        phase in ELSEWHERE and after in ("departed", "arrived"),
    )
    carries = goes_on or (after in ELSEWHERE and (phase, known.diverted_to) != (after, to))
    is_over = phase == "arrived"
    if leaves_again or (not carries and not is_over and _is_to_be_announced(flight, threshold)):
        unchanged = False
        phase = "scheduled" if leaves_again else phase
        yield "retimed", phase
    if after in AWAY and phase not in ("departed", "diverted") and is_new_departure(known, status):
        as_known = phase == "rerouted" and after == "diverted" and known.diverted_to == to
        phase, unchanged = after if as_known else "departed", False
        yield "departed", phase
    if phase != after or (after in ELSEWHERE and known.diverted_to != to):
        yield _NAMES[after], after
    elif unchanged and moved:
        yield "estimated", after


_NAMES: Mapping[Phase, Change] = {
    "rerouted": "diverted",
    "departed": "departed",
    "diverted": "diverted",
    "landed": "landed",
    "returned": "returned",
    "arrived": "arrived",
}
"""The change that brings a flight into a phase."""


def _changed(flight: Flight, change: Change, phase: Phase, *, to: Airport | None, status: FlightStatus) -> Flight:
    """The flight after this change."""
    goes_on = flight.phase in ELSEWHERE and phase in ("departed", "arrived")
    flight = replace(
        flight,
        phase=phase,
        last_change=flight.last_change + 1,
        diverted_to=_diverted_to(flight, change, phase, to),
    )
    if change in ("scheduled", "re-equipped"):
        layout = layout_of(flight, status)
        seats, authorised = new_seats(flight, status) or (flight.seats, flight.authorised)
        tail = status.tail if is_other_aircraft(flight, status) else flight.tail
        return replace(flight, seats=seats, authorised=authorised, tail=tail, layout=layout)
    to_elsewhere = change == "departed" and phase == "diverted"
    if goes_on or to_elsewhere or change in ("retimed", "diverted", "landed", "returned"):
        return replace(flight, announced_departure=flight.departs, announced_arrival=flight.arrives)
    return flight


def _diverted_to(flight: Flight, change: Change, phase: Phase, to: Airport | None) -> Airport | None:
    if phase not in ELSEWHERE:
        return None
    if phase == "returned":
        return origin_of(flight.flight)
    return flight.diverted_to if phase == flight.phase and change not in ("diverted", "landed") else to


def _is_to_be_announced(flight: Flight, threshold: timedelta) -> bool:
    earlier = flight.announced_departure - flight.departs
    return _moved(flight) >= threshold or earlier >= EARLIER


def _moved(flight: Flight) -> timedelta:
    """How far the times are from those last announced: of departure and arrival, the larger distance."""
    return max(abs(flight.departs - flight.announced_departure), abs(flight.arrives - flight.announced_arrival))
