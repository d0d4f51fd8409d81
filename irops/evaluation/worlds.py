"""Which cases can share a world: a server and its agents take seconds to start, and a case but a tenth of one.

Cases that share a world must be planned as each would be alone. No flight of one may carry a party of another, so of two cases
in one world every city that both have is one that no flight of either goes to: no way leads through it, and none ends there.
Nor may the weather told by one be told to the other, or two flights have one name.
"""

from collections.abc import Iterable

from irops.audit import Rules
from irops.evaluation.case import Case

_RULES = Rules()


def apart(one: Case, other: Case) -> bool:
    """Whether neither can notice the other."""
    shared = _cities(one.places) & _cities(other.places)
    met = {flight.flight for flight in one.flights} & {flight.flight for flight in other.flights}
    return not met and all(shared.isdisjoint(_reached(case)) for case in (one, other))


def worlds(cases: Iterable[Case]) -> list[list[Case]]:
    """The cases in as few worlds as trying each in turn gives, in their order."""
    found: list[list[Case]] = []
    for case in cases:
        room = next((world for world in found if all(apart(case, other) for other in world)), None)
        if room is None:
            found.append(room := [])
        room.append(case)
    return found


def _reached(case: Case) -> set[str]:
    """Cities where somebody may come to, or whose weather is told."""
    return _cities(case.arrived_at | {seen.airport for seen in case.weather})


def _cities(airports: Iterable[str]) -> set[str]:
    return {_RULES.city(airport) for airport in airports}
