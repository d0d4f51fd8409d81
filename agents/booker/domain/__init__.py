"""The booker's decisions, pure: what a flight's change does to its seats, and which plans still hold.

Everything a decision needs is an argument and everything to be written is its result; the shell loads and commits.
"""

from agents.booker.domain.amending import Amendments, Stated, amend, pnrs_of, status_id
from agents.booker.domain.connections import connected_flights, tight_connections
from agents.booker.domain.decision import Decision, Planned
from agents.booker.domain.flights import Applied, Changes, apply_changes, on_change, parties_needed
from agents.booker.domain.forgetting import Forgetting, forget
from agents.booker.domain.holding import Lapses, Waiting, lapse, lapses_at
from agents.booker.domain.imports import Import, by_commit, import_bookings
from agents.booker.domain.numbers import (
    canonical_booking,
    canonical_status,
    named_flights,
    new_legs,
    operated_booking,
    operated_status,
)
from agents.booker.domain.offering import ended_offers
from agents.booker.domain.overdue import mark_overdue, overdue_at
from agents.booker.domain.plans import decide_group, flights_needed
from agents.booker.domain.regaining import flights_lost_near, regaining_parties
from agents.booker.domain.rules import SaleRules
from agents.booker.domain.seat_numbers import without_numbers
from agents.booker.domain.seatmaps import Layouts
from agents.booker.domain.silence import fall_silent, silent_at
from agents.booker.domain.waiting import Look, flights_awaited, looks
from agents.booker.domain.worksheet import Misnamed

__all__ = [
    "Amendments",
    "Applied",
    "Changes",
    "Decision",
    "Forgetting",
    "Import",
    "Lapses",
    "Layouts",
    "Look",
    "Misnamed",
    "Planned",
    "Stated",
    "SaleRules",
    "Waiting",
    "amend",
    "apply_changes",
    "decide_group",
    "ended_offers",
    "fall_silent",
    "flights_awaited",
    "flights_lost_near",
    "flights_needed",
    "forget",
    "by_commit",
    "canonical_booking",
    "canonical_status",
    "import_bookings",
    "lapse",
    "lapses_at",
    "looks",
    "mark_overdue",
    "named_flights",
    "new_legs",
    "operated_booking",
    "operated_status",
    "on_change",
    "overdue_at",
    "parties_needed",
    "pnrs_of",
    "regaining_parties",
    "silent_at",
    "status_id",
    "connected_flights",
    "tight_connections",
    "without_numbers",
]
