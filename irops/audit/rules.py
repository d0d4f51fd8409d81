"""The rules in force: which set a decision was made by, and whether that was the one in force then.

A decision is judged by the set that its fact names, read from the record of sets (`policy.rules`), and never by settings or by
what is usual now. The record is checked too: versions count from 1, and the set in force is the last one. Facts from before
there were any sets are judged by the defaults, which held then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product

from msgspec.structs import replace

from bus.airports import countries
from contracts.flights import Place
from contracts.ledger import BookingFact, Party, Ticket
from contracts.names import Airport, Cabin, Carrier
from contracts.passengers import Ssr
from contracts.rules import CarrierRules, MinimumConnection, Reach, Rules, Terminals
from irops.audit.findings import Findings
from irops.audit.journeys import PartyJourney
from irops.audit.streams import Streams

_NONE = timedelta(0)
_NO_ROW = timedelta(days=365)

Route = tuple[Airport, Airport]
"""Of a flight: origin and destination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRules:
    """One set, as the checks ask for it: everybody's, or one party's (`of`). What was sold may fall short of a limit by the
    leeway; of a change of airports it may not."""

    rules: Rules = field(default_factory=Rules)
    """With what the seller of the party's ticket has otherwise."""
    seller: Carrier | None = None
    """Of the party's ticket; its minimum connections count."""
    onto: frozenset[Carrier] | None = None
    """Carriers onto whose flights the party may be moved; None: any, or it cannot be known."""
    extra: tuple[timedelta, timedelta] = (_NONE, _NONE)
    """So much longer are the party's minimum connections, at least and at most: who they were may not be known any more."""

    def of(self, ticket: Ticket, party: Party, *, sure: bool = True) -> "TripRules":
        """The set for this party. Not `sure`: it has changed since it was judged, so its tier and services are not known."""
        base = self.rules
        if not (base.carriers or base.onto or base.services):
            return self
        bought = (*ticket.sold_as, *ticket.flights)
        seller = bought[0].split(".")[0] if bought else None
        rules = _with(base, base.carriers[seller]) if seller in base.carriers else base
        times = {ssr: service.connection for ssr, service in rules.services.items()}
        if not sure:
            return TripRules(rules=rules, seller=seller, extra=(_NONE, max(times.values(), default=_NONE)))
        extra = max((times[ssr] for ssr in party.ssrs if ssr in times), default=_NONE)
        allowed = rules.onto[party.tier] if party.tier in rules.onto else rules.onto.get("none")
        onto = None if allowed is None else frozenset(allowed) | {flight.split(".")[0] for flight in bought}
        return TripRules(rules=rules, seller=seller, onto=onto, extra=(extra, extra))

    @property
    def lead(self) -> timedelta:
        """A trip departs at least this long after `now`."""
        return self.rules.lead

    def lead_from(self, airport: Airport, *, begins: bool) -> timedelta:
        """The same for a departure from there, where flights may close earlier. `begins`: the trip begins with it."""
        closes = self._closes(airport, begins=begins)
        return max(self.rules.lead, closes + self.rules.leeway) if closes else self.rules.lead

    @property
    def transfer(self) -> timedelta:
        """Shortest time between two flights at two airports of one city, and from `now` to a departure from another airport of
        the city than the party is at."""
        return self.rules.co_terminal_least

    @property
    def sold_lead(self) -> timedelta:
        """A flight is sold at least this long before it departs."""
        return self._sold(self.rules.lead)

    def sold_from(self, airport: Airport, *, begins: bool) -> timedelta:
        """The same for a flight from there: not once it is closed."""
        return max(self.sold_lead, self._closes(airport, begins=begins))

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

    def most(self, ssr: Ssr) -> int | None:
        """How many passengers with this service may be on a flight that one of them is newly given; None: any number."""
        service = self.rules.services.get(ssr)
        return service.most if service else None

    def least(self, inbound: Route, onward: Route, *, on: date) -> timedelta:
        """Shortest time between two flights, for an arrival on that UTC day, whatever their terminals; a year where no row of
        the table is in force."""
        arriving, departing = reach(inbound), reach(onward)
        return self.between(arriving, departing, inbound[1], onward[0], on=on)

    def between(self, arriving: Reach, departing: Reach, there: Airport, airport: Airport, *, on: date) -> timedelta:
        """The same for an arrival `there` and a departure from `airport`, by whether each flight crosses a border."""
        rows = self._rows(arriving, departing, airport, on)
        found = (self._of_terminals(rows, pair) for pair in product(_terminals(rows, 0), _terminals(rows, 1)))
        least = max((each for each in found if each is not None), default=_NO_ROW)
        return self.extra[1] + (least if there == airport else max(least, self.transfer))

    def sold_least(
        self, inbound: Route, onward: Route, *, on: date, terminals: Collection[Terminals] = ()
    ) -> timedelta:
        """Of a connection that is newly sold, the shortest that any of these terminals allow."""
        least = self._shortest(inbound, onward, on, terminals)
        return self._sold(least) if inbound[1] == onward[0] else least

    def kept_least(
        self, inbound: Route, onward: Route, *, on: date, terminals: Collection[Terminals] = ()
    ) -> timedelta:
        """Likewise of one that is kept."""
        return self._shortest(inbound, onward, on, terminals) * self.rules.kept_share

    def _shortest(self, inbound: Route, onward: Route, on: date, terminals: Collection[Terminals]) -> timedelta:
        rows = self._rows(reach(inbound), reach(onward), onward[0], on)
        if inbound[1] != onward[0]:
            terminals = {(None, departure) for _, departure in terminals}
        found = (
            self._of_terminals(rows, pair) for pair in terminals or product(_terminals(rows, 0), _terminals(rows, 1))
        )
        least = min((each for each in found if each is not None), default=_NO_ROW)
        return self.extra[0] + (least if inbound[1] == onward[0] else max(least, self.transfer))

    def _rows(self, arriving: Reach, departing: Reach, airport: Airport, on: date) -> list[MinimumConnection]:
        return [
            row
            for row in self.rules.connections
            if row.arriving == arriving and row.departing == departing and row.station in (None, airport)
            if row.carrier is None or row.carrier == self.seller
            if row.effective_from <= on <= (row.effective_to or date.max)
        ]

    def _of_terminals(self, rows: Sequence[MinimumConnection], known: Terminals) -> timedelta | None:
        """The row that decides: at the station before anywhere, of its terminals before all of it, of the seller before anyone,
        and the latest."""
        best: tuple[tuple[bool, int, bool, date], timedelta] | None = None
        for row in rows:
            asked = [(row.arriving_terminal, known[0]), (row.departing_terminal, known[1])]
            if any(wanted is not None and wanted != has for wanted, has in asked):
                continue
            terminals = sum(wanted is not None for wanted, _ in asked)
            rank = (row.station is not None, terminals, row.carrier is not None, row.effective_from)
            if best is None or rank > best[0]:
                best = rank, row.least
        return best[1] if best else None

    def _closes(self, airport: Airport, *, begins: bool) -> timedelta:
        station = self.rules.stations.get(airport)
        if station is None:
            return _NONE
        return max(station.check_in, station.gate) if begins else station.gate

    def _sold(self, limit: timedelta) -> timedelta:
        return max(limit - self.rules.leeway, _NONE)


def _terminals(rows: Sequence[MinimumConnection], at: int) -> set[Place | None]:
    """Those on which any of these rows depends, and none."""
    return {None, *(row.departing_terminal if at else row.arriving_terminal for row in rows)}


def _with(rules: Rules, own: CarrierRules) -> Rules:
    """Everybody's rules with those that a carrier has otherwise."""
    cities = {airport: city for airport, city in rules.cities.items() if city not in own.cities}
    for city, airports in own.cities.items():
        cities.update(dict.fromkeys(airports, city))
    return replace(
        rules,
        lead=rules.lead if own.lead is None else own.lead,
        earlier=rules.earlier if own.earlier is None else own.earlier,
        later=rules.later if own.later is None else own.later,
        max_connections=rules.max_connections if own.max_connections is None else own.max_connections,
        longest_connection=rules.longest_connection if own.longest_connection is None else own.longest_connection,
        co_terminal_least=rules.co_terminal_least if own.co_terminal_least is None else own.co_terminal_least,
        cities=cities,
        cabins={**rules.cabins, **own.cabins},
        onto=rules.onto if own.onto is None else own.onto,
        stations={**rules.stations, **own.stations},
        services={**rules.services, **own.services},
        consent=rules.consent if own.consent is None else own.consent,
    )


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

    def of(self, fact: BookingFact, journey: PartyJourney) -> TripRules:
        """The set for the party that the fact was decided by; by the one in force now, if it names none on record."""
        rules = self.sets.get(fact.rules, self.now)
        return rules.of(journey.ticket, journey.party, sure=journey.is_as_decided(fact))

    def at(self, sequence: int, version: int, journey: PartyJourney) -> TripRules:
        """The set of this version for the party as it was at this LEDGER sequence."""
        rules = self.sets.get(version, self.now)
        return rules.of(journey.ticket, journey.party, sure=journey.is_as_at(sequence))

    def now_for(self, journey: PartyJourney) -> TripRules:
        """The set for the party by the one in force."""
        return self.now.of(journey.ticket, journey.party)

    def since(self, version: int) -> list[TripRules]:
        """The sets for everybody from this one on; the one in force now, if this one is not on record."""
        found = [rules for number, rules in self.sets.items() if number >= version and (number or not self.adopted)]
        return found or [self.now]

    def since_last(self, journey: PartyJourney) -> list[TripRules]:
        """The sets for the party from the one on that its last fact was decided by."""
        last = journey.facts[-1] if journey.facts else None
        sure = last is None or journey.is_as_decided(last)
        return [each.of(journey.ticket, journey.party, sure=sure) for each in self.since(last.rules if last else 0)]

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
    for sequence, fact in (
        *streams.facts,
        *streams.offered,
        *streams.withdrawn,
        *streams.replies_refused,
        *streams.amended,
    ):
        version = book.in_force(sequence)
        if fact.rules != version:
            found.add(f"{fact.pnr} was decided by rules {fact.rules}, when {version} were in force")
    for sequence, disruption in () if streams.redacted else streams.disrupted:
        version = book.in_force(sequence)
        if disruption.rules != version:
            what = f"fact {disruption.n} of {disruption.flight}"
            found.add(f"{what} was decided by rules {disruption.rules}, when {version} were in force")
    for count, (_, each) in enumerate(sorted(streams.adopted, key=lambda pair: pair[0]), start=1):
        if each.version != count:
            found.add(f"rules {each.version} were adopted as number {count}")
    last = max(streams.adopted, key=lambda pair: pair[0])[1] if streams.adopted else None
    shown = [(each.version, each.rules, each.since) for each in streams.in_force]
    if shown != ([(last.version, last.rules, last.since)] if last else []):
        found.add("the set in force is not the last that was adopted")
    return found
