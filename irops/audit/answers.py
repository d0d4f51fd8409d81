"""Answers: whether everyone who was hit has a trip that flies or knows that there is none, and has been told."""

from collections.abc import Collection, Mapping

from contracts.ledger import BookingFact
from contracts.names import Id, Pnr
from contracts.notices import NoticeSent
from irops.audit.findings import Findings
from irops.audit.streams import Streams


def latest_facts(streams: Streams) -> dict[Pnr, BookingFact]:
    """Per party the fact with the highest sequence."""
    latest: dict[Pnr, tuple[int, BookingFact]] = {}
    for sequence, fact in streams.facts:
        known = latest.get(fact.pnr)
        if known is None or sequence > known[0]:
            latest[fact.pnr] = (sequence, fact)
    return {pnr: fact for pnr, (_, fact) in latest.items()}


def unnotified(streams: Streams, latest: dict[Pnr, BookingFact]) -> Findings:
    """Affected parties whose latest fact was neither sent nor given up on with its reasons, or was sent as if an earlier one
    had been that was not, or that have no such fact. Of those whose facts are forgotten it can't be known any more."""
    found = Findings()
    sent = {(notice.pnr, notice.id): notice for notice in streams.sent}
    told: set[tuple[Pnr, Id]] = sent.keys() | {(notice.pnr, notice.id) for notice in streams.failed}
    facts = {(fact.pnr, fact.id): fact for _, fact in streams.facts}
    for pnr, booking in streams.bookings.items():
        if pnr in streams.forgotten:
            continue
        fact = latest.get(pnr)
        if fact is None:
            if booking.state != "ticketed":
                found.add(f"{pnr} is {booking.state}, and no fact says so")
        elif fact.id != booking.plan:
            found.add(f"{pnr} is {booking.state} by plan {booking.plan}, its latest fact is {fact.id}")
        elif (pnr, fact.id) not in told:
            found.add(f"{pnr} was not told {fact.id}")
        elif (notice := sent.get((pnr, fact.id))) and (left_out := _left_out(fact, notice, facts, sent)):
            found.add(f"{pnr} was told {fact.id} as if it had been told {left_out}")
    return found


def _left_out(
    fact: BookingFact,
    notice: NoticeSent,
    facts: Mapping[tuple[Pnr, Id], BookingFact],
    sent: Collection[tuple[Pnr, Id]],
) -> Id | None:
    """A fact before this one that was not sent, nor told with it."""
    while (before := facts.get((fact.pnr, fact.follows))) and (before.pnr, before.id) not in sent:
        if before.id not in notice.covers:
            return before.id
        fact = before
    return None


def on_dead_flights(streams: Streams) -> Findings:
    """Parties, each once, that are not stranded and have a leg on a flight that is cancelled by the monitor's word."""
    found = Findings()
    dead = {flight for flight, state in streams.flights.items() if state.phase == "cancelled"}
    for pnr, booking in streams.bookings.items():
        for leg in booking.legs:
            if leg.flight in dead and booking.state != "stranded":
                found.add(f"{pnr} is on {leg.flight}, which is cancelled")
                break
    return found


def unanswered(streams: Streams) -> Findings:
    """Parties, each once, named by a disruption of a flight they still have, and last answered for an earlier one. What is
    forgotten names nobody: whoever it left on a flight that is cancelled is found by that."""
    found = Findings()
    seen: set[Pnr] = set()
    for _, disruption in streams.disrupted:
        for pnr in disruption.parties:
            booking = streams.bookings.get(pnr)
            if booking is None or pnr in seen:
                continue
            for leg in booking.legs:
                if leg.flight == disruption.flight and leg.answered < disruption.n:
                    seen.add(pnr)
                    found.add(f"{pnr} waits for an answer on {leg.flight}: {disruption.kind} (n {disruption.n})")
    return found
