"""How late passengers really were, known only afterwards: the record's arrivals against the tickets'.

Affected bookings are counted: those whose state is not `ticketed`. A party arrives when the last flight of its last trip does;
early counts as 0, because it does not make up for the delay of others. A party without a trip (stranded), or whose last flight
never reached its destination in the record or is not in it, is censored: it counts as arriving 24 h after the horizon's end,
and is also counted apart, because that figure is a bound and depends on the horizon. Leaving it out would reward stranding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.ledger import Booking
from simulation.record import Record

AFTER_THE_HORIZON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DelayFigures:
    """Minutes, weighted by passengers; 0 if no passenger was counted."""

    parties: int
    passengers: int
    mean: float
    median: float
    p90: float
    censored_parties: int
    censored_passengers: int
    arrived_mean: float
    """The same three figures over the passengers who arrived."""
    arrived_median: float
    arrived_p90: float


def passenger_delays(bookings: Iterable[Booking], record: Record, horizon_end: datetime) -> DelayFigures:
    """The delay of all affected passengers. `horizon_end`: when the last bookable day ends, usually `record.horizon_end`."""
    arrivals = {f.flight: f.arrived_at for f in record.flights}
    arrived: list[tuple[float, int]] = []
    censored: list[tuple[float, int]] = []
    for booking in bookings:
        for journey in booking.journeys:
            if journey.state == "ticketed":
                continue
            at = arrivals.get(journey.legs[-1].flight) if journey.legs and journey.state != "stranded" else None
            into = censored if at is None else arrived
            late = (at or horizon_end + AFTER_THE_HORIZON) - journey.ticket.arrives
            into.append((max(0.0, late / timedelta(minutes=1)), booking.party.passengers))
    counted = sorted(arrived + censored)
    arrived.sort()
    return DelayFigures(
        parties=len(counted),
        passengers=_passengers(counted),
        mean=_mean(counted),
        median=_quantile(counted, 0.5),
        p90=_quantile(counted, 0.9),
        censored_parties=len(censored),
        censored_passengers=_passengers(censored),
        arrived_mean=_mean(arrived),
        arrived_median=_quantile(arrived, 0.5),
        arrived_p90=_quantile(arrived, 0.9),
    )


def _passengers(delays: list[tuple[float, int]]) -> int:
    return sum(passengers for _, passengers in delays)


def _mean(delays: list[tuple[float, int]]) -> float:
    passengers = _passengers(delays)
    return sum(minutes * n for minutes, n in delays) / passengers if passengers else 0.0


def _quantile(delays: list[tuple[float, int]], share: float) -> float:
    """The least delay that this share of passengers does not exceed. `delays` are sorted."""
    left = share * _passengers(delays)
    for minutes, passengers in delays:
        left -= passengers
        if left <= 0:
            return minutes
    return 0.0
