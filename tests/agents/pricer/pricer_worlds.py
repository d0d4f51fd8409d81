"""Flights, their seats and feeds' fares, for the pricer's tests."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from agents.pricer.config import default_ladder
from agents.pricer.domain import Inventory
from contracts.fares import FareStatus, OpenFare
from contracts.flights import Phase
from contracts.ledger import Holding, SeatLedger
from contracts.money import Money
from contracts.names import Cabin

NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)
ONE, TWO = "B6.1.JFK.2013-02-09", "B6.2.JFK.2013-02-09"
LADDER = default_ladder()


def ledger(
    free: int,
    *,
    flight: str = ONE,
    economy: int = 150,
    first: int = 0,
    departs: datetime = NOW + timedelta(days=1),
    phase: Phase = "scheduled",
) -> SeatLedger:
    """A flight to Los Angeles with so many seats free in economy, and none sold in first."""
    return SeatLedger(
        flight=flight,
        destination="LAX",
        phase=phase,
        departs=departs,
        arrives=departs + timedelta(hours=6),
        capacity={"economy": economy, "first": first},
        last_change=1,
        holders={"REST": Holding("economy", economy - free)} if economy > free else {},
    )


def inventory(free: int, *, revision: int = 1, **fields: Any) -> Inventory:
    """What the pricer keeps of `ledger(free, ...)`."""
    return Inventory.of(ledger(free, **fields), revision)


def open_fare(
    amount: str, seats: int, *, cabin: Cabin = "economy", family: str = "basic", currency: str = "EUR"
) -> OpenFare:
    return OpenFare(cabin=cabin, family=family, price=Money(amount=Decimal(amount), currency=currency), seats=seats)


def status(*fares: OpenFare, minute: int = 0, flight: str = ONE) -> FareStatus:
    """What a feed reports so many minutes after `NOW`."""
    return FareStatus(flight=flight, observed_at=NOW + timedelta(minutes=minute), fares=fares)
