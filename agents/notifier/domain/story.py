"""What there is to tell about a booking fact, before any language.

A fact says which trip the party had and which it has; it does not say which flight caused it. The story names a flight only
where that follows: a cancelled flight can't be in the new trip, a retimed one has other times than were told. Where several
flights may be meant, all of them are named and the wording says "one of".
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Generic, Literal, TypeVar, get_args

from msgspec import Struct, structs

from agents.notifier.domain.places import Place, local_day
from agents.notifier.domain.untold import as_one, is_diverted, is_given_other_flights, turn_of
from agents.notifier.domain.wishes import Request, reasons_of, request_of
from contracts.judgement import Reason
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, Disruption, Leg, Ticket
from contracts.names import Airport, Cabin, FlightKey, origin_of

T = TypeVar("T")

Kind = Literal["changed", "found", "retimed", "kept", "diverted", "stranded"]
"""`changed`: a new trip instead of one it had. `found`: a trip for a party that had none. `retimed`: its trip at new times.
`kept`: its trip as told before. `diverted`: its flight lands elsewhere. `stranded`: no trip for now."""
KINDS: tuple[Kind, ...] = get_args(Kind)


class Swap(Struct, Generic[T], frozen=True):
    """Something the reader must not overlook: it was one thing and is now another."""

    was: T
    now: T


class Happening(Struct, frozen=True, kw_only=True):
    reason: Disruption
    hit: tuple[Leg, ...]
    """As `Story.hit`; empty if the party had no flights."""


class Story(Struct, frozen=True, kw_only=True):
    kind: Kind
    reason: Disruption
    hit: tuple[Leg, ...]
    """The flights it happened to, as last told. More than one: one of these, or all."""
    trip: tuple[Leg, ...]
    """The flights the party holds now; with `diverted`, those after the diverted one."""
    told: dict[FlightKey, Leg]
    """Those of the trip's flights that were told before at other times, as they were told."""
    origin: Swap[Airport] | None = None
    """Airports: it starts elsewhere now."""
    destination: Swap[Airport] | None = None
    """Airports: it ends elsewhere now."""
    day: Swap[date] | None = None
    """Local dates of departure."""
    cabin: Swap[Cabin] | None = None
    earlier: bool = False
    """It leaves earlier than was told."""
    stops: tuple[Airport, ...] = ()
    """Where planes are changed, if more often than before."""
    transfers: tuple[Swap[Airport], ...] = ()
    """Connections that arrive at one airport and leave from another."""
    ends: Airport
    """Where the party's trip ends, or should."""
    diverted_to: Airport | None = None
    under_way: bool = False
    """Its first flight has left: advice about getting to the airport comes too late."""
    request: Request | None = None
    """What the party asked for and what became of it."""
    because: tuple[Reason, ...] = ()
    """Why it was given this trip and none of the others that were as good."""
    first: Happening | None = None
    """With `diverted`: why the party has other flights than it was told."""


def story_of(
    fact: BookingFact,
    *,
    places: Mapping[Airport, Place],
    ticket: Ticket | None = None,
    untold: Sequence[BookingFact] = (),
) -> Story:
    """What to tell. `ticket` is compared with where there was no trip before. Airports not in `places` go by UTC dates.
    `untold` are the facts before this one that nobody was told, oldest first: they are told with it.

    Raises ValueError for a booking changed or kept that has no flights.
    """
    if not untold:
        return _story(fact, places=places, ticket=ticket)
    facts = (*untold, fact)
    story = _story(as_one(facts), places=places, ticket=ticket)
    turn = turn_of(facts)
    if turn is None or story.kind not in ("changed", "diverted") or not is_given_other_flights(facts):
        return story
    named = {leg.flight for leg in _story(turn, places=places, ticket=ticket).hit}
    happened = Happening(reason=turn.reason, hit=tuple(leg for leg in facts[0].before if leg.flight in named))
    if story.kind == "changed":
        return structs.replace(story, hit=happened.hit)
    return structs.replace(story, first=happened)


def _story(fact: BookingFact, *, places: Mapping[Airport, Place], ticket: Ticket | None) -> Story:
    if isinstance(fact, BookingStranded):
        return Story(
            kind="stranded",
            reason=fact.reason,
            hit=fact.before,
            trip=(),
            told={},
            ends=fact.destination,
            under_way=_left(fact.before, now=fact.decided_at),
        )
    if not fact.after:
        raise ValueError(f"the booking of fact {fact.id} is changed or kept but has no flights")
    moved = {was.flight: was for was, now in _pairs(fact.before, fact.after) if _moved(was, now)}
    if isinstance(fact, BookingKept):
        story = _kept(fact, moved=moved, places=places)
    elif fact.before:
        story = _changed(fact, fact.before, moved=moved, places=places)
    else:
        story = _found(fact, places=places, ticket=ticket)
    request = request_of(fact, under_way=story.under_way, diverted=story.kind == "diverted")
    because = reasons_of(fact) if isinstance(fact, BookingChanged) else ()
    return structs.replace(story, request=request, because=because)


def _found(fact: BookingChanged, *, places: Mapping[Airport, Place], ticket: Ticket | None) -> Story:
    trip, first = fact.after, fact.after[0]
    origin, destination = origin_of(first.flight), trip[-1].destination
    was = ticket and _day(ticket.origin, ticket.departs, places)
    return Story(
        kind="found",
        reason=fact.reason,
        hit=(),
        trip=trip,
        told={},
        origin=_swap(ticket.origin, origin) if ticket else None,
        destination=_swap(ticket.destination, destination) if ticket else None,
        day=_swap(was, _day(origin, first.departs, places)) if was else None,
        transfers=_transfers(trip),
        ends=destination,
        under_way=_left(trip, now=fact.decided_at),
    )


def _changed(
    fact: BookingChanged, before: tuple[Leg, ...], *, moved: dict[FlightKey, Leg], places: Mapping[Airport, Place]
) -> Story:
    after = fact.after
    still = {leg.flight for leg in after}
    gone = tuple(leg for leg in before if leg.flight not in still)
    shifted = tuple(leg for leg in before if leg.flight in moved)
    hit = (shifted or gone) if fact.reason == "retimed" else gone
    return Story(
        kind="changed",
        reason=fact.reason,
        hit=hit or before,
        trip=after,
        told=moved,
        origin=_swap(origin_of(before[0].flight), origin_of(after[0].flight)),
        destination=_swap(before[-1].destination, after[-1].destination),
        day=_departure_day(before, after, places),
        cabin=_cabin(before, after),
        earlier=after[0].departs < before[0].departs,
        stops=tuple(leg.destination for leg in after[:-1]) if len(after) > len(before) else (),
        transfers=_transfers(after),
        ends=after[-1].destination,
        under_way=_left(after, now=fact.decided_at),
    )


def _kept(fact: BookingKept, *, moved: dict[FlightKey, Leg], places: Mapping[Airport, Place]) -> Story:
    before, after = fact.before, fact.after
    if is_diverted(fact):
        flying = _flying(after, now=fact.decided_at)
        return Story(
            kind="diverted",
            reason="diverted",
            hit=(after[flying],),
            trip=after[flying + 1 :],
            told=moved,
            ends=after[-1].destination,
            diverted_to=fact.diverted_to,
            under_way=True,
        )
    return Story(
        kind="retimed" if moved else "kept",
        reason=fact.reason,
        hit=tuple(leg for leg in before if leg.flight in moved) or after,
        trip=after,
        told=moved,
        day=_departure_day(before, after, places),
        cabin=_cabin(before, after),
        earlier=any(now.departs < was.departs for was, now in _pairs(before, after)),
        ends=after[-1].destination,
        under_way=_left(after, now=fact.decided_at),
    )


def _pairs(before: Iterable[Leg], after: Iterable[Leg]) -> list[tuple[Leg, Leg]]:
    """The flights in both trips: (as told, as they are)."""
    told = {leg.flight: leg for leg in before}
    return [(told[leg.flight], leg) for leg in after if leg.flight in told]


def _moved(was: Leg, now: Leg) -> bool:
    """Whether the times people read differ: they are told in minutes."""
    return _minute(was.departs) != _minute(now.departs) or _minute(was.arrives) != _minute(now.arrives)


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _left(trip: tuple[Leg, ...], *, now: datetime) -> bool:
    return bool(trip) and trip[0].departs <= now


def _flying(trip: tuple[Leg, ...], *, now: datetime) -> int:
    """Which flight of the trip is in the air: the last that has left."""
    return max((i for i, leg in enumerate(trip) if leg.departs <= now), default=0)


def _swap(was: T, now: T) -> Swap[T] | None:
    return None if was == now else Swap(was, now)


def _day(airport: Airport, instant: datetime, places: Mapping[Airport, Place]) -> date:
    return local_day(instant, place=places.get(airport) or Place(code=airport))


def _departure_day(
    before: tuple[Leg, ...], after: tuple[Leg, ...], places: Mapping[Airport, Place]
) -> Swap[date] | None:
    if not before or not after:
        return None
    was, now = (_day(origin_of(trip[0].flight), trip[0].departs, places) for trip in (before, after))
    return _swap(was, now)


def _cabin(before: tuple[Leg, ...], after: tuple[Leg, ...]) -> Swap[Cabin] | None:
    """The cabin, where it was the same all the way and some flight now has another."""
    was: set[Cabin] = {leg.cabin for leg in before}
    other = [leg.cabin for leg in after if leg.cabin not in was]
    return Swap(before[0].cabin, other[0]) if len(was) == 1 and other else None


def _transfers(trip: tuple[Leg, ...]) -> tuple[Swap[Airport], ...]:
    return tuple(
        Swap(leg.destination, origin_of(onward.flight))
        for leg, onward in pairwise(trip)
        if leg.destination != origin_of(onward.flight)
    )
