"""Whether times that passengers have are those of the flight."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from contracts.flights import Flight, Phase
from contracts.ledger import Leg, SeatLedger

LEFT: frozenset[Phase] = frozenset({"departed", "diverted", "arrived"})
"""Phases of a flight whose passengers are on board, or were."""


def wrong_times(
    leg: Leg, ledger: SeatLedger, state: Flight | None, *, silent: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Each time of the leg that is not the flight's, with the flight's. Once a flight has left, a move below `silent`, the
    monitor's threshold, makes no fact, and a diverted flight's times are not promised."""
    if ledger.phase == "diverted":
        return
    times = ((leg.departs, ledger.departs), (leg.arrives, ledger.arrives))
    announced = (state.announced_departure, state.announced_arrival) if state else (None, None)
    for (notified, known), public in zip(times, announced, strict=True):
        unannounced = ledger.phase in LEFT and (notified == public or abs(notified - known) < silent)
        if notified != known and not unannounced:
            yield notified, known
