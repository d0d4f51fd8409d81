"""The statuses of one flight: the recorded outcome, approached in steps.

Each status holds all that is known at its `observed_at`; those instants are whole seconds and strictly ascending, so "the
newest wins" has one meaning. The numbers are documented in `simulation.announcements`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import cos, hypot, radians
from random import Random
from typing import Any

from msgspec.structs import replace

from contracts.flights import FlightStatus
from contracts.names import Airport
from simulation.equipment import Equipment
from simulation.record import AirportLocation, RecordedFlight

Update = tuple[datetime, dict[str, Any]]
"""From this instant on, these fields of the status have these values."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ON_TIME = timedelta(minutes=15)
WITHDRAWN = 0.003
RETURNED = 0.15
ALTERNATES = (
    "ALB", "ATL", "AUS", "BDL", "BNA", "BOS", "BUF", "BWI", "CLE", "CLT", "CVG", "DCA", "DEN", "DFW", "DTW", "FLL", "IAD",
    "IAH", "IND", "JAX", "LAS", "LAX", "MCI", "MCO", "MDW", "MEM", "MIA", "MSP", "MSY", "OAK", "ONT", "ORD", "PDX", "PHL",
    "PHX", "PIT", "RDU", "RIC", "SAN", "SEA", "SFO", "SJC", "SLC", "STL", "SYR", "TPA",
)  # fmt: skip


def statuses(
    flight: RecordedFlight,
    *,
    equipment: Equipment,
    storm: bool,
    airports: Mapping[Airport, AirportLocation],
    rng: Random,
) -> list[FlightStatus]:
    """A feed's statuses of this flight, oldest first. `storm`: many flights of its airport were cancelled that day."""
    updates = [*_cancelled(flight, storm, rng)] if flight.cancelled else [*_flown(flight, airports, rng)]
    if equipment.swapped:
        at = flight.scheduled_departure - _hours(rng, 2, 12)
        updates.append((at, {"seats": equipment.flown, "tail": flight.tail}))
    if not flight.cancelled and rng.random() < WITHDRAWN:
        updates = _withdrawn(updates, flight, rng)
    status = FlightStatus(
        flight=flight.flight,
        destination=flight.destination,
        observed_at=flight.scheduled_departure,
        scheduled_departure=flight.scheduled_departure,
        scheduled_arrival=flight.scheduled_arrival,
        tail=None if equipment.swapped else flight.tail,
    )
    story: list[FlightStatus] = []
    for at, known in sorted(updates, key=lambda item: item[0]):
        whole = at.replace(microsecond=0)
        if story:
            whole = max(whole, status.observed_at + timedelta(seconds=1))
        status = replace(status, observed_at=whole, **known)
        story.append(status)
    return story


def _flown(flight: RecordedFlight, airports: Mapping[Airport, AirportLocation], rng: Random) -> Iterator[Update]:
    left, due = flight.departed_at, flight.scheduled_departure
    assert left is not None
    arrived = flight.arrived_at
    actual = arrived - left if arrived is not None and not flight.diverted else flight.block
    late = left - due
    if late < ON_TIME:
        before = [(due - _minutes(rng, 90, 180), 0.0), (min(due, left) - _minutes(rng, 20, 50), 1.0)]
    else:
        steps = 2 + min(4, late // timedelta(minutes=40))
        first = due - (_hours(rng, 2, 6) if late >= timedelta(hours=2) else _hours(rng, 1, 4))
        last = left - _minutes(rng, 10, 30)
        gap = (last - first) / (steps - 1)
        before = [
            (first + gap * (i + (rng.uniform(-0.3, 0.3) if 0 < i < steps - 1 else 0.0)), i / (steps - 1))
            for i in range(steps)
        ]
    for at, progress in before:
        yield at, _estimate(flight, late=late, actual=actual, at=at, progress=progress, rng=rng)

    gained = actual - flight.block
    known = {
        "estimated_departure": None,
        "departed_at": left,
        "estimated_arrival": _rounded(left + flight.block + gained * 0.6),
    }
    yield left + _seconds(rng, 0, 120), known
    if flight.diverted:
        until = (arrived - left) * 0.6 if arrived is not None else flight.block
        yield (
            left + until * rng.uniform(0.5, 0.95),
            {"estimated_arrival": None, "diverted_to": _alternate(flight, airports, rng)},
        )
    else:
        for share in (rng.uniform(0.4, 0.6), rng.uniform(0.75, 0.9)):
            if actual * (1 - share) > timedelta(minutes=35):
                guess = left + actual + timedelta(minutes=rng.gauss(0, 8 * (1 - share)))
                yield left + actual * share, {"estimated_arrival": _rounded(guess)}
    if arrived is not None:
        yield (
            arrived + _seconds(rng, 0, 120),
            {"estimated_arrival": None, "diverted_to": None, "arrived_at": arrived},
        )


def _estimate(
    flight: RecordedFlight, *, late: timedelta, actual: timedelta, at: datetime, progress: float, rng: Random
) -> dict[str, datetime]:
    """The estimate at this progress (0 to 1) towards the outcome: too little of the delay, with an error."""
    doubt = 1 - progress
    known = 1 - doubt if late < ON_TIME else (1 - doubt * rng.uniform(0.2, 0.7)) * (1 + rng.gauss(0, 0.1) * doubt)
    guess = late * known
    departs = _rounded(flight.scheduled_departure + guess, minutes=5 if late >= ON_TIME else 1)
    if departs < at + timedelta(minutes=5):  # no feed estimates a departure in the past
        departs = _rounded(at + timedelta(minutes=10), minutes=5)
    arrives = departs + flight.block + (actual - flight.block) * 0.5 * progress
    return {"estimated_departure": departs, "estimated_arrival": _rounded(arrives)}


def _cancelled(flight: RecordedFlight, storm: bool, rng: Random) -> Iterator[Update]:
    due, draw = flight.scheduled_departure, rng.random()
    long, middle, short = (0.45, 0.80, 0.95) if storm else (0.15, 0.50, 0.80)
    if draw < long:
        at = due - _hours(rng, 6, 23)
    elif draw < middle:
        at = due - _hours(rng, 2, 6)
    elif draw < short:
        at = due - _hours(rng, 0.5, 2)
    else:
        at = due + _hours(rng, 0, 2)
    # Delayed before it was cancelled: always if cancelled after the scheduled departure, often on the day.
    if draw >= short or (draw >= long and rng.random() < 0.4):
        start, delay = at - _hours(rng, 1, 3), timedelta()
        for i in range(rng.randint(1, 3)):
            announced = start + (at - start) * (i / 3)
            delay = max(delay, announced - due) + timedelta(minutes=15 * rng.randint(1, 4))
            departs = _rounded(due + delay, minutes=5)
            yield announced, {"estimated_departure": departs, "estimated_arrival": departs + flight.block}
    yield at, {"cancelled": True, "estimated_departure": None, "estimated_arrival": None}


def _withdrawn(updates: Iterable[Update], flight: RecordedFlight, rng: Random) -> list[Update]:
    """A cancellation that is withdrawn: the flight flies as recorded. In between only a swap is announced."""
    begin = flight.scheduled_departure - _hours(rng, 3, 12)
    end = begin + _minutes(rng, 30, 120)
    kept = [(at, known) for at, known in updates if not begin <= at <= end or "seats" in known]
    gone: dict[str, Any] = {"cancelled": True, "estimated_departure": None, "estimated_arrival": None}
    return [*kept, (begin, gone), (end, {"cancelled": False})]


def _alternate(flight: RecordedFlight, airports: Mapping[Airport, AirportLocation], rng: Random) -> Airport:
    """The origin, or one of the three large airports nearest the destination."""
    if rng.random() < RETURNED:
        return flight.origin
    to = airports[flight.destination]

    def degrees(code: Airport) -> float:
        at = airports[code]
        return hypot(at.latitude - to.latitude, (at.longitude - to.longitude) * cos(radians(to.latitude)))

    near = sorted(
        (c for c in ALTERNATES if c in airports and c not in (flight.origin, flight.destination)), key=degrees
    )
    return rng.choice(near[:3]) if near else flight.origin


def _rounded(instant: datetime, *, minutes: int = 1) -> datetime:
    """Round to a multiple of this many minutes."""
    step = timedelta(minutes=minutes)
    return _EPOCH + round((instant - _EPOCH) / step) * step


def _hours(rng: Random, least: float, most: float) -> timedelta:
    return timedelta(hours=rng.uniform(least, most))


def _minutes(rng: Random, least: float, most: float) -> timedelta:
    return timedelta(minutes=rng.uniform(least, most))


def _seconds(rng: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=rng.uniform(least, most))
