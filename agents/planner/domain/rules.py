"""What makes a trip legal: tables and limits as data, and the few look-ups into them.

A trip is legal when every leg is on a `scheduled` flight with enough free seats in one allowed cabin, the first leg departs
no sooner than `lead` after now and no earlier than `earlier` before the ticketed departure, each connection is as long as
the table asks and no longer than `longest_connection`, no city is visited twice, and the trip begins and ends in the cities
of the ticket. An unaccompanied minor (UMNR) flies non-stop between the very airports of the ticket.

Defaults marked [d] are ours, for want of a free authoritative source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from contracts.names import Airport, Cabin

Reach = Literal["domestic", "international"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumConnection:
    """One row of the table: the least time between arriving on one flight and departing on the next."""

    arriving: Reach
    departing: Reach
    least: timedelta
    effective_from: date
    """First day it holds, by the UTC date of the arrival."""
    effective_to: date | None = None
    """Last day it holds; none: until further notice."""
    station: Airport | None = None
    """Holds at this airport only, before any row that names none."""
    source: str = ""


_OURS = "a default of ours: no free authoritative source was found"
_SINCE = date(2000, 1, 1)
MINIMUM_CONNECTIONS: tuple[MinimumConnection, ...] = (
    MinimumConnection(
        arriving="domestic", departing="domestic", least=timedelta(minutes=45), effective_from=_SINCE, source=_OURS
    ),
    MinimumConnection(
        arriving="domestic", departing="international", least=timedelta(minutes=60), effective_from=_SINCE, source=_OURS
    ),
    MinimumConnection(
        arriving="international", departing="domestic", least=timedelta(minutes=90), effective_from=_SINCE, source=_OURS
    ),
    MinimumConnection(
        arriving="international",
        departing="international",
        least=timedelta(minutes=60),
        effective_from=_SINCE,
        source=_OURS,
    ),
)

CITIES: Mapping[Airport, str] = {"JFK": "NYC", "LGA": "NYC", "EWR": "NYC"}
"""IATA metropolitan codes of airports that serve one city; an airport not named is a city of its own."""

CABIN_ORDER: Mapping[Cabin, tuple[Cabin, ...]] = {"first": ("first", "economy"), "economy": ("economy", "first")}
"""By the cabin paid for: which cabins a party may be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every limit a trip has to keep."""

    lead: timedelta = timedelta(minutes=45)
    """A trip departs at least this long after now: the party has to hear of it and be at the gate [d]."""
    earlier: timedelta = timedelta(hours=2)
    """A trip departs at most this long before the ticketed departure: who was to leave at six can be there by four [d]."""
    later: timedelta = timedelta(days=14)
    """A trip departs at most this long after the ticketed departure [d]. Like `earlier` it counts from the ticket and not from
    now: so no trip becomes legal because time has passed, of which no message would tell those who wait."""
    max_connections: int = 2
    """Changes of aircraft in one trip; the second is looked for only where there is nothing with fewer [d]."""
    longest_connection: timedelta = timedelta(hours=6)
    """A longer wait between two flights is no connection [d]."""
    connections: tuple[MinimumConnection, ...] = MINIMUM_CONNECTIONS
    co_terminal_least: timedelta = timedelta(minutes=180)
    """The least time for a connection that leaves from another airport of the city it arrived in [d]."""
    cities: Mapping[Airport, str] = field(default_factory=lambda: CITIES)
    cabins: Mapping[Cabin, tuple[Cabin, ...]] = field(default_factory=lambda: CABIN_ORDER)
    countries: Mapping[Airport, str] = field(default_factory=dict)
    """ISO code by airport, US territories as `US`; an airport not named counts as `US`."""

    def city(self, airport: Airport) -> str:
        """The city an airport serves."""
        return self.cities.get(airport, airport)

    def terminals(self, airport: Airport) -> tuple[Airport, ...]:
        """All airports of the airport's city, the airport itself first."""
        city = self.cities.get(airport)
        if city is None:
            return (airport,)
        return (airport, *sorted(a for a, c in self.cities.items() if c == city and a != airport))

    def reach(self, origin: Airport, destination: Airport) -> Reach:
        """Whether a flight between the two crosses a border."""
        same = self.countries.get(origin, "US") == self.countries.get(destination, "US")
        return "domestic" if same else "international"

    def least_connection(
        self, arriving: tuple[Airport, Airport], *, departing: tuple[Airport, Airport], on: date
    ) -> timedelta:
        """The least time between a flight over `arriving` (origin, destination) and one over `departing`, on that UTC day.

        Raises `LookupError` where the table has no row in force.
        """
        arrives_at, leaves_from = arriving[1], departing[0]
        kind = (self.reach(*arriving), self.reach(*departing))
        in_force = [
            row
            for row in self.connections
            if (row.arriving, row.departing) == kind
            and row.effective_from <= on
            and (row.effective_to is None or on <= row.effective_to)
        ]
        own = [row for row in in_force if row.station == leaves_from]
        rows = own or [row for row in in_force if row.station is None]
        if not rows:
            raise LookupError(f"no minimum connection from {kind[0]} to {kind[1]} at {leaves_from} on {on}")
        least = max(rows, key=lambda row: row.effective_from).least
        return least if arrives_at == leaves_from else max(least, self.co_terminal_least)
