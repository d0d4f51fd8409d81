"""The rules in force: which set a decision was made by, and whether that was the one in force then.

A decision is judged by the set that its fact names, read from the record of sets (`policy.rules`), and never by settings or by
what is usual now. The record is checked too: versions count from 1, and the set in force is the last one. Facts from before
there were any sets are judged by the defaults, which held then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bus.airports import countries
from contracts.ledger import BookingFact
from contracts.names import Airport, Cabin
from contracts.rules import Reach, Rules
from irops.audit.findings import Findings
from irops.audit.streams import Streams

_NO_ROW = timedelta(days=365)

Route = tuple[Airport, Airport]
"""Of a flight: origin and destination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRules:
    """One set, as the checks ask for it. What was sold may fall short of a limit by the leeway; of a change of airports it
    may not."""

    rules: Rules = field(default_factory=Rules)

    @property
    def lead(self) -> timedelta:
        """A trip departs at least this long after `now`."""
        return self.rules.lead

    @property
    def transfer(self) -> timedelta:
        """Shortest time between two flights at two airports of one city, and from `now` to a departure from another airport of
        the city than the party is at."""
        return self.rules.co_terminal_least

    @property
    def sold_lead(self) -> timedelta:
        """A flight is sold at least this long before it departs."""
        return self._sold(self.rules.lead)

    @property
    def sold_transfer(self) -> timedelta:
        """The same for a flight from another airport of the city than the party was to leave from."""
        return self._sold(max(self.rules.lead, self.rules.co_terminal_least))

    @property
    def sold_back(self) -> timedelta:
        """A party with a trip is moved back to seats that it had lost only while neither trip leaves sooner than this."""
        return self._sold(self.rules.moves_back_until)

    @property
    def worth_moving_back(self) -> timedelta:
        """And only if it arrives earlier by this."""
        return self.rules.margin

    def city(self, airport: Airport) -> str:
        """The city an airport serves."""
        return self.rules.cities.get(airport, airport)

    def cabins(self, paid: Cabin) -> tuple[Cabin, ...]:
        """The cabins that a party may be given."""
        return self.rules.cabins.get(paid, ())

    def least(self, inbound: Route, onward: Route, *, on: date) -> timedelta:
        """Shortest time between two flights, for an arrival on that UTC day; a year where no row of the table is in force."""
        arriving, departing = reach(inbound), reach(onward)
        return self.between(arriving, departing, inbound[1], onward[0], on=on)

    def between(self, arriving: Reach, departing: Reach, there: Airport, airport: Airport, *, on: date) -> timedelta:
        """The same for an arrival `there` and a departure from `airport`, by whether each flight crosses a border."""
        rows = [
            row
            for row in self.rules.connections
            if row.arriving == arriving and row.departing == departing and row.station in (None, airport)
            if row.effective_from <= on <= (row.effective_to or date.max)
        ]
        if not rows:
            return _NO_ROW
        row = max(rows, key=lambda row: (row.station is not None, row.effective_from))
        return row.least if there == airport else max(row.least, self.transfer)

    def sold_least(self, inbound: Route, onward: Route, *, on: date) -> timedelta:
        """`least`, of a connection that is newly sold."""
        least = self.least(inbound, onward, on=on)
        return self._sold(least) if inbound[1] == onward[0] else least

    def _sold(self, limit: timedelta) -> timedelta:
        return max(limit - self.rules.leeway, timedelta(0))


def reach(route: Route) -> Reach:
    """Whether a flight crosses a border."""
    origin, destination = (countries().get(airport, "US") for airport in route)
    return "domestic" if origin == destination else "international"


@dataclass(frozen=True)
class RuleBook:
    """Every set on record."""

    sets: Mapping[int, TripRules]
    adopted: Sequence[tuple[int, int]]
    """(LEDGER sequence, version), oldest first."""

    @property
    def now(self) -> TripRules:
        """The set in force."""
        return self.sets[self.adopted[-1][1]] if self.adopted else self.sets[0]

    def of(self, fact: BookingFact) -> TripRules:
        """The set that the fact was decided by; the one in force now, if it names none on record."""
        return self.sets.get(fact.rules, self.now)

    def since(self, version: int) -> list[TripRules]:
        """The sets from this one on; the one in force now, if this one is not on record."""
        found = [rules for number, rules in self.sets.items() if number >= version and (number or not self.adopted)]
        return found or [self.now]

    def in_force(self, sequence: int) -> int:
        """The version in force when this was committed to LEDGER; 0 before the first."""
        return next((version for at, version in reversed(self.adopted) if at < sequence), 0)


def rule_book(streams: Streams) -> RuleBook:
    """The record of sets."""
    adopted = sorted(streams.adopted, key=lambda pair: pair[0])
    sets = {0: TripRules()}
    sets.update({each.version: TripRules(rules=each.rules) for _, each in adopted})
    return RuleBook(sets, [(sequence, each.version) for sequence, each in adopted])


def not_in_force(streams: Streams, book: RuleBook) -> Findings:
    """Facts decided by other rules than those in force then, and sets that contradict one another.

    Their order is that of the ledger: a replay may set the clock back after a set was adopted.
    """
    found = Findings()
    for sequence, fact in (*streams.facts, *streams.amended):
        version = book.in_force(sequence)
        if fact.rules != version:
            found.add(f"{fact.pnr} was decided by rules {fact.rules}, when {version} were in force")
    for count, (_, each) in enumerate(sorted(streams.adopted, key=lambda pair: pair[0]), start=1):
        if each.version != count:
            found.add(f"rules {each.version} were adopted as number {count}")
    last = max(streams.adopted, key=lambda pair: pair[0])[1] if streams.adopted else None
    shown = [(each.version, each.rules, each.since) for each in streams.in_force]
    if shown != ([(last.version, last.rules, last.since)] if last else []):
        found.add("the set in force is not the last that was adopted")
    return found
