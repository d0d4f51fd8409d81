"""What the feeds have reported of each flight: `fold` takes the raw statuses, here they are put in order and on a base.

Statuses may have been handled in the order in which they came, early ones when their time had come, or, by several monitors,
in another one. The orders that count are folded: by arrival, by observation (which is no later than the arrival, whatever the
feed's clock says), and by observation with statuses of one instant the other way round; each result is right. FEED keeps the
last days only: where that does not reach back to a flight's first status, the fold begins with the monitor's fact before it,
and where that has expired too, the flight is not judged.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from contracts.flights import Change, Doubt, Flight, FlightChanged, FlightDoubted, FlightStatus
from contracts.identity import canonical_status
from contracts.names import FlightKey
from irops.audit.course import HOME, Course, as_scheduled, cabins, of_state
from irops.audit.departures import Departures
from irops.audit.fold import hear
from irops.audit.history import NO_PAST, Past
from irops.audit.overtaken import stamp

_CLOCKS = timedelta(minutes=5)
_TOO_EARLY = timedelta(hours=24)
_BY_SCHEDULE = frozenset({"departs", "arrives", "seats", "authorised", "tail", "layout", "observed_at", "known_at"})
_LEFT_OR_CANCELLED: Set[Change] = frozenset({"cancelled", "departed", "returned", "landed", "arrived"})
_NOT_KEPT = "no status of them is kept"
_ENCODER = msgspec.json.Encoder(order="deterministic")
_NO_BASE = "what came before their first status is not kept"


class Heard(NamedTuple):
    """A status that is believed."""

    before: Course | None
    after: Course


@dataclass(frozen=True, slots=True)
class Report:
    """A flight by the feed, in one to three versions; not one if it is not judged."""

    courses: Sequence[Course | None]
    """What it can be; None: no status of it is believed."""
    doubts: Sequence[Mapping[int, Set[Doubt]]]
    """For each version, what is not believed of each status, by its place in `statuses`."""
    at: Mapping[datetime, Sequence[Heard]]
    """Each status that is believed, in all versions, by when it was observed."""
    statuses: Sequence[FlightStatus]
    """By arrival, with canonical keys."""


NO_REPORT = Report((), (), {}, ())


@dataclass(frozen=True, slots=True)
class Reports:
    """Every flight by the feed."""

    of: Mapping[FlightKey, Report]
    not_judged: Mapping[str, int]
    """How many flights are not judged by the feed, for each reason."""


@dataclass(frozen=True, slots=True)
class _Came:
    """A status as it came."""

    place: int
    status: FlightStatus
    at: datetime | None
    """Event time; None where it is not known."""

    @property
    def handled_at(self) -> datetime | None:
        """Not before its time."""
        return None if self.at is None else max(self.at, self.status.observed_at - _CLOCKS)

    @property
    def stamp(self) -> tuple[datetime, datetime]:
        """Sorts statuses by when they can have been known."""
        return stamp(self.status, self.at)

    @property
    def too_early(self) -> bool:
        return self.at is not None and self.status.observed_at - self.at > _TOO_EARLY + _CLOCKS


def reported(
    statuses: Iterable[tuple[int, FlightStatus]],
    *,
    flights: Mapping[FlightKey, Flight],
    pasts: Mapping[FlightKey, Past],
    came_at: Mapping[int, datetime],
    now: datetime,
) -> Reports:
    """What each flight can be by its statuses. `flights` say under which other numbers they are sold; the seats in a status
    under such a number may be those that its airline sells. `came_at`: event time at which a status came, by its sequence."""
    sold_as = {
        number: flight
        for flight, state in flights.items()
        for number in state.sold_as
        if number not in flights or flights[number].operated_as is not None
    }
    of: dict[FlightKey, list[_Came]] = {}
    for sequence, raw in sorted(statuses, key=lambda pair: pair[0]):
        status = canonical_status(raw)
        if status.observed_at > now + _CLOCKS and sequence not in came_at:
            continue  # it waits
        flight = sold_as.get(status.flight, status.flight)
        if flight != status.flight:
            status = replace(status, flight=flight, seats=None, authorised=None)
        own = of.setdefault(flight, [])
        own.append(_Came(len(own), status, came_at.get(sequence)))
    departures = Departures(flights)
    reports: dict[FlightKey, Report] = {}
    not_judged: Counter[str] = Counter()
    for flight in flights.keys() | of.keys():
        heard = [each for each in of.get(flight, ()) if each.status.observed_at <= now + _CLOCKS or each.too_early]
        came = [_Came(place, each.status, each.at) for place, each in enumerate(heard)]
        state, past = flights.get(flight), pasts.get(flight, NO_PAST)
        if not came:
            not_judged[_NOT_KEPT] += 1
            continue
        base = _before([each.status for each in came], past, state)
        if base is None:
            not_judged[_NO_BASE] += 1
            continue
        at: dict[datetime, list[Heard]] = {}
        folded = [_fold(order, base.course, at, departures.others(flight)) for order in _orders(came, now)]
        reports[flight] = Report(
            [course for course, _ in folded], [doubts for _, doubts in folded], at, [each.status for each in came]
        )
    return Reports(reports, not_judged)


def _orders(came: Sequence[_Came], now: datetime) -> Iterator[Sequence[_Came]]:
    by_observation = sorted(came, key=lambda each: (each.stamp, each.place))
    instants = [list(group) for _, group in groupby(by_observation, key=lambda each: each.stamp)]
    if all(each.at is not None for each in came):
        yield sorted(came, key=lambda each: (each.handled_at or now, each.place))
    else:
        yield came
    if any(one is not other for one, other in zip(came, by_observation, strict=True)):
        yield by_observation
    if any(len(instant) > 1 for instant in instants):
        yield [each for instant in instants for each in reversed(instant)]


def _fold(
    order: Iterable[_Came], base: Course | None, at: dict[datetime, list[Heard]], others: Sequence[Flight]
) -> tuple[Course | None, Mapping[int, Set[Doubt]]]:
    """The flight in the end, and the doubts about each status. What it was after each is added to `at`."""
    known = base
    doubts: dict[int, Set[Doubt]] = {}
    for each in order:
        if each.too_early:
            doubts[each.place] = {"impossible"}
            continue
        alike = [other.scheduled_departure for other in others if other.destination == each.status.destination]
        heard = hear(known, each.status, each.at, alike)
        if heard.doubts:
            doubts[each.place] = heard.doubts
        if heard.course is not None:
            at.setdefault(heard.course.observed_at, []).append(Heard(known, heard.course))
            known = heard.course
    return known, doubts


@dataclass(frozen=True, slots=True)
class _Base:
    """Where the fold begins; a course of None: the flight is not known yet."""

    course: Course | None


def _before(statuses: Sequence[FlightStatus], past: Past, state: Flight | None) -> _Base | None:
    """What is known from before the flight's first status here: by the monitor's facts, or by its schedule if it was seeded or
    is new. None if that has expired."""
    first = min(statuses, key=lambda status: status.observed_at)
    known = [change.state for change in past.changes if change.state.observed_at < first.observed_at]
    if known:
        return _Base(of_state(known[-1]))
    begins = past.changes[0] if past.changes else None
    if begins is not None and begins.state.observed_at not in {status.observed_at for status in statuses}:
        return None
    if state is None or (begins is not None and begins.n == 1):
        return _Base(None)
    if begins is not None:
        return _Base(as_scheduled(begins.state, assumed=_BY_SCHEDULE)) if begins.n == 2 else None
    return _Base(as_scheduled(state, assumed=_BY_SCHEDULE)) if state.last_change <= 1 else None


def silent_doubts(report: Report, doubted: Sequence[FlightDoubted]) -> Iterator[str]:
    """What is not believed although no fact says so, and facts that doubt what is believed. `doubted`: those about this
    flight."""
    if not doubted and not any(report.doubts):
        return
    facts: dict[bytes, list[Doubt]] = {}
    for fact in doubted:
        facts.setdefault(_content(fact.status), []).append(fact.reason)
    contents = [_content(status) for status in report.statuses]
    of_twins: dict[bytes, set[Doubt]] = {}
    for doubts in report.doubts:
        for place, reasons in doubts.items():
            of_twins.setdefault(contents[place], set()).update(reasons)
    for place, (status, content) in enumerate(zip(report.statuses, contents, strict=True)):
        alike = facts.get(content, ())
        at = status.observed_at.isoformat()
        expected = [doubts.get(place, frozenset()) for doubts in report.doubts]
        if expected and all(expected) and not alike:
            yield f"the status of {at} is not believed ({min(expected[0])}), and no fact says so"
        for reason in alike:
            of_a_number = reason == "contradictory" and bool(status.sold_as)  # one that is not the flight's
            if expected and not of_a_number and reason not in of_twins.get(content, ()):
                yield f"the status of {at} is doubted ({reason}), and nothing contradicts it"


def _content(status: FlightStatus) -> bytes:
    """The status without what a doubt does not repeat."""
    return _ENCODER.encode(replace(status, tail=None, sold_as=()))


def unreported(change: FlightChanged, statuses: Sequence[FlightStatus]) -> bool:
    """Whether none of the flight's statuses, in the order in which they came, says what changed: those of the instant that the
    change gives, and older ones that came after one of them. False if there is none of that instant any more."""
    at = change.state.observed_at
    first = next((place for place, status in enumerate(statuses) if status.observed_at == at), None)
    if first is None:
        return False
    since = [status for status in statuses[first:] if status.observed_at <= at]
    return not any(_says(change, status) for status in since)


def unheard(
    changes: Sequence[FlightChanged], state: Flight, report: Report, doubted: Sequence[FlightDoubted]
) -> Iterator[str]:
    """Cancellations of a flight that has never been cancelled nor left, and that no fact doubts. `changes`: all of its."""
    if state.phase not in HOME or state.phase == "cancelled" or any(c.change in _LEFT_OR_CANCELLED for c in changes):
        return
    known = {_content(fact.status) for fact in doubted}
    for status in report.statuses:
        if status.cancelled and _content(status) not in known:
            yield f"cancelled by the status of {status.observed_at.isoformat()}, by no change, and no fact doubts it"


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
            given = status.seats or status.authorised is not None or status.mode is not None or status.tail
            given = given or status.layout
            return bool(given) and (
                (not status.seats or cabins(status.seats) == cabins(seats))
                and (status.authorised is None or cabins(status.authorised) == cabins(authorised))
            )
        case _:
            return True
