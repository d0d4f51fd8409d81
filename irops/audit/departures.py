"""Which departure a time is of, where a number leaves an airport several times: on other days, or with a suffix."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from string import ascii_uppercase

from contracts.flights import Flight
from contracts.names import FlightKey

_SAME = timedelta(minutes=15)


class Departures:
    """All departures of each number from each origin."""

    def __init__(self, flights: Mapping[FlightKey, Flight]) -> None:
        self._of: defaultdict[tuple[str, str], list[Flight]] = defaultdict(list)
        for flight, state in flights.items():
            self._of[_number(flight)].append(state)

    def others(self, flight: FlightKey) -> Sequence[Flight]:
        """The other ones of the flight's number."""
        return [other for other in self._of.get(_number(flight), ()) if other.flight != flight]


def is_of_another(departs: datetime, own: Iterable[datetime], others: Iterable[datetime]) -> bool:
    """Whether it is the time of another departure, and not as near to the flight's own times."""
    nearest = min((abs(departs - other) for other in others), default=timedelta.max)
    return nearest <= _SAME and nearest < min(abs(departs - at) for at in own)


def _number(flight: FlightKey) -> tuple[str, str]:
    number, origin, _ = flight.rsplit(".", 2)
    return number.rstrip(ascii_uppercase), origin
