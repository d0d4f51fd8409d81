"""One journey of a party as it was sold, and what has become of it: all that a rule set judges by.

Nothing here is looked up. Countries, positions and time zones of airports are an argument (`Places`), and so is the time.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from contracts.flights import DelayCode
from contracts.money import Money
from contracts.names import CABINS, Airport, Cabin, Carrier

_EVENING = time(20)
"""Who waits without a trip at this time of the local clock, on the day of the departure that was sold or later, is taken to
wait for the next day [d]. The law names no hour."""
_EARTH_KM = 6371.0088
"""The mean radius of the Earth (IUGG)."""


class Place(NamedTuple):
    """Where an airport is."""

    country: str
    """ISO 3166."""
    latitude: float
    """Degrees, north positive."""
    longitude: float
    """Degrees, east positive."""
    zone: tzinfo


Places: TypeAlias = Mapping[Airport, Place]


class Sold(Struct, frozen=True, kw_only=True):
    """The journey as it was sold."""

    origin: Airport
    destination: Airport
    departs: datetime
    arrives: datetime
    connections: int = 0
    cabin: Cabin = "economy"


class Stage(Struct, frozen=True, kw_only=True):
    """One flight of the trip that the party has now, at the best known times."""

    origin: Airport
    destination: Airport
    departs: datetime
    arrives: datetime
    cabin: Cabin = "economy"


class Trip(Struct, frozen=True, kw_only=True):
    """The trip that the party has now, from the beginning of the journey."""

    stages: tuple[Stage, ...]
    """At least one."""
    as_sold: bool = False
    """On the flights that were sold."""
    travelled: bool = False
    """Its last flight has left with the party."""

    @property
    def origin(self) -> Airport:
        return self.stages[0].origin

    @property
    def destination(self) -> Airport:
        return self.stages[-1].destination

    @property
    def departs(self) -> datetime:
        return self.stages[0].departs

    @property
    def arrives(self) -> datetime:
        return self.stages[-1].arrives

    @property
    def lowest(self) -> Cabin:
        return max((stage.cabin for stage in self.stages), key=CABINS.index)


class Case(Struct, frozen=True, kw_only=True):
    """What a rule set judges: one journey, and what happened to it."""

    sold: Sold
    trip: Trip | None
    """None: none is known, so that it arrives later than any limit."""
    cancelled: bool = False
    """A flight of it was cancelled, and the party did not take it."""
    denied: bool = False
    """The party lost its seat on a flight that was, or is to be, operated."""
    smaller_aircraft: bool = False
    """It was `denied` because a smaller aircraft took the place of another."""
    misconnected: bool = False
    """A connection of it was broken."""
    informed_at: datetime
    """When the party was first informed that it cannot travel as sold."""
    cause: DelayCode | None = None
    """Why, by an IATA delay code; None: not known."""
    operator: Carrier | None = None
    """Who operates the flight that failed."""
    waits_at: Airport | None = None
    """Where the party waits, if it has no trip; None: where the journey begins."""
    now: datetime | None = None
    """By which time that is so; None: it makes no difference."""
    passengers: int = 1
    fare: Money | None = None
    """What one passenger paid for this journey, taxes and charges included; None: not known."""

    @property
    def later(self) -> timedelta | None:
        """How much later than sold it arrives; negative: earlier. None: not known, so that no limit holds."""
        return self.trip.arrives - self.sold.arrives if self.trip else None

    @property
    def departs_later(self) -> timedelta | None:
        """How much later than sold it departs; negative: earlier. None: not known, so that no limit holds."""
        return self.trip.departs - self.sold.departs if self.trip else None

    @property
    def notice(self) -> timedelta:
        """How long before the departure that was sold the party was informed."""
        return self.sold.departs - self.informed_at

    @property
    def is_rerouted(self) -> bool:
        """Whether it begins or ends at another airport than sold."""
        ends = (self.sold.origin, self.sold.destination)
        return self.trip is not None and (self.trip.origin, self.trip.destination) != ends

    @property
    def has_more_connections(self) -> bool:
        return self.trip is not None and len(self.trip.stages) - 1 > self.sold.connections

    @property
    def is_lower_cabin(self) -> bool:
        return self.trip is not None and CABINS.index(self.trip.lowest) > CABINS.index(self.sold.cabin)

    def is_day_after(self, places: Places) -> bool:
        """Whether the party waits for its departure to another date, local to where it waits: before its first flight, or
        between two that are not as sold."""
        if self.trip is None:
            return self.now is not None and self.now >= self.evening(places)
        first = places[self.trip.origin].zone
        if local_date(self.trip.departs, first) > local_date(self.sold.departs, first):
            return True
        waits = pairwise(self.trip.stages)
        return not self.trip.as_sold and any(
            local_date(there.arrives, places[on.origin].zone) < local_date(on.departs, places[on.origin].zone)
            for there, on in waits
        )

    def evening(self, places: Places) -> datetime:
        """From when a party without a trip is taken to wait for the next day."""
        zone = places[self.waits_at or self.sold.origin].zone
        return datetime.combine(local_date(self.sold.departs, zone), _EVENING, zone)

    def day(self, places: Places) -> date:
        """The date of the departure that was sold, local to its origin."""
        return local_date(self.sold.departs, places[self.sold.origin].zone)


def local_date(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def great_circle_km(one: Place, other: Place) -> float:
    """The distance over a sphere (haversine formula), in kilometres."""
    north, south = radians(one.latitude), radians(other.latitude)
    across = sin((south - north) / 2) ** 2
    along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(across + cos(north) * cos(south) * along)))
