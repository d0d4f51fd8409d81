"""Pure decisions of the planner: facts in, plans out; no clock, no randomness, no bus.

Read in this order: `rules` what is legal, `network` the flights, `trips` the search, `costs` what a trip costs whom,
`standing` where a party stands, `claims` what others have been promised, `ranking` a party's trips in order, `planning` a
window of parties together, `wishes` what a party asked for, `hope` who that waits is worth
planning again.
"""

from agents.planner.domain.claims import Claimed, Claims
from agents.planner.domain.costs import Weights, cost, importance, priority
from agents.planner.domain.hope import Hope
from agents.planner.domain.network import Availability, Network, UnknownFlight, availability_of
from agents.planner.domain.planning import Policy, plan
from agents.planner.domain.rules import MinimumConnection, Rules
from agents.planner.domain.standing import Case, needs_answer
from agents.planner.domain.trips import Start, Trip, search
from agents.planner.domain.wishes import Asked, unmet

__all__ = [
    "Availability", "availability_of", "Network", "UnknownFlight",
    "MinimumConnection", "Rules", "Start", "Trip", "search",
    "Weights", "cost", "importance", "priority",
    "Claimed", "Claims", "Hope",
    "Case", "needs_answer", "Policy", "plan",
    "Asked", "unmet",
]  # fmt: skip
