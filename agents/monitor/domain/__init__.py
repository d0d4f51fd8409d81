"""The monitor's decisions: no IO, no clock.

`naming` finds the flight that a status is about, `believing` takes from the status what can be true, `lifecycle` is the table
of what can happen to a flight, and `deciding` puts them together.
"""

from agents.monitor.domain.believing import contradiction, is_premature
from agents.monitor.domain.deciding import Decision, decide, decide_all
from agents.monitor.domain.lifecycle import LIFECYCLE, diagram
from agents.monitor.domain.naming import also_needed

__all__ = ["decide", "decide_all", "Decision", "contradiction", "is_premature", "also_needed", "LIFECYCLE", "diagram"]
