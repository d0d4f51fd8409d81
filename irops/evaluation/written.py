"""The format of a case file: JSON with the contracts' terms, and times as people write them.

A time is local, `2013-02-08 18:00`, at the place it is about, or an instant, `2013-02-08T23:00:00Z`.
"""

from typing import Annotated

from msgspec import Meta, Struct

from contracts.judgement import Need
from contracts.ledger import JourneyState, Language, SeatPreference, Tier
from contracts.names import Airport, Cabin, FlightKey
from contracts.passengers import Ssr

Count = Annotated[int, Meta(ge=0, le=1000, description="a whole number from 0 to 1000")]
Seats = dict[Cabin, Count]
Text = Annotated[str, Meta(min_length=1, description="text that is not empty")]
Name = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,30}$(?!\n)", description="a PNR of letters, digits, - and _, at most 30")
]
"""A PNR within its case; in a world it gets a prefix."""


class WrittenFlight(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scheduled flight and its seats. Seats that no party of the case holds are free."""

    flight: FlightKey
    destination: Airport
    departs: str
    """Local to its origin."""
    arrives: str
    """Local to its destination."""
    seats: Seats


class WrittenWeather(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As in `WeatherObserved`."""

    airport: Airport
    observed_at: str = ""
    """Local to the airport; empty: the start of the case."""
    temperature_f: float | None = None
    wind_mph: float | None = None
    gust_mph: float | None = None
    precipitation_in: float | None = None
    visibility_mi: float | None = None


class WrittenParty(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As in `Party`."""

    passengers: Count = 1
    seats: Count | None = None
    """None: one per passenger."""
    cabin: Cabin = "economy"
    fare: int = 0
    """Whole US dollars."""
    tier: Tier = "none"
    language: Language = "en"
    preference: SeatPreference = "none"
    ssrs: tuple[Ssr, ...] = ()
    remark: str = ""


class WrittenWishes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """As in `Wishes`."""

    arrive_by: str = ""
    """Local to the ticket's destination."""
    depart_after: str = ""
    """Local to the ticket's origin."""
    airports: tuple[Airport, ...] = ()
    nonstop: bool = False
    cabin: Cabin | None = None
    together: bool = False
    needs: tuple[Need, ...] = ()


class WrittenLedger(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the party's booking ends."""

    state: JourneyState
    flights: tuple[FlightKey, ...] | None = None
    """None: one of the acceptable trips."""


class WrittenExpected(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The right answer for one party."""

    wishes: WrittenWishes | None = None
    """None: no model is asked, or its reading does not count."""
    options: tuple[tuple[FlightKey, ...], ...]
    """Acceptable trips, each with its flights in order; empty: there is no trip for the party."""
    cabin: Cabin | None = None
    """Of every flight of an acceptable trip; None: any."""
    ledger: WrittenLedger


class WrittenBooking(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pnr: Name
    flights: tuple[FlightKey, ...]
    """Of its ticket, on which it holds seats."""
    party: WrittenParty = WrittenParty()
    expect: WrittenExpected | None = None
    """None: the party only takes seats."""


class WrittenStatus(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A status from a feed, as in `FlightStatus`; departures local to the origin, arrivals to the destination."""

    at: str
    """When it is observed, local to the origin of the file's first flight."""
    flight: FlightKey
    cancelled: bool = False
    estimated_departure: str = ""
    estimated_arrival: str = ""
    departed_at: str = ""
    arrived_at: str = ""
    diverted_to: Airport | None = None
    seats: Seats | None = None


class WrittenCase(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    why: Text
    """What the case shows, in one line."""
    starts: str
    """When flights, weather and bookings enter the system, local to the first flight's origin."""
    flights: Annotated[tuple[WrittenFlight, ...], Meta(min_length=1, description="at least one flight")]
    weather: tuple[WrittenWeather, ...] = ()
    bookings: Annotated[tuple[WrittenBooking, ...], Meta(min_length=1, description="at least one booking")]
    happens: Annotated[tuple[WrittenStatus, ...], Meta(min_length=1, description="at least one status")]
