"""Versions of a booking that answer an offer: what was booked by one is what it has, and one that had to be followed was."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from contracts.identity import canonical
from contracts.ledger import BookingFact, Leg
from contracts.names import FlightKey, Id, Pnr
from contracts.offers import TripOffered
from contracts.reservations import BookingAmended, ReservationStatus
from irops.audit.journeys import after
from irops.audit.streams import Streams

Seats = tuple[tuple[str, str], ...]


def seats_of(legs: Sequence[Leg]) -> Seats:
    """The flights and cabins of these legs."""
    return tuple([(leg.flight, leg.cabin) for leg in legs])


@dataclass(frozen=True)
class Echoes:
    """Those that are on record."""

    streams: Streams

    @cached_property
    def of(self) -> Mapping[tuple[Pnr, Id], Sequence[ReservationStatus]]:
        """By PNR and offer."""
        found: defaultdict[tuple[Pnr, Id], list[ReservationStatus]] = defaultdict(list)
        for _, status in self.streams.reservations:
            if status.offer:
                found[status.pnr, status.offer].append(status)
        return found

    @cached_property
    def _flown_as(self) -> Mapping[FlightKey, FlightKey]:
        return {number: flight for flight, state in self.streams.flights.items() for number in state.sold_as}

    def has(self, status: ReservationStatus, journey: int, trip: Seats) -> bool:
        """Whether it has the journey on this trip. It may lack what has been flown."""
        theirs = status.booking.journey(journey) if status.booking else None
        if theirs is None or not theirs.legs:
            return False
        named = ((canonical(leg.flight), leg.cabin) for leg in theirs.legs)
        wanted = tuple([(self._flown_as.get(flight, flight), cabin) for flight, cabin in named])
        return trip[-len(wanted) :] == wanted

    def answering(self, fact: BookingFact) -> bool:
        """Whether a version has answered the offer as this fact says."""
        own = self.of.get((fact.pnr, fact.offer), ())
        return fact.answered_by == "system" and any(self.has(each, fact.journey, seats_of(after(fact))) for each in own)

    def passed_over(self, offer: TripOffered, upto: float, unsure: Set[FlightKey]) -> Iterator[str]:
        """Versions that have moved the party to a trip of the offer, which was open until then (`upto`, in LEDGER), and were
        not taken as its answer. Not judged where a flight of the trip is in `unsure`."""
        for sequence, fact in self.streams.amended:
            if sequence != upto or not isinstance(fact, BookingAmended) or fact.request:
                continue
            if fact.decided_at >= offer.until or fact.rules != offer.rules:
                continue
            answers = [each for each in self.of.get((offer.pnr, offer.id), ()) if each.version == fact.version]
            for trip in offer.trips:
                has = any(self.has(each, offer.journey, seats_of(trip)) for each in answers)
                if has and unsure.isdisjoint(leg.flight for leg in trip) and "seats" not in fact.changed:
                    yield f"was answered by version {fact.version}, which was not taken for it"
                    return
