"""Statuses of flights from feeds, and what the monitor derives from them.

Any feed says `FlightStatus`. The monitor alone says the other two, committed together: the current state of a flight, and each
change. `n` numbers a flight's changes, so that a hearer knows which of them it has applied.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.names import Airport, Cabin, Carrier, FlightKey
from contracts.subject import Subject

Instant = Annotated[datetime, Meta(tz=True, description="an instant", examples=["2013-02-08T17:00:00Z"])]
"""An aware UTC instant, RFC 3339 in JSON."""

Phase = Literal["scheduled", "cancelled", "departed", "diverted", "arrived"]
Change = Literal[
    "scheduled", "retimed", "estimated", "cancelled", "diverted", "restored", "departed", "arrived", "re-equipped"
]
"""`retimed`: the times are announced again. `estimated`: the best known times moved by less than that takes, and nothing else
changed."""

Place = Annotated[
    str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,7}$(?!\n)", description="a terminal or a gate", examples=["B", "41A"])
]
"""A terminal or a gate as signs at the airport have it."""
DelayCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9]{1,4}$(?!\n)", description="a delay code such as IATA's", examples=["71", "93"])
]
"""An IATA delay code (AHM 730), or a feed's own."""


class Cause(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why a flight is late or cancelled, as a source gives it."""

    code: DelayCode
    by: str = ""
    """Who gives it: an airline, an airport, a feed."""
    at: Instant | None = None
    """When it was given."""


class AtTheAirport(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a traveller needs at the airport, and who flies. A field that a status leaves out keeps the value it has."""

    cause: Cause | None = None
    operator: Carrier | None = None
    """The airline that flies it, where it is not the one in the key."""
    departure_terminal: Place | None = None
    departure_gate: Place | None = None
    arrival_terminal: Place | None = None
    arrival_gate: Place | None = None
    check_in_closes: Instant | None = None
    gate_closes: Instant | None = None


class FlightStatus(AtTheAirport, frozen=True, omit_defaults=True, kw_only=True):
    """All that a feed knows of a flight at `observed_at`. Unknown fields are left out, which denies nothing."""

    flight: FlightKey
    destination: Airport
    observed_at: Instant
    """When the feed learnt it. A later one wins, whatever the order of arrival."""
    scheduled_departure: Instant
    scheduled_arrival: Instant
    estimated_departure: Instant | None = None
    estimated_arrival: Instant | None = None
    departed_at: Instant | None = None
    """Off the gate."""
    arrived_at: Instant | None = None
    """At the gate."""
    cancelled: bool = False
    diverted_to: Airport | None = None
    seats: dict[Cabin, int] | None = None
    """Seats of the aircraft that is assigned now, by cabin."""
    tail: str | None = None
    sold_as: tuple[FlightKey, ...] = ()
    """Other numbers under which the flight is sold (codeshares). A status that leaves one out does not withdraw it."""


class Flight(AtTheAirport, frozen=True, omit_defaults=True, kw_only=True):
    """The current state of a flight."""

    flight: FlightKey
    destination: Airport
    phase: Phase
    last_change: int
    """`n` of the last `FlightChanged` about this flight."""
    scheduled_departure: Instant
    scheduled_arrival: Instant
    departs: Instant
    """The best known time: actual, else estimated, else scheduled."""
    arrives: Instant
    announced_departure: Instant
    """`departs` at the last change that announced it; the next retiming is measured from here."""
    announced_arrival: Instant
    observed_at: Instant
    seats: dict[Cabin, int]
    diverted_to: Airport | None = None
    tail: str | None = None
    sold_as: tuple[FlightKey, ...] = ()
    """Other numbers under which it is sold. Each has a state of its own, which names this flight in `operated_as`."""
    operated_as: FlightKey | None = None
    """Only in the state of such a number: the flight that it is. The rest of that state is as it was when it became known."""


class FlightChanged(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One change of a flight. Several in one status have a message each, all in one commit."""

    flight: FlightKey
    n: int
    change: Change
    state: Flight


FLIGHT_STATUS = Subject("feed.flight.{flight}", FlightStatus, "FEED")
"""any feed -> monitor"""
FLIGHT = Subject("flight.state.{flight}", Flight, "FLIGHTS")
"""monitor -> views"""
FLIGHT_CHANGED = Subject("flight.changed.{flight}.{n}", FlightChanged, "FLIGHTS")
"""monitor -> booker, anyone"""
