"""A case: everything in the contracts' own messages, and the right answer for each party."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from contracts.flights import FlightStatus
from contracts.judgement import Wishes
from contracts.ledger import Booking, BookingState
from contracts.names import Airport, Cabin, FlightKey, Pnr, origin_of
from contracts.weather import WeatherObserved

Trip = tuple[FlightKey, ...]


class Expected(Struct, frozen=True, kw_only=True):
    """The right answer for one party."""

    wishes: Wishes | None
    """None: what is understood does not count."""
    options: tuple[Trip, ...]
    """Acceptable trips; none: there is no trip for the party."""
    cabin: Cabin | None
    """Of every flight of an acceptable trip; None: any."""
    state: BookingState
    """Its booking's, in the end."""
    ends: tuple[Trip, ...]
    """The flights its booking may have in the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Nothing in it is known to the system before it `starts`."""

    name: str
    why: str
    starts: datetime
    flights: tuple[FlightStatus, ...]
    weather: tuple[WeatherObserved, ...]
    bookings: tuple[Booking, ...]
    happens: tuple[FlightStatus, ...]
    """In the order of their `observed_at`, all after it starts."""
    expected: Mapping[Pnr, Expected]

    @property
    def ends(self) -> datetime:
        """When the last thing happens."""
        return self.happens[-1].observed_at

    @property
    def places(self) -> set[Airport]:
        """Every airport that a flight of it leaves, goes to or is sent to."""
        return {origin_of(flight.flight) for flight in self.flights} | self.arrived_at

    @property
    def arrived_at(self) -> set[Airport]:
        """Those that one may bring people to."""
        diverted = {status.diverted_to for status in self.happens if status.diverted_to}
        return {flight.destination for flight in self.flights} | diverted
