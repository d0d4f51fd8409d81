"""Flights: whether feed, monitor and ledger have each flight alike, and whether its passengers were given its times.

Every account is folded by code of the audit's own: the raw statuses (`feed`), the monitor's facts (`history`), and the
booker's disruptions.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, zip_longest

from contracts.flights import Change, Flight, FlightChanged, FlightDoubted, FlightStatus, Phase
from contracts.identity import canonical
from contracts.ledger import SeatLedger, SeatsDisrupted
from contracts.names import FlightKey
from irops.audit.announced import announced_wrongly, otherwise, worded
from irops.audit.course import Course, cabins
from irops.audit.feed import NO_REPORT, Report, Reports, silent_doubts, unheard, unreported
from irops.audit.findings import Findings
from irops.audit.history import EARLIER, NO_PAST, Past, moved
from irops.audit.rules import RuleBook
from irops.audit.silence import not_as_heard
from irops.audit.streams import Streams
from irops.audit.times import LEFT

_PHASES_AFTER: Mapping[Change, frozenset[Phase]] = {
    "cancelled": frozenset({"cancelled"}),
    "restored": frozenset({"scheduled"}),
    "departed": frozenset({"departed", "diverted"}),
    "diverted": frozenset({"diverted", "rerouted"}),
    "landed": frozenset({"landed"}),
    "returned": frozenset({"returned"}),
    "arrived": frozenset({"arrived"}),
}
"""The phases that a change can lead to; `rerouted` is a diversion before it leaves, and `diverted` what such a flight
is when it has left. Any other leaves the phase as it was."""


def outdated(
    streams: Streams,
    pasts: Mapping[FlightKey, Past],
    reports: Reports,
    *,
    book: RuleBook,
    silent: timedelta,
) -> Findings:
    """Flights, each once, that one of feed, monitor and ledger has otherwise than another, or that moved without a word."""
    found = Findings()
    disrupted: dict[FlightKey, list[SeatsDisrupted]] = {}
    for _, disruption in streams.disrupted:
        disrupted.setdefault(disruption.flight, []).append(disruption)
    statuses: dict[FlightKey, list[FlightStatus]] = {}
    for _, status in sorted(streams.statuses, key=lambda pair: pair[0]):
        statuses.setdefault(canonical(status.flight), []).append(status)
    doubted: dict[FlightKey, list[FlightDoubted]] = {}
    for doubt in streams.doubted:
        doubted.setdefault(doubt.flight, []).append(doubt)
    for flight in sorted(streams.flights.keys() | streams.seats.keys() | pasts.keys() | reports.of.keys()):
        state = streams.flights.get(flight)
        names = (flight, *(state.sold_as if state else ()))
        wrong = next(
            _faults(
                state,
                streams.seats.get(flight),
                pasts.get(flight, NO_PAST),
                reports.of.get(flight, NO_REPORT),
                [status for name in names for status in statuses.get(name, ())],
                [doubt for name in names for doubt in doubted.get(name, ())],
                streams,
                disrupted.get(flight, ()),
                book,
                silent,
            ),
            None,
        )
        if wrong is not None:
            found.add(f"{flight}: {wrong}")
    return found


def _faults(
    state: Flight | None,
    ledger: SeatLedger | None,
    past: Past,
    report: Report,
    statuses: Sequence[FlightStatus],
    doubted: Sequence[FlightDoubted],
    streams: Streams,
    disrupted: Sequence[SeatsDisrupted],
    book: RuleBook,
    silent: timedelta,
) -> Iterator[str]:
    if state is None or state.operated_as is not None:
        if ledger is not None or past.changes:
            yield "not in FLIGHTS, although it is in another stream"
        elif report.courses and all(report.courses):
            yield "not in FLIGHTS, although the feed reports it"
        yield from silent_doubts(report, doubted)
        return
    yield from _by_feed(state, report.courses)
    yield from announced_wrongly(past.changes, report)
    yield from silent_doubts(report, doubted)
    if past.whole:
        yield from unheard(past.changes, state, report, doubted)
    for change in past.changes:
        if unreported(change, statuses):
            yield f"{change.change} (change {change.n}) is in no status of {change.state.observed_at.isoformat()}"
    yield from _by_changes(state, past, whole=streams.whole)
    yield from _unannounced(past.changes, silent)
    is_corrected = state.phase == "arrived" and (not past.changes or _is_correction(past.changes[-1]))
    if state.phase != "cancelled" and not is_corrected and moved(state, state) >= silent:
        yield f"moved by {moved(state, state)} from the times last announced"
    if state.phase == "scheduled" and state.announced_departure - state.departs >= EARLIER:
        yield f"leaves {state.announced_departure - state.departs} before the time last announced"
    if ledger is None:
        if state.phase == "scheduled" and state.departs > streams.now and any(state.seats.values()):
            yield f"not in the ledger, {state.phase} (change {state.last_change}) in FLIGHTS"
        return
    yield from _by_ledger(state, ledger, silent)
    yield from not_as_heard(state, ledger, book, now=streams.now)
    yield from _otherwise_scheduled(ledger, past)
    yield from _at_other_terminals(state, ledger, past)
    for cabin, number in ledger.authorised.items():
        if (most := past.authorised(state, cabin)) is not None and number > most:
            yield f"has {number} {cabin} authorised in the ledger, at most {most} in FLIGHTS"
    yield from _by_disruptions(ledger, disrupted, whole=streams.whole)


def _by_feed(state: Flight, courses: Sequence[Course | None]) -> Iterator[str]:
    """What the statuses say and the state does not, in the order in which they differ least."""
    differences = [list(_unlike(state, course)) for course in courses]
    if differences and all(differences):
        yield min(differences, key=len)[0]


def _unlike(state: Flight, course: Course | None) -> Iterator[str]:
    if course is None:
        yield "in FLIGHTS, and no status of it can be believed"
        return
    for name, has, reported in otherwise(state, course):
        yield f"its {name} is {worded(has)}, by the feed {worded(reported)}"


def _by_changes(state: Flight, past: Past, *, whole: bool) -> Iterator[str]:
    """What the monitor's facts say and the state does not, and facts that do not say what changed."""
    if not past.changes:
        if past.whole and state.last_change > 1:
            yield f"none of its {state.last_change} changes is there"
        return
    last = past.changes[-1]
    yield from _begins(past.changes[0], whole=whole)
    if last.n != state.last_change:
        yield f"change {last.n} is the last, {state.last_change} in FLIGHTS"
    for before, after in pairwise(past.changes):
        if after.n != before.n + 1:
            yield f"change {after.n} follows {before.n}"
        yield from _unexplained(before.state, after)
    for change in past.changes:
        if change.state.last_change != change.n or change.state.flight != change.flight:
            yield f"change {change.n} has the state of {change.state.flight} after {change.state.last_change}"
        if unknown := set(change.state.sold_as) - set(state.sold_as):
            yield f"sold as {min(unknown)} by change {change.n}, and under no such number in FLIGHTS"
        if change.state.phase not in _PHASES_AFTER.get(change.change, {change.state.phase}):
            yield f"{change.change} (change {change.n}), and {change.state.phase}"
        if change.change in ("retimed", "diverted") and moved(change.state, change.state):
            yield f"{change.change} (change {change.n}) announces other times than it has"
    for name, one, other in _differences(last.state, state, known=state.phase != "cancelled"):
        yield f"its {name} is {worded(other)}, by change {last.n} {worded(one)}"


def _begins(first: FlightChanged, *, whole: bool) -> Iterator[str]:
    """Why this cannot be the first change of a flight that became known as scheduled."""
    if whole and first.n > 2:
        yield f"change {first.n} is the first"
    if first.n == 2 and first.change not in _PHASES_AFTER and first.state.phase != "scheduled":
        yield f"{first.change} (change 2), and {first.state.phase}"
    if first.n <= 2 and first.change != "diverted" and first.state.diverted_to is not None:
        yield f"diverted to {first.state.diverted_to} before any diversion (change {first.n})"


def _unannounced(changes: Sequence[FlightChanged], silent: timedelta) -> Iterator[str]:
    """Changes that leave the flight with times that were to be announced, or announce others than it has."""
    for before, after in pairwise(changes):
        had, has = _announced(before.state), _announced(after.state)
        if has not in (had, (after.state.departs, after.state.arrives)):
            yield f"{after.change} (change {after.n}) announces other times than it has, or had announced"
    for change, following in zip_longest(changes, changes[1:]):
        state = change.state
        if following is not None and following.state.observed_at == state.observed_at:
            continue  # the next one may announce them
        if state.phase != "cancelled" and not _is_correction(change) and moved(state, state) >= silent:
            yield f"moved by {moved(state, state)} with {change.change} (change {change.n}) from the times last announced"


def _is_correction(change: FlightChanged) -> bool:
    """Whether it corrects the times of a flight that has arrived, of which no one is informed any more."""
    return change.change == "estimated" and change.state.phase == "arrived"


def _announced(state: Flight) -> tuple[datetime, datetime]:
    return state.announced_departure, state.announced_arrival


_ON_ITS_WAY = frozenset({"phase", "diverted_to", "announced", "stops"})
_MAY_DIFFER: Mapping[Change, frozenset[str]] = {
    "scheduled": frozenset(),
    "retimed": frozenset({"announced", "phase", "diverted_to"}),
    "estimated": frozenset(),
    "re-equipped": frozenset({"seats", "authorised", "tail", "layout"}),
    "cancelled": frozenset({"phase", "diverted_to"}),
    "restored": frozenset({"phase", "diverted_to"}),
    "departed": _ON_ITS_WAY,
    "diverted": _ON_ITS_WAY,
    "landed": _ON_ITS_WAY,
    "returned": _ON_ITS_WAY,
    "arrived": _ON_ITS_WAY,
}
"""What a change may change; nothing else of this may have moved before the next change."""


def _unexplained(before: Flight, change: FlightChanged) -> Iterator[str]:
    differ = {name for name, _, _ in _differences(before, change.state)}
    for name in sorted(differ - _MAY_DIFFER.get(change.change, frozenset())):
        yield f"its {name} changes with {change.change} (change {change.n})"
    by_land = change.change == "re-equipped" and (before.mode or "air") != (change.state.mode or "air")
    if not differ and not by_land and change.change not in ("scheduled", "diverted", "estimated"):
        yield f"{change.change} (change {change.n}) changes nothing"


def _differences(one: Flight, other: Flight, *, known: bool = False) -> Iterator[tuple[str, object, object]]:
    """Fields that differ between two states of a flight; with `known`, the best known times too."""
    fields: tuple[tuple[str, object, object], ...] = (
        ("phase", one.phase, other.phase),
        ("destination", one.destination, other.destination),
        ("diverted_to", one.diverted_to, other.diverted_to),
        ("seats", cabins(one.seats), cabins(other.seats)),
        ("authorised", cabins(one.authorised), cabins(other.authorised)),
        ("tail", one.tail, other.tail),
        ("layout", one.layout, other.layout),
        ("stops", one.stops, other.stops),
        (
            "announced",
            (one.announced_departure, one.announced_arrival),
            (other.announced_departure, other.announced_arrival),
        ),
    )
    times = ("known times", (one.departs, one.arrives), (other.departs, other.arrives))
    return (field for field in ((*fields, times) if known else fields) if field[1] != field[2])


def _at_other_terminals(state: Flight, ledger: SeatLedger, past: Past) -> Iterator[str]:
    """Terminals of the ledger that the monitor never had. It may have others since: a terminal alone is no change."""
    known = [state, *(change.state for change in past.changes)]
    for name, has, had in (
        ("departure", ledger.departure_terminal, {each.departure_terminal for each in known}),
        ("arrival", ledger.arrival_terminal, {each.arrival_terminal for each in known}),
    ):
        if past.whole and has is not None and has not in had:
            yield f"has {name} terminal {has} in the ledger, which FLIGHTS never had"


def _by_ledger(state: Flight, ledger: SeatLedger, silent: timedelta) -> Iterator[str]:
    """Where the booker has the flight otherwise than the monitor. The times of a flight that has left are those known when the
    ledger last changed; they may move a little without a change."""
    if ledger.phase != state.phase or ledger.last_change != state.last_change:
        yield (
            f"{ledger.phase} (change {ledger.last_change}) in the ledger, "
            f"{state.phase} (change {state.last_change}) in FLIGHTS"
        )
    if ledger.destination != state.destination:
        yield f"flies to {ledger.destination} in the ledger, to {state.destination} in FLIGHTS"
    if ledger.diverted_to != state.diverted_to:
        yield f"diverted to {worded(ledger.diverted_to)} in the ledger, to {worded(state.diverted_to)} in FLIGHTS"
    if state.phase == "scheduled" and (ledger.mode or "air") != (state.mode or "air"):
        yield f"by {ledger.mode or 'air'} in the ledger, by {state.mode or 'air'} in FLIGHTS"
    is_seeded = ledger.last_change == 1 and ledger.tail is None  # without the registration that FLIGHTS may have
    if ledger.tail != state.tail and not is_seeded:
        yield f"is {worded(ledger.tail)} in the ledger, {worded(state.tail)} in FLIGHTS"
    if ledger.stops != state.stops:
        yield "has other stops in the ledger than in FLIGHTS"
    if state.seats and cabins(ledger.capacity) != cabins(state.seats):
        yield f"has {worded(cabins(ledger.capacity))} in the ledger, {worded(cabins(state.seats))} in FLIGHTS"
    left = state.phase in LEFT
    for word, has, best, public, known, actual in (
        ("departs", ledger.departs, ledger.known_departure, state.announced_departure, state.departs, left),
        (
            "arrives",
            ledger.arrives,
            ledger.known_arrival,
            state.announced_arrival,
            state.arrives,
            state.phase == "arrived",
        ),
    ):
        right = abs(has - known) < silent if actual else has == public
        if not right:
            yield f"{word} {has.isoformat()} in the ledger, {(known if actual else public).isoformat()} in FLIGHTS"
        if (best or has) != known and state.phase != "cancelled":
            yield f"best known: {word} {(best or has).isoformat()} in the ledger, {known.isoformat()} in FLIGHTS"


def _otherwise_scheduled(ledger: SeatLedger, past: Past) -> Iterator[str]:
    """Where the booker has another schedule than the flight had at the change that the ledger is at."""
    last = past.changes[-1].state if past.changes else past.unchanged
    if last is None or last.last_change != ledger.last_change:
        return
    if not past.changes and ledger.schedule is None:
        return  # a schedule may be moved without a change
    has = (ledger.schedule.departs, ledger.schedule.arrives) if ledger.schedule else (ledger.departs, ledger.arrives)
    if has != (last.scheduled_departure, last.scheduled_arrival):
        yield (
            f"scheduled {worded(has)} in the ledger, {worded((last.scheduled_departure, last.scheduled_arrival))} in FLIGHTS"
        )


def _by_disruptions(ledger: SeatLedger, disrupted: Sequence[SeatsDisrupted], *, whole: bool) -> Iterator[str]:
    last = max((disruption.n for disruption in disrupted), default=0)
    if ledger.last_disruption != last and (disrupted or whole):
        yield f"disruption {ledger.last_disruption} is the last in the ledger, {last} by its facts"
    general = max((each.n for each in disrupted if each.kind not in ("downgauged", "misconnected")), default=0)
    if ledger.last_for_all != general and (general or whole):
        yield f"disruption {ledger.last_for_all} is the last for all in the ledger, {general} by its facts"
    if ledger.last_fact < ledger.last_disruption:
        yield f"disruption {ledger.last_disruption} is beyond its last fact, {ledger.last_fact}"
