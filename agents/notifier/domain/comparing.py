"""How a trip differs from the one that its reader knows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Generic, TypeVar

from msgspec import Struct

from agents.notifier.domain.airports import AirportInfo, local_date
from agents.notifier.domain.known import Known
from contracts.ledger import BookingChanged, Leg
from contracts.names import Airport, Cabin, FlightKey, origin_of

T = TypeVar("T")


class Swap(Struct, Generic[T], frozen=True):
    """A change that the reader must not overlook."""

    was: T
    now: T


class Transfer(Struct, frozen=True, kw_only=True):
    """A connection between two airports."""

    was: Airport
    """Where the party lands."""
    now: Airport
    """Where it leaves again."""
    takes: timedelta
    """The time between the two, in whole minutes; none where the flight leaves before it."""


def dropped(fact: BookingChanged) -> tuple[Leg, ...]:
    """The last flights of a trip that now ends before them. Empty for any other trip."""
    before, after = ([leg.flight for leg in legs] for legs in (fact.before, fact.after))
    return fact.before[len(after) :] if before[: len(after)] == after else ()


def swap(was: T, now: T) -> Swap[T] | None:
    """None if they are the same."""
    return None if was == now else Swap(was, now)


def pairs(before: Iterable[Leg], after: Iterable[Leg]) -> list[tuple[Leg, Leg]]:
    """The flights in both trips: (as it was, as it is)."""
    known = {leg.flight: leg for leg in before}
    return [(known[leg.flight], leg) for leg in after if leg.flight in known]


def retimed(before: Iterable[Leg], after: Iterable[Leg]) -> dict[FlightKey, Leg]:
    """The flights whose times differ in the minutes that people read, as they were."""
    return {was.flight: was for was, now in pairs(before, after) if _times(was) != _times(now)}


def arrives_otherwise(was: Leg, now: Leg) -> bool:
    """Whether the arrival differs in the minutes that people read."""
    return _times(was)[1] != _times(now)[1]


def departure_date(trip: Sequence[Leg], airports: Mapping[Airport, AirportInfo]) -> date:
    """The local date of the first departure."""
    return date_at(origin_of(trip[0].flight), trip[0].departs, airports)


def date_at(airport: Airport, instant: datetime, airports: Mapping[Airport, AirportInfo]) -> date:
    """The local date; UTC's for an airport that is not in `airports`."""
    return local_date(instant, airport=airports.get(airport) or AirportInfo(code=airport))


def new_cabin(before: Sequence[Leg], after: Sequence[Leg]) -> Swap[Cabin] | None:
    """The cabin, if it was the same all the way and some flight now has another."""
    was: set[Cabin] = {leg.cabin for leg in before}
    other = [leg.cabin for leg in after if leg.cabin not in was]
    return Swap(before[0].cabin, other[0]) if len(was) == 1 and other else None


def transfers(trip: Sequence[Leg], known: Known) -> tuple[Transfer, ...]:
    """Connections that arrive at one airport and leave from another, at the times that a letter shows."""
    return tuple(
        Transfer(
            was=known.lands_in(leg),
            now=origin_of(onward.flight),
            takes=max(_minute(known.shown(onward).departs) - _minute(known.lands_at(leg)), timedelta(0)),
        )
        for leg, onward in pairwise(trip)
        if not known.got_off((leg, onward), 0) and known.lands_in(leg) != origin_of(onward.flight)
    )


def _times(leg: Leg) -> tuple[datetime, datetime]:
    return _minute(leg.departs), _minute(leg.arrives)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
