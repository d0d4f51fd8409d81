"""Fares from outside: which of several statuses holds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from contracts.fares import Fare, FareStatus, promise
from contracts.names import FlightKey

AHEAD = timedelta(minutes=5)
"""A status observed further ahead of the clock than clocks differ [d] waits for its time."""
TOO_FAR = timedelta(hours=24)
"""One observed further ahead than this is wrong [d]: it would keep every later one from being heard."""


def known_as(status: FareStatus, *, flight: FlightKey, came_at: datetime) -> FareStatus:
    """The status as it counts: of this flight, and as old as when it came at least. Whatever a feed's clock says, it has learnt
    nothing later than that, and one that is ahead would outrank all others until theirs have caught up."""
    return replace(status, flight=flight, observed_at=min(status.observed_at, came_at))


def newest(known: Fare | None, statuses: Iterable[FareStatus]) -> FareStatus | None:
    """The status that holds from now on, or None: the one that is known still does.

    The latest by `observed_at`, whatever the order of arrival; of two of one instant the one that promises less, so that no
    fare is offered which the other denies. What is repeated changes nothing.
    """
    best = reported_in(known)
    found: FareStatus | None = None
    for status in statuses:
        if best is None or _before(best, status):
            best = found = status
    return found


def reported_in(known: Fare | None) -> FareStatus | None:
    """The status that a state rests on."""
    if known is None or known.source != "feed":
        return None
    return FareStatus(flight=known.flight, observed_at=known.observed_at, fares=known.reported)


def far_ahead(status: FareStatus, *, now: datetime) -> timedelta | None:
    """How far the status is ahead of the clock; None: its time has come."""
    ahead = status.observed_at - now
    return ahead if ahead > AHEAD else None


def _before(one: FareStatus, other: FareStatus) -> bool:
    if one.observed_at != other.observed_at:
        return one.observed_at < other.observed_at
    return promise(other) < promise(one)
