"""Compensations by request: each complaint once, by a grant alone, for what did happen, and on record in the booking.

Whether it happened is worked out from the flights and their changes, for every flight that the journey ever had on record.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from datetime import timedelta
from itertools import chain

from contracts.flights import Flight
from contracts.ledger import Booking, Complaint
from contracts.names import FlightKey, Pnr
from contracts.requests import RequestDone
from contracts.reservations import BookingAmended, BookingContradicted
from irops.audit.streams import Streams

_LATE = timedelta(minutes=15)
"""The usual bound of punctuality statistics."""


def wrongly_compensated(streams: Streams) -> Iterator[str]:
    """Requests and bookings with a compensation that is not as it has to be, each in one line."""
    granted: defaultdict[Pnr, list[tuple[RequestDone, Complaint]]] = defaultdict(list)
    for _, answer in streams.answered:
        if isinstance(answer, RequestDone) and answer.wanted.compensate and answer.pnr not in streams.expired:
            granted[answer.pnr].append((answer, answer.wanted.compensate))
    for pnr, each in sorted(granted.items()):
        for done, complaint in each:
            yield from (f"{pnr} request {done.id} {wrong}" for wrong in _faults(done, complaint, streams))
        times = Counter((complaint.journey, complaint.kind) for _, complaint in each)
        for (journey, kind), number in times.items():
            if number > 1:
                yield f"{pnr} was compensated {number} times for journey {journey}: {kind}"
    split = {fact.pnr for _, fact in streams.amended if isinstance(fact, BookingAmended) and fact.follows}
    for pnr, booking in sorted(streams.bookings.items()):
        if pnr in streams.expired:
            continue
        complaints = [complaint for _, complaint in granted.get(pnr, ())]
        if any(complaint not in booking.compensated for complaint in complaints):
            yield f"{pnr} was compensated, and its booking does not say so"
        if streams.whole and pnr not in split and any(each not in complaints for each in booking.compensated):
            yield f"{pnr} has a compensation on record, and no request has granted one"


def _faults(done: RequestDone, complaint: Complaint, streams: Streams) -> Iterator[str]:
    if done.price.charges or done.price.gives_up:
        yield "is a compensation, and takes something"
    if not done.price.grants:
        yield "is a compensation, and grants nothing"
    quote = streams.quotes.get((done.pnr, done.quote))
    confirmed = quote is not None and quote.facts.get("confirmed") == "yes"
    if confirmed and streams.whole and not _has_happened(complaint, done.pnr, streams):
        yield f"is for a {complaint.kind.replace('_', ' ')}, and journey {complaint.journey} had none"


def _has_happened(complaint: Complaint, pnr: Pnr, streams: Streams) -> bool:
    flights = _ever_had(complaint.journey, pnr, streams)
    states = chain(
        (change.state for _, change in streams.changes if change.flight in flights),
        (streams.flights[flight] for flight in flights if flight in streams.flights),
    )
    return any(map(_was_cancelled if complaint.kind == "cancelled_flight" else _was_late, states))


def _was_cancelled(state: Flight) -> bool:
    return state.phase == "cancelled"


def _was_late(state: Flight) -> bool:
    return max(state.departs - state.scheduled_departure, state.arrives - state.scheduled_arrival) >= _LATE


def _ever_had(number: int, pnr: Pnr, streams: Streams) -> Set[FlightKey]:
    """The flights of a journey, by the booking and by every fact about it."""
    found = set(_has(number, streams.bookings.get(pnr)))
    for _, fact in streams.facts:
        if (fact.pnr, fact.journey) == (pnr, number):
            found.update(leg.flight for leg in fact.before)
    for _, change in streams.amended:
        if change.pnr == pnr and not isinstance(change, BookingContradicted):
            for journey in change.journeys:
                if journey.number == number:
                    found.update(leg.flight for leg in (*journey.before, *journey.after))
    return found


def _has(number: int, booking: Booking | None) -> Iterator[FlightKey]:
    journey = booking.journey(number) if booking else None
    if journey is not None:
        yield from journey.ticket.flights
        yield from (leg.flight for leg in journey.seated)
        yield from (each.flight for each in journey.reserved)
