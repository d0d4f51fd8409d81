"""The monitor's decisions: no IO, no clock.

`lifecycle` is the table of what can happen to a flight, `believing` takes from a status what can be true, `deciding` puts the
two together.
"""

from agents.monitor.domain.believing import contradiction, is_premature
from agents.monitor.domain.deciding import Decision, decide, decide_all
from agents.monitor.domain.lifecycle import LIFECYCLE, diagram

__all__ = ["decide", "decide_all", "Decision", "contradiction", "is_premature", "LIFECYCLE", "diagram"]
