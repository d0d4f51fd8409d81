"""The planner's decisions: facts in, plans out; no clock, no randomness, no bus.

Read in this order: `rules` what is legal, `network` the flights, `costs` what a trip costs a party, `trip_status` where a party
stands, `reservations` seats kept for plans under way, `seat_pool` what a window shares, `hops` the shortest ways, `bounds` the
least that a trip costs, `search` trips cheapest first, `ranking` those of a party, `planning` a window of parties together,
`preferences` what a party asked for, `affected` whom a cause affects, `seat_scan` which waiting parties to plan again.
"""

from agents.planner.domain.costs import cost, importance, priority
from agents.planner.domain.network import Availability, Network, UnknownFlight, availability_of
from agents.planner.domain.planning import plan, plan_id
from agents.planner.domain.preferences import Preference, unmet
from agents.planner.domain.reservations import Reservation, Reservations, SeatCounts
from agents.planner.domain.rules import TripRules
from agents.planner.domain.seat_scan import SeatScan
from agents.planner.domain.trip_status import Case, needs_answer

__all__ = [
    "Availability", "availability_of", "Network", "UnknownFlight",
    "TripRules",
    "cost", "importance", "priority",
    "Reservation", "Reservations", "SeatCounts", "SeatScan",
    "Case", "needs_answer", "plan", "plan_id",
    "Preference", "unmet",
]  # fmt: skip
