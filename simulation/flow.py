"""The order in which agents are asked in a lock-step: downstream, by what they say and hear."""

from collections.abc import Mapping

Declarations = Mapping[str, Mapping[str, str]]
"""By agent, its micro metadata: `hears` and `says` are subject patterns, separated by spaces."""


def downstream(agents: Declarations) -> tuple[str, ...]:
    """The agents by their distance from the feed, in messages; equally far ones by name. The order decides how many rounds an
    instant takes, and must be the same in every run; nothing else depends on it.

    An agent at the source hears something that no agent says, or nothing at all. Agents that no source reaches come last.
    """
    hears = {name: set(metadata.get("hears", "").split()) for name, metadata in agents.items()}
    says = {name: set(metadata.get("says", "").split()) for name, metadata in agents.items()}
    internal = {pattern for patterns in says.values() for pattern in patterns}
    order: list[str] = []
    nearest = {name for name, heard in hears.items() if not heard or heard - internal}
    while nearest:
        order += sorted(nearest)
        arriving = {pattern for name in nearest for pattern in says[name]}
        nearest = {name for name, heard in hears.items() if name not in order and heard & arriving}
    return (*order, *sorted(agents.keys() - set(order)))
