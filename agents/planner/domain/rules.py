"""What makes a trip legal: the rules in force, and the look-ups into them that need to know countries.

A trip is legal when every leg is on a `scheduled` flight of a permitted carrier with enough free seats in one allowed cabin and
room for the party's special services, the first leg departs at least `lead` after now (from a station that closes earlier:
`lead_at`; from another airport of the city than the party was to leave from: `co_terminal_least`) and at most `earlier` before
the ticketed departure, each connection is at least as long as the table's minimum and at most
`longest_connection`, no city is visited twice, and the trip begins and ends in the cities of the ticket. An unaccompanied
minor (UMNR) flies non-stop between the airports of the ticket. What was sold binds too: who was sold more connections, a longer
stay or, alone, a connection may be given as much (`Rules.limits`).
"""

from datetime import date, timedelta

from msgspec import field, structs

from agents.planner.domain.network import Availability
from contracts.flights import Place
from contracts.names import Airport
from contracts.party_rules import PartyRules
from contracts.rules import UNKNOWN_TERMINALS, Reach, RulesInForce, Terminals


class TripRules(PartyRules, frozen=True, kw_only=True):
    """The set by which a window is planned: a party by its own (`of`)."""

    countries: dict[Airport, str] = field(default_factory=dict)
    """ISO country code by airport, US territories as `US`; an airport that is not listed counts as `US`."""

    @classmethod
    def by(cls, found: RulesInForce, *, countries: dict[Airport, str]) -> "TripRules":
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
        self,
        arriving: tuple[Airport, Airport],
        *,
        departing: tuple[Airport, Airport],
        on: date,
        terminals: Terminals = UNKNOWN_TERMINALS,
    ) -> timedelta:
        """The minimum time from an arrival on `arriving` (origin, destination) to a departure on `departing`, on that UTC day.

        Raises `LookupError` where no row of the table is in force.
        """
        at = departing[0]
        least = self.minimum_at(
            at,
            arriving=self.reach(*arriving),
            departing=self.reach(*departing),
            on=on,
            carrier=self.carrier,
            terminals=terminals,
        )
        return self.extra + (least if arriving[1] == at else max(least, self.co_terminal_least))


def terminals_between(inbound: Availability, onward: Availability) -> Terminals:
    """The terminals of a connection; that of an arrival is known for its destination alone."""
    return arrival_terminal(inbound, onward.origin), onward.departure_terminal


def arrival_terminal(inbound: Availability, airport: Airport) -> Place | None:
    """Where a flight arrives at this airport; None where that is not known."""
    return inbound.arrival_terminal if inbound.lands == inbound.destination == airport else None
