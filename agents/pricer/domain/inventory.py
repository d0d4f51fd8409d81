"""What counts of a flight's seats for its fares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from contracts.flights import Phase
from contracts.ledger import SeatLedger
from contracts.names import Airport, Cabin, FlightKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A flight's seats as of one revision of its `SeatLedger`, without their holders."""

    flight: FlightKey
    destination: Airport
    phase: Phase
    departs: datetime
    """The best known departure."""
    capacity: Mapping[Cabin, int]
    """Of the cabins that there are."""
    free: Mapping[Cabin, int]
    """Seats that can be sold, 0 or more."""
    revision: int

    @classmethod
    def of(cls, ledger: SeatLedger, revision: int) -> Self:
        held = dict.fromkeys(ledger.capacity, 0)
        for holding in (*ledger.holders.values(), *ledger.on_offer.values()):
            held[holding.cabin] = held.get(holding.cabin, 0) + holding.seats
        capacity = {cabin: seats for cabin, seats in ledger.capacity.items() if seats > 0}
        return cls(
            flight=ledger.flight,
            destination=ledger.destination,
            phase=ledger.phase,
            departs=ledger.expected_departure,
            capacity=capacity,
            free={cabin: max(0, seats - held[cabin]) for cabin, seats in capacity.items()},
            revision=revision,
        )
