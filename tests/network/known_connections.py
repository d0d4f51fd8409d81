"""Connections of the network's record, heard as they would have become known, and who is moved off them.

Real are the flights, their schedules and what became of them (`benchmarks.bts`), and the decisions of monitor, booker and
planner. The record has no passengers and no announcements. So each flight that can connect to others of its airline connects to
one of them, drawn by a seed, and what is announced is that of `simulation.announcements`. Who made a connection is not recorded
either: what is known is how long there was for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from agents.booker.domain import SaleRules, apply_changes, tight_connections
from agents.booker.domain.stays import connections
from agents.monitor.domain import decide
from agents.planner.domain import Case, Network, TripRules, availability_of
from agents.planner.domain.trip_status import trip_status
from bus.airports import countries, zones
from contracts.flights import Flight, FlightChanged, FlightStatus
from contracts.ledger import Booking, Holding, Leg, Party, SeatLedger, SeatsDisrupted, Ticket
from contracts.names import Airport, Carrier, FlightKey, Pnr
from simulation.draws import generator
from simulation.equipment import Equipment
from simulation.fleet import Seats
from simulation.record import RecordedFlight
from simulation.statuses import statuses
from tests.single_journey import journey_of, single

SOLD = timedelta(minutes=45), timedelta(minutes=90)
"""The shortest and the longest wait of the connections looked at, as scheduled: the minimum between domestic flights, and twice
that. Longer ones seldom become tight."""
_THRESHOLD = timedelta(minutes=30)
_SEATS: Seats = {"economy": 100}
_PARTY = "LINKS"


class Pair(NamedTuple):
    """Two flights that were flown, the second one from where the first one goes."""

    first: RecordedFlight
    second: RecordedFlight


class Known(NamedTuple):
    """A connection, and all changes of its two flights that the monitor says, each with the time of its status."""

    pair: Pair
    seeded: tuple[FlightChanged, ...]
    """The schedules, before anyone was booked."""
    changes: tuple[tuple[datetime, FlightChanged], ...]

    @property
    def left(self) -> timedelta:
        """Between the two flights, in fact."""
        arrived, departed = self.pair.first.arrived_at, self.pair.second.departed_at
        assert arrived is not None
        assert departed is not None
        return departed - arrived


class Moved(NamedTuple):
    """That the party is moved off its connection."""

    known: timedelta
    """Between the two flights, by what was known then."""
    ahead: timedelta
    """Of the departure of the second flight, in fact."""


def known_connections(flights: Iterable[RecordedFlight], *, seed: int, count: int | None = None) -> Iterator[Known]:
    """Up to `count` connections of different first flights (None: all). Those with a flight that is announced as cancelled
    and flies all the same (`simulation.announcements`) are left out."""
    for pair in _drawn(flights, seed=seed)[:count]:
        heard = _statuses(pair)
        if not any(status.cancelled for status in heard):
            monitor = _Monitor()
            seeded = tuple(change for flight in pair for change in monitor.hear(_scheduled(flight)))
            changes = tuple((status.observed_at, change) for status in heard for change in monitor.hear(status))
            yield Known(pair, seeded, changes)


def _drawn(flights: Iterable[RecordedFlight], *, seed: int) -> list[Pair]:
    rng = generator(seed, "connections")
    flown = [flight for flight in flights if flight.departed_at and flight.arrived_at]
    leaving: defaultdict[tuple[Carrier, Airport], list[RecordedFlight]] = defaultdict(list)
    for flight in flown:
        leaving[flight.carrier, flight.origin].append(flight)
    rng.shuffle(flown)
    pairs = []
    for first in flown:
        onward = [second for second in leaving[first.carrier, first.destination] if _connects(first, second)]
        if onward:
            pairs.append(Pair(first, rng.choice(onward)))
    return pairs


def _connects(first: RecordedFlight, second: RecordedFlight) -> bool:
    least, most = SOLD
    if second.destination == first.origin or _number(first) == _number(second):
        return False
    return least <= second.scheduled_departure - first.scheduled_arrival <= most


def _number(flight: RecordedFlight) -> str:
    return flight.flight.split(".")[1]


def _statuses(pair: Pair) -> list[FlightStatus]:
    """All that is heard of the two flights, in order."""
    equipment = Equipment(_SEATS, _SEATS, swapped=False)
    found = [
        status
        for flight in pair
        for status in statuses(
            flight, equipment=equipment, storm=False, airports={}, rng=generator(7, flight.flight, "announcements")
        )
    ]
    return sorted(found, key=lambda status: status.observed_at)


class _Monitor:
    """What the monitor knows of two flights."""

    def __init__(self) -> None:
        self._flights: dict[FlightKey, Flight] = {}

    def hear(self, status: FlightStatus) -> tuple[FlightChanged, ...]:
        outcome = decide(self._flights.get(status.flight), status, threshold=_THRESHOLD)
        if outcome.state is not None:
            self._flights[status.flight] = outcome.state
        return outcome.changes


def moved(connection: Known, *, kept_share: float) -> Moved | None:
    """Whether a party is moved when booker and planner hear all of it, with this share of the minimum (`Rules.kept_share`). By
    the first decision that takes the party off."""
    party, departed_at = _Party(connection, kept_share=kept_share), connection.pair.second.departed_at
    assert departed_at is not None
    for at, change in connection.changes:
        if party.is_named(change) and party.has_lost(at):
            return Moved(party.known(), departed_at - at)
    return None


class _Party:
    """A party on the two flights, and their ledgers."""

    def __init__(self, connection: Known, *, kept_share: float) -> None:
        self._pair, self._booking = connection.pair, _booking(connection.pair)
        self._sale_rules = SaleRules(countries=countries(), zones=zones(), kept_share=kept_share)
        self._trip_rules = TripRules(countries=countries(), kept_share=kept_share)
        self._ledgers: dict[FlightKey, SeatLedger] = {}
        self._apply(connection.seeded, ())
        for flight, around in connections(self._booking.journeys).items():
            assert around is not None
            self._ledgers[flight] = structs.replace(
                self._ledgers[flight], holders={_PARTY: Holding("economy", 1)}, connecting={_PARTY: around}
            )

    def is_named(self, change: FlightChanged) -> bool:
        """Whether the booker asks for an answer for the party."""
        tight = tight_connections([change], self._ledgers, rules=self._sale_rules)
        facts = self._apply([change], tight)
        return any(isinstance(fact, SeatsDisrupted) and _PARTY in fact.parties for fact in facts)

    def has_lost(self, now: datetime) -> bool:
        """Whether the planner takes the connection for lost."""
        case = Case(
            booking=self._booking,
            journey=journey_of(self._booking),
            booking_revision=1,
            booking_written_at=now,
            cause_id="cause",
            named=True,
        )
        ledgers = self._ledgers.values()
        network = Network(availability_of(ledger, revision=1, written_at=now) for ledger in ledgers)
        status = trip_status(case, network, now=now, rules=self._trip_rules)
        return status.broken is not None and status.reason == "misconnected"

    def known(self) -> timedelta:
        """Between the two flights, as far as is known."""
        first, second = (self._ledgers[flight.flight] for flight in self._pair)
        return second.expected_departure - first.expected_arrival

    def _apply(self, changes: Iterable[FlightChanged], needed: Iterable[Pnr]) -> list[object]:
        applied = apply_changes(
            [(change, None) for change in changes],
            ledgers=self._ledgers,
            bookings=dict.fromkeys(needed, self._booking),
            rules=self._sale_rules,
        )
        self._ledgers |= applied.seats
        return [fact for _, fact in applied.facts]


def _scheduled(flight: RecordedFlight) -> FlightStatus:
    return FlightStatus(
        flight=flight.flight,
        destination=flight.destination,
        observed_at=flight.scheduled_departure - timedelta(days=2),
        scheduled_departure=flight.scheduled_departure,
        scheduled_arrival=flight.scheduled_arrival,
        seats=_SEATS,
    )


def _booking(pair: Pair) -> Booking:
    legs = tuple(
        Leg(
            flight=flight.flight,
            destination=flight.destination,
            cabin="economy",
            departs=flight.scheduled_departure,
            arrives=flight.scheduled_arrival,
        )
        for flight in pair
    )
    ticket = Ticket(
        origin=pair.first.origin,
        destination=pair.second.destination,
        departs=legs[0].departs,
        arrives=legs[-1].arrives,
        flights=tuple(leg.flight for leg in legs),
    )
    return single(_PARTY, Party(passengers=1, seats=1, cabin="economy"), ticket=ticket, legs=legs)
