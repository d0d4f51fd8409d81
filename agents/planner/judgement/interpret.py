"""A model's reading of a remark, and the wishes it amounts to once checked.

A model copies times as written and names airports, cabins and needs from closed lists; conclusions are drawn here. A
reading that makes no sense for the ticket is rejected as a whole: a model that misread one thing is not trusted with the
rest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

from msgspec import Meta, Struct

from agents.planner.judgement.brief import Brief
from agents.planner.judgement.times import LocalTime, NoSuchTime, deadline, earliest_departure
from contracts.judgement import Need, Wishes
from contracts.names import CABINS, Airport, Cabin

_LONG_BEFORE = timedelta(hours=24)
"""An earliest departure this long before the ticketed one is about another trip."""


class Understood(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the passengers ask of a new trip; null, false or empty: nothing of the kind."""

    arrive_by: LocalTime | None = None
    depart_after: LocalTime | None = None
    airports: Annotated[tuple[Annotated[str, Meta(pattern="^[A-Z]{3}$")], ...], Meta(max_length=8)] = ()
    nonstop: bool = False
    cabin: Cabin | None = None
    together: bool = False
    needs: Annotated[tuple[Need, ...], Meta(max_length=13)] = ()


@dataclass(frozen=True, slots=True)
class Unchecked:
    """The answer failed its check."""

    reason: str


def check(understood: Understood, brief: Brief) -> Wishes | Unchecked:
    """The wishes that the answer amounts to for this party.

    A cabin above the one paid for is dropped: no party has a right to it. Rejected are times that no trip within the rules
    can meet, airports the trip cannot begin at, and contradictions.
    """
    ticket, rules = brief.ticket, brief.rules
    try:
        arrive_by, depart_after = _times(understood, brief)
    except NoSuchTime as error:
        return Unchecked(f"no such time: {error}")
    if arrive_by and not ticket.arrives - rules.earlier <= arrive_by <= ticket.arrives + rules.later:
        return Unchecked("arrive_by: before any trip can arrive, or after the last")
    if depart_after and not ticket.departs - _LONG_BEFORE <= depart_after <= ticket.departs + rules.later:
        return Unchecked("depart_after: long before the ticketed departure, or after the last trip")
    if arrive_by and depart_after and arrive_by <= depart_after:
        return Unchecked("arrive_by: not after depart_after")
    if not set(understood.airports) <= set(rules.terminals(ticket.origin)):
        return Unchecked("airports: not in the city where the trip begins")
    return Wishes(
        arrive_by=arrive_by,
        depart_after=depart_after,
        airports=tuple(dict.fromkeys(understood.airports)),
        nonstop=understood.nonstop,
        cabin=understood.cabin if _entitled(understood.cabin, brief.cabin) else None,
        together=understood.together,
        needs=tuple(dict.fromkeys(understood.needs)),
    )


def _times(understood: Understood, brief: Brief) -> tuple[datetime | None, datetime | None]:
    """The deadline at the destination and the earliest departure at the origin, in UTC."""
    ticket, by, after = brief.ticket, understood.arrive_by, understood.depart_after
    return (
        deadline(by, zone=_zone(brief, ticket.destination), ticketed=ticket.arrives) if by else None,
        earliest_departure(after, zone=_zone(brief, ticket.origin), ticketed=ticket.departs) if after else None,
    )


def _zone(brief: Brief, airport: Airport) -> tzinfo:
    zone = brief.clocks.zones.get(airport)
    if zone is None:
        raise NoSuchTime(f"the time zone of {airport} is unknown")
    return zone


def _entitled(cabin: Cabin | None, paid: Cabin) -> bool:
    return cabin is not None and CABINS.index(cabin) >= CABINS.index(paid)
