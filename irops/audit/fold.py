"""What becomes of a flight by one status after another: the rules of the monitor's README, written again for the audit.

The monitor has them as a table of phases and words. Here they are asked in turn: what of the status can be true, whether the
flight has landed, left or been cancelled by it, and what its times are then.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from contracts.flights import AtTheAirport, Doubt, FlightStatus, Phase, Stop
from contracts.layouts import LayoutName
from contracts.names import Airport, Cabin, origin_of
from irops.audit.belief import News, believed, has_seats, is_registration, not_of_flight
from irops.audit.course import HOME, Course, Times, as_scheduled, cabins
from irops.audit.overtaken import denied, remainder, spoken, stamp
from irops.audit.schedules import goes_back, held_with

_NOT_AS_SOLD: Set[Phase] = frozenset({"rerouted", "diverted", "landed", "returned"})
_SHORTEST_HOP, _DETOUR = timedelta(minutes=20), timedelta(hours=1)
_AT_THE_AIRPORT = AtTheAirport.__struct_fields__
_SAYS_MORE: Mapping[Phase, int] = {
    "cancelled": 1,
    "departed": 2,
    "diverted": 2,
    "landed": 3,
    "returned": 3,
    "arrived": 4,
}
_Word = Literal[
    "arrived", "landed", "returned", "left", "left elsewhere", "cancelled", "elsewhere", "as planned", "later", ""
]
_MOVES: Mapping[_Word, Phase] = {
    "arrived": "arrived",
    "landed": "landed",
    "returned": "returned",
    "left": "departed",
    "left elsewhere": "diverted",
}


class Heard(NamedTuple):
    """What one status does."""

    course: Course | None
    """The flight after it; None: as before."""
    doubts: Set[Doubt] = frozenset()
    """Why the status is not believed or, where there is a course, parts of it."""


def hear(
    known: Course | None,
    status: FlightStatus,
    came_at: datetime | None = None,
    others: Iterable[datetime] = (),
) -> Heard:
    """The flight after one more status, which may be old, repeated or wrong. `came_at` None: not ahead of its feed's clock.
    `others`: when other departures of its number, to where it flies, are scheduled."""
    if why := next(not_of_flight(known, status, others), None):
        return Heard(None, {why})
    at = stamp(status, came_at)
    if known is None:
        return _newest(as_scheduled(status), status, at, is_first=True)
    last = known.known_at, known.observed_at
    if at > last:
        return _newest(known, status, at)
    return _of_one_instant(known, status, at) if at == last else _older(known, status, at)


def _newest(known: Course, status: FlightStatus, at: Times, *, is_first: bool = False) -> Heard:
    given = spoken(known.given, status, at[0], newest=True)
    return _after(known, status, at, given, is_first=is_first)


def _older(known: Course, status: FlightStatus, at: Times) -> Heard:
    if not known.given:
        return Heard(None)  # by its schedule alone, which was known as a whole
    heard = _what_is_left(known, status, at)
    return heard._replace(doubts=heard.doubts | denied(known, heard.course or known, status, at[0]))


def _of_one_instant(known: Course, status: FlightStatus, at: Times) -> Heard:
    whole = _newest(known, status, at)
    if whole.course is not None and _weight(whole.course) > _weight(known):
        return whole
    heard = _what_is_left(known, status, at)
    if known.phase == "arrived" or _course(whole.course or known) == _course(heard.course or known):
        return heard
    return heard._replace(doubts=heard.doubts | {"same instant"})


def _what_is_left(known: Course, status: FlightStatus, at: Times) -> Heard:
    rest = remainder(known, status, at[0])
    if rest is None:
        return Heard(None)
    given = spoken(known.given, rest, at[0], newest=False)
    return _after(known, rest, (known.known_at, known.observed_at), given)


def _course(course: Course) -> tuple[object, ...]:
    seats = cabins(course.seats), cabins(course.authorised), course.layout
    return course.phase, course.departs, course.arrives, course.diverted_to, seats


def _weight(course: Course) -> tuple[int, tuple[datetime | int, ...]]:
    """Which of two statuses of one instant says more; later times do, and then fewer seats, of a flight that has not left."""
    seats = -sum(course.seats.values())
    return _SAYS_MORE.get(course.phase, 0), () if course.on_the_way else (course.departs, course.arrives, seats)


def _word(known: Course, news: News, observed_at: datetime) -> _Word:
    """The first of these that the status says and that is new."""
    return next(_words(known, news, observed_at), "")


def _words(known: Course, news: News, observed_at: datetime) -> Iterator[_Word]:
    """A landing, a departure, a cancellation, another airport, a later departure, as far as the status says so."""
    elsewhere = news.to is not None and news.to != known.destination
    if _has_landed(known, news):
        yield "arrived" if not elsewhere else "returned" if news.to == origin_of(known.flight) else "landed"
    if _has_left(known, news.left):
        was_there = known.phase in ("diverted", "landed") and news.to == known.diverted_to
        is_rerouted = known.phase == "rerouted" and news.to is None
        yield "left elsewhere" if is_rerouted or (elsewhere and not was_there) else "left"
    if news.cancelled:
        yield "cancelled"
    if elsewhere and news.to not in (known.diverted_to, known.was_at):
        yield "elsewhere"
    if news.to == known.destination:
        yield "as planned"
    if news.leaves is not None and news.leaves > observed_at:
        yield "later"


def _has_left(known: Course, left: datetime | None) -> bool:
    if left is None or known.phase == "departed":
        return False
    if known.phase == "diverted":
        return left - known.took_off >= _SHORTEST_HOP
    if known.phase == "landed":
        return left > known.stops[-1].arrived_at
    return known.phase in HOME or left > known.arrives


def _has_landed(known: Course, news: News) -> bool:
    landed = news.landed
    if landed is None:
        return False
    if known.phase in HOME:
        return True
    if known.phase == "arrived":
        return news.to is not None and news.to != known.destination
    if known.phase == "landed":
        stop = known.stops[-1]
        return landed - stop.arrived_at >= _SHORTEST_HOP or (news.to is not None and news.to != stop.airport)
    return landed > known.took_off or (known.phase == "departed" and not known.stops and news.left is not None)


def _phase(known: Course, word: _Word) -> Phase | None:
    """The phase after the word; None if the word cannot be true of the flight."""
    if known.phase == "arrived":
        return "arrived" if word in ("", "as planned") else None
    if moved := _MOVES.get(word):
        return moved
    if known.phase in HOME:
        return _at_home(known.phase, word)
    if known.phase == "landed":
        return None if word == "elsewhere" else "landed"
    return _in_the_air(known, word)


def _in_the_air(known: Course, word: _Word) -> Phase | None:
    returning = known.phase == "diverted" and known.diverted_to == origin_of(known.flight)
    match word:
        case "cancelled":
            return "cancelled" if returning else None
        case "later":
            return "scheduled" if returning else None
        case "elsewhere":
            return "diverted"
        case "as planned":
            return "departed"
    return known.phase


def _at_home(phase: Phase, word: _Word) -> Phase:
    match word:
        case "cancelled":
            return "cancelled"
        case "elsewhere":
            return "rerouted"
        case "as planned":
            return "returned" if phase == "returned" else "scheduled"
        case "later" if phase == "returned":
            return "scheduled"
    return "scheduled" if phase == "cancelled" else phase


def _after(
    known: Course, status: FlightStatus, at: Times, given_at: Mapping[str, datetime], *, is_first: bool = False
) -> Heard:
    news = believed(known, status, confirms=is_first or at > (known.known_at, known.observed_at))
    word = _word(known, news, status.observed_at)
    phase, doubts = _phase(known, word), news.doubts
    if phase is None:
        phase, doubts = known.phase, doubts | {"contradictory"}
        if phase == "arrived":
            return Heard(None, doubts)
        news = replace(news, cancelled=False, to=None, leaves=None)
    if word == "returned" and phase == "returned":
        if news.cancelled:
            phase = "cancelled"
        elif news.leaves is not None and news.leaves > status.observed_at:
            phase = "scheduled"
    returned_at = known.returned_at
    if known.on_the_way and phase in HOME:
        returned_at = status.observed_at
    if word == "returned":
        returned_at = news.landed
    is_new = phase != known.phase or _is_new_place(word)
    before = replace(known, returned_at=returned_at)
    if phase in HOME and not returned_at and goes_back(known, status.scheduled_departure):
        # what was expected was of the other schedule
        before = replace(before, departs=known.scheduled[0], arrives=known.scheduled[1])
    departs, arrives = _times(before, status, news, phase, is_new=is_new)
    if known.phase == "cancelled" and phase == "scheduled" and known.returned_at and departs <= known.returned_at:
        phase = "returned"
    stops = tuple(_stops(known, news, phase, word))
    may_change = is_first or (not known.on_the_way and phase != "cancelled")
    takes_seats = has_seats(status) and may_change
    seats, authorised = _seats(known, status) if takes_seats else (known.seats, known.authorised)
    given = {"observed_at", "known_at", *(["departs"] if news.left or news.leaves else [])}
    given |= {"arrives"} if (news.landed or news.lands) else set()
    given |= {"seats"} if takes_seats and status.seats else set()
    tail = status.tail if may_change and status.tail and is_registration(status.tail) else None
    given |= {"tail"} if tail else set()
    layout = _layout(known, status, tail) if may_change else known.layout
    given |= {"layout"} if may_change and (status.layout or layout != known.layout) else set()
    given |= {"authorised"} if takes_seats and status.authorised is not None else set()
    return Heard(
        replace(
            known,
            phase=phase,
            scheduled=(status.scheduled_departure, status.scheduled_arrival),
            held=held_with(known, status.scheduled_departure),
            departs=departs,
            arrives=arrives,
            observed_at=at[1],
            known_at=at[0],
            given=given_at,
            diverted_to=_heads_for(known, news, phase, stops),
            stops=stops,
            returned_at=returned_at,
            unconfirmed=news.unconfirmed,
            seats=seats,
            authorised=authorised,
            tail=known.tail if tail is None or _unhyphened(tail) == _unhyphened(known.tail) else tail,
            layout=layout,
            at_the_airport={
                **known.at_the_airport,
                **{name: value for name in _AT_THE_AIRPORT if (value := getattr(status, name)) is not None},
            },
            assumed=known.assumed - given,
        ),
        doubts,
    )


def _is_new_place(word: _Word) -> bool:
    return word in ("landed", "elsewhere", "left elsewhere")


def _heads_for(known: Course, news: News, phase: Phase, stops: tuple[Stop, ...]) -> Airport | None:
    if phase not in _NOT_AS_SOLD:
        return None
    if phase == "landed":
        return stops[-1].airport
    if phase == "returned":
        return origin_of(known.flight)
    return known.diverted_to if news.to in (None, known.destination, known.was_at) else news.to


def _stops(known: Course, news: News, phase: Phase, word: _Word) -> Iterator[Stop]:
    """The landings on its way, with a landing that was reported only by the departure after it."""
    leaves_stop = known.phase == "landed" and word in ("landed", "left", "left elsewhere", "returned", "arrived")
    yield from known.stops[:-1] if leaves_stop else known.stops
    has_left = _has_left(known, news.left)
    if leaves_stop:
        last = known.stops[-1]
        yield Stop(airport=last.airport, arrived_at=last.arrived_at, left_at=news.left if has_left else news.landed)
    if known.phase == "diverted" and phase not in HOME and has_left and news.left is not None and known.diverted_to:
        yield Stop(airport=known.diverted_to, arrived_at=min(known.arrives, news.left), left_at=news.left)
    if word == "landed" and phase == "landed" and news.to and news.landed:
        yield Stop(airport=news.to, arrived_at=news.landed)


def _times(known: Course, status: FlightStatus, news: News, phase: Phase, *, is_new: bool) -> Times:
    departs = _departure(known, status, news, phase)
    if phase == "landed" and not is_new:
        return departs, known.arrives
    if known.phase == "arrived":  # what is expected of it, and when it landed before, is old
        is_later = news.landed is not None and news.landed > max(departs, known.took_off)
        return departs, news.landed if news.landed and is_later else known.arrives
    return departs, _arrival(known, status, news, phase, departs, is_new=is_new)


def _departure(known: Course, status: FlightStatus, news: News, phase: Phase) -> datetime:
    if phase == "returned":
        back = news.landed or known.departs
        return max(back, news.leaves or back)
    unmoved = known.departs == known.scheduled[0]
    planned = news.leaves or (status.scheduled_departure if unmoved else known.departs)
    planned = max(planned, known.returned_at or planned)
    if phase in HOME:
        return planned
    if not known.on_the_way:
        return news.left or planned
    return news.left if news.left is not None and _is_corrected(known, news, news.left) else known.departs


def _is_corrected(known: Course, news: News, left: datetime) -> bool:
    """Whether this is the known departure from its origin, and not one after a landing."""
    if known.stops:
        return False
    if known.phase == "arrived":
        return left < (news.landed or known.arrives)
    return known.phase == "departed" or (known.phase == "diverted" and abs(left - known.departs) < _SHORTEST_HOP)


def _arrival(
    known: Course, status: FlightStatus, news: News, phase: Phase, departs: datetime, *, is_new: bool
) -> datetime:
    block = status.scheduled_arrival - status.scheduled_departure
    if phase == "returned":
        return departs + block if is_new else max(known.arrives, departs + timedelta(minutes=1))
    happened = news.landed if phase in ("landed", "arrived") else None
    for at in (happened, news.lands):
        if at is not None and at > departs:
            return at
    if is_new and phase == "diverted":
        return max(known.arrives, status.observed_at, departs) + _DETOUR
    if is_new and phase == "departed" and known.phase in ("diverted", "landed"):
        return max(news.left or status.observed_at, departs) + block
    starts_again = known.on_the_way and phase in HOME
    as_planned = starts_again or (known.departs, known.arrives) == known.scheduled
    return departs + (block if as_planned else known.arrives - known.departs)


def _seats(known: Course, status: FlightStatus) -> tuple[Mapping[Cabin, int], Mapping[Cabin, int]]:
    """The aircraft's seats, and how many may be sold; what was authorised for other seats is forgotten."""
    is_same = not status.seats or cabins(status.seats) == cabins(known.seats)
    seats = known.seats if is_same or status.seats is None else status.seats
    if status.authorised is not None:
        return seats, status.authorised
    return seats, known.authorised if is_same else {}


def _layout(known: Course, status: FlightStatus, tail: str | None) -> LayoutName | None:
    """The layout with this status: what it names, or that of the same aircraft with the same seats."""
    if status.layout is not None:
        return status.layout
    is_other = tail is not None and known.tail is not None and _unhyphened(tail) != _unhyphened(known.tail)
    has_others = (
        bool(known.seats and status.seats) and has_seats(status) and cabins(known.seats) != cabins(status.seats or {})
    )
    return None if is_other or has_others else known.layout


def _unhyphened(tail: str | None) -> str | None:
    return tail.replace("-", "") if tail else None
