"""Which of two statuses is the newer one, and what still counts of one that comes after a newer one.

No status knows more than when it came, whatever its feed's clock says: a feed that is ahead would outrank all others. So
statuses count in the order in which they can have been known, and those that came together in the order of `observed_at`.

A newer status decides each field that it gives, and none that it leaves out. What an older one says of those counts, though it
comes later: `Flight.given_at` has when each field was last given. The schedule, and whether the flight is cancelled, are in
every status, so there the newest decides alone.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from agents.monitor.domain.believing import SKEW, Disbelief, same_seats
from agents.monitor.domain.lifecycle import AWAY
from contracts.flights import AtTheAirport, Flight, FlightStatus
from contracts.identity import same_aircraft

Order = tuple[datetime, datetime]
_FIELDS = (
    *("estimated_departure", "estimated_arrival", "departed_at", "arrived_at", "diverted_to"),
    *("seats", "authorised", "tail", "layout"),
    *AtTheAirport.__struct_fields__,
)
_SETTLED = {
    "departed_at": ("estimated_departure",),
    "arrived_at": ("departed_at", "estimated_departure", "estimated_arrival", "diverted_to"),
}
"""What is known by a field too: an estimate says nothing of what has happened."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def order_of(status: FlightStatus, came_at: datetime | None) -> Order:
    """Sorts statuses: when this can have been known, and when its feed says it was. `came_at` None: not ahead of its feed."""
    at = status.observed_at
    return (at if came_at is None else min(at, came_at)), at


def order_of_last(state: Flight) -> Order:
    """That of the newest status that the state rests on."""
    return state.known_at or state.observed_at, state.observed_at


def given(state: Flight | None, status: FlightStatus, at: datetime) -> dict[str, datetime]:
    """`Flight.given_at` with the newest status, or one of its instant."""
    names = ("cancelled", "diverted_to") if status.cancelled else ("not_cancelled",)
    return _later(state.given_at if state else {}, (*_given_by(status), *names), at)


def given_by_rest(state: Flight, rest: FlightStatus, at: datetime) -> dict[str, datetime]:
    """`Flight.given_at` with what counts of a status that is not the newest."""
    return _later(state.given_at, _given_by(rest), at)


def _later(known: Mapping[str, datetime], names: Iterable[str], at: datetime) -> dict[str, datetime]:
    found = dict(known)
    for name in names:
        for settled in (name, *_SETTLED.get(name, ())):
            found[settled] = max(at, found.get(settled, at))
    return found


def rest_of(state: Flight, status: FlightStatus, at: datetime) -> FlightStatus | None:
    """What counts of a status that is not newer than the state, as a status of the state's own instant; None if nothing does.

    What is known of other seats or another aircraft than the flight has says nothing of these.
    """

    def is_settled(name: str) -> bool:
        return state.given_at.get(name, _NEVER) >= at

    names = _given_by(status)
    without = {name for name in names if is_settled(name)}
    if is_settled("seats") and not (status.seats and same_seats(status.seats, state.seats)):
        without |= {"authorised", "layout"}
    if is_settled("tail") and not (status.tail and same_aircraft(status.tail, state.tail)):
        without.add("layout")
    if without.issuperset(names) and set(status.sold_as) <= set(state.sold_as):
        return None
    fields: dict[str, object] = dict.fromkeys(without)
    if status.seats is not None and "seats" not in without and is_settled("authorised"):
        fields["authorised"] = state.authorised
    if is_settled("layout"):
        fields["layout"] = state.layout
    return replace(
        status,
        observed_at=state.observed_at,
        scheduled_departure=state.scheduled_departure,
        scheduled_arrival=state.scheduled_arrival,
        cancelled=state.phase == "cancelled",
        **fields,
    )


def overtaken(state: Flight, status: FlightStatus, at: datetime) -> Disbelief | None:
    """Why it is not believed of a status that is older than the state whether the flight is cancelled; None if the newer one
    does not deny it, or it was heard before.

    That a flight flies is old news once it is cancelled, unless the clocks of two feeds may differ by as much as that.
    """
    newer = state.known_at or state.observed_at
    if state.phase in AWAY or status.cancelled == (state.phase == "cancelled"):
        return None
    if state.given_at.get("cancelled" if status.cancelled else "not_cancelled", _NEVER) >= at:
        return None
    if not status.cancelled and newer - at > SKEW:
        return None
    says, other = ("cancelled", "not cancelled") if status.cancelled else ("not cancelled", "cancelled")
    return Disbelief("overtaken", f"{says} by {_time(at)}, and {other} by a status of {_time(newer)} that came before")


def _given_by(status: FlightStatus) -> list[str]:
    """The fields that it has. No seats at all are seats that are not known."""
    return [name for name in _FIELDS if getattr(status, name) is not None and (name != "seats" or status.seats)]


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
