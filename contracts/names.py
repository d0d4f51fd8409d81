"""The names everything else is keyed by.

Each is a plain string at run time (cheap as a dictionary key, the same in every language) whose form is checked when a
message is decoded, so that no name can carry a character that means something in a NATS subject. (`$` alone would let
a line break at the end pass.)
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

_FLIGHT = r"^[A-Z0-9]{2,3}\.[0-9]{1,4}[A-Z]?\.[A-Z]{3}\.[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"

FlightKey = Annotated[str, Meta(pattern=_FLIGHT)]
"""`carrier.number.origin.date`, e.g. `B6.1017.JFK.2013-02-08`; the date is the scheduled departure's, local to the origin."""

Airport = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
"""IATA airport code."""

Carrier = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,3}$(?!\n)")]
"""IATA (two characters) or ICAO (three) airline designator."""

Pnr = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)")]
"""A party that travels together. Opaque: nothing is read out of it."""

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]
"""Identity of a fact or a plan, derived from its cause."""

Cabin = Literal["first", "economy"]
CABINS: tuple[Cabin, ...] = ("first", "economy")


def flight_key(carrier: str, number: str, origin: str, day: date) -> FlightKey:
    return f"{carrier}.{number}.{origin}.{day.isoformat()}"


def carrier_of(flight: FlightKey) -> Carrier:
    return flight.split(".", 1)[0]


def origin_of(flight: FlightKey) -> Airport:
    return flight.split(".", 3)[2]


def day_of(flight: FlightKey) -> date:
    return date.fromisoformat(flight.rsplit(".", 1)[1])


def spoken(flight: FlightKey) -> str:
    """The flight as people say it: `B6 1017`."""
    carrier, number, _ = flight.split(".", 2)
    return f"{carrier} {number}"
