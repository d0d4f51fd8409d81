"""Answers: whether every disrupted party has a trip that flies, or is stranded."""

from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import timedelta
from itertools import chain

from contracts.ledger import BookingFact, JourneyKey, Leg, SeatsDisrupted
from contracts.names import FlightKey
from irops.audit.findings import Findings
from irops.audit.journeys import PartyJourney, Step, Steps
from irops.audit.overdue import left_waiting
from irops.audit.rules import RuleBook
from irops.audit.silence import left_on_silent_flights
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


def on_dead_flights(streams: Streams, *, waiting: Set[JourneyKey] = frozenset()) -> Findings:
    """Journeys, each once, that have a leg, or seats to wait with, on a flight that the monitor has as cancelled. Those that
    are `waiting` for a brake are left out."""
    found = Findings()
    dead = {flight for flight, state in streams.flights.items() if state.phase == "cancelled"}
    for booking, journey in streams.journeys():
        if (booking.pnr, journey.number) in waiting:
            continue
        for leg in (*journey.legs, *journey.held):
            if leg.flight in dead:
                found.add(f"{named(booking, journey)} is on {leg.flight}, which is cancelled")
                break
    return found


def unanswered(
    streams: Streams,
    journeys: Iterable[PartyJourney],
    *,
    book: RuleBook,
    silent: timedelta,
    waiting: Set[JourneyKey] = frozenset(),
) -> Findings:
    """Parties, each once, that hold a flight disrupted since they were last answered for it, or answered for without a fact; or
    that were left on a flight of which no word comes, or waiting without end. Those that are `waiting` for a brake are left
    out.

    Whom a disruption concerns is not read from its `parties`: each party that held the flight then, and only they have been
    answered for an earlier one. A smaller aircraft concerns the parties that it has no
    seats for, a broken connection those who connect: `illegal_trips` has the others.
    """
    found = Findings()
    disrupted: dict[FlightKey, list[SeatsDisrupted]] = {}
    for _, disruption in streams.disrupted:
        disrupted.setdefault(disruption.flight, []).append(disruption)
    for journey in journeys:
        if journey.key in waiting:
            continue
        opened = (
            why for leg in journey.legs for why in _open(journey, leg, streams, disrupted.get(leg.flight, ()), silent)
        )
        rules = book.now_for(journey)
        wrong = next(
            chain(opened, left_on_silent_flights(journey, streams, rules), left_waiting(journey, streams, rules)), None
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
