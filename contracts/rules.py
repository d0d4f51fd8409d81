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
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct, field

from contracts.flights import Instant, Place
from contracts.ledger import Answerer, Disruption, Mark, Tier
from contracts.names import CABINS, Airport, Cabin, Carrier, FlightKey
from contracts.passengers import Ssr
from contracts.subject import Ask, Subject

Default = Literal["take", "leave"]
"""What is done with an offer that no one has answered in time: its first trip is booked, or none."""
Reach = Literal["domestic", "international"]
Terminals: TypeAlias = tuple[Place | None, Place | None]
"""Of an arrival and of a departure at one airport, as far as they are known."""
UNKNOWN_TERMINALS: Terminals = (None, None)


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
    carrier: Carrier | None = None
    """Holds for tickets that this carrier sold only, and outweighs a row without a carrier for the same place."""
    arriving_terminal: Place | None = None
    """Holds only for arrivals at this terminal of the station, and outweighs rows without one. For a flight whose terminal no
    feed has reported, no row with one holds."""
    departing_terminal: Place | None = None
    """Likewise, for departures."""


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


class StationTimes(Struct, frozen=True, gc=False, kw_only=True):
    """How long before their departure flights from an airport close. No one is newly given a flight that is closed."""

    check_in: timedelta = timedelta(0)
    """For parties whose trip begins there. Those who change planes there, or are on their way, are checked in."""
    gate: timedelta = timedelta(0)
    """For everyone."""


class ServiceRules(Struct, frozen=True, gc=False, kw_only=True):
    """What holds for parties with a special service."""

    connection: timedelta = timedelta(0)
    """So much longer is every minimum connection of theirs. Of several services the longest counts."""
    most: int | None = None
    """So many passengers with it may be on a flight that one is newly given; None: any number."""


class Consent(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Whose yes a plan needs that moves a party, and what is done without an answer. Every condition that is given has to hold.

    A plan that leaves the party where it is needs none.
    """

    by: Answerer | None
    """None: the plan is booked outright."""
    within: timedelta = timedelta(hours=2)
    """How long the answer may take [d]. It is less where the seats, or the present trip, can be had no longer."""
    default: Default = "take"
    """What is done without an answer."""
    after: tuple[Disruption, ...] = ()
    """What has happened; empty: anything."""
    marks: tuple[Mark, ...] = ()
    """The trip has one of these marks; empty: any or none."""
    tiers: tuple[Tier, ...] = ()
    """The party has one of these; empty: any."""
    ssrs: tuple[Ssr, ...] = ()
    """The party has one of these special services; empty: any or none."""
    delay: timedelta | None = None
    """The trip arrives at least this much later than the ticket's; None: whenever."""


class CarrierRules(Struct, frozen=True, gc=False, kw_only=True):
    """What is otherwise for those to whom a carrier sold their ticket. What is None, or not named, is as for everybody.

    Fields are those of `Rules` with the same name. Its minimum connections are rows of `Rules.connections` with its name.
    """

    lead: timedelta | None = None
    earlier: timedelta | None = None
    later: timedelta | None = None
    max_connections: int | None = None
    longest_connection: timedelta | None = None
    co_terminal_least: timedelta | None = None
    cities: dict[str, tuple[Airport, ...]] = {}
    """Airports by city: each city named here has these, and no others."""
    cabins: dict[Cabin, tuple[Cabin, ...]] = {}
    onto: dict[Tier, tuple[Carrier, ...] | None] | None = None
    stations: dict[Airport, StationTimes] = {}
    services: dict[Ssr, ServiceRules] = {}
    consent: tuple[Consent, ...] | None = None


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
    """How long a flight of which no word comes is presumed to do what it was last known to [d]: after its best known departure,
    that it is under way; after the known arrival of one that is diverted, that it may still fly on; after it came back, that it
    leaves again. From then on it may as well stand at its gate, has landed where it was to, or does not leave."""
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
    stretched: timedelta = timedelta(days=1)
    """A party whose trip could not be sold any more, but can be flown, keeps it unless another costs less than it and this
    much more, in weighted minutes [d]: it leaves earlier than is allowed (`earlier`), or leaves less time to change planes
    than is kept, down to `at_the_gate`. A connection that is missed after all may cost a day."""
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
    onto: dict[Tier, tuple[Carrier, ...] | None] = {}
    """Onto whose flights a party may be moved, by tier (`TIERS`), beside those of the carriers on its ticket. None, and a tier
    that is not named: onto anybody's."""
    stations: dict[Airport, StationTimes] = {}
    """Where flights close earlier than the lead."""
    services: dict[Ssr, ServiceRules] = {}
    """Special services that need more than others."""
    consent: tuple[Consent, ...] = ()
    """Whose yes a plan needs: the first one that holds for it says; none: it is booked outright."""
    least_to_answer: timedelta = timedelta(minutes=15)
    """No one is asked who would have less time for an answer than this [d]: the trip is booked, and marked `unasked`."""
    carriers: dict[Carrier, CarrierRules] = {}
    """What is otherwise, by the carrier that sold the ticket (`PartyRules.of`)."""

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

    def minimum_at(
        self,
        airport: Airport,
        *,
        arriving: Reach,
        departing: Reach,
        on: date,
        carrier: Carrier | None = None,
        terminals: Terminals = UNKNOWN_TERMINALS,
    ) -> timedelta:
        """The minimum time between two flights there, by the table, for an arrival on that UTC day, with a ticket that this
        carrier sold.

        Raises `LookupError` where no row of the table is in force.
        """
        rows = [
            row
            for row in self.connections
            if (row.arriving, row.departing) == (arriving, departing)
            and row.station in (None, airport)
            and row.carrier in (None, carrier)
            and row.arriving_terminal in (None, terminals[0])
            and row.departing_terminal in (None, terminals[1])
            and row.effective_from <= on
            and (row.effective_to is None or on <= row.effective_to)
        ]
        if not rows:
            raise LookupError(f"no minimum connection from {arriving} to {departing} at {airport} on {on}")
        return max(rows, key=_weight).least

    @property
    def has_terminals(self) -> bool:
        """Whether any minimum depends on terminals."""
        return any(row.arriving_terminal or row.departing_terminal for row in self.connections)

    @property
    def longest_minimum(self) -> timedelta:
        """A longer connection is too short by no row, nor between two airports, for no party."""
        own = (each.co_terminal_least for each in self.carriers.values() if each.co_terminal_least is not None)
        return max(self.co_terminal_least, *own, *(row.least for row in self.connections)) + self.longest_extra

    @property
    def longest_extra(self) -> timedelta:
        """No party needs more than this beyond the minimum of a connection."""
        every = (self.services, *(each.services for each in self.carriers.values()))
        return max((service.connection for services in every for service in services.values()), default=timedelta(0))


def _weight(row: MinimumConnection) -> tuple[bool, int, bool, date]:
    """Of the rows that hold the greatest decides; of equals, the earlier in the table."""
    terminals = (row.arriving_terminal is not None) + (row.departing_terminal is not None)
    return row.station is not None, terminals, row.carrier is not None, row.effective_from


class RulesAdopted(Struct, frozen=True, gc=False, kw_only=True):
    """A set came into force, and any other ended. It never expires: old decisions are judged by it."""

    version: int
    """Counts from 1. A set that comes back gets a new version."""
    rules: Rules
    since: Instant
    """Event time."""


class RulesInForce(RulesAdopted, frozen=True, gc=False, kw_only=True):
    """The set in force: the last that was adopted."""


class AdoptRules(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Read the rule files again, and adopt what they say. An error names each fault; the set in force stays then."""


class RulesRead(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    version: int
    """Of the set in force."""
    is_new: bool = False
    """It came into force by this."""


RULES_ADOPTED = Subject("policy.rules.{version}", RulesAdopted, "LEDGER")
"""booker -> planner, for the waitlist; anyone"""
RULES_IN_FORCE = Subject("ledger.rules", RulesInForce, "LEDGER")
"""booker -> views"""
ADOPT_RULES = Ask("booker", "adopt", AdoptRules, RulesRead)
"""operator -> booker"""
