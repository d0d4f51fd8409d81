"""The aircraft a flight is sold on, and the one it flies on.

The record knows only the aircraft that flew. Of the flights that flew, `SWAPPED` were sold on another of their carrier's sizes
(larger as often as its fleet has it) and get the recorded aircraft hours before departure: our assumption.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simulation.draws import generator
from simulation.fleet import Seats, cabins, fleet_of, seat_count
from simulation.record import Aircraft, RecordedFlight

SWAPPED = 0.003
"""Share of flown flights."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """Seats by cabin, before and after a swap; the same if there is none."""

    sold: Seats
    flown: Seats
    swapped: bool


def equipment_of(flight: RecordedFlight, *, aircraft: Mapping[str, Aircraft], seed: int) -> Equipment:
    """The equipment at full size."""
    rng = generator(seed, flight.flight, "equipment")
    count = seat_count(flight.carrier, flight.tail, aircraft)
    flown = cabins(flight.carrier, count)
    if flight.cancelled or rng.random() >= SWAPPED:
        return Equipment(flown, flown, swapped=False)
    planned = rng.choice([other for other in fleet_of(flight.carrier).others if other != count])
    return Equipment(cabins(flight.carrier, planned), flown, swapped=True)
