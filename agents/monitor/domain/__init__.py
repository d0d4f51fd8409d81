"""What the monitor makes of a status: pure decisions, no IO, no clock.

`lifecycle` is the table of what can happen to a flight, `reading` takes from a status what can be believed, `deciding`
puts the two together.
"""

from agents.monitor.domain.deciding import Decided, decide, decide_all
from agents.monitor.domain.lifecycle import LIFECYCLE, diagram
from agents.monitor.domain.reading import contradiction, premature

__all__ = ["decide", "decide_all", "Decided", "contradiction", "premature", "LIFECYCLE", "diagram"]
