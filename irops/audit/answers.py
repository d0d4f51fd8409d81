"""Answers: whether every disrupted party has a trip that flies, or is stranded, and has been notified."""

from collections.abc import Collection, Mapping

from contracts.ledger import BookingFact, JourneyKey, Leg
from contracts.names import Id, Pnr
from contracts.notices import NoticeFailed, NoticeSent
from irops.audit.findings import Findings
from irops.audit.pointless import still_ahead
from irops.audit.streams import Streams, named


def latest_facts(streams: Streams) -> dict[JourneyKey, BookingFact]:
    """Get each journey's fact with the highest sequence."""
    latest: dict[JourneyKey, tuple[int, BookingFact]] = {}
    for sequence, fact in streams.facts:
        known = latest.get((fact.pnr, fact.journey))
        if known is None or sequence > known[0]:
            latest[fact.pnr, fact.journey] = (sequence, fact)
    return {key: fact for key, (_, fact) in latest.items()}


def unnotified(streams: Streams, latest: Mapping[JourneyKey, BookingFact]) -> Findings:
    """Affected journeys whose latest fact was not sent though something in it lay ahead of the party, or was sent without an
    earlier unsent one, or that have no such fact. Those whose facts have expired are left out."""
    found = Findings()
    sent = {(notice.pnr, notice.id): notice for notice in streams.sent}
    pointless = {(notice.pnr, notice.id): notice for notice in streams.pointless}
    failed = {(notice.pnr, notice.id): notice for notice in streams.failed}
    facts = {(fact.pnr, fact.id): fact for _, fact in streams.facts}
    for booking, journey in streams.journeys():
        pnr, who = booking.pnr, named(booking, journey)
        if pnr in streams.expired:
            continue
        fact = latest.get((pnr, journey.number))
        if fact is None:
            if journey.state != "ticketed":
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
    sent: Collection[tuple[Pnr, Id]],
) -> Id | None:
    """An earlier fact that was neither sent nor covered by this notice."""
    while (before := facts.get((fact.pnr, fact.follows))) and (before.pnr, before.id) not in sent:
        if before.id not in notice.covers:
            return before.id
        fact = before
    return None


def on_dead_flights(streams: Streams) -> Findings:
    """Journeys, each once, that have a leg on a flight that the monitor has as cancelled."""
    found = Findings()
    dead = {flight for flight, state in streams.flights.items() if state.phase == "cancelled"}
    for booking, journey in streams.journeys():
        for leg in journey.legs:
            if leg.flight in dead:
                found.add(f"{named(booking, journey)} is on {leg.flight}, which is cancelled")
                break
    return found


def unanswered(streams: Streams) -> Findings:
    """Parties, each once, named by a disruption of a flight they still have, and last answered for an earlier one."""
    found = Findings()
    seen: set[Pnr] = set()
    for _, disruption in streams.disrupted:
        for pnr in disruption.parties:
            booking = streams.bookings.get(pnr)
            if booking is None or pnr in seen:
                continue
            for leg in booking.all_legs:
                if leg.flight == disruption.flight and leg.answered < disruption.n:
                    seen.add(pnr)
                    found.add(f"{pnr} waits for an answer on {leg.flight}: {disruption.kind} (n {disruption.n})")
    return found
