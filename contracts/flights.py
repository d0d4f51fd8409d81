"""Statuses of flights from feeds, and what the monitor derives from them.

Any feed says `FlightStatus`. The monitor alone says the others: the current state of a flight and each change, committed
together, and each status that it does not believe. `n` numbers a flight's changes, so that a hearer knows which of them it has
applied.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from contracts.layouts import LayoutName
from contracts.names import Airport, Cabin, Carrier, FlightKey, Id, Mode
from contracts.subject import Subject

Instant = Annotated[datetime, Meta(tz=True, description="an instant", examples=["2013-02-08T17:00:00Z"])]
"""An aware UTC instant, RFC 3339 in JSON."""

Phase = Literal["scheduled", "rerouted", "cancelled", "departed", "diverted", "landed", "returned", "arrived"]
"""Where its passengers are follows from it.

- Not on board: `scheduled`; `rerouted`, to land at `diverted_to` instead of its destination; `cancelled`; `returned`, back at
  its origin after a departure, with no time to leave again.
- On board: `departed`, on its way to its destination; `diverted`, on its way to `diverted_to`.
- Off again: `landed`, at `diverted_to`, from where it may go on; `arrived`, at its destination.
"""
LEFT: frozenset[Phase] = frozenset({"departed", "diverted", "landed", "arrived"})
"""Phases of a flight that has left: its passengers are on board, or have got off where it landed."""
Change = Literal[
    "scheduled", "retimed", "estimated", "cancelled", "diverted", "restored", "departed", "landed", "returned", "arrived",
    "re-equipped",
]  # fmt: skip
"""`retimed`: the times are announced again. `estimated`: the best known times moved by less than that takes, or those of a
flight that has arrived are corrected, and nothing else changed. `re-equipped`: another aircraft, other seats or another number
of them authorised for sale, another layout of them, or a train or coach instead of an aircraft. `restored`: not cancelled, or
not rerouted, any more. `departed`: also from where it was diverted to, and when a diversion in the air is withdrawn."""
Doubt = Literal["another flight", "impossible", "unconfirmed", "contradictory", "same instant", "overtaken"]
"""Why a status, or a part of it, is not believed. `another flight`: it is of another than the one whose key it has.
`impossible`: no flight can do that. `unconfirmed`: days from the schedule, believed when a second status says it too.
`contradictory`: it cannot follow what is known of the flight. `same instant`: another status of the same instant says more.
`overtaken`: a newer status that came before says otherwise of whether the flight is cancelled."""

Place = Annotated[
    str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,7}$(?!\n)", description="a terminal or a gate", examples=["B", "41A"])
]
"""A terminal or a gate as signs at the airport have it."""
DelayCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9]{1,4}$(?!\n)", description="a delay code such as IATA's", examples=["71", "93"])
]
"""An IATA delay code (AHM 730), or a feed's own."""

CAUSE_SOURCES = ("airline", "airport", "air traffic control", "weather service", "authority", "feed", "unknown")
"""Who may give the cause of a delay."""


class Cause(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Why a flight is late or cancelled, as a source gives it."""

    code: DelayCode
    by: str = "unknown"
    """Who gives it: one of `CAUSE_SOURCES`. Any other word of a feed is read as `unknown`, so no text from outside gets in."""
    at: Instant | None = None
    """When it was given."""

    def __post_init__(self) -> None:
        if self.by not in CAUSE_SOURCES:
            structs.force_setattr(self, "by", "unknown")


class AtTheAirport(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a traveller needs at the airport, and who flies. A field that a status leaves out keeps the value it has."""

    cause: Cause | None = None
    mode: Mode | None = None
    """None: by air, or as it was."""
    operator: Carrier | None = None
    """The airline that flies it, where it is not the one in the key."""
    departure_terminal: Place | None = None
    departure_gate: Place | None = None
    arrival_terminal: Place | None = None
    arrival_gate: Place | None = None
    check_in_closes: Instant | None = None
    gate_closes: Instant | None = None


class FlightStatus(AtTheAirport, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """All that a feed knows of a flight at `observed_at`. Unknown fields are left out, which denies nothing."""

    flight: FlightKey
    destination: Airport
    observed_at: Instant
    """When the feed learnt it, by its clock. For each field a later one wins, whatever the order of arrival; one that is ahead
    of the clock counts as of when it came."""
    scheduled_departure: Instant
    scheduled_arrival: Instant
    estimated_departure: Instant | None = None
    estimated_arrival: Instant | None = None
    departed_at: Instant | None = None
    """Off the gate."""
    arrived_at: Instant | None = None
    """At the gate: of `diverted_to` if this status has it, else of the destination."""
    cancelled: bool = False
    diverted_to: Airport | None = None
    """Where it lands instead: its origin, if it comes back; its destination, if a diversion is withdrawn. A stop after which it
    goes on is best reported by its estimated arrival alone."""
    seats: dict[Cabin, int] | None = None
    """Seats of the aircraft that is assigned now, by cabin."""
    authorised: dict[Cabin, int] | None = None
    """How many seats may be sold in each cabin: more than `seats` where the airline sells above them by intent. A cabin that is
    left out, or has fewer here, is sold up to its seats. What was authorised for other seats does not hold for these."""
    tail: str | None = None
    """Registration of the aircraft that is assigned now. Where the legs of a flight that goes on under its number have two
    (`contracts.identity.stays_aboard`), its passengers change planes."""
    layout: LayoutName | None = None
    """The layout of the aircraft that is assigned now (`contracts.layouts`), by which seats are given out by number. One that
    is left out stays, unless the aircraft or its seats are others."""
    sold_as: tuple[FlightKey, ...] = ()
    """Other numbers under which the flight is sold (codeshares). A status that leaves one out does not withdraw it."""


class Stop(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A landing on the way. Passengers whose next flight leaves from there have got off, the others are on board when it goes
    on."""

    airport: Airport
    arrived_at: Instant
    left_at: Instant | None = None
    """None: it is still there."""


class Flight(AtTheAirport, frozen=True, gc=False, omit_defaults=True, kw_only=True):
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
    """That of the newest status."""
    seats: dict[Cabin, int]
    authorised: dict[Cabin, int] = {}
    """As in `FlightStatus`, for these seats."""
    diverted_to: Airport | None = None
    """Of a `rerouted`, `diverted` or `landed` flight: where it lands instead of its destination. Of a `returned` one: its
    origin."""
    stops: tuple[Stop, ...] = ()
    """Where it has landed on its way, in order."""
    returned_at: Instant | None = None
    """When it last came back to its origin; what left or landed by then was the attempt before."""
    unconfirmed: Instant | None = None
    """A departure days from its schedule that one status has reported, and no second one yet."""
    tail: str | None = None
    """Registration of the aircraft. Like the seats, it stays as it was once the flight has left."""
    layout: LayoutName | None = None
    """Of the aircraft, as it was last named; like the seats, it stays as it was once the flight has left."""
    sold_as: tuple[FlightKey, ...] = ()
    """Other numbers under which it is sold. Each has a state of its own, which names this flight in `operated_as`."""
    schedules: tuple[Instant, ...] = ()
    """Every departure that it has been scheduled for, in the order in which it was first heard of, where they are so far apart
    that they can be two departures' (`contracts.identity`). Empty: it has never been moved that far."""
    known_at: Instant | None = None
    """When the newest status came, where its feed's clock was ahead of that; None: at `observed_at`."""
    given_at: dict[str, Instant] = {}
    """When each field of a status was last given, or settled by another one (`cancelled`, and `not_cancelled` for a status
    without it), so that an older status counts where no newer one says anything. Empty: no status has reached it yet."""
    operated_as: FlightKey | None = None
    """Only in the state of such a number: the flight that it is. The rest of that state is as it was when it became known."""


class FlightChanged(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One change of a flight. Several in one status have a message each, all in one commit."""

    flight: FlightKey
    n: int
    change: Change
    state: Flight


class FlightDoubted(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A status that is not believed, or not in every field."""

    flight: FlightKey
    id: Id
    """Derived from the status's own."""
    reason: Doubt
    detail: str
    """In one line."""
    status: FlightStatus
    partly: bool = False
    """The rest of the status was believed."""


FLIGHT_STATUS = Subject("feed.flight.{flight}", FlightStatus, "FEED")
"""any feed -> monitor"""
FLIGHT = Subject("flight.state.{flight}", Flight, "FLIGHTS")
"""monitor -> views"""
FLIGHT_CHANGED = Subject("flight.changed.{flight}.{n}", FlightChanged, "FLIGHTS")
"""monitor -> booker, anyone"""
FLIGHT_DOUBTED = Subject("flight.doubted.{flight}.{id}", FlightDoubted, "FLIGHTS")
"""monitor -> anyone"""
