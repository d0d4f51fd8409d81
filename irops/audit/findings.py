"""Counts faults, and keeps the first few as text so that an operator can look at them."""

from dataclasses import dataclass, field

SHOWN = 20
"""How many findings of one kind are kept as text; all are counted."""


@dataclass(slots=True)
class Findings:
    """Faults of one kind."""

    count: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, finding: str, *, count: int = 1) -> None:
        """`finding` names the flight or the party and says what is wrong; it stands for `count` faults."""
        self.count += count
        if len(self.shown) < SHOWN:
            self.shown.append(finding)
