"""The rules for one party: those for everybody, overlaid by what the carrier that sold its ticket has otherwise.

Who decides about a party asks for its set first, and then that set alone: no decision asks for a carrier. The carrier is the
one that sold the first flight of the journey's ticket: the ticket's conditions are its conditions, and they stay the same
whichever airline flies, and whichever flight is disrupted.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from msgspec import field, structs

from contracts.ledger import Party, Ticket
from contracts.names import Airport, Carrier, carrier_of
from contracts.passengers import Passenger, Ssr, counted_ssrs
from contracts.rules import CarrierRules, Rules

_NONE = timedelta(0)
_OVERLAID = (
    "lead",
    "earlier",
    "later",
    "max_connections",
    "longest_connection",
    "co_terminal_least",
    "onto",
    "consent",
)


def seller_of(ticket: Ticket) -> Carrier | None:
    """The carrier that sold the ticket; None for one without flights."""
    sold = ticket.sold_as or ticket.flights
    return carrier_of(sold[0]) if sold else None


class PartyRules(Rules, frozen=True, kw_only=True):
    """A set in force, as everybody's or as one party's."""

    version: int = 0
    """Of the set in force (`RulesInForce`)."""
    carrier: Carrier | None = None
    """The one that sold the party's ticket, if it has rules of its own."""
    permitted: frozenset[Carrier] | None = None
    """Onto whose flights the party may be moved; None: onto anybody's."""
    extra: timedelta = _NONE
    """So much longer are the party's minimum connections, for its special services."""
    made: dict[object, Self] = field(default_factory=dict)
    """The sets of parties made from this one: thousands of parties have few different ones."""

    def __post_init__(self) -> None:
        structs.force_setattr(self, "made", {})  # a copy with other rules makes its own

    def of(self, ticket: Ticket, party: Party) -> Self:
        """The set for a party on one of its journeys."""
        if not (self.carriers or self.onto or self.services):
            return self
        own = self.sold_by(seller_of(ticket))
        onto = own.onto.get(party.tier, own.onto.get("none"))
        sellers = frozenset(map(carrier_of, (*ticket.flights, *ticket.sold_as)))
        permitted = None if onto is None else sellers.union(onto)
        extra = max((own.services[ssr].connection for ssr in party.ssrs if ssr in own.services), default=_NONE)
        if (permitted, extra) == (own.permitted, own.extra):
            return own
        return own._made((permitted, extra), permitted=permitted, extra=extra)

    def sold_by(self, carrier: Carrier | None) -> Self:
        """The set for all parties to whom this carrier sold their ticket, whatever their tier and services."""
        own = self.carriers.get(carrier) if carrier else None
        if own is None:
            return self
        return self._made(carrier, carrier=carrier, **overlay(self, own))

    def _made(self, key: object, **changes: object) -> Self:
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = structs.replace(self, **changes)
        return found

    def sets_for(self, carrier: Carrier | None) -> list[Self]:
        """The sets that parties may have to whom this carrier sold their ticket; of all carriers where it is not known."""
        return [self.sold_by(carrier)] if carrier else [self, *map(self.sold_by, self.carriers)]

    def capped(self, party: Party, passengers: Sequence[Passenger]) -> dict[Ssr, int]:
        """The party's special services of which a flight takes only so many, each with how many of it have it."""
        ssrs = [ssr for ssr in party.ssrs if ssr in self.services and self.services[ssr].most is not None]
        return counted_ssrs(ssrs, passengers) if ssrs else {}

    def lead_at(self, airport: Airport, *, begins: bool) -> timedelta:
        """How long before its departure from there a flight is planned, so that what takes until the plan is committed leaves
        time before it closes. `begins`: the party's trip begins with it."""
        closes = self.stations.get(airport)
        if closes is None:
            return self.lead
        return max(self.lead, self.leeway + max(closes.gate, closes.check_in if begins else _NONE))


def overlay(rules: Rules, own: CarrierRules) -> dict[str, object]:
    """The fields that a carrier's rules change."""
    changes = {name: value for name in _OVERLAID if (value := getattr(own, name)) is not None}
    elsewhere = {airport: city for airport, city in rules.cities.items() if city not in own.cities}
    grouped = {airport: city for city, airports in own.cities.items() for airport in airports}
    return changes | {
        "cities": elsewhere | grouped,
        "cabins": rules.cabins | own.cabins,
        "stations": rules.stations | own.stations,
        "services": rules.services | own.services,
    }
