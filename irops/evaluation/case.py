"""A case: messages of the contracts, and the right answer for each party."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec import Struct

from contracts.flights import FlightStatus
from contracts.judgement import Wishes
from contracts.ledger import Booking, JourneyState
from contracts.names import Airport, Cabin, FlightKey, Pnr, origin_of
from contracts.weather import WeatherObserved

Trip = tuple[FlightKey, ...]


class Expected(Struct, frozen=True, kw_only=True):
    """The right answer for one party."""

    wishes: Wishes | None
    """None: the reading of the remark does not count."""
    options: tuple[Trip, ...]
    """Acceptable trips; empty: there is no trip for the party."""
    cabin: Cabin | None
    """Of every flight of an acceptable trip; None: any."""
    state: JourneyState
    """The final state of its booking."""
    ends: tuple[Trip, ...]
    """The flights its booking may end with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The system knows nothing of it before `starts`."""

    name: str
    why: str
    starts: datetime
    flights: tuple[FlightStatus, ...]
    weather: tuple[WeatherObserved, ...]
    bookings: tuple[Booking, ...]
    happens: tuple[FlightStatus, ...]
    """In the order of `observed_at`, all after `starts`."""
    expected: Mapping[Pnr, Expected]

    @property
    def ends(self) -> datetime:
        """The time of its last status."""
        return self.happens[-1].observed_at

    @property
    def places(self) -> set[Airport]:
        """Every airport that one of its flights leaves, serves or is diverted to."""
        return {origin_of(flight.flight) for flight in self.flights} | self.arrived_at

    @property
    def arrived_at(self) -> set[Airport]:
        """The airports where its flights may bring passengers."""
        diverted = {status.diverted_to for status in self.happens if status.diverted_to}
        return {flight.destination for flight in self.flights} | diverted
