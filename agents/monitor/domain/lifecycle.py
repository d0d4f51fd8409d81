"""A flight's life as a table: (phase, change) -> phase. A change that is not in the table is ignored.

The diagram in the README is drawn from this table; `python -m agents.monitor.domain.lifecycle` prints it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from contracts.flights import Change, Phase

LIFECYCLE: Mapping[tuple[Phase | None, Change], Phase] = MappingProxyType(
    {
        (None, "scheduled"): "scheduled",
        ("scheduled", "re-equipped"): "scheduled",
        ("scheduled", "retimed"): "scheduled",
        ("scheduled", "estimated"): "scheduled",
        ("scheduled", "cancelled"): "cancelled",
        ("scheduled", "departed"): "departed",
        ("scheduled", "diverted"): "diverted",  # the departure was never reported
        ("scheduled", "arrived"): "arrived",  # likewise
        ("cancelled", "restored"): "scheduled",
        ("departed", "retimed"): "departed",
        ("departed", "estimated"): "departed",
        ("departed", "diverted"): "diverted",
        ("departed", "arrived"): "arrived",
        ("diverted", "retimed"): "diverted",
        ("diverted", "estimated"): "diverted",
        ("diverted", "diverted"): "diverted",  # to another airport
        ("diverted", "arrived"): "arrived",
    }
)
"""None stands for a flight that is not known yet. `arrived` is final."""


def diagram() -> str:
    """The table as a Mermaid state diagram, one line per arrow."""
    changes: dict[tuple[Phase | None, Phase], list[str]] = {}
    for (before, change), after in LIFECYCLE.items():
        changes.setdefault((before, after), []).append(change)
    arrows = [f"    {before or '[*]'} --> {after}: {', '.join(names)}" for (before, after), names in changes.items()]
    left = {before for before, _ in LIFECYCLE}
    ends = sorted(set(LIFECYCLE.values()) - left)
    return "\n".join(["stateDiagram-v2", *arrows, *(f"    {end} --> [*]" for end in ends)])


if __name__ == "__main__":
    print(diagram())  # noqa: T201 - what this module is run for
