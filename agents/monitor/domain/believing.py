"""Which statuses, and which of their fields, can be true.

Feeds err. A status that can't be about its flight is not believed (`contradiction`). In any other status, a field that can't
be true is taken out (`believed`), and the rest counts. Both give their reason. The limits are defaults of ours [d]: wide enough
for every delay on record, narrow enough to catch a wrong year or a swapped field.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from agents.monitor.domain.lifecycle import AWAY
from contracts.flights import Doubt, Flight, FlightStatus
from contracts.identity import other_departure, same_aircraft
from contracts.layouts import LayoutName
from contracts.names import CABINS, Airport, Cabin, origin_of

EARLIEST = timedelta(hours=24)
"""How long before its schedule a flight can leave or land."""
LATEST = timedelta(hours=72)
"""How long after its schedule a flight can leave or land by the word of one status; later, by that of two."""
AGREEING = timedelta(hours=24)
"""How much later the departure of a second status can be than that of the first, to be believed: a delay of days grows. Of two
that are further apart the earlier is believed, since both say that the flight is as late as that."""
LONGEST = timedelta(hours=30)
"""The longest scheduled time from gate to gate (the longest flights take 19 h)."""
SKEW = timedelta(minutes=5)
"""How far a feed's clock may be behind. An event reported for a time later than that was not observed."""
LONGEST_AFTER = timedelta(days=30)
"""How long after its schedule a flight can leave, land or be observed: a later status would outrank all that follow."""
LONGEST_AHEAD = timedelta(hours=24)
"""How far ahead of now a status can be for its time to be waited for: less than FEED keeps it, by default."""
NO_ZONES: Mapping[Airport, tzinfo] = MappingProxyType({})
_DEPARTURES = frozenset({"departed_at", "estimated_departure"})
_REGISTRATION = re.compile(r"[A-Z0-9][A-Z0-9-]{0,9}")
"""A registration mark has at most seven of these characters (ICAO Annex 7); some feeds use up to three more [d]."""


class Disbelief(NamedTuple):
    """Why a status, or a part of it, is not believed."""

    reason: Doubt
    detail: str


class Believed(NamedTuple):
    """A status without what can't be true of it."""

    status: FlightStatus
    doubts: tuple[Disbelief, ...]
    unconfirmed: datetime | None
    """The departure that one status has days from the schedule (`Flight.unconfirmed`)."""


def contradiction(
    state: Flight | None,
    status: FlightStatus,
    *,
    zones: Mapping[Airport, tzinfo] = NO_ZONES,
    others: Iterable[Flight] = (),
) -> Disbelief | None:
    """Why this can't be a status of this flight; None if it can. `zones` are those of airports, `others` other departures of
    the flight's number."""
    if why := other_departure(status, state, zones=zones, others=others):
        return Disbelief("another flight", why)
    if not timedelta(0) < status.scheduled_arrival - status.scheduled_departure <= LONGEST:
        takes = status.scheduled_arrival - status.scheduled_departure
        return Disbelief("impossible", f"scheduled to take {takes} from gate to gate")
    if status.observed_at - status.scheduled_departure > LONGEST_AFTER:
        at = status.observed_at.isoformat()
        return Disbelief("impossible", f"observed at {at}, more than {LONGEST_AFTER.days} days after the flight")
    if state is not None and status.destination not in (state.destination, status.diverted_to):
        return Disbelief(
            "another flight",
            f"another flight under the same key: to {status.destination}, where the flight goes to {state.destination}",
        )
    return None


def waits(status: FlightStatus, *, now: datetime) -> timedelta | Disbelief | None:
    """How long a status has to wait that was observed ahead of `now`: believed at once, it would outrank all others until then.
    None if it need not wait, and a reason if it can't have been observed."""
    ahead = status.observed_at - now - SKEW
    if ahead <= timedelta(0):
        return None
    if ahead > LONGEST_AHEAD:
        return Disbelief("impossible", f"observed at {status.observed_at.isoformat()}, and it is {now.isoformat()}")
    return ahead


def believed(known: Flight, status: FlightStatus, *, is_newer: bool) -> Believed:
    """Take out what can't be true, and what is repeated of a landing that was followed by another departure. `is_newer`: the
    status is newer than what is known, and so may confirm it."""
    status = _news(known, status)
    doubts: list[Disbelief] = []
    claimed: datetime | None = None
    leaves: datetime | None = None
    is_settled = False
    instead: dict[str, datetime | None] = {}
    for name in ("departed_at", "estimated_departure", "arrived_at", "estimated_arrival"):
        at = getattr(status, name)
        if at is None:
            continue
        doubt = _too_early(name, at, status)
        taken: datetime | None = at
        if doubt is None and (claim := _claim(name, at, known, status, leaves=leaves)) is not None:
            first = known.unconfirmed if is_newer else None
            if first is not None and (name.endswith("_at") or claim - first <= AGREEING):
                is_settled = True
            else:
                doubt = Disbelief("unconfirmed", f"{name} {at.isoformat()} is days after the schedule")
                claimed = claimed or claim
                taken = first and at - (claim - first)
        elif doubt is not None:
            taken = None
        elif name in _DEPARTURES:
            is_settled = True
        if doubt is not None:
            doubts.append(doubt)
            instead[name] = taken
        if taken is not None and name in _DEPARTURES:
            leaves = leaves or taken
    status = replace(status, **instead)
    if status.arrived_at is not None and status.arrived_at <= (left := _departure(known, status)):
        doubts.append(
            Disbelief("impossible", f"arrived at {status.arrived_at.isoformat()}, left at {left.isoformat()}")
        )
        status = replace(status, arrived_at=None)
    if any(number < 0 for numbers in (status.seats, status.authorised) if numbers for number in numbers.values()):
        doubts.append(Disbelief("impossible", "a negative number of seats"))
        status = replace(status, seats=None, authorised=None)
    if status.tail and not _REGISTRATION.fullmatch(status.tail):
        doubts.append(Disbelief("impossible", "a registration that is none"))
        status = replace(status, tail=None)
    return Believed(status, tuple(doubts), claimed or (None if is_settled else known.unconfirmed))


def _news(known: Flight, status: FlightStatus) -> FlightStatus:
    """The status without what a feed repeats of an earlier landing, and a diversion to the origin of a flight that is there."""
    back = known.returned_at
    landed = max((at for at in (back, *(stop.arrived_at for stop in known.stops)) if at is not None), default=None)
    if back is not None and status.departed_at is not None and status.departed_at <= back:
        status = replace(status, departed_at=None)
    if landed is not None and status.arrived_at is not None and status.arrived_at <= landed:
        status = replace(status, arrived_at=None)
    happens = status.departed_at is not None or status.arrived_at is not None
    if status.diverted_to == origin_of(known.flight) and known.phase not in AWAY and not happens:
        status = replace(status, diverted_to=None)
    return status


def _departure(known: Flight, status: FlightStatus) -> datetime:
    """The departure before which the flight can't arrive."""
    if status.departed_at is not None:
        return status.departed_at
    return known.departs if known.phase in AWAY else status.estimated_departure or known.departs


def _too_early(name: str, at: datetime, status: FlightStatus) -> Disbelief | None:
    if name.endswith("_at") and at > status.observed_at + SKEW:
        return Disbelief("impossible", f"{name} {at.isoformat()} was observed at {status.observed_at.isoformat()}")
    scheduled = status.scheduled_departure if name.startswith(("departed", "estimated_d")) else status.scheduled_arrival
    if not -EARLIEST <= at - scheduled <= LONGEST_AFTER:
        return Disbelief("impossible", f"{name} {at.isoformat()} is too far from the schedule")
    return None


def _claim(name: str, at: datetime, known: Flight, status: FlightStatus, *, leaves: datetime | None) -> datetime | None:
    """The departure that this time implies, if it is days from the schedule and not near a known time; else None. `leaves`: the
    departure that is believed of this status, which its arrival may follow."""
    is_departure = name in _DEPARTURES
    scheduled = status.scheduled_departure if is_departure else status.scheduled_arrival
    near = [known.departs if is_departure else known.arrives]
    if leaves is not None and not is_departure:
        near.append(leaves + (status.scheduled_arrival - status.scheduled_departure))
    if at - scheduled <= LATEST or any(abs(at - time) <= EARLIEST for time in near):
        return None
    return status.scheduled_departure + (at - scheduled)


Seats = dict[Cabin, int]


def new_seats(known: Flight, status: FlightStatus) -> tuple[Seats, Seats] | None:
    """The aircraft's seats and how many are authorised for sale, where either differs from what is known, else None. What was
    authorised for other seats is forgotten."""
    seats = status.seats if status.seats and not same_seats(status.seats, known.seats) else known.seats
    authorised = status.authorised
    if authorised is None:
        authorised = known.authorised if seats is known.seats else {}
    return None if seats is known.seats and same_seats(authorised, known.authorised) else (seats, authorised)


def is_other_aircraft(known: Flight, status: FlightStatus) -> bool:
    """Whether the status names the aircraft for the first time, or another one."""
    return bool(status.tail) and (not known.tail or not same_aircraft(status.tail, known.tail))


def layout_of(known: Flight, status: FlightStatus) -> LayoutName | None:
    """The layout with this status: the one that it names, or the known one. That is none of another aircraft's, nor of one with
    other seats."""
    if status.layout is not None:
        return status.layout
    renamed = bool(known.tail) and is_other_aircraft(known, status)
    other_seats = bool(known.seats) and bool(status.seats) and not same_seats(status.seats or {}, known.seats)
    return None if renamed or other_seats else known.layout


def same_seats(one: Seats, other: Seats) -> bool:
    """Whether each cabin has as many in both. A cabin with 0 seats is the same as no cabin."""
    return all(one.get(cabin, 0) == other.get(cabin, 0) for cabin in CABINS)


def without_words(status: FlightStatus) -> FlightStatus:
    """The status as a fact may repeat it: a registration that is none may be any words from outside."""
    return replace(status, tail=None) if status.tail and not _REGISTRATION.fullmatch(status.tail) else status
