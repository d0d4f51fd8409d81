"""Names: the keys of everything else.

Each is a plain string at run time (cheap as a dictionary key, the same in every language). Its form is checked when a message
is decoded, so no name can have a character that is special in a NATS subject. (`$` alone would accept a line break at the end.)

An error about imported data describes what is wanted by a type's `description` and first example. It repeats the wrong value
only if the type has an example: a name without one may be a person's.
"""

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta

_FLIGHT = r"^[A-Za-z0-9]{2,3}\.[0-9]{1,4}[A-Za-z]?\.[A-Za-z]{3}\.[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"

FlightKey = Annotated[str, Meta(pattern=_FLIGHT, description="a flight", examples=["B6.1017.JFK.2013-02-08"])]
"""`carrier.number.origin.date`, e.g. `B6.1017.JFK.2013-02-08`; the date is the scheduled departure's, local to the origin.

A feed may spell it in other ways that have this form (`jbu.01017.JFK.2013-02-08`). Where a message comes in,
`contracts.identity.canonical` makes it the one key of its departure."""

Airport = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="an airport's code", examples=["JFK"])]
"""IATA airport code."""

Carrier = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,3}$(?!\n)", description="an airline's code", examples=["B6"])]
"""IATA (two characters) or ICAO (three) airline designator."""

Pnr = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)", description="a PNR of letters, digits, - and _, at most 40")
]
"""A party that travels together. Opaque: no part of it has a meaning."""

Id = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)", description="a name of letters, digits, - and _, at most 64")
]
"""Identity of a fact or a plan, derived from its cause."""

Mode = Literal["air", "rail", "coach"]
"""How a leg is travelled. A train or a coach that an airline sells has a number and a key as a flight has, and its stations
have IATA codes."""
BY_LAND: frozenset[Mode] = frozenset({"rail", "coach"})

Cabin = Literal["first", "business", "premium", "economy"]
CABINS: tuple[Cabin, ...] = ("first", "business", "premium", "economy")
"""By rank, the best first. A flight has some of them."""


def flight_key(carrier: str, number: str, origin: str, day: date) -> FlightKey:
    return f"{carrier}.{number}.{origin}.{day.isoformat()}"


def carrier_of(flight: FlightKey) -> Carrier:
    return flight.split(".", 1)[0]


@lru_cache(1 << 16)
def origin_of(flight: FlightKey) -> Airport:
    return flight.split(".", 3)[2]


def day_of(flight: FlightKey) -> date:
    return date.fromisoformat(flight.rsplit(".", 1)[1])


def spoken(flight: FlightKey) -> str:
    """The flight as people write it: `B6 1017`."""
    carrier, number, _ = flight.split(".", 2)
    return f"{carrier} {number}"
