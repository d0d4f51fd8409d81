"""Which statuses, and which of their fields, can be true.

Feeds err. A status that can't be about its flight is ignored (`contradiction` gives the reason). In any other status, a field
that can't be true is treated as missing. The limits are defaults of ours [d]: wide enough for every delay on record, narrow
enough to catch a wrong year or a swapped field.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType

from contracts.flights import Flight, FlightStatus
from contracts.identity import other_departure
from contracts.names import CABINS, Airport, Cabin

EARLIEST = timedelta(hours=24)
"""How long before its schedule a flight can leave or land."""
LATEST = timedelta(hours=72)
"""How long after its schedule a flight can leave or land."""
LONGEST = timedelta(hours=30)
"""The longest scheduled time from gate to gate (the longest flights take 19 h)."""
SKEW = timedelta(minutes=5)
"""How far a feed's clock may be behind. An event reported for a time later than that was not observed."""
LONGEST_AFTER = timedelta(days=30)
"""How long after its scheduled departure a flight can be observed: a later status would outrank all that follow."""
NO_ZONES: Mapping[Airport, tzinfo] = MappingProxyType({})
_REGISTRATION = re.compile(r"[A-Z0-9][A-Z0-9-]{0,9}")
"""A registration mark has at most seven of these characters (ICAO Annex 7); some feeds use up to three more [d]."""


def contradiction(
    state: Flight | None, status: FlightStatus, *, zones: Mapping[Airport, tzinfo] = NO_ZONES
) -> str | None:
    """Why this can't be a status of this flight, in one line; None if it can. `zones` are those of airports."""
    if why := other_departure(status, state, zones=zones):
        return why
    if not timedelta(0) < status.scheduled_arrival - status.scheduled_departure <= LONGEST:
        return f"scheduled to take {status.scheduled_arrival - status.scheduled_departure} from gate to gate"
    if status.observed_at - status.scheduled_departure > LONGEST_AFTER:
        return f"observed at {status.observed_at.isoformat()}, more than {LONGEST_AFTER.days} days after the flight"
    if state is not None and status.destination != state.destination and status.diverted_to is None:
        return f"has destination {status.destination} where the flight has {state.destination}"
    return None


def is_premature(status: FlightStatus, *, now: datetime) -> bool:
    """Whether the status claims to have been observed in the future: it would outrank all others until then."""
    return status.observed_at > now + SKEW


def times(known: Flight, status: FlightStatus) -> tuple[datetime, datetime]:
    """The best known (departs, arrives); the arrival is always the later one.

    In order of preference: actual, estimated, known, scheduled. An estimate does not replace an actual departure. An arrival
    that is missing, or before the departure, moves with the departure and keeps the time from gate to gate: feeds keep
    departures up to date before arrivals.
    """
    unmoved = known.departs == known.scheduled_departure
    departs = departed_at(status)
    if departs is None:
        if known.phase not in ("scheduled", "cancelled"):
            departs = known.departs
        elif _near(status.estimated_departure, status.scheduled_departure):
            departs = status.estimated_departure
        else:
            departs = status.scheduled_departure if unmoved else known.departs
    assert departs is not None
    for arrives in (_observed(status.arrived_at, status), status.estimated_arrival):
        if arrives is not None and arrives > departs and _near(arrives, status.scheduled_arrival):
            return departs, arrives
    if unmoved and known.arrives == known.scheduled_arrival:
        return departs, departs + (status.scheduled_arrival - status.scheduled_departure)
    return departs, departs + (known.arrives - known.departs)


def departed_at(status: FlightStatus) -> datetime | None:
    """When the flight left the gate; None if it has not, or if the time can't be true."""
    at = _observed(status.departed_at, status)
    return at if _near(at, status.scheduled_departure) else None


def has_arrived(status: FlightStatus, *, departs: datetime) -> bool:
    """Whether the flight is reported at the gate at a time that can be true for a flight that left at `departs`."""
    at = _observed(status.arrived_at, status)
    return at is not None and at > departs and _near(at, status.scheduled_arrival)


def diversion(known: Flight, status: FlightStatus) -> Airport | None:
    """The airport of a new diversion; None for a diversion to the flight's destination or one already known."""
    to = status.diverted_to
    return to if to not in (None, known.destination, known.diverted_to) else None


def tail(status: FlightStatus) -> str | None:
    """The aircraft's registration; None if missing, or not in the form of one."""
    return status.tail if status.tail and _REGISTRATION.fullmatch(status.tail) else None


def new_seats(known: Flight, status: FlightStatus) -> dict[Cabin, int] | None:
    """The aircraft's seats where they differ from the known ones, else None. A cabin with 0 seats is the same as no cabin."""
    seats = status.seats
    if not seats or min(seats.values()) < 0 or all(seats.get(c, 0) == known.seats.get(c, 0) for c in CABINS):
        return None
    return seats


def _near(at: datetime | None, scheduled: datetime) -> bool:
    return at is not None and -EARLIEST <= at - scheduled <= LATEST


def _observed(at: datetime | None, status: FlightStatus) -> datetime | None:
    return at if at is not None and at <= status.observed_at + SKEW else None
