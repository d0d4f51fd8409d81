"""What counts of a status that comes after a newer one: the rule of the monitor's README, written again for the audit.

Of two statuses the newer one is that which can have been known later: when it was observed, or when it came if that was before.
It decides what it says. A field that no status has given since the older one still has what the older one says.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from contracts.flights import AtTheAirport, Doubt, FlightStatus
from irops.audit.course import HOME, Course, cabins

_CLOCKS = timedelta(minutes=5)
_OF_THE_COURSE = ("estimated_departure", "estimated_arrival", "departed_at", "arrived_at", "diverted_to")
_OF_THE_AIRCRAFT = ("tail", "seats", "authorised", "layout")


def stamp(status: FlightStatus, came_at: datetime | None) -> tuple[datetime, datetime]:
    """When a status can have been known, and when its feed says."""
    return min(status.observed_at, came_at or status.observed_at), status.observed_at


def words(status: FlightStatus) -> Iterator[str]:
    """What the status gives, by the names of the fields."""
    for name in (*_OF_THE_COURSE, *_OF_THE_AIRCRAFT, *AtTheAirport.__struct_fields__):
        value = getattr(status, name)
        if value is not None and (value or name != "seats"):
            yield name


def spoken(
    known: Mapping[str, datetime], status: FlightStatus, at: datetime, *, newest: bool
) -> Mapping[str, datetime]:
    """When each field was last given, with this status."""
    names = set(words(status))
    if "arrived_at" in names:
        names.update(_OF_THE_COURSE)
    if "departed_at" in names:
        names.add("estimated_departure")
    if newest:
        names.update({"cancelled", "diverted_to"} if status.cancelled else {"not_cancelled"})
    return {**known, **{name: max(known.get(name, at), at) for name in names}}


def remainder(known: Course, status: FlightStatus, at: datetime) -> FlightStatus | None:
    """The status with what no other has given since, as if it were observed with the newest; None if there is nothing."""
    since = {name for name, instant in known.given.items() if instant >= at}
    left = {name for name in words(status) if name not in since}
    if "seats" in since and (not status.seats or cabins(status.seats) != cabins(known.seats)):
        left -= {"authorised", "layout"}
    if "tail" in since and (status.tail is None or _plain(known.tail) not in (None, _plain(status.tail))):
        left -= {"layout"}
    if not left:
        return None
    values = {name: getattr(status, name) for name in left}
    if "seats" in left and "authorised" in since:
        values["authorised"] = dict(known.authorised)
    if "layout" in since:
        values["layout"] = known.layout
    departure, arrival = known.scheduled
    return FlightStatus(
        flight=status.flight,
        destination=status.destination,
        observed_at=known.observed_at,
        scheduled_departure=departure,
        scheduled_arrival=arrival,
        cancelled=known.phase == "cancelled",
        **values,
    )


def denied(known: Course, after: Course, status: FlightStatus, at: datetime) -> set[Doubt]:
    """Whether a newer status, heard before, says otherwise of whether the flight is cancelled: news that was never heard."""
    if after.phase not in HOME or status.cancelled == (after.phase == "cancelled"):
        return set()
    heard = known.given.get("cancelled" if status.cancelled else "not_cancelled")
    is_old = not status.cancelled and known.known_at - at > _CLOCKS
    return set() if is_old or (heard is not None and heard >= at) else {"overtaken"}


def _plain(tail: str | None) -> str | None:
    return tail.replace("-", "") if tail else None
