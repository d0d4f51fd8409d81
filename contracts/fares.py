"""Fares: what feeds report of them, and the lowest open ones as of now.

Any feed says `FareStatus`. The pricer alone says `Fare`, the state of one flight: the lowest open fare of each cabin and fare
family, and the seats open at it. It comes from the feed, or from the pricer's ladder where no feed has reported any. It is an
offer and no quote: nothing is held by it.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.flights import Instant
from contracts.money import Money, money_fault
from contracts.names import Cabin, FlightKey
from contracts.subject import Subject

Family = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,20}$(?!\n)",
        description="a fare family of letters, digits, - and _, at most 20",
        examples=["basic"],
    ),
]
"""A fare family as its airline names it (a *brand*): what is included and what may be changed. Opaque here."""
SeatsOpen = Annotated[int, Meta(ge=1, description="a number of seats, 1 or more", examples=[4])]
FareSource = Literal["feed", "ladder"]
FareChange = Literal["opened", "sold out", "seats", "time", "feed", "ladder", "closed"]
"""`opened`: the flight was not open before. `sold out`: a cabin is, or is not any more. `seats`: more or fewer are left, so
that fares are others. `time`: it leaves sooner, as days pass or by its times. `feed`: a feed says so. `ladder`: the pricer has
another ladder. `closed`: it is not sold any more."""


class OpenFare(Struct, frozen=True, gc=False, kw_only=True):
    """The lowest open fare of one cabin and family."""

    cabin: Cabin
    family: Family
    price: Money
    """For one passenger, from the flight's origin to its destination."""
    seats: SeatsOpen
    """How many can be bought at it at once. There may be more: systems often count no further than 9."""


class FareStatus(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """All that a feed knows of a flight's open fares at `observed_at`. A cabin or family that is left out is not for sale."""

    flight: FlightKey
    observed_at: Instant
    """When the feed learnt it; one that is later than the status came counts as of then. A later one wins, whatever the order
    of arrival; of two of one instant, the one that promises less (`promise`)."""
    fares: tuple[OpenFare, ...] = ()
    """At most one for each cabin and family; empty: none is open."""


class Fare(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The open fares of a flight, as of now."""

    flight: FlightKey
    source: FareSource
    observed_at: Instant
    """From a feed: when the feed learnt it, and no later than when it reported it. From the ladder: the event time at which it
    was read."""
    because: FareChange
    """Why this state replaces the one before."""
    fares: tuple[OpenFare, ...] = ()
    """By cabin, the best first, and the lowest price first. Never more seats than the ledger has free. Empty: none is open."""
    closed: bool = False
    """The flight is cancelled, has left, or is not known to the ledger: nothing is sold on it now."""
    ledger: int = 0
    """Revision of the flight's `SeatLedger` that it rests on; 0: it is not known to the ledger."""
    reported: tuple[OpenFare, ...] = ()
    """From a feed: its fares as reported, before what the ledger has free was looked at."""
    rungs: dict[Cabin, int] = {}
    """Of each cabin that has seats: the rung of the ladder that they are on, 0 with the most seats left."""
    days: int = 0
    """The rung of the ladder for the days to departure, 0 with the most days left."""
    ladder: str = ""
    """Which ladder the rungs are of, derived from its content."""


def fares_fault(fares: tuple[OpenFare, ...]) -> str | None:
    """Get why no flight can have these open fares, in one line, or None."""
    seen: set[tuple[Cabin, Family]] = set()
    for fare in fares:
        where = f"{fare.cabin} {fare.family}"
        if fault := money_fault(fare.price):
            return f"{where}: {fault}"
        if (fare.cabin, fare.family) in seen:
            return f"{where}: it has two fares, and only one can be the lowest"
        seen.add((fare.cabin, fare.family))
    return None


def promise(status: FareStatus) -> tuple[object, ...]:
    """What a status promises, for comparison with others of the same instant: fewer seats are less, then higher prices. Two
    that are equal by this have the same fares."""
    fares = sorted(status.fares, key=lambda fare: (fare.cabin, fare.family))
    return (
        sum(fare.seats for fare in fares),
        -sum(fare.price.amount for fare in fares),
        tuple((fare.cabin, fare.family, fare.seats, fare.price.currency, fare.price.amount) for fare in fares),
    )


FARE_STATUS = Subject("feed.fare.{flight}", FareStatus, "FEED")
"""any feed -> pricer"""
FARE = Subject("fare.flight.{flight}", Fare, "FARES")
"""pricer -> views"""
