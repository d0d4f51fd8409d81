"""What of a status can be believed.

Feeds err. A status that can't be about this flight is not believed at all (`contradiction` says why). In any other, a
field that can't be true is read as if it had been left out, and leaving out denies nothing. The limits are defaults of
ours: wide enough for every delay on record, narrow enough that a wrong year or a swapped field is seen.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from contracts.flights import Flight, FlightStatus
from contracts.names import CABINS, Airport, Cabin, day_of

EARLIEST = timedelta(hours=24)
"""A flight leaves or lands at most this much before its schedule."""
LATEST = timedelta(hours=72)
"""A flight leaves or lands at most this much after its schedule."""
LONGEST = timedelta(hours=30)
"""No flight is scheduled to take longer, gate to gate (the longest take 19 h)."""
SKEW = timedelta(minutes=5)
"""A feed's clock may be this much behind: what is said to have happened later than that was not observed."""
SETTLED = timedelta(days=30)
"""Nothing is learnt of a flight this long after its schedule: a status from the far future would outrank all that follow."""
_REGISTRATION = re.compile(r"[A-Z0-9][A-Z0-9-]{0,9}")
"""Marks have seven characters at most, of these (ICAO Annex 7), and some feeds' own three more [d]. Free text is none."""


def contradiction(state: Flight | None, status: FlightStatus) -> str | None:
    """Why this can't be a status of this flight, in one line; None when it can."""
    try:
        first, last = _departures(day_of(status.flight))
    except (ValueError, OverflowError):  # its name has the form of one, but no calendar the day
        return "its date is none on which it could fly"
    if not first <= status.scheduled_departure < last:
        return f"scheduled departure {status.scheduled_departure.isoformat()} is not on the flight's date"
    if not timedelta(0) < status.scheduled_arrival - status.scheduled_departure <= LONGEST:
        return f"scheduled to take {status.scheduled_arrival - status.scheduled_departure}"
    if status.observed_at - status.scheduled_departure > SETTLED:
        return f"observed at {status.observed_at.isoformat()}, long after the flight"
    if state is not None and status.destination != state.destination and status.diverted_to is None:
        return f"goes to {status.destination}, known to go to {state.destination}"
    return None


def premature(status: FlightStatus, *, now: datetime) -> bool:
    """Whether it claims to have been observed in the future: it would outrank everything until then."""
    return status.observed_at > now + SKEW


def times(known: Flight, status: FlightStatus) -> tuple[datetime, datetime]:
    """Best knowledge of (departs, arrives), the later always the arrival.

    Actual before estimated before known before scheduled. An actual departure is not taken back by an estimate. An
    arrival that is not told, or told to be before the departure, moves with the departure: departures are what feeds
    keep up to date, and what is kept then is the time from gate to gate.
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
    for told in (_seen(status.arrived_at, status), status.estimated_arrival):
        if told is not None and told > departs and _near(told, status.scheduled_arrival):
            return departs, told
    if unmoved and known.arrives == known.scheduled_arrival:
        return departs, departs + (status.scheduled_arrival - status.scheduled_departure)
    return departs, departs + (known.arrives - known.departs)


def departed_at(status: FlightStatus) -> datetime | None:
    """When it left the gate, if that can be true."""
    at = _seen(status.departed_at, status)
    return at if _near(at, status.scheduled_departure) else None


def has_arrived(status: FlightStatus, *, departs: datetime) -> bool:
    """Whether it is said to be at the gate, and can be, having left at `departs`."""
    at = _seen(status.arrived_at, status)
    return at is not None and at > departs and _near(at, status.scheduled_arrival)


def diversion(known: Flight, status: FlightStatus) -> Airport | None:
    """The airport it is newly diverted to. A diversion to where it goes anyway, or the one known already, is none."""
    to = status.diverted_to
    return to if to not in (None, known.destination, known.diverted_to) else None


def tail(status: FlightStatus) -> str | None:
    """The aircraft's registration, if it can be one."""
    return status.tail if status.tail and _REGISTRATION.fullmatch(status.tail) else None


def new_seats(known: Flight, status: FlightStatus) -> dict[Cabin, int] | None:
    """The seats of the aircraft, where they differ from the known ones; a cabin without seats is no cabin."""
    told = status.seats
    if not told or min(told.values()) < 0 or all(told.get(c, 0) == known.seats.get(c, 0) for c in CABINS):
        return None
    return told


def _near(at: datetime | None, scheduled: datetime) -> bool:
    return at is not None and -EARLIEST <= at - scheduled <= LATEST


def _seen(at: datetime | None, status: FlightStatus) -> datetime | None:
    return at if at is not None and at <= status.observed_at + SKEW else None


@lru_cache(maxsize=1024)
def _departures(day: date) -> tuple[datetime, datetime]:
    """From when until before when that date is today somewhere on Earth: offsets run from UTC+14 to UTC-12."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight - timedelta(hours=14), midnight + timedelta(hours=36)
