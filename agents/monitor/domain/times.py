"""The best known times of a flight: actual, else estimated, else as known before, else scheduled.

`departs` is the departure from the origin, and stays when the flight leaves a stop on its way. `arrives` is when passengers get
off it: at the destination or, of a flight that is diverted, where that brings them.
"""

from datetime import datetime, timedelta

from agents.monitor.domain.lifecycle import AWAY
from contracts.flights import Flight, FlightStatus, Phase

TURNAROUND = timedelta(minutes=20)
"""The shortest time from a departure to the next one [d]; a departure that moves by less is corrected."""
DETOUR = timedelta(minutes=60)
"""By how much a diversion makes a flight later while no arrival is estimated [d]."""


def last_departure(known: Flight) -> datetime:
    """When it last left the ground or, where it has not, when it is to leave. It may have come back after a stop."""
    return max([known.departs, *(stop.left_at for stop in known.stops if stop.left_at)])


def times(
    known: Flight, status: FlightStatus, *, after: Phase, is_new: bool, returned_at: datetime | None
) -> tuple[datetime, datetime]:
    """The best known (departs, arrives) of a flight that is `after` by this status; the arrival is always the later one.

    `is_new`: the status brings it there. `returned_at`: when it last came back, by this status or before: it leaves no sooner.
    An estimate does not replace an actual departure. An arrival that is missing, or before the departure, moves with the
    departure and keeps the time from gate to gate: feeds keep departures up to date before arrivals.
    """
    departs = _departs(known, status, after, returned_at)
    block = status.scheduled_arrival - status.scheduled_departure
    if after == "returned":
        return departs, departs + block if is_new else max(known.arrives, departs + timedelta(minutes=1))
    if after in ("landed", "arrived") and not is_new:
        return departs, _landed_at(known, status, departs)
    actual = status.arrived_at if after in ("landed", "arrived") else None
    for arrives in (actual, status.estimated_arrival):
        if arrives is not None and arrives > departs:
            return departs, arrives
    if is_new and after == "diverted":
        return departs, max(known.arrives, status.observed_at, departs) + DETOUR
    if is_new and after == "departed" and known.phase in ("diverted", "landed"):
        left = status.departed_at or status.observed_at
        return departs, max(left, departs) + block
    came_back = after not in AWAY and known.phase in AWAY
    is_as_scheduled = (known.departs, known.arrives) == (known.scheduled_departure, known.scheduled_arrival)
    return departs, departs + (block if came_back or is_as_scheduled else known.arrives - known.departs)


def _departs(known: Flight, status: FlightStatus, after: Phase, returned_at: datetime | None) -> datetime:
    if after == "returned":
        back = status.arrived_at or known.departs
        return max(back, status.estimated_departure or back)
    if after in AWAY:
        if status.departed_at is not None and (known.phase not in AWAY or _is_correction(known, status)):
            return status.departed_at
        if known.phase in AWAY:
            return known.departs
    unmoved = known.departs == known.scheduled_departure
    planned = status.estimated_departure or (status.scheduled_departure if unmoved else known.departs)
    return planned if returned_at is None else max(planned, returned_at)


def _landed_at(known: Flight, status: FlightStatus, departs: datetime) -> datetime:
    """The arrival of a flight that had landed before. What is estimated now is for when it goes on; an actual arrival after its
    last departure corrects that of one that has arrived."""
    at = status.arrived_at
    is_correction = known.phase == "arrived" and at is not None and at > max(departs, last_departure(known))
    return at if at is not None and is_correction else known.arrives


def _is_correction(known: Flight, status: FlightStatus) -> bool:
    """Whether a departure is the known one, at another time, and not one after a landing."""
    at = status.departed_at
    if known.stops or at is None:
        return False
    match known.phase:
        case "departed":
            return True
        case "diverted":
            return abs(at - known.departs) < TURNAROUND
        case "arrived":
            return at < (status.arrived_at or known.arrives)
    return False
