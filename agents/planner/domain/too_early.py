"""Whether the next flight that a party is to board leaves too early for it."""

from collections.abc import Sequence
from datetime import datetime

from agents.planner.domain.connections import goes_on_board
from agents.planner.domain.network import Availability
from agents.planner.domain.rules import TripRules
from contracts.ledger import Journey, Leg


def is_too_early(
    journey: Journey, flights: tuple[Availability, ...], *, at: int, now: datetime, rules: TripRules
) -> bool:
    """Whether it was brought forward to a time at which the party could not be moved to it: too soon for it to be there, or
    earlier than sold by more than is allowed.

    Time alone breaks nothing: a flight that leaves about when the party knows, or later, is never too early.
    """
    return leaves_too_soon(journey.legs, flights, at=at, now=now, rules=rules) or (
        not at and _is_earlier_than_allowed(journey, flights[0].departs, rules=rules)
    )


def leaves_too_soon(
    legs: Sequence[Leg], flights: tuple[Availability, ...], *, at: int, now: datetime, rules: TripRules
) -> bool:
    """Whether it was brought forward to less than the lead, or to a time at which the party is still on its way there."""
    if at and goes_on_board(flights[at - 1], flights[at]):
        return False
    leg, departs = legs[at], flights[at].departs
    if leg.there_from and now < leg.there_from and departs < leg.there_from + rules.at_the_gate:
        return True
    lead = rules.lead_at(flights[at].origin, begins=not at)
    return departs <= leg.departs - rules.brought_forward and departs < now + lead


def _is_earlier_than_allowed(journey: Journey, departs: datetime, *, rules: TripRules) -> bool:
    """Small steps add up: the one that passes what is allowed against the ticket is too much, whatever its size."""
    known, earliest = journey.legs[0].departs, journey.ticket.departs - rules.earlier
    return departs < earliest and (earliest <= known or departs <= known - rules.brought_forward)
