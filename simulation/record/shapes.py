"""The record's values. Nothing in here is synthetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts.names import Airport, Carrier, FlightKey
from contracts.weather import WeatherObserved

HOME = ZoneInfo("America/New_York")
"""The zone of EWR, JFK and LGA, where every flight in the record leaves. The record's days are local to it."""


@dataclass(frozen=True, slots=True)
class AirportLocation:
    """An airport's IANA zone, and its position in degrees, north and east positive."""

    zone: ZoneInfo
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Aircraft:
    """A tail number's entry in the aircraft register. `seats` is the register's figure for the type, not the carrier's
    layout."""

    model: str
    seats: int


@dataclass(frozen=True, slots=True)
class RecordedFlight:
    """One flight and its outcome. All instants are aware UTC."""

    flight: FlightKey
    carrier: Carrier
    origin: Airport
    destination: Airport
    scheduled_departure: datetime
    scheduled_arrival: datetime
    departed_at: datetime | None
    """Off the gate; None if it was cancelled."""
    arrived_at: datetime | None
    """At the destination's gate, after a diversion too; None if it never got there."""
    cancelled: bool
    diverted: bool
    """It left and has no arrival delay in the record: it landed elsewhere and reached its destination later or not at all."""
    tail: str | None
    distance_miles: int

    @property
    def block(self) -> timedelta:
        """The scheduled time from gate to gate."""
        return self.scheduled_arrival - self.scheduled_departure


@dataclass(frozen=True, slots=True)
class Record:
    """Consecutive days of departures, with the airports and aircraft in them."""

    first: date
    days: int
    """The number of days it has: fewer than `days_asked` if the data end before."""
    days_asked: int
    flights: tuple[RecordedFlight, ...]
    """Ordered by scheduled departure, then key."""
    airports: Mapping[Airport, AirportLocation]
    aircraft: Mapping[str, Aircraft]
    """By tail number."""
    weather: tuple[WeatherObserved, ...] = ()
    """At the home airports, from a day before the first instant to the horizon's end; ordered by time, then airport."""

    @property
    def first_instant(self) -> datetime:
        """Midnight in New York, when the first day begins."""
        return _midnight(self.first)

    @property
    def horizon_end(self) -> datetime:
        """Midnight in New York, when the last day ends."""
        return _midnight(self.first + timedelta(days=self.days))

    def flights_of(self, day: date) -> tuple[RecordedFlight, ...]:
        """The flights whose scheduled departure is on this New York day."""
        begin, end = _midnight(day), _midnight(day + timedelta(days=1))
        return tuple(f for f in self.flights if begin <= f.scheduled_departure < end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=HOME).astimezone(UTC)
