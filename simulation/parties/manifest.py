"""One flight's seats and parties.

**Load.** Drawn from a triangle around the load factor, symmetric, up to 25 points wide on each side and within 0 and 1, so the
mean of many flights is the load factor and none is oversold. Each cabin is filled to it exactly.

**Sample.** The flight is filled at full size, then every n-th party is kept, whole, from a random first one on; a cabin has
the seats of the parties kept and its share of the free seats, rounded at random so that the mean is exact, and economy has at
least one. So parties, seats and free seats shrink alike, groups stay groups, and the sample's parties are among those of the
full size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

from contracts.ledger import Booking
from contracts.names import Cabin, Pnr
from simulation.draws import generator
from simulation.equipment import Equipment, equipment_of
from simulation.fleet import SOLD, Seats
from simulation.parties.groups import parties_of
from simulation.record import Record, RecordedFlight

WIDEST = 0.25
"""The greatest difference between a flight's load and the load factor."""


@dataclass(frozen=True, slots=True)
class Manifest:
    equipment: Equipment
    """At the size of the sample."""
    bookings: list[Booking]


def manifest_of(
    flight: RecordedFlight, record: Record, *, pnrs: Iterator[Pnr], seed: int, load_factor: float, sample: float
) -> Manifest:
    """A flight as sold. `load_factor` and `sample` as for `seed_flights`."""
    full = equipment_of(flight, aircraft=record.aircraft, seed=seed)
    arrival_hour = flight.scheduled_arrival.astimezone(record.airports[flight.destination].zone).hour
    rng = generator(seed, flight.flight, "parties")
    spread = min(WIDEST, load_factor, 1 - load_factor)
    load = load_factor + rng.triangular(-spread, spread)
    sold: dict[Cabin, list[Booking]] = {}
    for cabin, capacity in full.sold.items():
        seats = min(capacity, int(capacity * load + rng.random()))
        sold[cabin] = list(parties_of(flight, cabin, seats=seats, pnrs=pnrs, arrival_hour=arrival_hour, rng=rng))
    if sample == 1.0:
        return Manifest(full, [b for bookings in sold.values() for b in bookings])

    # A separate generator, so that the draws at full size stay the same.
    rng = generator(seed, flight.flight, "sample")
    seen, kept = rng.random(), list[Booking]()
    smaller, flown = Seats(), Seats()
    for cabin in SOLD:
        held = 0
        for booking in sold.get(cabin, ()):
            seen, before = seen + sample, seen
            if int(seen) > int(before):
                kept.append(booking)
                held += booking.party.seats
        free = full.sold.get(cabin, 0) - sum(b.party.seats for b in sold.get(cabin, ()))
        smaller[cabin] = max(held + int(free * sample + rng.random()), 1 if cabin == "economy" else 0)
        change = (full.flown.get(cabin, 0) - full.sold.get(cabin, 0)) * sample
        flown[cabin] = max(smaller[cabin] + _whole(change, rng.random()), 1 if cabin == "economy" else 0)
    return Manifest(Equipment(_without_empty(smaller), _without_empty(flown), full.swapped), kept)


def sampled_equipment(
    flight: RecordedFlight, record: Record, *, seed: int, load_factor: float, sample: float
) -> Equipment:
    """The equipment of `manifest_of` alone."""
    names = repeat("")  # the holders' PNRs do not change the number of seats
    return manifest_of(flight, record, pnrs=names, seed=seed, load_factor=load_factor, sample=sample).equipment


def _whole(change: float, draw: float) -> int:
    """Round at random, away from zero or towards it: the mean is exact for negative changes too."""
    return int(change + draw) if change >= 0 else -int(draw - change)


def _without_empty(seats: Seats) -> Seats:
    return {cabin: count for cabin, count in seats.items() if count}
