"""What makes a trip legal: the rules in force, and the look-ups into them that need to know countries.

A trip is legal when every leg is on a `scheduled` flight with enough free seats in one allowed cabin, the first leg departs at
least `lead` after now (from another airport of the city than the party was to leave from: `co_terminal_least`) and at most
`earlier` before the ticketed departure, each connection is at least as long as the table's minimum and at most
`longest_connection`, no city is visited twice, and the trip begins and ends in the cities of the ticket. An unaccompanied
minor (UMNR) flies non-stop between the airports of the ticket. What was sold binds too: who was sold more connections, a longer
stay or, alone, a connection may be given as much (`Rules.limits`).
"""

from datetime import date, timedelta

from msgspec import field, structs

from contracts.names import Airport
from contracts.rules import Reach, Rules, RulesInForce


class TripRules(Rules, frozen=True, kw_only=True):
    """The set by which a window is planned."""

    version: int = 0
    """Of the set in force (`RulesInForce`)."""
    countries: dict[Airport, str] = field(default_factory=dict)
    """ISO country code by airport, US territories as `US`; an airport that is not listed counts as `US`."""

    @classmethod
    def of(cls, found: RulesInForce, *, countries: dict[Airport, str]) -> "TripRules":
        """The set in force, with the countries."""
        return cls(**structs.asdict(found.rules), version=found.version, countries=countries)

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
        at = departing[0]
        least = self.minimum_at(at, arriving=self.reach(*arriving), departing=self.reach(*departing), on=on)
        return least if arriving[1] == at else max(least, self.co_terminal_least)
