"""Notices about requests: whether each answer has a letter, and the letter says what was done.

What a letter says is in its record (`NoticeSent.request`). It is compared with the answer, and the flights that it shows with
the facts about each journey. The seats by number that it shows are for `seats_confirmed`.
"""

from collections.abc import Iterator, Sequence

from contracts.ledger import Booking, Leg
from contracts.names import FlightKey
from contracts.notices import NoticeSent, RequestReported
from contracts.requests import RequestDone, RequestRefused
from irops.audit.journeys import Step, Steps
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS

_STAYS = ("kept", "left")
_Trip = tuple[FlightKey, ...]


def not_notified_of_requests(streams: Streams, steps: Steps) -> Iterator[str]:
    """Parties without a letter about a request of theirs that was answered, and letters that are not as the answer; and letters
    that say something of a request and are about none."""
    sent = {(each.pnr, each.id): each for each in streams.sent}
    pointless = {(each.pnr, each.id) for each in streams.pointless}
    about = set()
    for sequence, answer in sorted(streams.answered, key=lambda pair: pair[0]):
        about.add(of := (answer.pnr, answer.id))
        booking = streams.bookings.get(answer.pnr)
        if booking is None or answer.pnr in streams.expired:
            continue
        notice = sent.get(of)
        if notice is None and of in pointless and booking.is_withdrawn and not answer.contact:
            continue  # it is not known any more where a letter could go
        wrong = (
            "no letter went out"
            if notice is None
            else next(_faults(notice, answer, sequence, booking, steps, streams), None)
        )
        if wrong is not None:
            yield f"{answer.pnr} has the answer to request {answer.id}, of which {wrong}"
    for of, notice in sorted(sent.items()):
        if of not in about and notice.request is not None and notice.pnr in streams.bookings and streams.whole:
            yield f"{notice.pnr} has a letter about a request, {notice.id}, which was never answered"


def _faults(
    notice: NoticeSent,
    answer: RequestDone | RequestRefused,
    sequence: int,
    booking: Booking,
    steps: Steps,
    streams: Streams,
) -> Iterator[str]:
    says = notice.request
    if says is None:
        yield "the letter says nothing"
        return
    if not answer.decided_at - CLOCKS <= notice.sent_at <= streams.now + CLOCKS:
        yield f"a letter went out at {notice.sent_at.isoformat()}"
    if notice.covers or notice.confirms or notice.care:
        yield "the letter is about something else too"
    if not isinstance(answer, RequestDone):
        if says != RequestReported(done=False):
            yield "the letter says that it was done"
        return
    if not says.done:
        yield "the letter says that it was refused"
    if says.movements != tuple(each for each in answer.price.movements if each.what not in _STAYS):
        yield "the letter says that other money moves"
    yield from _of_trips(says, answer, sequence, booking, steps, streams)


def _of_trips(
    says: RequestReported, done: RequestDone, sequence: int, booking: Booking, steps: Steps, streams: Streams
) -> Iterator[str]:
    """Journeys that the letter shows otherwise than they were, and those that it had to show and does not."""
    numbers = {journey.number for journey in booking.journeys} | {journey.number for journey in done.journeys}
    for number in sorted(numbers | says.trips.keys()):
        own = steps.get((done.pnr, number), ())
        later = [step for step in own if step.sequence > sequence and step.id != done.id]
        trip, is_asked = _by_then(number, [step for step in own if step not in later], later, booking)
        shown, is_changed = says.trips.get(number), any(journey.number == number for journey in done.journeys)
        since = [_flights(step.after) for step in later if not is_changed]  # it may have been read later
        if shown is not None and (not shown or shown not in (trip, *since)):
            yield f"the letter shows journey {number} on other flights than it had"
        if shown is None and trip and not (later or is_asked or any(_was_cancelled(each, streams) for each in trip)):
            yield f"the letter leaves out journey {number}"


def _by_then(number: int, earlier: Sequence[Step], later: Sequence[Step], booking: Booking) -> tuple[_Trip, bool]:
    """The flights that the journey had when the request was done, and whether the party had been asked about others."""
    if (decided := next((step for step in reversed(earlier) if not step.is_offer), None)) is not None:
        return _flights(decided.after), earlier[-1].is_offer
    if later:
        return _flights(later[0].before), bool(earlier)
    journey = booking.journey(number)
    return _flights(journey.legs if journey else ()), bool(earlier)


def _flights(legs: Sequence[Leg]) -> _Trip:
    return tuple(leg.flight for leg in legs)


def _was_cancelled(flight: FlightKey, streams: Streams) -> bool:
    """Then or at another time: the notifier may have heard of it before the booker."""
    states = [change.state for _, change in streams.changes if change.flight == flight]
    states += [streams.flights[flight]] if flight in streams.flights else []
    return any(state.phase == "cancelled" for state in states)
