"""The record's flights before the day begins: scheduled, sold, and ready to be written.

Every flight has its own generators, so its parties do not depend on the number of days read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.flights import Flight
from contracts.ledger import Booking, Holding, SeatLedger
from contracts.names import Pnr, day_of
from contracts.passengers import Ssr, counted_ssrs
from simulation.parties.locators import Locators
from simulation.parties.manifest import Manifest, manifest_of
from simulation.record import Record, RecordedFlight


@dataclass(frozen=True, slots=True)
class SeededFlight:
    flight: Flight
    seat_ledger: SeatLedger
    bookings: list[Booking]


def seed_flights(
    record: Record, *, seed: int, load_factor: float = 0.83, sample: float = 1.0, first_instant: datetime | None = None
) -> Iterator[SeededFlight]:
    """Flights in the record's order, one at a time.

    `load_factor` (0 to 1) is the share of seats sold, `sample` (0 < sample <= 1) the share of parties and seats that are kept.
    `observed_at` is a day before `first_instant` (by default the record's own), or before the departure if that is earlier, so
    that every announcement counts as newer. Raises ValueError for a share out of range.
    """
    if not 0 <= load_factor <= 1:
        raise ValueError(f"a load factor of {load_factor} is not between 0 and 1")
    if not 0 < sample <= 1:
        raise ValueError(f"a sample of {sample} is not above 0 and up to 1")
    return _seeded(record, seed, load_factor, sample, first_instant or record.first_instant)


def _seeded(
    record: Record, seed: int, load_factor: float, sample: float, first_instant: datetime
) -> Iterator[SeededFlight]:
    locators, flights_so_far = Locators(seed), Counter[date]()
    for recorded in record.flights:
        day = day_of(recorded.flight)
        pnrs = locators.of_flight(day_of_year=day.timetuple().tm_yday, flight=flights_so_far[day])
        flights_so_far[day] += 1
        manifest = manifest_of(recorded, record, pnrs=pnrs, seed=seed, load_factor=load_factor, sample=sample)
        yield _scheduled(recorded, manifest, min(first_instant, recorded.scheduled_departure) - timedelta(days=1))


def _scheduled(recorded: RecordedFlight, manifest: Manifest, observed_at: datetime) -> SeededFlight:
    departs, arrives = recorded.scheduled_departure, recorded.scheduled_arrival
    equipment = manifest.equipment
    flight = Flight(
        flight=recorded.flight,
        destination=recorded.destination,
        phase="scheduled",
        last_change=1,
        scheduled_departure=departs,
        scheduled_arrival=arrives,
        departs=departs,
        arrives=arrives,
        announced_departure=departs,
        announced_arrival=arrives,
        observed_at=observed_at,
        seats=equipment.sold,
        tail=None if equipment.swapped else recorded.tail,
    )
    seat_ledger = SeatLedger(
        flight=recorded.flight,
        destination=recorded.destination,
        phase="scheduled",
        departs=departs,
        arrives=arrives,
        capacity=equipment.sold,
        last_change=1,
        holders={b.pnr: Holding(b.all_legs[0].cabin, b.party.seats) for b in manifest.bookings},
        services=_services(manifest.bookings),
    )
    return SeededFlight(flight, seat_ledger, manifest.bookings)


def _services(bookings: Iterable[Booking]) -> dict[Ssr, dict[Pnr, int]]:
    """Each special service that flights count, with the parties that have it."""
    found: dict[Ssr, dict[Pnr, int]] = {}
    for booking in bookings:
        for ssr, number in counted_ssrs(booking.party.ssrs, booking.passengers).items():
            found.setdefault(ssr, {})[booking.pnr] = number
    return found
