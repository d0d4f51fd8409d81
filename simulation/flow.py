"""The order in which agents are asked in a lock-step: downstream, by what they say and hear."""

from collections.abc import Iterable, Mapping

Declarations = Mapping[str, Mapping[str, str]]
"""By agent, its micro metadata: `hears` and `says` are subject patterns, separated by spaces."""


def downstream(agents: Declarations) -> tuple[str, ...]:
    """The agents by their distance from the feed, in messages; of equally far ones those first that hear fewest of the others,
    then by name. The order decides how many rounds an instant takes, and must be the same in every run; nothing else depends on
    it.

    An agent at the source hears something that no agent says, or nothing at all. Agents that no source reaches come last.
    """
    hears = {name: set(metadata.get("hears", "").split()) for name, metadata in agents.items()}
    says = {name: set(metadata.get("says", "").split()) for name, metadata in agents.items()}
    internal = {pattern for patterns in says.values() for pattern in patterns}

    def behind(name: str, others: Iterable[str]) -> tuple[int, str]:
        return sum(not hears[name].isdisjoint(says[other]) for other in others if other != name), name

    order: list[str] = []
    nearest = {name for name, heard in hears.items() if not heard or heard - internal}
    while nearest:
        together = frozenset(nearest)
        order += sorted(nearest, key=lambda name: behind(name, together))
        arriving = {pattern for name in nearest for pattern in says[name]}
        nearest = {name for name, heard in hears.items() if name not in order and heard & arriving}
    return (*order, *sorted(agents.keys() - set(order)))
