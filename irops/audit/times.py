"""Whether times that passengers have are those of the flight."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from contracts.flights import Flight, Phase
from contracts.ledger import Leg, SeatLedger

CLOCKS = timedelta(minutes=5)
"""Agents on several machines may be so far apart in event time."""
LEFT: frozenset[Phase] = frozenset({"departed", "diverted", "landed", "arrived"})
"""Phases of a flight whose passengers are on board, or were."""


def wrong_times(
    leg: Leg, ledger: SeatLedger, state: Flight | None, *, silent: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Each time of the leg that is not the flight's, with the flight's.

    A leg has the time known when its party was answered; the announced one may be less than `silent`, the monitor's threshold,
    away from it. A diverted flight's times are not promised.
    """
    if ledger.phase == "diverted":
        return
    times = ((leg.departs, ledger.departs), (leg.arrives, ledger.arrives))
    announced = (state.announced_departure, state.announced_arrival) if state else (None, None)
    for (notified, known), public in zip(times, announced, strict=True):
        close = abs(notified - (public or known)) < silent or (ledger.phase in LEFT and abs(notified - known) < silent)
        if notified != known and not close:
            yield notified, known
