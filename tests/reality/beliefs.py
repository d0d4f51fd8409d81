"""Where the agents believe a party to be: the booker by its ledger, the planner by its view of that."""

from collections.abc import Iterator
from typing import NamedTuple

from agents.booker.domain.progress import Traveller, progress_of
from agents.planner.domain import Case, Network, availability_of
from agents.planner.domain.trip_status import trip_status
from contracts.ledger import Booking, Journey
from contracts.names import Airport, FlightKey, origin_of
from tests.journeys.two_domains import RULES, SALE_RULES
from tests.reality.whole_system import WholeSystem


class Belief(NamedTuple):
    """What an agent takes a party to have flown of a journey, where that has brought it, and what it is still to fly."""

    who: str
    flown: tuple[FlightKey, ...]
    place: Airport
    ahead: tuple[FlightKey, ...]


class Beliefs:
    """Of one moment."""

    def __init__(self, system: WholeSystem) -> None:
        self._system = system
        self._ledgers = {flight: ledger for flight, (ledger, _) in system.seats.items()}
        self._network = Network(
            availability_of(ledger, revision=revision, written_at=system.now)
            for ledger, revision in system.seats.values()
        )

    def of(self, booking: Booking, journey: Journey) -> Iterator[Belief]:
        yield self._booker(booking, journey)
        yield self._planner(booking, journey)

    def _booker(self, booking: Booking, journey: Journey) -> Belief:
        entry = self._system.waiting.get((booking.pnr, journey.number))
        progress = progress_of(Traveller(booking, journey), self._ledgers, rules=SALE_RULES, entry=entry)
        flown, ahead = ([leg.flight for leg in legs] for legs in (progress.flown, progress.ahead))
        return Belief("booker", tuple(flown), progress.place, tuple(ahead))

    def _planner(self, booking: Booking, journey: Journey) -> Belief:
        entry = self._system.waiting.get((booking.pnr, journey.number))
        case = Case(
            booking=booking,
            journey=journey,
            booking_revision=1,
            booking_written_at=self._system.now,
            cause_id="",
            waits_at=entry.origin if entry else None,
            flown=entry.flown if entry else (),
        )
        status = trip_status(case, self._network, now=self._system.now, rules=RULES)
        home = origin_of(case.legs[0].flight) if case.legs else case.waits_at or journey.ticket.origin
        place = status.flights[status.flown - 1].lands if status.flown else home
        flights = [flight.flight for flight in status.flights]
        return Belief("planner", tuple(flights[: status.flown]), place, tuple(flights[status.flown :]))
