"""What the booker itself insists on before it sells a seat.

The planner decides what is good and legal with the full tables; these are the floors under it. They are deliberately weaker
than the planner's own: a plan that was legal when it was made must not be refused, planned again alike and refused for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.names import Airport


def _new_york() -> Mapping[Airport, str]:
    return {"JFK": "NYC", "LGA": "NYC", "EWR": "NYC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The floors, all defaults of ours except the transfer between New York's airports (DOMAIN-FACTS: none under 180 min)."""

    minimum_lead: timedelta = timedelta(minutes=30)
    """A flight that leaves sooner than this after `now` is not sold. Less than the planner's 45 min: plans travel, too."""
    minimum_connection: timedelta = timedelta(minutes=30)
    """Between two flights at one airport, newly sold. Less than the planner's shortest, 45 min."""
    minimum_transfer: timedelta = timedelta(minutes=180)
    """Between two flights at different airports of one city."""
    longest_ticket: timedelta = timedelta(days=14)
    """A ticket brought in arrives at most this long after it departs."""
    ticket_apart: timedelta = timedelta(days=60)
    """It departs at most this long before or after the first flight the party has: all is measured by it, and a ticket for the
    year 9999 can't be planned with."""
    safe_connection: timedelta = timedelta(hours=4)
    """No connection longer than this is too short by anyone's table, so none can be why a party has no trip left."""
    cities: Mapping[Airport, str] = field(default_factory=_new_york)
    """Airports that serve one city; any other airport is a city of its own."""

    def same_city(self, one: Airport, other: Airport) -> bool:
        return one == other or self.cities.get(one, one) == self.cities.get(other, other)

    def connection(self, arrived_at: Airport, leaves_from: Airport) -> timedelta:
        return self.minimum_connection if arrived_at == leaves_from else self.minimum_transfer
