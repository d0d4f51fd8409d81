"""What a letter has to say about a fact, before any language. The templates see this and nothing else.

So nothing that a passenger or a model wrote can get into a letter, and of a feed only flights, airport codes and times.

A fact says which trip the party had and which it has; it does not say which flight was disrupted. The story names a flight only
where that follows: a cancelled flight is not in the new trip, a retimed one has other times than before. Where it may be one of
several, all of them are named and the wording says "one of".
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Generic, Literal, TypeVar, get_args

from msgspec import Struct, structs

from agents.notifier.domain.airports import AirportInfo, local_date
from agents.notifier.domain.merging import first_reroute, is_diverted, is_reroute, merge
from agents.notifier.domain.wishes import Request, reasons_of, request_of
from contracts.judgement import Reason
from contracts.ledger import BookingChanged, BookingFact, BookingKept, BookingStranded, Disruption, Leg, Ticket
from contracts.names import Airport, Cabin, FlightKey, Pnr, origin_of

T = TypeVar("T")

Kind = Literal["changed", "found", "retimed", "kept", "diverted", "stranded"]
"""`changed`: a new trip instead of the one it had. `found`: a trip for a party that had none. `retimed`: its trip at new times.
`kept`: its trip as before. `diverted`: its flight lands elsewhere. `stranded`: no trip for now."""
KINDS: tuple[Kind, ...] = get_args(Kind)


class Swap(Struct, Generic[T], frozen=True):
    """A change that the reader must not overlook."""

    was: T
    now: T


class Cause(Struct, frozen=True, kw_only=True):
    """Why a party has other flights than those it knows."""

    reason: Disruption
    affected: tuple[Leg, ...]
    """As `Story.affected`; empty if the party had no flights."""


class Story(Struct, frozen=True, kw_only=True):
    kind: Kind
    pnr: Pnr
    reason: Disruption
    affected: tuple[Leg, ...]
    """The disrupted flight, as the party knows it. If there are several, one of them or all were disrupted."""
    trip: tuple[Leg, ...]
    """The flights the party holds now; if `diverted`, those after the diverted one."""
    retimed: dict[FlightKey, Leg]
    """The flights of the trip that have other times than the party knows: the leg as the party knows it."""
    new_origin: Swap[Airport] | None = None
    """The trip starts at another airport."""
    new_destination: Swap[Airport] | None = None
    """The trip ends at another airport."""
    new_date: Swap[date] | None = None
    """The first departure has another local date."""
    new_cabin: Swap[Cabin] | None = None
    leaves_earlier: bool = False
    """The trip leaves earlier than the party knows."""
    stops: tuple[Airport, ...] = ()
    """Where the party changes planes, if more often than before."""
    transfers: tuple[Swap[Airport], ...] = ()
    """Connections that arrive at one airport and leave from another."""
    destination: Airport
    """Where the trip ends, or should."""
    diverted_to: Airport | None = None
    under_way: bool = False
    """The first flight has left: advice about getting to the airport comes too late."""
    request: Request | None = None
    """The party's wishes, if the letter mentions any."""
    because: tuple[Reason, ...] = ()
    """Why the party was given this trip and not one that is equally good."""
    cause: Cause | None = None
    """If `diverted`: why the party has other flights than it knows."""


def story_of(
    fact: BookingFact,
    *,
    airports: Mapping[Airport, AirportInfo],
    ticket: Ticket | None = None,
    earlier: Sequence[BookingFact] = (),
) -> Story:
    """The story of this fact and of the `earlier` ones without a letter, which are oldest first.

    A trip for a party that had none is compared with its `ticket`. Airports not in `airports` have UTC dates.
    Raises ValueError for a booking that is changed or kept and has no flights.
    """
    if not earlier:
        return _story(fact, airports=airports, ticket=ticket)
    facts = (*earlier, fact)
    story = _story(merge(facts), airports=airports, ticket=ticket)
    reroute = first_reroute(facts)
    if reroute is None or story.kind not in ("changed", "diverted") or not is_reroute(facts):
        return story
    disrupted = {leg.flight for leg in _story(reroute, airports=airports, ticket=ticket).affected}
    affected = tuple(leg for leg in facts[0].before if leg.flight in disrupted)
    if story.kind == "changed":
        return structs.replace(story, affected=affected)
    return structs.replace(story, cause=Cause(reason=reroute.reason, affected=affected))


def _story(fact: BookingFact, *, airports: Mapping[Airport, AirportInfo], ticket: Ticket | None) -> Story:
    if isinstance(fact, BookingStranded):
        return _stranded(fact)
    if not fact.after:
        raise ValueError(f"the booking of fact {fact.id} is changed or kept but has no flights")
    if isinstance(fact, BookingKept):
        story = _diverted(fact) if is_diverted(fact) else _kept(fact, airports=airports)
    elif fact.before:
        story = _changed(fact, airports=airports)
    else:
        story = _found(fact, airports=airports, ticket=ticket)
    request = request_of(fact, under_way=story.under_way, diverted=story.kind == "diverted")
    because = reasons_of(fact) if isinstance(fact, BookingChanged) else ()
    return structs.replace(story, request=request, because=because)


def _stranded(fact: BookingStranded) -> Story:
    return Story(
        kind="stranded",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=fact.before,
        trip=(),
        retimed={},
        destination=fact.destination,
        under_way=_has_left(fact.before, now=fact.decided_at),
    )


def _found(fact: BookingChanged, *, airports: Mapping[Airport, AirportInfo], ticket: Ticket | None) -> Story:
    trip, first = fact.after, fact.after[0]
    origin, destination = origin_of(first.flight), trip[-1].destination
    ticketed = ticket and _date(ticket.origin, ticket.departs, airports)
    return Story(
        kind="found",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=(),
        trip=trip,
        retimed={},
        new_origin=_swap(ticket.origin, origin) if ticket else None,
        new_destination=_swap(ticket.destination, destination) if ticket else None,
        new_date=_swap(ticketed, _date(origin, first.departs, airports)) if ticketed else None,
        transfers=_transfers(trip),
        destination=destination,
        under_way=_has_left(trip, now=fact.decided_at),
    )


def _changed(fact: BookingChanged, *, airports: Mapping[Airport, AirportInfo]) -> Story:
    before, after = fact.before, fact.after
    retimed = _retimed(before, after)
    remaining = {leg.flight for leg in after}
    gone = tuple(leg for leg in before if leg.flight not in remaining)
    shifted = tuple(leg for leg in before if leg.flight in retimed)
    affected = (shifted or gone) if fact.reason == "retimed" else gone
    return Story(
        kind="changed",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=affected or before,
        trip=after,
        retimed=retimed,
        new_origin=_swap(origin_of(before[0].flight), origin_of(after[0].flight)),
        new_destination=_swap(before[-1].destination, after[-1].destination),
        new_date=_new_date(before, after, airports),
        new_cabin=_new_cabin(before, after),
        leaves_earlier=after[0].departs < before[0].departs,
        stops=tuple(leg.destination for leg in after[:-1]) if len(after) > len(before) else (),
        transfers=_transfers(after),
        destination=after[-1].destination,
        under_way=_has_left(after, now=fact.decided_at),
    )


def _kept(fact: BookingKept, *, airports: Mapping[Airport, AirportInfo]) -> Story:
    before, after = fact.before, fact.after
    retimed = _retimed(before, after)
    return Story(
        kind="retimed" if retimed else "kept",
        pnr=fact.pnr,
        reason=fact.reason,
        affected=tuple(leg for leg in before if leg.flight in retimed) or after,
        trip=after,
        retimed=retimed,
        new_date=_new_date(before, after, airports),
        new_cabin=_new_cabin(before, after),
        leaves_earlier=any(now.departs < was.departs for was, now in _pairs(before, after)),
        destination=after[-1].destination,
        under_way=_has_left(after, now=fact.decided_at),
    )


def _diverted(fact: BookingKept) -> Story:
    """The flight in the air, the last that has left, is the diverted one."""
    after = fact.after
    flying = max((i for i, leg in enumerate(after) if leg.departs <= fact.decided_at), default=0)
    return Story(
        kind="diverted",
        pnr=fact.pnr,
        reason="diverted",
        affected=(after[flying],),
        trip=after[flying + 1 :],
        retimed=_retimed(fact.before, after),
        destination=after[-1].destination,
        diverted_to=fact.diverted_to,
        under_way=True,
    )


def _pairs(before: Iterable[Leg], after: Iterable[Leg]) -> list[tuple[Leg, Leg]]:
    """The flights in both trips: (as it was, as it is)."""
    known = {leg.flight: leg for leg in before}
    return [(known[leg.flight], leg) for leg in after if leg.flight in known]


def _retimed(before: Iterable[Leg], after: Iterable[Leg]) -> dict[FlightKey, Leg]:
    """The flights whose times differ in the minutes that people read, as they were."""
    return {was.flight: was for was, now in _pairs(before, after) if _times(was) != _times(now)}


def _times(leg: Leg) -> tuple[datetime, datetime]:
    return leg.departs.replace(second=0, microsecond=0), leg.arrives.replace(second=0, microsecond=0)


def _has_left(trip: tuple[Leg, ...], *, now: datetime) -> bool:
    return bool(trip) and trip[0].departs <= now


def _swap(was: T, now: T) -> Swap[T] | None:
    return None if was == now else Swap(was, now)


def _date(airport: Airport, instant: datetime, airports: Mapping[Airport, AirportInfo]) -> date:
    return local_date(instant, airport=airports.get(airport) or AirportInfo(code=airport))


def _new_date(
    before: tuple[Leg, ...], after: tuple[Leg, ...], airports: Mapping[Airport, AirportInfo]
) -> Swap[date] | None:
    if not before or not after:
        return None
    was, now = (_date(origin_of(trip[0].flight), trip[0].departs, airports) for trip in (before, after))
    return _swap(was, now)


def _new_cabin(before: tuple[Leg, ...], after: tuple[Leg, ...]) -> Swap[Cabin] | None:
    """The cabin, if it was the same all the way and some flight now has another."""
    was: set[Cabin] = {leg.cabin for leg in before}
    other = [leg.cabin for leg in after if leg.cabin not in was]
    return Swap(before[0].cabin, other[0]) if len(was) == 1 and other else None


def _transfers(trip: tuple[Leg, ...]) -> tuple[Swap[Airport], ...]:
    return tuple(
        Swap(leg.destination, origin_of(onward.flight))
        for leg, onward in pairwise(trip)
        if leg.destination != origin_of(onward.flight)
    )
