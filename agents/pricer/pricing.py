"""Keeps the fares of each flight as its seats, its feed and the time have them.

A change of seats is no message to the pricer: its view of the ledger says which flights may have other fares, and its timer
publishes them. What is published is decided on ledger and fare as they are stored at that moment, and names the ledger's
revision. Another replica that was quicker makes the commit a conflict, and it is decided again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from agents.pricer.domain import Inventory, Ladder, far_ahead, fare_of, newest, next_instant
from agents.pricer.domain.outside import TOO_FAR, known_as
from bus import Bus, Cause, Commit, Deadlines, Delivery, Entry, Reject, Retry, View, Write
from bus.airports import kilometres
from bus.logs import get_logger
from contracts.fares import FARE, Fare, FareChange, FareStatus, fares_fault
from contracts.identity import canonical
from contracts.ledger import SEAT_LEDGER, SeatLedger
from contracts.names import FlightKey, origin_of

_AT_ONCE = 200
"""Flights in one commit: at the start all of them have to be priced, and their ledgers are read whole."""

log = get_logger("pricer")

Heard = Mapping[FlightKey, Sequence[Delivery[FareStatus]]]


class Pricing:
    """The fares of all flights. Nothing is published before `start`."""

    def __init__(self, bus: Bus, ladder: Ladder) -> None:
        self.published: Counter[FareChange] = Counter()
        """States written by this process, by their reason."""
        self._bus = bus
        self._ladder = ladder
        self._started = False
        self._restate: set[FlightKey] = set()
        """Not looked at since the start: a state of theirs by another ladder is replaced."""
        self._due = Deadlines()
        self._inventories: View[SeatLedger, Inventory] = bus.view(
            SEAT_LEDGER, lambda ledger, revision, _at: Inventory.of(ledger, revision), changed=self._moved
        )
        self._fares: View[Fare, Fare] = bus.view(FARE, lambda fare, _revision, _at: fare, changed=self._moved)

    async def start(self) -> None:
        """Look at every flight once; the views are complete. States by another ladder are replaced."""
        self._started = True
        self._restate = {_flight_in(name) for name in (*self._inventories, *self._fares)}
        for flight in self._restate:
            self._schedule(flight)

    def earliest(self) -> datetime | None:
        """When something is due next."""
        return self._due.earliest()

    async def due(self, now: datetime) -> None:
        """Publish what other seats, or the time, have made of fares. Raises `Conflict`, `Unavailable`."""
        flights = iter(self._due.due(now))
        while some := list(islice(flights, _AT_ONCE)):
            await self._publish(dict.fromkeys(some, ()), now)

    async def hear(self, group: Sequence[Delivery[FareStatus]]) -> None:
        """Take over what feeds report. Raises `Reject` for a status that no flight can have, `Retry` for one whose time has not
        come: the bus halves the group until that one is alone."""
        now = self._bus.now()
        heard: dict[FlightKey, list[Delivery[FareStatus]]] = {}
        for delivery in group:
            self._check(delivery.message, now)
            heard.setdefault(canonical(delivery.message.flight), []).append(delivery)
        await self._publish(heard, now)

    def _check(self, status: FareStatus, now: datetime) -> None:
        if fault := fares_fault(status.fares):
            raise Reject(fault)
        if ahead := far_ahead(status, now=now):
            if ahead > TOO_FAR:
                raise Reject(f"observed {ahead} ahead of the clock")
            raise Retry(ahead / (self._bus.speed or 1), f"observed {ahead} ahead of the clock")

    async def _publish(self, heard: Heard, now: datetime) -> None:
        """Bring the fares of these flights up to date, in one commit."""
        fare_keys = {flight: FARE.key(flight=flight) for flight in heard}
        fares = await self._bus.load(fare_keys.values(), at_least=self._fares.sequence)
        known = {flight: entry.message for flight, key in fare_keys.items() if (entry := fares[key])}
        # A fare names the revision of the ledger that it rests on: no older one may be put in its place.
        newest_ledger = max((fare.ledger for fare in known.values()), default=0)
        seat_keys = {flight: SEAT_LEDGER.key(flight=flight) for flight in heard}
        ledgers = await self._bus.load(seat_keys.values(), at_least=max(newest_ledger, self._inventories.sequence))
        writes = []
        for flight, deliveries in heard.items():
            found = self._decide(flight, ledgers[seat_keys[flight]], known.get(flight), deliveries, now)
            if found:
                fare, cause = found
                writes.append(Write(FARE.of(fare), fares.revision(fare_keys[flight]), cause))
        revisions = await self._bus.commit(Commit(states=writes))
        self.published.update(write.addressed.message.because for write in writes)
        # What was loaded or written is in the views before the flights' deadlines are set by them.
        await self._fares.reach(max([*revisions.values(), *map(fares.revision, fare_keys.values())], default=0))
        await self._inventories.reach(max(map(ledgers.revision, seat_keys.values()), default=0))
        self._restate.difference_update(heard)
        for flight in heard:
            self._schedule(flight)

    def _decide(
        self,
        flight: FlightKey,
        stored: Entry[SeatLedger] | None,
        known: Fare | None,
        heard: Sequence[Delivery[FareStatus]],
        now: datetime,
    ) -> tuple[Fare, Delivery[FareStatus] | Cause | None] | None:
        """The state to publish, if any, with its cause: the status that it takes over, or what set the ledger."""
        statuses = [known_as(d.message, flight=flight, came_at=self._bus.came_at(d)) for d in heard]
        status = newest(known, statuses)
        inventory = Inventory.of(stored.message, stored.revision) if stored else None
        if status is None and self._is_another_replicas(flight, known, inventory):
            return None  # It was quicker: its state came between the timer and this look.
        fare = self._fare(flight, inventory, known, now, status)
        if fare is None:
            return None
        if status is not None:
            return fare, heard[statuses.index(status)]
        return fare, stored.cause if stored else None

    def _fare(
        self,
        flight: FlightKey,
        inventory: Inventory | None,
        known: Fare | None,
        now: datetime,
        status: FareStatus | None = None,
    ) -> Fare | None:
        distance = kilometres(origin_of(flight), inventory.destination) if inventory else None
        return fare_of(flight, inventory, known, kilometres=distance, ladder=self._ladder, now=now, status=status)

    # What is due when.

    def _moved(self, name: str, _value: Inventory | Fare | None) -> None:
        if self._started:
            self._schedule(_flight_in(name))

    def _schedule(self, flight: FlightKey) -> None:
        """Set when the flight's fares are due: now, if they would be others.

        What has changed while fares were published is due later than they were: the timer has done its work."""
        now = self._bus.now()
        seats = self._inventories.get(SEAT_LEDGER.key(flight=flight).name)
        fare = self._fares.get(FARE.key(flight=flight).name)
        inventory, known = seats.value if seats else None, fare.value if fare else None
        left_alone = self._is_another_replicas(flight, known, inventory)
        changed = not left_alone and self._fare(flight, inventory, known, now) is not None
        self._due.set(flight, now if changed else next_instant(inventory, ladder=self._ladder, now=now))

    def _is_another_replicas(self, flight: FlightKey, known: Fare | None, inventory: Inventory | None) -> bool:
        """Whether a replica with another ladder has priced the flight as it is: two that disagree must not replace each other's
        states for ever."""
        if flight in self._restate or known is None or inventory is None or known.ladder in ("", self._ladder.id):
            return False
        return known.ledger >= inventory.revision


def _flight_in(name: str) -> FlightKey:
    """`ledger.flight.<flight>` and `fare.flight.<flight>` alike."""
    return name.split(".", 2)[2]
