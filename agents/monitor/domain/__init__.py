"""The monitor's decisions: no IO, no clock.

`naming` finds the flight that a status is about, `ordering` which status is the newer one and what counts of the other,
`believing` takes from the status what can be true, `reporting` compares that with the state, `lifecycle` is the table of what
follows, `times` gives the best known times, and `deciding` puts them together.
"""

from agents.monitor.domain.believing import Disbelief, contradiction, waits, without_words
from agents.monitor.domain.deciding import Decided, Decision, decide, decide_all
from agents.monitor.domain.lifecycle import AFTER, DOUBTED, table
from agents.monitor.domain.naming import also_needed

__all__ = [
    "AFTER",
    "DOUBTED",
    "Decided",
    "Decision",
    "Disbelief",
    "also_needed",
    "contradiction",
    "decide",
    "decide_all",
    "table",
    "waits",
    "without_words",
]
