"""One key for each departure, whatever a feed or a reservation system calls it.

A departure is an operator's number from an airport on a date: the origin's own date of the scheduled departure. `canonical`
makes one key of all its spellings, and never one of two departures. A date that is not the origin's own cannot be corrected in
this way, since the same number may leave on that day too: `other_departure` says why a status is not about the departure that
its key names. Nor can a suffix that is left out: `leaves_then` finds the departure that a time is of.

Whatever comes in from outside passes here: in `irops import`, in the monitor, and in the booker's import. Inside, two keys that
differ are two departures.

A flight that is sold under other numbers too (a codeshare) has the key of the airline that flies it. The monitor keeps a state
for each of those numbers that names the flight (`Flight.operated_as`), and what comes in about the number is about the flight.

A second departure under one number from one airport on one day has an operational suffix (`AA.83D.JFK.2013-02-08`; IATA SSIM,
chapter 2). One that has none comes under the first one's key. A schedule can be another departure's only if it is further from
the known one than the flight takes, for no number is twice in the air; and still it may be the flight's own, moved: on record
no number leaves an airport twice in a day, and schedules are moved by hours. So it is the flight's until the schedule goes back
to one before it: that is the flight's again, and the one that was taken back is another departure's from then on.

The legs of a flight that goes on under its number have a key each: their origins differ. They go together by their
schedules, not by their dates: past midnight the next leg has the next date, and so has the same leg of the next day's flight.
One aircraft flies them all, unless their registrations or their times say otherwise: then their passengers change planes.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from string import ascii_uppercase
from typing import Protocol

from msgspec.structs import replace

from contracts.airlines import iata_of
from contracts.flights import LEFT, Flight, FlightStatus, Phase
from contracts.names import Airport, FlightKey, day_of, origin_of

RESCHEDULED = timedelta(hours=4)
"""The most by which one status moves a departure's schedule [d], unless back to one that it had; a delay has no such limit, for
it is an estimate. A second departure of a number that leaves later on the same day has come under the first one's key."""

LONGEST_STOP = timedelta(hours=6)
"""The longest stop that is scheduled between two legs of one flight [d]. Few are longer than two hours, and the same leg of the
next day's flight is a day away."""
LANDS_EARLY = timedelta(minutes=20)
"""By so much a flight in the air may land before its best known time [d]."""
SAME_DEPARTURE = timedelta(minutes=15)
"""A time this close to that of another departure of the same number is that one's, if it is closer to it [d]: schedules that
are read from two sources differ by minutes, and no number leaves twice within them."""


class ScheduledLeg(Protocol):
    """A leg as its airline scheduled it: a `Flight`, its `SeatLedger`, or a planner's view of that."""

    @property
    def flight(self) -> FlightKey: ...
    @property
    def scheduled_departure(self) -> datetime: ...
    @property
    def scheduled_arrival(self) -> datetime: ...


class FlownLeg(ScheduledLeg, Protocol):
    """A leg, the aircraft that flies it, and whether it has left."""

    @property
    def tail(self) -> str | None: ...
    @property
    def phase(self) -> Phase: ...


@lru_cache(maxsize=1 << 14)
def canonical(name: FlightKey) -> FlightKey:
    """The departure's key: upper case, no leading zeros, and the IATA designator of an airline that has one."""
    carrier, number, origin, day = name.upper().split(".")
    digits = number.rstrip(ascii_uppercase)
    return f"{iata_of().get(carrier, carrier)}.{int(digits)}{number[len(digits) :]}.{origin}.{day}"


def canonical_status(status: FlightStatus) -> FlightStatus:
    """The status under its departure's key, and so the other numbers under which it is sold."""
    key = canonical(status.flight)
    if key == status.flight and not status.sold_as:
        return status
    return replace(status, flight=key, sold_as=tuple(map(canonical, status.sold_as)))


def other_departure(
    status: FlightStatus,
    known: Flight | None,
    *,
    zones: Mapping[Airport, tzinfo],
    others: Iterable[Flight] = (),
) -> str | None:
    """Why this status is about another departure than its (canonical) key's, in one line; None if it can be about that one.

    `known` is the flight that has the key already, `others` are other departures of its number. `zones` has the time zones of
    airports; the scheduled departure from any other airport may be on the key's date anywhere on Earth.
    """
    departs = status.scheduled_departure
    if known is None:
        return _other_day(status.flight, departs, zones)
    scheduled = {o.flight: [o.scheduled_departure] for o in others if o.destination == status.destination}
    if other := leaves_then(departs, [known.scheduled_departure], scheduled):
        return f"scheduled to leave at {_show(departs)}, as {other} is: another departure of its number"
    is_far = abs(departs - known.scheduled_departure) > RESCHEDULED
    if is_taken_back(departs, known) or (is_far and not goes_back(departs, known)):
        return (
            f"another flight under the same key: scheduled to leave at {_show(departs)}, where the flight leaves at "
            f"{_show(known.scheduled_departure)}; a second departure of a day has a suffix, such as "
            f"{suffixed(status.flight)}"
        )
    return None


def schedules_with(departs: datetime, known: Flight) -> tuple[datetime, ...]:
    """`Flight.schedules` once the flight is scheduled to leave then."""
    held = _schedules(known)
    at = _place(departs, known)
    held = (*held, departs) if at is None else (*held[:at], departs, *held[at + 1 :])
    return held if len(held) > 1 else ()


def goes_back(departs: datetime, known: Flight) -> bool:
    """Whether a schedule is one that the flight had before its present one."""
    at, now = _place(departs, known), _place(known.scheduled_departure, known)
    return at is not None and now is not None and at < now


def is_taken_back(departs: datetime, known: Flight) -> bool:
    """Whether a schedule is one that the flight had for a time, until it went back to the one before: another departure's."""
    at = _place(departs, known)
    return at is not None and _schedules(known)[at] in taken_back(known)


def taken_back(known: Flight) -> tuple[datetime, ...]:
    """The schedules that the flight had for a time, until it went back to one before them."""
    held = _schedules(known)
    return held[held.index(known.scheduled_departure) + 1 :] if known.scheduled_departure in held else ()


def _schedules(known: Flight) -> tuple[datetime, ...]:
    return known.schedules or (known.scheduled_departure,)


def _place(departs: datetime, known: Flight) -> int | None:
    """The place in its schedules of the one that this is, moved at most: the nearest, if the flight would be in the air by both
    at once. None: it is a new one."""
    block = known.scheduled_arrival - known.scheduled_departure
    apart, at = min((abs(departs - schedule), at) for at, schedule in enumerate(_schedules(known)))
    return at if apart < block else None


def of_its_number(flight: FlightKey, departs: datetime, *, zones: Mapping[Airport, tzinfo]) -> set[FlightKey]:
    """The keys that other departures of the (canonical) flight's number can have from its origin that are scheduled to leave
    then: with another suffix or none, on the flight's date or the one that it is there then."""
    carrier, number, origin, day = flight.split(".")
    zone = zones.get(origin)
    try:
        days = {day, *((departs.astimezone(zone or UTC) + shift).date().isoformat() for shift in _shifts(zone))}
    except OverflowError:  # in the first or last hours of the calendar
        days = {day}
    plain = number.rstrip(ascii_uppercase)
    keys = {f"{carrier}.{plain}{suffix}.{origin}.{on}" for suffix in ("", *ascii_uppercase) for on in days}
    return keys - {flight}


def leaves_then(departs: datetime, own: Iterable[datetime], others: Mapping[str, Iterable[datetime]]) -> str | None:
    """The other departure that a departure time is of, by the times that each has; None if none of them has it, or the flight
    itself (`own`) fits it as well."""
    apart = {key: _apart(departs, times) for key, times in others.items()}
    nearest = min(apart, key=lambda key: (apart[key], key), default=None)
    if nearest is None or apart[nearest] > SAME_DEPARTURE or apart[nearest] >= _apart(departs, own):
        return None
    return nearest


def _apart(departs: datetime, times: Iterable[datetime]) -> timedelta:
    return min(abs(departs - at) for at in times)


def _shifts(zone: tzinfo | None) -> tuple[timedelta, ...]:
    """Where the time zone is not known, the date is one of three."""
    return (timedelta(0),) if zone else (timedelta(days=-1), timedelta(0), timedelta(days=1))


def goes_on(first: ScheduledLeg, then: ScheduledLeg) -> bool:
    """Whether the second leg is the first one's flight going on under its number, in whatever aircraft: by schedule it leaves
    within hours of the first one's arrival. Before that arrival only where the schedule of one of them has been moved."""
    number, other = (leg.flight.rsplit(".", 2)[0] for leg in (first, then))
    if number != other or origin_of(first.flight) == origin_of(then.flight):
        return False
    return -RESCHEDULED <= then.scheduled_departure - first.scheduled_arrival <= LONGEST_STOP


def same_aircraft(tail: str | None, other: str | None) -> bool:
    """Whether two registrations can be one aircraft's, with a hyphen or without. One that is not known can be any [d]."""
    return not (tail and other) or tail.replace("-", "") == other.replace("-", "")


def stays_aboard(first: FlownLeg, then: FlownLeg, *, arrives: datetime, departs: datetime) -> bool:
    """Whether passengers of the first leg stay on board for the second, and cannot miss it: the flight goes on under its number
    in the same aircraft, as far as is known. `arrives` and `departs` are the best known times at the stop.

    An aircraft cannot leave before it has come. Once the second leg has left before the first has landed, another aircraft
    flies it; before the first is expected, that is likely only if it is by more than an estimate errs (`LANDS_EARLY`), for the
    word of the landing may be on its way. Until then a departure before that arrival is one that has not been put off yet.
    """
    if not goes_on(first, then) or not same_aircraft(first.tail, then.tail):
        return False
    if then.phase not in LEFT:
        return True
    in_the_air = first.phase == "departed"
    if in_the_air and first.tail and then.tail:
        return True
    return arrives <= departs + (LANDS_EARLY if in_the_air else timedelta(0))


def _other_day(flight: FlightKey, departs: datetime, zones: Mapping[Airport, tzinfo]) -> str | None:
    try:
        day = day_of(flight)
    except ValueError:  # in the form of a date, and still none
        return "the date in its key exists in no calendar"
    origin = origin_of(flight)
    zone = zones.get(origin)
    if zone is None:
        return None if _somewhere(day, departs) else f"scheduled departure {_show(departs)} is not on the flight's date"
    try:
        local = departs.astimezone(zone).date()
    except OverflowError:  # in the first or last hours of the calendar
        return f"scheduled departure {_show(departs)} is not on the flight's date"
    if local == day:
        return None
    return (
        f"scheduled departure {_show(departs)} is on {local.isoformat()} in {origin}, not on the flight's date: a key has the "
        "date of its origin"
    )


def _somewhere(day: date, departs: datetime) -> bool:
    """Whether it is this date then anywhere on Earth: offsets run from UTC+14 to UTC-12."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return -timedelta(hours=14) <= departs - midnight < timedelta(hours=36)


def suffixed(flight: FlightKey) -> FlightKey:
    """The form that the key of a second departure of a day has."""
    carrier, number, rest = flight.split(".", 2)
    return f"{carrier}.{number if number[-1].isalpha() else number + 'D'}.{rest}"


def _show(instant: datetime) -> str:
    return instant.isoformat()
