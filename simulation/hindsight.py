"""How late people really were, known only afterwards: the record's arrivals against the tickets'.

Counted are the affected, i.e. bookings whose state is not `ticketed`. A party arrives when the last flight of its last trip
does; early is 0, for an early arrival mends nobody else's delay. A party without a trip (stranded), or whose last flight never
got to its destination in the record or is not in it, is censored: it counts as arriving 24 h after the horizon's end, and
is also counted apart, since that figure is a bound and depends on the horizon. Leaving it out would reward stranding people.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.ledger import Booking
from simulation.record import Record

AFTER_THE_HORIZON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DelayFigures:
    """Minutes, weighted by passengers; 0 where nobody was counted."""

    parties: int
    passengers: int
    mean: float
    median: float
    p90: float
    censored_parties: int
    censored_passengers: int
    arrived_mean: float
    """The same three over those who arrived."""
    arrived_median: float
    arrived_p90: float


def passenger_delays(bookings: Iterable[Booking], record: Record, horizon_end: datetime) -> DelayFigures:
    """Delay of everyone affected. `horizon_end`: when the last bookable day ends, usually `record.horizon_end`."""
    arrivals = {f.flight: f.arrived_at for f in record.flights}
    arrived: list[tuple[float, int]] = []
    censored: list[tuple[float, int]] = []
    for booking in bookings:
        if booking.state == "ticketed":
            continue
        at = arrivals.get(booking.legs[-1].flight) if booking.legs and booking.state != "stranded" else None
        into = censored if at is None else arrived
        late = (at or horizon_end + AFTER_THE_HORIZON) - booking.ticket.arrives
        into.append((max(0.0, late / timedelta(minutes=1)), booking.party.passengers))
    everyone = sorted(arrived + censored)
    arrived.sort()
    return DelayFigures(
        parties=len(everyone),
        passengers=_people(everyone),
        mean=_mean(everyone),
        median=_quantile(everyone, 0.5),
        p90=_quantile(everyone, 0.9),
        censored_parties=len(censored),
        censored_passengers=_people(censored),
        arrived_mean=_mean(arrived),
        arrived_median=_quantile(arrived, 0.5),
        arrived_p90=_quantile(arrived, 0.9),
    )


def _people(delays: list[tuple[float, int]]) -> int:
    return sum(people for _, people in delays)


def _mean(delays: list[tuple[float, int]]) -> float:
    people = _people(delays)
    return sum(minutes * n for minutes, n in delays) / people if people else 0.0


def _quantile(delays: list[tuple[float, int]], share: float) -> float:
    """The least delay that this share of people did not exceed; `delays` in order."""
    left = share * _people(delays)
    for minutes, people in delays:
        left -= people
        if left <= 0:
            return minutes
    return 0.0
