"""Figures of the report that are computed from the streams and are no faults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from contracts.flights import Flight
from contracts.ledger import BookingChanged, BookingFact, BookingStranded
from contracts.names import FlightKey, day_of
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from contracts.offers import Offer, TripOffered
from contracts.plans import PlanProposed

ON_TIME = timedelta(minutes=15)
"""A flight that arrives less than this after its schedule is on time (14 CFR 234.2)."""


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that a `share` (0 < share <= 1) of all values does not exceed.

    Raises `ValueError` for no values, or a share outside that range.
    """
    if not values or not 0 < share <= 1:
        raise ValueError(f"no {share:.0%} percentile of {len(values)} values")
    rank = ceil(round(share * len(values), 9))  # 0.07 * 100 is a little more than 7
    return sorted(values)[rank - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From a feed event's publication to a notice it caused; wall clock, milliseconds."""

    p50: float
    p99: float
    max: float
    notices: int
    """How many notices were measured."""
    untraced: int
    """Notices without a known event, which are not measured."""


def latencies(feed_times: Mapping[str, datetime], notices: Iterable[tuple[str, datetime]]) -> Latency | None:
    """`feed_times`: trace id -> wall time the event was published. `notices`: (trace id, wall time sent).

    None if nothing could be measured.
    """
    measured: list[float] = []
    untraced = 0
    for trace, sent_at in notices:
        published_at = feed_times.get(trace)
        if published_at is None:
            untraced += 1
        else:
            measured.append((sent_at - published_at) / timedelta(milliseconds=1))
    if not measured:
        return None
    measured.sort()
    return Latency(
        p50=percentile(measured, 0.5),
        p99=percentile(measured, 0.99),
        max=measured[-1],
        notices=len(measured),
        untraced=untraced,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightFigures:
    """The flights of one day, by their scheduled local departure date."""

    flights: int
    cancelled: int
    diverted: int
    """Diverted, and not known to have reached their destination in the end."""
    delayed: int
    """Neither of the two, and at the gate, or expected there, 15 minutes late or more."""


def flight_figures(flights: Mapping[FlightKey, Flight], *, day: date) -> FlightFigures:
    """Count one day's flights by outcome."""
    total = cancelled = diverted = delayed = 0
    for key, flight in flights.items():
        if day_of(key) != day:
            continue
        total += 1
        if flight.phase == "cancelled":
            cancelled += 1
        elif flight.diverted_to is not None:
            diverted += 1
        elif flight.arrives - flight.scheduled_arrival >= ON_TIME:
            delayed += 1
    return FlightFigures(flights=total, cancelled=cancelled, diverted=diverted, delayed=delayed)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFigures:
    """Notices by outcome."""

    sent: int
    superseded: int
    """Not sent because a later fact about the booking exists."""
    pointless: int
    """Not sent because nothing in the letter lay ahead of its reader any more."""
    undelivered: int
    """No channel has accepted the letter so far."""


def notice_figures(
    sent: Iterable[NoticeSent],
    superseded: Iterable[NoticeSuperseded],
    pointless: Iterable[NoticePointless],
    failed: Iterable[NoticeFailed],
) -> NoticeFigures:
    """Count notices by outcome. A fact that was sent and, on redelivery, superseded counts as sent; a failed attempt before
    another outcome does not count."""
    were_sent = {(notice.pnr, notice.id) for notice in sent}
    were_superseded = {(notice.pnr, notice.id) for notice in superseded} - were_sent
    were_pointless = {(notice.pnr, notice.id) for notice in pointless} - were_sent - were_superseded
    return NoticeFigures(
        sent=len(were_sent),
        superseded=len(were_superseded),
        pointless=len(were_pointless),
        undelivered=len({(notice.pnr, notice.id) for notice in failed} - were_sent - were_superseded - were_pointless),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFigures:
    """Offers by outcome."""

    made: int
    taken: int
    """By an answer."""
    left: int
    """Likewise."""
    unanswered: int
    """Taken or left by their default."""
    open: int
    """Not answered yet, and in time."""


def offer_figures(
    offered: Iterable[TripOffered], facts: Iterable[BookingFact], offers: Iterable[Offer]
) -> OfferFigures:
    """Count offers by outcome. The rest has ended without one: a flight or the booking had changed, or the journey was planned
    again."""
    answers = [fact for fact in facts if fact.offer]
    given = [isinstance(fact, BookingChanged) for fact in answers if fact.answered_by]
    return OfferFigures(
        made=sum(1 for _ in offered),
        taken=sum(given),
        left=len(given) - sum(given),
        unanswered=len(answers) - len(given),
        open=sum(1 for _ in offers),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkFigures:
    """Parties whose latest fact has wishes that were read in their remark."""

    met: int
    unmet: int
    """At least one wish is not met."""


def remark_figures(latest: Iterable[BookingFact]) -> RemarkFigures:
    """Count the latest facts, one per party, by whether all wishes are met. Stranded parties are left out."""
    met = unmet = 0
    for fact in latest:
        if isinstance(fact, BookingStranded) or fact.wishes is None or not fact.wishes.asked:
            continue
        met += not fact.unmet
        unmet += bool(fact.unmet)
    return RemarkFigures(met=met, unmet=unmet)


def fell_back(plan: PlanProposed) -> bool:
    """Whether the rules decided a plan for which a model was asked, or would have been if one had been free to answer."""
    return plan.judgement is not None and plan.judgement.fallback not in (None, "off")
