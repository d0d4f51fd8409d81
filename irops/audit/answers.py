"""Answers: whether every disrupted party has a trip that flies, or is stranded, and has been notified."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from contracts.ledger import BookingFact, JourneyKey, Leg, SeatsDisrupted
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import NoticeFailed, NoticeSent
from irops.audit.findings import Findings
from irops.audit.journeys import PartyJourney, Step, Steps, is_cut, splits_of
from irops.audit.pointless import still_ahead
from irops.audit.streams import Streams, named
from irops.audit.times import wrong_times


def latest_facts(streams: Streams, steps: Steps) -> dict[JourneyKey, BookingFact]:
    """Get each journey's fact with the highest sequence, unless the reservation system has changed the journey since."""
    latest: dict[JourneyKey, tuple[int, BookingFact]] = {}
    for sequence, fact in streams.facts:
        known = latest.get((fact.pnr, fact.journey))
        if known is None or sequence > known[0]:
            latest[fact.pnr, fact.journey] = (sequence, fact)
    amended = _amended(steps)
    return {key: fact for key, (at, fact) in latest.items() if key not in amended or amended[key].sequence < at}


def _amended(steps: Steps) -> dict[JourneyKey, Step]:
    """The last change of each journey by the reservation system."""
    return {key: changes[-1] for key, own in steps.items() if (changes := [step for step in own if step.is_amendment])}


def unnotified(streams: Streams, latest: Mapping[JourneyKey, BookingFact], steps: Steps) -> Findings:
    """Affected journeys whose latest fact was not sent though something in it lay ahead of the party, or was sent without an
    earlier unsent one, or that have no such fact. Those whose facts have expired are left out."""
    found = Findings()
    sent = {(notice.pnr, notice.id): notice for notice in streams.sent}
    pointless = {(notice.pnr, notice.id): notice for notice in streams.pointless}
    failed = {(notice.pnr, notice.id): notice for notice in streams.failed}
    facts = {(fact.pnr, fact.id): fact for _, fact in streams.facts}
    splits = splits_of(streams)
    for booking, journey in streams.journeys():
        pnr, who = booking.pnr, named(booking, journey)
        if pnr in streams.expired:
            continue
        fact = latest.get((pnr, journey.number))
        if fact is None:
            last = next(reversed(steps.get((pnr, journey.number), ())), None)
            is_sold = last is None or last.is_amendment
            if not is_cut(pnr, splits) and (
                (journey.state == "ticketed") != is_sold or journey.last_fact != (last.id if last else "")
            ):
                found.add(f"{who} is {journey.state}, and has no fact")
        elif fact.id != journey.last_fact:
            found.add(f"{who} is {journey.state} by plan {journey.last_fact}, its latest fact is {fact.id}")
        elif (notice := sent.get((pnr, fact.id))) is None and (late := pointless.get((pnr, fact.id))):
            if ahead := still_ahead(fact, _known_trip(fact, facts, sent), late.at, streams.flights):
                found.add(f"{who} was not notified of {fact.id}, which is recorded as pointless: {ahead}")
        elif notice is None:
            found.add(f"{who} was not notified of {fact.id}{_why(failed.get((pnr, fact.id)))}")
        elif left_out := _left_out(fact, notice, facts, sent):
            found.add(f"{who} was notified of {fact.id}, and never of {left_out} before it")
    return found


def _known_trip(
    fact: BookingFact, facts: Mapping[tuple[Pnr, Id], BookingFact], sent: Collection[tuple[Pnr, Id]]
) -> tuple[Leg, ...]:
    """The trip in the last letter before this fact."""
    while (before := facts.get((fact.pnr, fact.follows))) and (before.pnr, before.id) not in sent:
        fact = before
    return fact.before


def _why(failed: NoticeFailed | None) -> str:
    if failed is None:
        return ""
    goes_on = f"tried again at {failed.again_at.isoformat()}" if failed.again_at else "not tried again"
    return f": no channel accepted the letter in {failed.attempts} attempts, it is {goes_on}"


def _left_out(
    fact: BookingFact,
    notice: NoticeSent,
    facts: Mapping[tuple[Pnr, Id], BookingFact],
    sent: Mapping[tuple[Pnr, Id], NoticeSent],
) -> Id | None:
    """An earlier fact that was neither sent nor covered by the next notice after it."""
    seen = {fact.id}
    while (before := facts.get((fact.pnr, fact.follows))) and before.id not in seen:
        seen.add(before.id)
        if own := sent.get((before.pnr, before.id)):
            notice = own
        elif before.id not in notice.covers:
            return before.id
        fact = before
    return None


def on_dead_flights(streams: Streams) -> Findings:
    """Journeys, each once, that have a leg, or seats to wait with, on a flight that the monitor has as cancelled."""
    found = Findings()
    dead = {flight for flight, state in streams.flights.items() if state.phase == "cancelled"}
    for booking, journey in streams.journeys():
        for leg in (*journey.legs, *journey.held):
            if leg.flight in dead:
                found.add(f"{named(booking, journey)} is on {leg.flight}, which is cancelled")
                break
    return found


def unanswered(streams: Streams, journeys: Iterable[PartyJourney], *, silent: timedelta) -> Findings:
    """Parties, each once, that hold a flight disrupted since they were last answered for it, or answered for without a fact.

    Whom a disruption concerns is not read from its `parties`: each party that held the flight then, and only they have been
    answered for an earlier one. A smaller aircraft concerns the parties that it has no
    seats for, a broken connection those who connect: `illegal_trips` has the others.
    """
    found = Findings()
    disrupted: dict[FlightKey, list[SeatsDisrupted]] = {}
    for _, disruption in streams.disrupted:
        disrupted.setdefault(disruption.flight, []).append(disruption)
    for journey in journeys:
        wrong = next(
            (
                why
                for leg in journey.legs
                for why in _open(journey, leg, streams, disrupted.get(leg.flight, ()), silent)
            ),
            None,
        )
        if wrong is not None:
            found.add(f"{journey.name} {wrong}")
    return found


def _open(
    journey: PartyJourney,
    leg: Leg,
    streams: Streams,
    disrupted: Sequence[SeatsDisrupted],
    silent: timedelta,
) -> Iterator[str]:
    for disruption in disrupted:
        concerned = disruption.kind not in ("downgauged", "misconnected") or journey.pnr in disruption.parties
        if concerned and leg.answered < disruption.n:
            yield f"waits for an answer on {leg.flight}: {disruption.kind} (n {disruption.n})"
    ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
    if ledger is None:
        return
    if leg.answered < ledger.last_disruption and any(wrong_times(leg, ledger, state, silent=silent)):
        yield f"waits for an answer on {leg.flight}: it has other times"
    if journey.pnr in streams.expired:
        return
    given = [had.answered for step in journey.steps for had in step.after if had.flight == leg.flight]
    for disruption in disrupted:
        answered = journey.pnr in disruption.parties and leg.answered >= disruption.n
        if answered and max(given, default=0) < disruption.n:
            yield f"is answered for {disruption.kind} of {leg.flight} (n {disruption.n}), and no fact says how"
