"""Parties that wait for a trip when none can be legal any more: whether each was marked for a person, in time and once.

A trip leaves at most `Rules.later` after the ticket's departure. That is read from ticket and rules, and whether a party was
marked from the chain of its facts; the mark on the waitlist is compared with it.
"""

from collections.abc import Iterator, Sequence

from contracts.ledger import BookingFact, BookingStranded
from irops.audit.journeys import PartyJourney
from irops.audit.rules import RuleBook, TripRules
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS


def is_marked(facts: Sequence[BookingFact]) -> bool:
    """Whether the party, which waits by the last of these, was marked since it has waited."""
    for fact in reversed(facts):
        if fact.reason == "overdue":
            return True
        if not isinstance(fact, BookingStranded) or fact.reason != "lapsed":
            return False
    return False


def has_declined(facts: Sequence[BookingFact]) -> bool:
    """Whether no one has agreed to a trip that was offered to the party, which waits by the last of these."""
    for fact in reversed(facts):
        if not isinstance(fact, BookingStranded):
            return False
        if fact.offer or fact.reason not in ("lapsed", "overdue"):
            return bool(fact.offer)
    return False


def left_waiting(journey: PartyJourney, streams: Streams, rules: TripRules) -> Iterator[str]:
    """It waits without end, and no fact has marked it; or the waitlist has that otherwise."""
    if journey.state != "stranded":
        return
    entry, latest = streams.waiting.get(journey.key), journey.ticket.departs + rules.rules.later
    by_waitlist = entry is not None and entry.overdue
    marked = by_waitlist if journey.pnr in streams.expired else is_marked(journey.facts)
    has_left = entry is not None and entry.left
    if not marked and not has_left and streams.now > latest + CLOCKS:
        yield f"waits, and no trip has been legal since {latest.isoformat()}, which no one is to look at"
    if marked != by_waitlist:
        yield f"is {'' if marked else 'not '}marked as overdue by its facts, and {'' if by_waitlist else 'not '}by the waitlist"


def marked_wrongly(journey: PartyJourney, book: RuleBook) -> Iterator[str]:
    """Marked before its time, or twice."""
    for at, fact in enumerate(journey.facts):
        if fact.reason != "overdue":
            continue
        latest = journey.ticket.departs + book.of(fact, journey).rules.later
        if fact.decided_at < latest - CLOCKS:
            yield f"was marked as overdue at {fact.decided_at.isoformat()}, and may leave until {latest.isoformat()}"
        if is_marked(journey.facts[:at]):
            yield f"was marked as overdue twice ({fact.id})"


def overdue(streams: Streams) -> Iterator[str]:
    """Who waits for a person."""
    for (pnr, _), entry in sorted(streams.waiting.items()):
        if entry.overdue:
            yield f"{pnr} waits in {entry.origin} for {entry.destination}, and no trip can be legal any more"
