"""Answers of the reservation system's that were refused: where its booking is on another trip than the party is here, a person
has to be informed of it, and where it is not, none has.

Where the party was is taken from the facts about its journey before and after the refusal, not from what the booker concluded.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from contracts.ledger import Leg
from contracts.names import Id, Pnr
from contracts.offers import AnswerRefused, OfferAnswered, TripOffered
from contracts.reservations import BookingContradicted
from irops.audit.echoes import Seats, seats_of
from irops.audit.journeys import PartyJourney
from irops.audit.streams import Streams

Contradictions = Sequence[tuple[int, BookingContradicted]]


def kept_apart(
    streams: Streams,
    replies: Mapping[tuple[Pnr, Id], Sequence[OfferAnswered]],
    offers: Mapping[tuple[Pnr, Id], TripOffered],
    journeys: Mapping[tuple[Pnr, int], PartyJourney],
) -> Iterator[str]:
    """Answers, each once, that are contradicted for no reason, or not although they had to be. `replies` by their ids, `offers`
    that were made by theirs."""
    contradicted: defaultdict[tuple[Pnr, Id], list[tuple[int, BookingContradicted]]] = defaultdict(list)
    for sequence, fact in streams.amended:
        if isinstance(fact, BookingContradicted) and (fact.answer or fact.reason == "answered"):
            contradicted[fact.pnr, fact.answer].append((sequence, fact))
    refused = {(each.pnr, each.id): (at, each) for at, each in streams.replies_refused}
    for of in sorted(contradicted.keys() | refused.keys()):
        if of[0] in streams.expired or of[0] not in streams.bookings:
            continue
        own = contradicted[of]
        faults = [*_contradicted(streams, refused.get(of), own)]
        if of in refused:
            faults += _of_refusal(
                streams, *refused[of], replies.get(of, ()), offers, journeys, is_contradicted=bool(own)
            )
        if faults:
            yield f"{of[0]} answer {of[1]} {faults[0]}"


def _contradicted(
    streams: Streams, refused: tuple[int, AnswerRefused] | None, contradicted: Contradictions
) -> Iterator[str]:
    if len(contradicted) > 1:
        yield "is contradicted twice"
    for sequence, fact in contradicted:
        if fact.reason != "answered" or not fact.answer:
            yield f"is contradicted as {fact.reason}"
        if refused is None:
            if streams.whole:
                yield "is contradicted, and was not refused"
        elif (fact.decided_at, fact.rules) != (refused[1].decided_at, refused[1].rules):
            yield "is contradicted at another time than it was refused, or by other rules"
        decided = [
            each.version
            for at, each in streams.amended
            if at < sequence and each.pnr == fact.pnr and not (isinstance(each, BookingContradicted) and each.answer)
        ]
        if streams.whole and fact.version != max(decided, default=0):
            yield f"is contradicted at version {fact.version}, and {max(decided, default=0)} was the last"


def _of_refusal(
    streams: Streams,
    sequence: int,
    refusal: AnswerRefused,
    replies: Sequence[OfferAnswered],
    offers: Mapping[tuple[Pnr, Id], TripOffered],
    journeys: Mapping[tuple[Pnr, int], PartyJourney],
    *,
    is_contradicted: bool,
) -> Iterator[str]:
    if not replies:
        return
    reply, offer = replies[0], offers.get((refusal.pnr, refusal.offer))
    if reply.by != "system":
        if is_contradicted:
            yield f"is contradicted, and is the {reply.by}'s"
        return
    journey = journeys.get((refusal.pnr, refusal.journey))
    if journey is None or (offer is None and not streams.whole):
        return
    trips = dict(zip(offer.options, map(seats_of, offer.trips), strict=False)) if offer else {}
    is_apart = _is_apart(reply, trips, seats_of(_trip_at(journey, sequence)))
    if is_apart and not is_contradicted:
        yield "was refused, and its booking is on another trip there than here, which no one is informed of"
    if is_contradicted and not is_apart:
        yield "is contradicted, and its party is as it says"


def _is_apart(reply: OfferAnswered, trips: Mapping[Id, Seats], has: Seats) -> bool:
    if reply.answer == "leave":
        return has in trips.values()
    return not has or trips.get(reply.option or next(iter(trips), "")) != has


def _trip_at(journey: PartyJourney, sequence: int) -> Sequence[Leg]:
    """The trip that the party had then."""
    later = next((step for step in journey.steps if step.sequence > sequence), None)
    if later is not None:
        return later.before
    return journey.steps[-1].after if journey.steps else journey.legs
