"""What makes a trip legal: tables and limits as data, and the look-ups into them.

A trip is legal when every leg is on a `scheduled` flight with enough free seats in one allowed cabin, the first leg departs at
least `lead` after now (from another airport of the city than the party was to leave from: `co_terminal_least`) and at most
`earlier` before the ticketed departure, each connection is at least as long as the table's minimum and at most
`longest_connection`, no city is visited twice, and the trip begins and ends in the cities of the ticket. An unaccompanied
minor (UMNR) flies non-stop between the airports of the ticket.

Defaults marked [d] are ours, because no free authoritative source was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from contracts.limits import GIVEN_UP, LATEST_AFTER_TICKET, PRESUMED_UNDER_WAY
from contracts.names import CABINS, Airport, Cabin

Reach = Literal["domestic", "international"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumConnection:
    """One row of the table: the minimum time between arriving on one flight and departing on the next."""

    arriving: Reach
    departing: Reach
    least: timedelta
    effective_from: date
    """First day on which it holds, by the UTC date of the arrival."""
    effective_to: date | None = None
    """Last day on which it holds; None: until further notice."""
    station: Airport | None = None
    """Holds at this airport only, and outweighs rows without an airport."""
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
"""IATA metropolitan code by airport, for airports that share a city; any other airport is a city of its own."""


def by_rank(*, upgrades: bool = True) -> Mapping[Cabin, tuple[Cabin, ...]]:
    """The cabins that a party may be given, by the cabin paid for: that one, then lower ones, nearest first, then higher ones,
    nearest first, unless `upgrades` is False. Of trips that cost the same the one in the earlier cabin is preferred."""
    return {
        cabin: (*CABINS[rank:], *(reversed(CABINS[:rank]) if upgrades else ())) for rank, cabin in enumerate(CABINS)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every limit on a trip."""

    lead: timedelta = timedelta(minutes=45)
    """A trip departs at least this long after now: the party must be informed and reach the gate [d]."""
    earlier: timedelta = timedelta(hours=2)
    """A trip departs at most this long before the ticketed departure [d]."""
    later: timedelta = LATEST_AFTER_TICKET
    """A trip departs at most this long after the ticketed departure [d].

    Like `earlier` it counts from the ticket, not from now. So no trip becomes legal by the passing of time alone, and waiting
    parties need to be planned again only when a message brings seats within reach."""
    presumed: timedelta = PRESUMED_UNDER_WAY
    """A flight is presumed under way for this long after its best known departure, while no word of it has come [d]."""
    given_up: timedelta = GIVEN_UP
    """A journey's first flight is given up this long before it leaves, while the journey before it is stranded [d]."""
    max_connections: int = 2
    """Changes of aircraft in one trip [d]. A second one is searched for only where no trip with fewer has seats."""
    kept_share: float = 2 / 3
    """The share of its minimum with which a connection is kept that was sold at or above it [d]: no party is moved off one that
    can be made by those who hurry."""
    longest_connection: timedelta = timedelta(hours=6)
    """The longest wait between two flights of a trip [d]."""
    connections: tuple[MinimumConnection, ...] = MINIMUM_CONNECTIONS
    co_terminal_least: timedelta = timedelta(minutes=180)
    """The minimum time for a connection between two airports of one city, and from now to a departure from another airport of
    the city than the one that the party is at, or was to leave from [d]."""
    cities: Mapping[Airport, str] = field(default_factory=lambda: CITIES)
    cabins: Mapping[Cabin, tuple[Cabin, ...]] = field(default_factory=by_rank)
    countries: Mapping[Airport, str] = field(default_factory=dict)
    """ISO country code by airport, US territories as `US`; an airport that is not listed counts as `US`."""

    def city(self, airport: Airport) -> str:
        """The city an airport serves."""
        return self.cities.get(airport, airport)

    def terminals(self, airport: Airport) -> tuple[Airport, ...]:
        """All airports of the airport's city, this one first."""
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
        """The minimum time from an arrival on `arriving` (origin, destination) to a departure on `departing`, on that UTC day.

        Raises `LookupError` where no row of the table is in force.
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
