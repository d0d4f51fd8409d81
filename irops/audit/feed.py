"""What the feeds have reported of each flight: a fold over the raw statuses, by the monitor's documented rules in other code.

Statuses may have been handled in the order in which they were stored or, by several monitors, in another one that ends the
same; both orders that count are folded, by arrival and by observation, and either result is right. What no status says is not
known here and not judged: FEED keeps only the last days. Nor is a flight judged that was ever reported diverted, at two
different statuses of one instant, or days from its schedule: what becomes of those is judged by the monitor's facts alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts.flights import AtTheAirport, Flight, FlightChanged, FlightStatus, Phase
from contracts.identity import RESCHEDULED, canonical
from contracts.names import Airport, Cabin, FlightKey, day_of
from irops.audit.history import NO_PAST, Past

_SKEW = timedelta(minutes=5)
_LONGEST = timedelta(hours=30)
_LONGEST_AFTER = timedelta(days=30)
_EARLIEST, _LATEST = timedelta(hours=24), timedelta(hours=72)
AT_THE_AIRPORT = AtTheAirport.__struct_fields__


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A flight after some statuses. A field that no status has established is None."""

    destination: Airport
    phase: Phase
    scheduled: tuple[datetime, datetime]
    observed_at: datetime
    departs: datetime | None = None
    arrives: datetime | None = None
    diverted_to: Airport | None = None
    seats: Mapping[Cabin, int] | None = None
    authorised: Mapping[Cabin, int] | None = None
    """As in `Flight`."""
    at_the_airport: Mapping[str, object] = field(default_factory=dict)
    """Terminals, gates and the like, by the names of the fields: only those that a status gives."""


def reported(
    statuses: Iterable[tuple[int, FlightStatus]],
    *,
    flights: Mapping[FlightKey, Flight],
    pasts: Mapping[FlightKey, Past],
    now: datetime,
) -> Mapping[FlightKey, Sequence[Reported]]:
    """What each flight can be by its statuses, in one or two versions. `flights` say under which other numbers they are sold;
    the seats in a status under such a number may be those that its airline sells."""
    sold_as = {number: flight for flight, state in flights.items() for number in state.sold_as if number not in flights}
    of: dict[FlightKey, list[tuple[int, FlightStatus]]] = {}
    for sequence, status in statuses:
        number = canonical(status.flight)
        if status.observed_at <= now + _SKEW:
            heard = structs.replace(status, seats=None, authorised=None) if number in sold_as else status
            of.setdefault(sold_as.get(number, number), []).append((sequence, heard))
    found: dict[FlightKey, Sequence[Reported]] = {}
    for flight, given in of.items():
        if _is_beyond([status for _, status in given]):
            continue
        by_arrival = [status for _, status in sorted(given, key=lambda pair: pair[0])]
        by_observation = [status for _, status in sorted(given, key=lambda pair: (pair[1].observed_at, pair[0]))]
        base = _before(by_observation[0], pasts.get(flight, NO_PAST), flights.get(flight))
        ends = [end for order in (by_arrival, by_observation) if (end := _fold(order, base)) is not None]
        if ends:
            found[flight] = ends[:1] if ends[0] == ends[-1] else ends
    return found


def _is_beyond(statuses: Sequence[FlightStatus]) -> bool:
    """Whether this fold, which knows one way out and none back, cannot tell what becomes of the flight: it was diverted, two
    statuses are of one instant, or a time is days from its schedule."""
    if any(status.diverted_to is not None for status in statuses):
        return True
    if len({status.observed_at for status in statuses}) < len(set(map(repr, statuses))):
        return True
    return any(
        at is not None and abs(at - scheduled) > _LATEST
        for status in statuses
        for at, scheduled in (
            (status.estimated_departure, status.scheduled_departure),
            (status.estimated_arrival, status.scheduled_arrival),
            (status.departed_at, status.scheduled_departure),
            (status.arrived_at, status.scheduled_arrival),
        )
    )


def _before(first: FlightStatus, past: Past, state: Flight | None) -> Reported | None:
    """What is known from before the flight's first status here: by the monitor's facts, by its schedule if it was new, and else
    nothing but which departure it is."""
    known = [change.state for change in past.changes if change.state.observed_at < first.observed_at]
    if known:
        return _of_state(known[-1])
    if past.changes and past.changes[0].n == 1:
        scheduled = (first.scheduled_departure, first.scheduled_arrival)
        return _as_scheduled(first.destination, scheduled, moved=False)
    if state is not None:
        return _as_scheduled(state.destination, (state.scheduled_departure, state.scheduled_arrival), moved=True)
    return None


def _as_scheduled(destination: Airport, scheduled: tuple[datetime, datetime], *, moved: bool) -> Reported:
    """A flight before its first status; `moved`: it may have had others."""
    return Reported(
        destination=destination,
        phase="scheduled",
        scheduled=scheduled,
        observed_at=datetime.min.replace(tzinfo=UTC),
        departs=None if moved else scheduled[0],
        arrives=None if moved else scheduled[1],
    )


def _fold(statuses: Iterable[FlightStatus], before: Reported | None) -> Reported | None:
    """The flight after the statuses that count; None if none does."""
    known, counted = before, False
    for status in statuses:
        if _is_of_flight(status, known) and (
            known is None or (known.phase != "arrived" and status.observed_at > known.observed_at)
        ):
            known, counted = _after(known, status), True
    return known if counted else None


def _of_state(state: Flight) -> Reported:
    return Reported(
        destination=state.destination,
        phase=state.phase,
        scheduled=(state.scheduled_departure, state.scheduled_arrival),
        observed_at=state.observed_at,
        departs=state.departs,
        arrives=state.arrives,
        diverted_to=state.diverted_to,
        seats=state.seats,
        authorised=state.authorised,
    )


def _is_of_flight(status: FlightStatus, known: Reported | None) -> bool:
    """Whether the status can be about its flight at all."""
    try:
        day = day_of(status.flight)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        on_its_day = timedelta(hours=-14) <= status.scheduled_departure - midnight < timedelta(hours=36)
    except (ValueError, OverflowError):
        return False
    return (
        on_its_day
        and timedelta(0) < status.scheduled_arrival - status.scheduled_departure <= _LONGEST
        and status.observed_at - status.scheduled_departure <= _LONGEST_AFTER
        and (
            known is None
            or (
                abs(status.scheduled_departure - known.scheduled[0]) <= RESCHEDULED
                and (status.destination == known.destination or status.diverted_to is not None)
            )
        )
    )


def _after(known: Reported | None, status: FlightStatus) -> Reported:
    """The flight after one more status, which is newer than all before."""
    scheduled = (status.scheduled_departure, status.scheduled_arrival)
    if known is None:
        known = Reported(
            destination=status.destination, phase="scheduled", scheduled=scheduled, observed_at=status.observed_at
        )
    left_at = _happened(status.departed_at, status.scheduled_departure, status)
    departs = _departure(known, status, left_at)
    arrives = _arrival(known, status, departs)
    landed = _happened(status.arrived_at, status.scheduled_arrival, status)
    if landed is not None and departs is not None and landed <= departs:
        landed = None
    diverted_to = status.diverted_to
    if diverted_to in (None, known.destination, known.diverted_to):
        diverted_to = None
    phase = _phase(known.phase, status, left=left_at, landed=landed, diverted=diverted_to)
    seats, authorised = known.seats, known.authorised
    if "scheduled" in (known.phase, phase) and phase != "cancelled" and _are_numbers(status):
        if status.seats:
            same = seats is not None and _same(seats, status.seats)
            seats, authorised = status.seats, authorised if same else None if seats is None else {}
        authorised = authorised if status.authorised is None else status.authorised
    return replace(
        known,
        phase=phase,
        scheduled=scheduled,
        observed_at=status.observed_at,
        departs=departs,
        arrives=arrives,
        diverted_to=diverted_to or known.diverted_to,
        seats=seats,
        authorised=authorised,
        at_the_airport={
            **known.at_the_airport,
            **{name: value for name in AT_THE_AIRPORT if (value := getattr(status, name)) is not None},
        },
    )


def _phase(
    before: Phase, status: FlightStatus, *, left: datetime | None, landed: datetime | None, diverted: Airport | None
) -> Phase:
    in_the_air = left is not None or landed is not None or diverted is not None
    if before in ("scheduled", "cancelled"):
        if status.cancelled and not in_the_air:
            return "cancelled"
        before = "scheduled"
    if landed is not None:
        return "arrived"
    if diverted is not None:
        return "diverted"
    return "departed" if left is not None and before == "scheduled" else before


def _departure(known: Reported, status: FlightStatus, left_at: datetime | None) -> datetime | None:
    if left_at is not None:
        return left_at
    if known.phase not in ("scheduled", "cancelled"):
        return known.departs
    estimated = _near(status.estimated_departure, status.scheduled_departure)
    if estimated is not None:
        return estimated
    unmoved = known.departs == known.scheduled[0]
    return status.scheduled_departure if unmoved and known.departs is not None else known.departs


def _arrival(known: Reported, status: FlightStatus, departs: datetime | None) -> datetime | None:
    for at in (
        _happened(status.arrived_at, status.scheduled_arrival, status),
        _near(status.estimated_arrival, status.scheduled_arrival),
    ):
        if at is not None and (departs is None or at > departs):
            return at
    if known.departs is None or known.arrives is None or departs is None:
        return None
    if (known.departs, known.arrives) == known.scheduled:
        return departs + (status.scheduled_arrival - status.scheduled_departure)
    return departs + (known.arrives - known.departs)


def _same(one: Mapping[Cabin, int], other: Mapping[Cabin, int]) -> bool:
    """A cabin without seats is the same as no cabin."""
    return all(one.get(cabin, 0) == other.get(cabin, 0) for cabin in {*one, *other})


def _are_numbers(status: FlightStatus) -> bool:
    return all(number >= 0 for numbers in (status.seats, status.authorised) for number in (numbers or {}).values())


def _happened(at: datetime | None, scheduled: datetime, status: FlightStatus) -> datetime | None:
    """The time of an event, if the status can know it."""
    return _near(at, scheduled) if at is not None and at <= status.observed_at + _SKEW else None


def _near(at: datetime | None, scheduled: datetime) -> datetime | None:
    return at if at is not None and -_EARLIEST <= at - scheduled <= _LATEST else None


def unreported(change: FlightChanged, statuses: Iterable[FlightStatus]) -> bool:
    """Whether none of the flight's statuses of the instant that the change gives says what changed; False if there is none of
    that instant any more."""
    instant = [status for status in statuses if status.observed_at == change.state.observed_at]
    return bool(instant) and not any(_says(change, status) for status in instant)


def _says(change: FlightChanged, status: FlightStatus) -> bool:
    match change.change:
        case "cancelled":
            return status.cancelled
        case "departed":
            return status.departed_at is not None
        case "arrived":
            return status.arrived_at is not None
        case "diverted":
            return status.diverted_to == change.state.diverted_to
        case "re-equipped":
            seats, authorised = change.state.seats, change.state.authorised
            return bool(status.seats or status.authorised is not None or status.mode is not None) and (
                (not status.seats or _same(status.seats, seats))
                and (status.authorised is None or _same(status.authorised, authorised))
            )
        case _:
            return True
