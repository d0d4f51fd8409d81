"""A booking, and all that a quote or a request rests on, as of now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agents.booker.domain.progress import Traveller, progress_of
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.worksheet import NO_LAYOUTS, Worksheet
from contracts.fares import Fare
from contracts.ledger import Booking, Journey, JourneyKey, SeatLedger, WaitlistEntry
from contracts.names import Carrier, FlightKey, carrier_of
from contracts.offers import Offer
from policy.fares import FareRules, Ruleset


class Impossible(Exception):
    """Why what is asked for cannot be done, in one line. `for_a_person`: a person may see a way."""

    def __init__(self, detail: str, *, for_a_person: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.for_a_person = for_a_person


@dataclass(frozen=True, slots=True)
class Known:
    """A booking and what the ledger knows of it."""

    booking: Booking
    revision: int
    flights: Mapping[FlightKey, SeatLedger]
    """Those of `flights_of` that exist, those that waiting parties have flown, and those on which it has lost seats."""
    waiting: Mapping[JourneyKey, WaitlistEntry]
    now: datetime
    rules: SaleRules
    fares: FareRules
    layouts: Layouts = NO_LAYOUTS
    """Those of the flights that give out their seats by number."""
    open: Mapping[FlightKey, Fare] = field(default_factory=dict)
    """The open fares of flights that are asked for, as far as there are any."""
    names: Mapping[int, str] = field(default_factory=dict)
    """The names that are asked for, by the passenger's place, while they are kept."""
    offers: Mapping[JourneyKey, Offer] = field(default_factory=dict)
    """The open ones of the booking."""

    @property
    def flown(self) -> dict[int, tuple[FlightKey, ...]]:
        """By journey: the flights that the party has flown, is on, or is presumed to be on."""
        found = {}
        for journey in self.booking.journeys:
            traveller = Traveller(self.booking, journey)
            progress = progress_of(
                traveller,
                self.flights,
                rules=traveller.by(self.rules),
                entry=self.waiting.get((self.booking.pnr, journey.number)),
                presumed_at=self.now,
            )
            found[journey.number] = tuple(leg.flight for leg in progress.flown)
        return found

    @property
    def sheet(self) -> Worksheet[None]:
        """The seats as they are, to look at."""
        return Worksheet(self.flights)

    def ruleset(self, asked: Collection[Journey]) -> tuple[Carrier, Ruleset | None]:
        """The carrier whose tickets these journeys have, and its rules. Raises `Impossible` where several carriers' rules would
        have to be asked."""
        carriers = sorted({carrier_of((each.ticket.sold_as or each.ticket.flights)[0]) for each in asked})
        if len({id(self.fares.of(carrier)) for carrier in carriers}) > 1:
            raise Impossible(f"the tickets are of {' and '.join(carriers)}, which have rules each", for_a_person=True)
        return carriers[0], self.fares.of(carriers[0])


def journeys_of(numbers: Collection[int], booking: Booking) -> tuple[Journey, ...]:
    """The journeys of the booking with these numbers."""
    return tuple(journey for journey in booking.journeys if journey.number in numbers)
