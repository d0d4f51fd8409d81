"""Letters about requests: whether the seats by number that they show are those that the party had then, or has had since."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from contracts.layouts import SeatNumber
from contracts.ledger import BookingFact, BookingStranded, Leg
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import RequestReported
from contracts.requests import RequestDone
from contracts.reservations import BookingAmended
from irops.audit.streams import Streams

_Seats = tuple[SeatNumber, ...]


def confirmed_wrongly(streams: Streams) -> Iterator[str]:
    """Letters that show other seats, each in one line."""
    sent = {(each.pnr, each.id): each.request for each in streams.sent}
    for sequence, done in streams.answered:
        says = sent.get((done.pnr, done.id))
        if says is None or not isinstance(done, RequestDone) or done.pnr not in streams.bookings:
            continue
        if done.pnr not in streams.expired and (wrong := next(_faults(says, done, sequence, streams), None)):
            yield f"{done.pnr} has a letter about request {done.id} that {wrong}"


def _faults(says: RequestReported, done: RequestDone, sequence: int, streams: Streams) -> Iterator[str]:
    shown = {flight for flights in says.trips.values() for flight in flights}
    if strange := says.seats.keys() - shown:
        yield f"shows seats on {min(strange)}, and not the flight"
    for flight in sorted(shown):
        words = sorted(_words_of_seats(done.pnr, flight, streams), key=lambda word: word.sequence)
        later = [word for word in words if word.sequence > sequence and word.id != done.id]
        earlier = [word.after for word in words if word not in later][-1:]
        had = earlier or [word.before for word in later][:1] or [_seats_now(done.pnr, flight, streams)]
        may_be = [*had, *(word.after for word in later)]
        if None not in may_be and says.seats.get(flight, ()) not in may_be:
            yield f"shows other seats on {flight} than it had"


class _Word(NamedTuple):
    """What a fact says of a party's seats on a flight."""

    sequence: int
    id: Id
    before: _Seats | None
    """None: it does not say."""
    after: _Seats


def _words_of_seats(pnr: Pnr, flight: FlightKey, streams: Streams) -> Iterator[_Word]:
    for at, fact in streams.facts:
        if fact.pnr == pnr:
            before, after = _seats_on(flight, fact.before), _seats_on(flight, _kept(fact))
            if before is not None or after is not None:
                yield _Word(at, fact.id, before or (), after or ())
    for at, reassigned in streams.reassigned:
        for party in reassigned.parties if reassigned.flight == flight else ():
            if party.pnr == pnr:
                yield _Word(at, "", party.before, party.after)
    for at, change in streams.amended:
        if isinstance(change, BookingAmended) and change.pnr == pnr:
            yield _Word(at, change.id, None, change.seats.get(flight, ()))


def _seats_on(flight: FlightKey, legs: Sequence[Leg]) -> _Seats | None:
    return next((leg.seats for leg in legs if leg.flight == flight), None)


def _kept(fact: BookingFact) -> tuple[Leg, ...]:
    return fact.held if isinstance(fact, BookingStranded) else fact.after


def _seats_now(pnr: Pnr, flight: FlightKey, streams: Streams) -> _Seats:
    ledger = streams.seats.get(flight)
    return ledger.numbers.get(pnr, ()) if ledger else ()
