"""The flights of which a word is awaited, and which of them count as silent by now (`domain.silence`).

That a flight is diverted, or is back at its origin, is a disruption of that kind. So a view of these facts has
every such flight, after a restart and for a booker that takes over, and no seats have to be followed. Their deadlines follow
from the seats.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from agents.booker.adapters import Ledger
from agents.booker.domain import SaleRules, fall_silent, silent_at
from bus import Bus, Cause, Deadlines, Fact, View
from contracts.ledger import SEAT_LEDGER, SEATS_DISRUPTED, SeatLedger, SeatsDisrupted
from contracts.names import FlightKey

_NOT_LOOKED_UP = datetime(1970, 1, 1, tzinfo=UTC)
"""The deadline of a flight whose seats are not in memory: it is due, and they are read then."""


class Silence(NamedTuple):
    """A flight that counts as silent from now on, to be written with its fact."""

    ledger: SeatLedger
    fact: Fact
    cause: Cause | None


class Silences:
    def __init__(self, bus: Bus, ledger: Ledger, rules: Callable[[], SaleRules]) -> None:
        self._bus, self._ledger, self._rules = bus, ledger, rules
        self._deadlines = Deadlines()
        self._facts: View[SeatsDisrupted, FlightKey] = bus.view(SEATS_DISRUPTED, _elsewhere, changed=self._changed)

    def earliest(self) -> datetime | None:
        """When the next flight counts as silent."""
        return self._deadlines.earliest()

    def moved(self, flights: Iterable[SeatLedger]) -> None:
        """Call when flights have changed in the ledger."""
        for ledger in flights:
            self._deadlines.set(ledger.flight, silent_at(ledger, presumed=self._rules().presumed))

    def by_other_rules(self) -> None:
        """Call when rules have come into force."""
        for name, seen in self._facts.items():
            self._changed(name, seen.value)

    async def due(self, now: datetime) -> list[Silence]:
        """Get the flights that count as silent now. Raises `Unavailable`."""
        flights = self._deadlines.due(now)
        ledgers = await self._ledger.flights(flights)
        for flight in flights.keys() - ledgers.keys():
            self._deadlines.set(flight, None)
        self.moved(ledgers.values())
        silent = [ledgers[flight] for flight in self._deadlines.due(now)]
        causes = await self._causes([ledger.flight for ledger in silent])
        return [
            Silence(after, Fact(SEATS_DISRUPTED.of(fact), causes[ledger.flight]), causes[ledger.flight])
            for ledger in silent
            for after, fact in (fall_silent(ledger, rules=self._rules()),)
        ]

    async def _causes(self, flights: Collection[FlightKey]) -> dict[FlightKey, Cause | None]:
        """What set the seats of these flights as they are: time alone explains nothing."""
        keys = {flight: SEAT_LEDGER.key(flight=flight) for flight in flights}
        loaded = await self._bus.load(keys.values())
        return {flight: entry.cause if (entry := loaded[key]) else None for flight, key in keys.items()}

    def _changed(self, _name: str, flight: FlightKey | None) -> None:
        if flight is None:
            return
        if self._ledger.has([flight]):
            self.moved(self._ledger.known([flight]).values())
        else:
            self._deadlines.set(flight, _NOT_LOOKED_UP)


def _elsewhere(fact: SeatsDisrupted, _revision: int, _written_at: datetime) -> FlightKey | None:
    return fact.flight if fact.kind == "diverted" else None
