"""Which statuses can be of their flight, and what of them can be true: the limits of the monitor's README, checked again."""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bus.airports import zones
from contracts.flights import Doubt, FlightStatus
from contracts.names import Airport, day_of, origin_of
from irops.audit.course import Course
from irops.audit.departures import is_of_another
from irops.audit.schedules import goes_back, is_taken_back

_CLOCKS = timedelta(minutes=5)
_LONGEST_BLOCK = timedelta(hours=30)
_SOONEST, _LATE, _LATEST = timedelta(hours=-24), timedelta(hours=72), timedelta(days=30)
_RESCHEDULED = timedelta(hours=4)
_CLOSE = timedelta(hours=24)
_REGISTRATION = re.compile("[A-Z0-9][A-Z0-9-]{0,9}")


@dataclass(frozen=True, slots=True)
class News:
    """A status without what cannot be true; what it leaves out is None."""

    left: datetime | None
    landed: datetime | None
    leaves: datetime | None
    lands: datetime | None
    cancelled: bool
    to: Airport | None
    doubts: Set[Doubt]
    unconfirmed: datetime | None


def not_of_flight(known: Course | None, status: FlightStatus, others: Iterable[datetime] = ()) -> Iterator[Doubt]:
    """Why the status cannot be about its flight. `others`: when other departures of its number are scheduled to leave."""
    if known is not None and is_of_another(status.scheduled_departure, [known.scheduled[0]], others):
        yield "another flight"
    if not (_is_its_day(status) if known is None else _is_its_schedule(known, status)):
        yield "another flight"
    if not timedelta(0) < status.scheduled_arrival - status.scheduled_departure <= _LONGEST_BLOCK:
        yield "impossible"
    if status.observed_at - status.scheduled_departure > _LATEST:
        yield "impossible"
    if known is not None and status.destination not in (known.destination, status.diverted_to):
        yield "another flight"


def _is_its_schedule(known: Course, status: FlightStatus) -> bool:
    departs = status.scheduled_departure
    if is_taken_back(known, departs):
        return False
    return abs(departs - known.scheduled[0]) <= _RESCHEDULED or goes_back(known, departs)


def _is_its_day(status: FlightStatus) -> bool:
    try:
        return _is_on(day_of(status.flight), status.scheduled_departure, origin_of(status.flight))
    except ValueError:
        return False


def _is_on(day: date, departs: datetime, origin: Airport) -> bool:
    """Whether it is that day at the origin or, where its time zone is not known, anywhere on Earth."""
    zone = zones().get(origin)
    if zone is None:
        since = departs - datetime(day.year, day.month, day.day, tzinfo=UTC)
        return timedelta(hours=-14) <= since < timedelta(hours=36)
    try:
        return departs.astimezone(zone).date() == day
    except OverflowError:  # in the first or last hours of the calendar
        return False


@dataclass(slots=True)
class _Limits:
    """Judges the times in one status."""

    known: Course
    status: FlightStatus
    may_confirm: bool
    """It is newer than what is known."""
    doubts: set[Doubt] = field(default_factory=set)
    claims: list[datetime] = field(default_factory=list)
    """The departures, days from the schedule, that are not confirmed."""
    confirms: bool = False

    def event(self, at: datetime | None, scheduled: datetime, *usual: datetime) -> datetime | None:
        """The time of what has happened; None if that cannot be known."""
        if at is not None and at > self.status.observed_at + _CLOCKS:
            self.doubts.add("impossible")
            return None
        return self.time(at, scheduled, *usual, happened=True)

    def time(
        self, at: datetime | None, scheduled: datetime, *usual: datetime, happened: bool = False
    ) -> datetime | None:
        """The time, if it is in the limits or confirmed, or one before it that is. `usual`: the best known ones."""
        if at is None:
            return None
        late = at - scheduled
        if not _SOONEST <= late <= _LATEST:
            self.doubts.add("impossible")
            return None
        if late <= _LATE or any(abs(at - known) <= _CLOSE for known in usual):
            return at
        claim = self.status.scheduled_departure + late
        before = self.known.unconfirmed if self.may_confirm else None
        if before is not None and (happened or claim <= before + _CLOSE):
            self.confirms = True
            return at
        self.doubts.add("unconfirmed")
        self.claims.append(claim)
        return None if before is None else scheduled + (before - self.status.scheduled_departure)


def believed(known: Course, status: FlightStatus, *, confirms: bool) -> News:
    """The status without what is old, what cannot be, and what has to be confirmed first. `confirms`: it is newer than what is
    known, and may do so."""
    left, landed, to = _not_old(known, status)
    departure, arrival = status.scheduled_departure, status.scheduled_arrival
    limits = _Limits(known, status, confirms)
    left = limits.event(left, departure, known.departs)
    leaves = limits.time(status.estimated_departure, departure, known.departs)
    departs = left or leaves
    usual = (known.arrives, *([departs + (arrival - departure)] if departs else []))
    landed = limits.event(landed, arrival, *usual)
    lands = limits.time(status.estimated_arrival, arrival, *usual)
    is_usual = limits.confirms or left is not None or leaves is not None
    unconfirmed = None if is_usual else known.unconfirmed
    if landed is not None and landed <= (left or (known.departs if known.on_the_way else leaves or known.departs)):
        limits.doubts.add("impossible")
        landed = None
    if not has_seats(status) or (status.tail and not is_registration(status.tail)):
        limits.doubts.add("impossible")
    return News(
        left,
        landed,
        leaves,
        lands,
        status.cancelled,
        to,
        frozenset(limits.doubts),
        limits.claims[0] if limits.claims else unconfirmed,
    )


def has_seats(status: FlightStatus) -> bool:
    """Whether its numbers of seats, if it has any, are numbers of seats."""
    return all(number >= 0 for numbers in (status.seats, status.authorised) for number in (numbers or {}).values())


def is_registration(tail: str) -> bool:
    return _REGISTRATION.fullmatch(tail) is not None


def _not_old(known: Course, status: FlightStatus) -> tuple[datetime | None, datetime | None, Airport | None]:
    """Departure, arrival and where it lands instead, without what is repeated of a departure and a landing before."""
    left, landed, to = status.departed_at, status.arrived_at, status.diverted_to
    if left is not None and known.returned_at is not None and left <= known.returned_at:
        left = None
    if landed is not None and known.touched_down is not None and landed <= known.touched_down:
        landed = None
    is_there = to == origin_of(known.flight) and not known.on_the_way and left is None and landed is None
    return left, landed, None if is_there else to
