"""The rules by which a plan is made and checked: every value that is policy, in one set.

The booker publishes its set when it becomes active, and the set is in force from that commit on. Planners plan by it, and the
booker refuses a plan made by another one as stale. Each plan, and each fact about a booking, has the version of the set, so
that a decision is judged later by what was in force when it was made.

All fields are written, defaults too: what an old set meant must not change with a default. A new field needs a default that
means what held before it, for the sets that lack it.

Defaults marked [d] are ours, because no free authoritative source was found.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from msgspec import Struct, field

from contracts.flights import Instant
from contracts.names import CABINS, Airport, Cabin, FlightKey
from contracts.subject import Subject

Reach = Literal["domestic", "international"]


class MinimumConnection(Struct, frozen=True, gc=False, kw_only=True):
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
_MINUTES: Sequence[tuple[Reach, Reach, int]] = (
    ("domestic", "domestic", 45),
    ("domestic", "international", 60),
    ("international", "domestic", 90),
    ("international", "international", 60),
)
MINIMUM_CONNECTIONS: tuple[MinimumConnection, ...] = tuple(
    MinimumConnection(
        arriving=arriving,
        departing=departing,
        least=timedelta(minutes=least),
        effective_from=date(2000, 1, 1),
        source=_OURS,
    )
    for arriving, departing, least in _MINUTES
)


def _cities() -> dict[Airport, str]:
    return {"JFK": "NYC", "LGA": "NYC", "EWR": "NYC"}


def by_rank(*, upgrades: bool = True) -> dict[Cabin, tuple[Cabin, ...]]:
    """The cabins that a party may be given, by the cabin paid for: that one, then lower ones, nearest first, then higher ones,
    nearest first, unless `upgrades` is False. Of trips that cost the same the one in the earlier cabin is preferred."""
    return {
        cabin: (*CABINS[rank:], *(reversed(CABINS[:rank]) if upgrades else ())) for rank, cabin in enumerate(CABINS)
    }


class Limits(NamedTuple):
    """How much of a trip a party may be given (`Rules.limits`)."""

    connections: int
    """Changes of aircraft."""
    longest_connection: timedelta


class Weights(Struct, frozen=True, gc=False, kw_only=True):
    """Every constant of the cost of a trip. All are defaults of ours [d]."""

    delay: float = 1.0
    """Weighted minutes per minute of arrival after the ticket's."""
    early: float = 0.5
    """Weighted minutes per minute of departure before the ticket's."""
    transfer: float = 120.0
    """Weighted minutes for each end of the trip, and each connection, that uses another airport of the same city."""
    connection: float = 60.0
    """Weighted minutes per connection."""
    downgrade: float = 80.0
    """Weighted minutes per flight for each rank by which its cabin is lower than the one paid for (first, business, premium,
    economy): the fare difference must be refunded (14 CFR 260)."""
    upgrade: float = 50.0
    """Weighted minutes per flight for each rank by which its cabin is higher than the one paid for: it takes a seat from
    parties who paid for that cabin."""
    carrier: float = 90.0
    """Weighted minutes per flight with a carrier that is not on the ticket."""
    overlap: float = 720.0
    """Weighted minutes for a trip that ends after the party's next journey has begun, which then has to change too."""
    vulnerable: float = 2.0
    """Factor of importance for a party with a passenger whom delay hurts most: wheelchair, medical case, oxygen, stretcher,
    blind, unaccompanied minor, infant (`DELAY_SENSITIVE`)."""
    tier: float = 0.25
    """Added to the factor of importance, 1, per step of tier: silver 1, gold 2, platinum 3."""
    fare: float = 0.001
    """Added to the factor of importance per US dollar of fare per head, at `contracts.money.IN_DOLLARS`."""
    fare_cap: float = 1.0
    """The most the fare can add."""


class Rules(Struct, frozen=True, gc=False, kw_only=True):
    """Every limit on a trip, and every choice among legal trips."""

    lead: timedelta = timedelta(minutes=45)
    """A trip departs at least this long after now: the party must be informed and reach the gate [d]."""
    earlier: timedelta = timedelta(hours=2)
    """A trip departs at most this long before the ticketed departure [d]."""
    later: timedelta = timedelta(days=14)
    """A trip departs at most this long after the ticketed departure [d]; no booking is imported with flights further from its
    ticket.

    Like `earlier` it counts from the ticket, not from now. So no trip becomes legal by the passing of time alone, and waiting
    parties need to be planned again only when a message brings seats within reach."""
    max_connections: int = 2
    """Changes of aircraft in one trip [d], for a party that was sold no more (`limits`). A second one is searched for only
    where no trip with fewer has seats."""
    longest_connection: timedelta = timedelta(hours=6)
    """The longest wait between two flights of a trip [d], for a party that was sold none that is longer (`limits`)."""
    connections: tuple[MinimumConnection, ...] = MINIMUM_CONNECTIONS
    """The minimum times between two flights."""
    co_terminal_least: timedelta = timedelta(minutes=180)
    """The minimum time for a connection between two airports of one city, and from now to a departure from another airport of
    the city than the one that the party is at, or was to leave from [d]."""
    leeway: timedelta = timedelta(minutes=15)
    """A plan takes time to be committed: the booker sells what falls short of the lead, or of a minimum connection at one
    airport, by this much [d]."""
    kept_share: float = 2 / 3
    """The share of its minimum with which a connection is kept that was sold at or above it [d]: no party is moved off one that
    can be made by those who hurry."""
    presumed: timedelta = timedelta(minutes=60)
    """How long after its best known departure a flight is presumed under way, while no word of it has come [d]. A flight that
    is silent for longer may as well stand at its gate."""
    given_up: timedelta = timedelta(minutes=45)
    """How long before its departure the first flight of a journey is given up, while the party still waits for seats for the
    journey before it [d]. It is the usual lead: no trip that is sold later could bring the party there."""
    brought_forward: timedelta = timedelta(minutes=30)
    """A flight that leaves this long before the time that a party knows, or longer, leaves without it; with less, the party is
    at the gate, or on board: flights leave up to so early only when all are [d]."""
    at_the_gate: timedelta = timedelta(minutes=15)
    """A party has to be at the gate this long before a departure [d]. Who is moved to a flight shortly before it leaves is on
    its way there for `lead` less `leeway`; if that flight is brought forward to less than this after it, the party is moved
    again. An earlier departure is announced from this much on."""
    margin: timedelta = timedelta(minutes=60)
    """A party whose trip stands is moved only to arrive earlier by this much, and at less cost [d]."""
    moves_back_until: timedelta = timedelta(minutes=90)
    """A party that has a trip is moved back to seats that it had lost only while the next flight of neither trip leaves sooner
    than this [d]: later it may be on its way to the gate, checked in, with bags on board."""
    no_show_cancels: bool = False
    """Whether a party that did not come to a flight loses its later journeys, as far as nothing of them has been flown. Never
    where a flight up to that one was disrupted, or irops had written to the party about it: then it may be why no one came."""
    small_hours: int = 3
    """A wait between two flights that includes this hour of the local clock is a night on the way (`Mark`) [d]."""
    alternatives: int = 4
    """Options of a plan after the first [d]."""
    weights: Weights = Weights()
    """The constants of the cost."""
    cities: dict[Airport, str] = field(default_factory=_cities)
    """IATA metropolitan code by airport, for airports that share a city; any other airport is a city of its own."""
    cabins: dict[Cabin, tuple[Cabin, ...]] = field(default_factory=by_rank)
    """Cabins that a party may be given, by the cabin paid for: see `by_rank`."""

    def limits(self, sold: Collection[FlightKey], longest_stay: timedelta, *, alone: bool) -> Limits:
        """What a party may be given that was sold these flights, with this longest wait between two of them
        (`Journey.longest_stay`): what the rules allow, and what was sold where that is more. It agreed to that, and its own
        flights could not be put together again by less.

        One that travels `alone`, an unaccompanied minor, changes planes no more often than it was sold, with consent.
        """
        connections = max(0, len(sold) - 1)
        return Limits(
            connections if alone else max(self.max_connections, connections),
            max(self.longest_connection, longest_stay),
        )

    def city(self, airport: Airport) -> str:
        """The city an airport serves."""
        return self.cities.get(airport, airport)

    def minimum_at(self, airport: Airport, *, arriving: Reach, departing: Reach, on: date) -> timedelta:
        """The minimum time between two flights there, by the table, for an arrival on that UTC day.

        Raises `LookupError` where no row of the table is in force.
        """
        in_force = [
            row
            for row in self.connections
            if (row.arriving, row.departing) == (arriving, departing)
            and row.effective_from <= on
            and (row.effective_to is None or on <= row.effective_to)
        ]
        own = [row for row in in_force if row.station == airport]
        rows = own or [row for row in in_force if row.station is None]
        if not rows:
            raise LookupError(f"no minimum connection from {arriving} to {departing} at {airport} on {on}")
        return max(rows, key=lambda row: row.effective_from).least

    @property
    def longest_minimum(self) -> timedelta:
        """A longer connection is too short by no row, nor between two airports."""
        return max(self.co_terminal_least, *(row.least for row in self.connections))


class RulesAdopted(Struct, frozen=True, gc=False, kw_only=True):
    """A set came into force, and any other ended. It never expires: old decisions are judged by it."""

    version: int
    """Counts from 1. A set that comes back gets a new version."""
    rules: Rules
    since: Instant
    """Event time."""


class RulesInForce(RulesAdopted, frozen=True, gc=False, kw_only=True):
    """The set in force: the last that was adopted."""


RULES_ADOPTED = Subject("policy.rules.{version}", RulesAdopted, "LEDGER")
"""booker -> planner, for the waitlist; anyone"""
RULES_IN_FORCE = Subject("ledger.rules", RulesInForce, "LEDGER")
"""booker -> views"""
