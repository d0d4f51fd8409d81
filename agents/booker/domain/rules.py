"""What the booker requires before it sells a seat.

The planner decides what is good and legal with the full tables; these limits lie below the planner's, on purpose: a plan that
was legal when it was made must not be refused here, planned again in the same way, and refused for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.limits import GIVEN_UP, PRESUMED_UNDER_WAY
from contracts.names import Airport


def _new_york() -> Mapping[Airport, str]:
    return {"JFK": "NYC", "LGA": "NYC", "EWR": "NYC"}


def _minimum_connections() -> Mapping[tuple[bool, bool], timedelta]:
    minutes = {(False, False): 45, (False, True): 60, (True, False): 90, (True, True): 60}
    return {kind: timedelta(minutes=least) for kind, least in minutes.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRules:
    """Defaults of ours, except the transfer between New York's airports, for which no published minimum is under 180 min."""

    minimum_lead: timedelta = timedelta(minutes=30)
    """A flight that leaves sooner than this after `now` is not sold. Less than the planner's 45 min, for plans take time."""
    minimum_connection: timedelta = timedelta(minutes=30)
    """Between two flights at one airport, newly sold. Less than the planner's shortest, 45 min."""
    minimum_transfer: timedelta = timedelta(minutes=180)
    """Between two flights at different airports of one city."""
    minimum_transfer_lead: timedelta = timedelta(minutes=165)
    """The same for a flight from another airport of the city than the one that the party is at, or was to leave from. Less than
    the planner's 180 min."""
    presumed: timedelta = PRESUMED_UNDER_WAY
    """For this long after its best known departure a flight may be under way, while no word of it has come."""
    given_up: timedelta = GIVEN_UP
    """A journey's first flight is given up this long before it leaves, while the journey before it is stranded."""
    longest_ticket: timedelta = timedelta(days=14)
    """An imported ticket arrives at most this long after it departs."""
    leg_apart: timedelta = timedelta(hours=18)
    """An imported leg departs at most this long before or after its flight [d]: its number's flights of the day before and the
    day after are further away, and few flights are that late."""
    safe_connection: timedelta = timedelta(hours=4)
    """A longer connection is too short by no table, so it cannot be the reason why a party has no trip left."""
    kept_share: float = 2 / 3
    """The share of a minimum connection with which one is kept that was sold at or above it [d]."""
    connections: Mapping[tuple[bool, bool], timedelta] = field(default_factory=_minimum_connections)
    """The minimum connection by whether the flights of arrival and of departure cross a border, as the planner has it."""
    countries: Mapping[Airport, str] = field(default_factory=dict)
    """ISO country code by airport, US territories as `US`; an airport that is not listed counts as `US`."""
    cities: Mapping[Airport, str] = field(default_factory=_new_york)
    """Airports that serve one city; any other airport is a city of its own."""

    def same_city(self, one: Airport, other: Airport) -> bool:
        return one == other or self.cities.get(one, one) == self.cities.get(other, other)

    def lead(self, is_at: Airport, leaves_from: Airport) -> timedelta:
        return self.minimum_lead if is_at == leaves_from else self.minimum_transfer_lead

    @property
    def longest_kept(self) -> timedelta:
        """The longest of all that `kept_connection` returns."""
        return max(self.minimum_transfer, *self.connections.values()) * self.kept_share

    def kept_connection(self, arriving: tuple[Airport, Airport], departing: tuple[Airport, Airport]) -> timedelta:
        """The shortest wait between two flights (origin, destination) for which a connection is kept."""
        if arriving[1] != departing[0]:
            return self.minimum_transfer * self.kept_share
        return self.connections[self._crosses(*arriving), self._crosses(*departing)] * self.kept_share

    def _crosses(self, origin: Airport, destination: Airport) -> bool:
        return self.countries.get(origin, "US") != self.countries.get(destination, "US")

    def connection(self, arrives_at: Airport, leaves_from: Airport) -> timedelta:
        return self.minimum_connection if arrives_at == leaves_from else self.minimum_transfer
