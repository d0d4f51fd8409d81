"""Special services on board: whether flights count them as the bookings have them, and whether a move brought too many.

Who was on a flight when a party was moved to it follows from the facts before that one, and not from what the flight counted. A
party of which that is not on record, or whose people have changed since, is not counted: no move is called wrong for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from contracts.ledger import Booking, BookingFact, BookingStranded, Leg
from contracts.names import FlightKey, Pnr
from contracts.passengers import Ssr
from irops.audit.journeys import PartyJourney, after
from irops.audit.rules import TripRules
from irops.audit.streams import Streams


def number_of(booking: Booking, ssr: Ssr) -> int:
    """How many of a party have the service: those who need it, where its people are known, else one."""
    if ssr not in booking.party.ssrs:
        return 0
    return max(1, sum(1 for person in booking.passengers if ssr in person.needs))


def miscounted_on_board(streams: Streams) -> Iterator[str]:
    """Services that a flight counts and its holders do not have. Seats taken before services were counted have none."""
    for flight, ledger in streams.seats.items():
        for ssr, parties in ledger.services.items():
            for pnr, number in parties.items():
                booking = streams.bookings.get(pnr)
                has = number_of(booking, ssr) if booking and pnr in ledger.holders else 0
                if number != has:
                    yield f"{flight} {pnr}: {has} {ssr} in the booking, {number} on the flight"


class Manifests:
    """Who was on which flight."""

    def __init__(self, streams: Streams, journeys: Iterable[PartyJourney]) -> None:
        self._streams = streams
        self._on: dict[FlightKey, list[PartyJourney]] = {}
        for journey in journeys:
            facts = (leg for fact in journey.facts for leg in _held(fact))
            steps = (leg for step in journey.steps for leg in step.after)
            for flight in {leg.flight for leg in (*journey.legs, *journey.held, *facts, *steps)}:
                self._on.setdefault(flight, []).append(journey)

    def crowded(
        self, journey: PartyJourney, fact: BookingFact, had: Sequence[FlightKey], rules: TripRules
    ) -> Iterator[str]:
        """Flights new to the party by this fact that had enough passengers with a service of its own."""
        if not journey.is_as_decided(fact):
            return
        at = next(at for at, each in zip(journey.sequences, journey.facts, strict=True) if each.id == fact.id)
        booking = self._streams.bookings[journey.pnr]
        for ssr in booking.party.ssrs:
            most, own = rules.most(ssr), number_of(booking, ssr)
            if most is None:
                continue
            for leg in after(fact):
                if leg.flight not in had and (others := self._others(leg.flight, ssr, at, journey.pnr)) + own > most:
                    yield f"was moved to {leg.flight}, which takes {most} {ssr} and had {others}"

    def _others(self, flight: FlightKey, ssr: Ssr, at: int, pnr: Pnr) -> int:
        """How many other passengers with the service were surely on the flight when this was committed."""
        there = {
            each.pnr
            for each in self._on.get(flight, ())
            if each.pnr != pnr and each.changed_at < 0 and self._was_on(each, flight, at)
        }
        return sum(number_of(self._streams.bookings[other], ssr) for other in there)

    def _was_on(self, journey: PartyJourney, flight: FlightKey, at: int) -> bool:
        if not journey.steps:
            written = self._streams.written.get(journey.pnr, 0)
            return written < at and any(leg.flight == flight for leg in (*journey.legs, *journey.held))
        before = [step for step in journey.steps if step.sequence < at]
        if not before:
            return False
        last = before[-1]
        held = (leg for fact in journey.facts if fact.id == last.id for leg in _held(fact))
        return any(leg.flight == flight for leg in (*last.after, *held))


def _held(fact: BookingFact) -> tuple[Leg, ...]:
    return fact.held if isinstance(fact, BookingStranded) else ()


def on_board(streams: Streams) -> Mapping[FlightKey, Mapping[Ssr, int]]:
    """How many passengers on each flight have each service now, by the bookings."""
    found: dict[FlightKey, dict[Ssr, int]] = {}
    for booking in streams.bookings.values():
        for ssr in booking.party.ssrs:
            for journey in booking.journeys:
                for leg in (*journey.legs, *journey.held):
                    counts = found.setdefault(leg.flight, {})
                    counts[ssr] = counts.get(ssr, 0) + number_of(booking, ssr)
    return found
