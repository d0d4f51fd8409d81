"""The pricer's decisions: no input or output, no clock.

`ladder` is the table of fares for flights without a feed's, `rungs` says where on it a flight stands, `inventory` what counts
of its seats, `outside` which of a feed's statuses holds, and `deciding` puts them together.
"""

from agents.pricer.domain.deciding import fare_of, next_instant
from agents.pricer.domain.inventory import Inventory
from agents.pricer.domain.ladder import Ladder, LadderFault, parse_ladder
from agents.pricer.domain.outside import far_ahead, newest

__all__ = [
    "Inventory",
    "Ladder",
    "LadderFault",
    "far_ahead",
    "fare_of",
    "newest",
    "next_instant",
    "parse_ladder",
]
