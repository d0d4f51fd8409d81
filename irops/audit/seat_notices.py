"""Notices of other seats on a flight: whether each party that another aircraft seats elsewhere was notified of it."""

from collections.abc import Collection, Iterator
from datetime import datetime

from contracts.ledger import BookingStranded, Reseated, SeatsReassigned
from contracts.names import Id, Pnr
from contracts.notices import NoticeSent, seats_notice, seats_notice_of
from irops.audit.history import known_from
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS, LEFT


def not_notified_of_seats(streams: Streams) -> Iterator[str]:
    """Parties with a fact of whose notice nothing became, or that sit where no letter has shown them; those with a notice of no
    fact."""
    sent = {(each.pnr, each.id): each for each in streams.sent}
    pointless = {(each.pnr, each.id): each for each in streams.pointless}
    others = {(each.pnr, each.id) for each in streams.superseded} | {(each.pnr, each.id) for each in streams.failed}
    if streams.whole:
        yield from _of_no_fact(streams, {*sent, *pointless, *others})
    for sequence, fact in streams.reassigned:
        for party in fact.parties if fact.cause == "aircraft" else ():
            of = party.pnr, seats_notice(fact.flight, fact.n)
            if party.pnr not in streams.bookings or party.pnr in streams.expired:
                continue
            if notice := sent.get(of):
                yield from _untimely(notice, fact, streams)
                continue
            who = f"{party.pnr} has other seats on {fact.flight} (fact {fact.n})"
            late = pointless.get(of)
            if late is None and of not in others:
                yield f"{who}, and of the notice nothing became"
            elif not _sits_there(party, fact, streams) or _is_in_a_later_fact(party, fact, sequence, streams):
                continue
            elif late is None:
                yield f"{who}, and was not notified"
            elif not _had_left(fact, late.at, streams):
                yield f"{who}, which is recorded as pointless at {late.at.isoformat()}, before the flight left"


def _untimely(notice: NoticeSent, fact: SeatsReassigned, streams: Streams) -> Iterator[str]:
    """A letter of the future, or from before anyone knew of the aircraft."""
    known = [
        known_from(change.state)
        for _, change in streams.changes
        if change.flight == fact.flight and change.state.layout == fact.layout
    ]
    since = min(known, default=notice.sent_at) - CLOCKS
    if not since <= notice.sent_at <= streams.now + CLOCKS:
        yield f"{notice.pnr} was notified of other seats on {fact.flight} at {notice.sent_at.isoformat()} (fact {fact.n})"


def _of_no_fact(streams: Streams, notices: Collection[tuple[Pnr, Id]]) -> Iterator[str]:
    named = {
        (party.pnr, fact.flight, fact.n)
        for _, fact in streams.reassigned
        for party in (fact.parties if fact.cause == "aircraft" else ())
    }
    for pnr, id_ in sorted(notices):
        of = seats_notice_of(id_)
        if of and pnr in streams.bookings and (pnr, *of) not in named:
            yield f"{pnr} has a notice of other seats, {id_}, and there is no such fact"


def _sits_there(party: Reseated, fact: SeatsReassigned, streams: Streams) -> bool:
    """Whether the party has these seats still, and is to fly with them."""
    ledger, booking = streams.seats.get(fact.flight), streams.bookings[party.pnr]
    if ledger is None or party.pnr not in ledger.holders or party.pnr in ledger.offloaded:
        return False
    flies = any(leg.flight == fact.flight for leg in booking.all_legs)
    return flies and ledger.numbers.get(party.pnr, ()) == party.after


def _is_in_a_later_fact(party: Reseated, fact: SeatsReassigned, sequence: int, streams: Streams) -> bool:
    """Whether a fact about the booking, which has a notice of its own, names these seats."""
    return any(
        leg.flight == fact.flight and leg.seats == party.after
        for at, later in streams.facts
        if at > sequence and later.pnr == party.pnr
        for leg in (later.held if isinstance(later, BookingStranded) else later.after)
    )


def _had_left(fact: SeatsReassigned, at: datetime, streams: Streams) -> bool:
    flight = streams.flights.get(fact.flight)
    return flight is None or (flight.phase in LEFT and flight.departs <= at + CLOCKS)
