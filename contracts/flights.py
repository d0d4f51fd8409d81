"""What feeds say about flights, and what the monitor makes of it.

Any feed says `FlightStatus`; the monitor alone says the other two, committed together: the flight as it is now, and what
changed. `n` counts a flight's changes, so that whoever acts on them knows what has been acted on.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.names import Airport, Cabin, FlightKey
from contracts.subject import Subject

Instant = Annotated[datetime, Meta(tz=True, description="an instant", examples=["2013-02-08T17:00:00Z"])]
"""An aware UTC instant, RFC 3339 in JSON."""

Phase = Literal["scheduled", "cancelled", "departed", "diverted", "arrived"]
Change = Literal["scheduled", "retimed", "cancelled", "diverted", "restored", "departed", "arrived", "re-equipped"]


class FlightStatus(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Everything a feed knows of a flight at `observed_at`. What it does not know is left out; leaving out denies nothing."""

    flight: FlightKey
    destination: Airport
    observed_at: Instant
    """When the feed learnt it: the order in which statuses count, whatever the order in which they arrive."""
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
    """Seats of the aircraft now assigned, by cabin."""
    tail: str | None = None


class Flight(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A flight as it is now."""

    flight: FlightKey
    destination: Airport
    phase: Phase
    last_change: int
    """`n` of the last `FlightChanged` about this flight."""
    scheduled_departure: Instant
    scheduled_arrival: Instant
    departs: Instant
    """Best knowledge: actual, else estimated, else scheduled."""
    arrives: Instant
    announced_departure: Instant
    """`departs` at the last change that told it; the next retiming is measured from here."""
    announced_arrival: Instant
    observed_at: Instant
    seats: dict[Cabin, int]
    diverted_to: Airport | None = None
    tail: str | None = None


class FlightChanged(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One real change; several in one status are counted one by one and said in one commit."""

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
