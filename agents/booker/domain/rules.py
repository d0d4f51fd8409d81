"""What the booker requires before it sells a seat: the rules in force, less their leeway where they have one.

The planner decides what is good and legal by the same set. A plan takes time to be committed, and known times move meanwhile:
what was legal when it was planned must not be refused here, planned again in the same way, and refused for ever.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from msgspec import field, structs

from contracts.ledger import SeatLedger
from contracts.names import Airport, origin_of
from contracts.party_rules import PartyRules
from contracts.rules import UNKNOWN_TERMINALS, Reach, RulesInForce, Terminals

_NONE = timedelta(0)


class SaleRules(PartyRules, frozen=True, kw_only=True):
    """The set by which plans, changes of flights and imports are checked: a party by its own (`of`)."""

    countries: dict[Airport, str] = field(default_factory=dict)
    """ISO country code by airport, US territories as `US`; an airport that is not listed counts as `US`."""
    zones: dict[Airport, ZoneInfo] = field(default_factory=dict)
    """Time zones; an airport that is not listed has UTC."""

    def by(self, found: RulesInForce) -> "SaleRules":
        """The set in force, with these countries and zones."""
        return structs.replace(self, **structs.asdict(found.rules), version=found.version)

    def same_city(self, one: Airport, other: Airport) -> bool:
        return one == other or self.city(one) == self.city(other)

    @property
    def shortest_lead(self) -> timedelta:
        """A flight that leaves sooner than this after now is sold to no party."""
        every = (each.lead for each in self.carriers.values() if each.lead is not None)
        return max(min((self.lead, *every)) - self.leeway, _NONE)

    @property
    def moved_back_lead(self) -> timedelta:
        """A party with a trip is moved back to seats that it had lost only while neither trip's next flight leaves sooner than
        this after now."""
        return max(self.moves_back_until - self.leeway, _NONE)

    def sold_lead(self, is_at: Airport, leaves_from: Airport, *, begins: bool = True) -> timedelta:
        """A flight from this airport that leaves sooner than this after now is not sold to a party that is at, or was to leave
        from, the other one. `begins`: its trip begins with it."""
        least = self.lead_at(leaves_from, begins=begins)
        if is_at != leaves_from:
            least = max(least, self.co_terminal_least)
        return max(least - self.leeway, _NONE)

    def sold_connection(
        self,
        arriving: tuple[Airport, Airport],
        departing: tuple[Airport, Airport],
        *,
        on: date,
        terminals: Terminals = UNKNOWN_TERMINALS,
    ) -> timedelta:
        """The shortest wait between two flights (origin, destination) that is newly sold, for an arrival on that UTC day.
        Between two airports there is no leeway.

        Raises `LookupError` where no minimum is in force."""
        least = self.least_connection(arriving, departing, on=on, terminals=terminals)
        return max(least - self.leeway, _NONE) if arriving[1] == departing[0] else least

    def kept_connection(
        self,
        arriving: tuple[Airport, Airport],
        departing: tuple[Airport, Airport],
        *,
        on: date,
        terminals: Terminals = UNKNOWN_TERMINALS,
    ) -> timedelta:
        """The shortest wait for which a connection is kept. Raises as `sold_connection` does."""
        return self.least_connection(arriving, departing, on=on, terminals=terminals) * self.kept_share

    @property
    def longest_tight(self) -> timedelta:
        """The longest of all that `kept_connection` and `sold_connection` return for two flights at one airport, whatever the
        party."""
        longest = max((row.least for row in self.connections), default=_NONE) + self.longest_extra
        return max(longest * self.kept_share, longest - self.leeway)

    def least_connection(
        self,
        arriving: tuple[Airport, Airport],
        departing: tuple[Airport, Airport],
        *,
        on: date,
        terminals: Terminals = UNKNOWN_TERMINALS,
    ) -> timedelta:
        """The whole minimum. Raises as `sold_connection` does."""
        at = departing[0]
        least = self.minimum_at(
            at,
            arriving=self._reach(*arriving),
            departing=self._reach(*departing),
            on=on,
            carrier=self.carrier,
            terminals=terminals,
        )
        return self.extra + (least if arriving[1] == at else max(least, self.co_terminal_least))

    def _reach(self, origin: Airport, destination: Airport) -> Reach:
        return "domestic" if self.country(origin) == self.country(destination) else "international"

    def country(self, airport: Airport) -> str:
        return self.countries.get(airport, "US")


def terminals_between(inbound: SeatLedger, onward: SeatLedger, *, lands: Airport) -> Terminals:
    """The terminals of a connection to a party that lands there; that of an arrival is known for its destination alone."""
    at_home = lands == inbound.destination == origin_of(onward.flight)
    return inbound.arrival_terminal if at_home else None, onward.departure_terminal
