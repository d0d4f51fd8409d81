"""Which cases can share a world. Starting a server and agents takes seconds, playing a case a tenth of one.

Each case in a shared world must be planned as it would be alone. No flight of one may carry a party of another: a city that
two cases have in common must be one that no flight of either reaches. Weather at a common city, or a common flight key,
separates them too.
"""

from collections.abc import Iterable

from irops.audit import TripRules
from irops.evaluation.case import Case

_RULES = TripRules()


def apart(one: Case, other: Case) -> bool:
    """Whether neither case affects the other."""
    shared = _cities(one.places) & _cities(other.places)
    met = {flight.flight for flight in one.flights} & {flight.flight for flight in other.flights}
    return not met and all(shared.isdisjoint(_reached(case)) for case in (one, other))


def worlds(cases: Iterable[Case]) -> list[list[Case]]:
    """The cases in order, each in the first world it fits in."""
    found: list[list[Case]] = []
    for case in cases:
        room = next((world for world in found if all(apart(case, other) for other in world)), None)
        if room is None:
            found.append(room := [])
        room.append(case)
    return found


def _reached(case: Case) -> set[str]:
    """Cities that its flights reach or whose weather it reports."""
    return _cities(case.arrived_at | {seen.airport for seen in case.weather})


def _cities(airports: Iterable[str]) -> set[str]:
    return {_RULES.city(airport) for airport in airports}
