"""A plan on its way to the booker."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.planner.domain import Reservation
from agents.planner.domain.affected import Cause
from bus import Bus, Delivery, Fact
from contracts.plans import PLAN_PROPOSED, PlanProposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan, the cause it answers, and the seats kept for it."""

    plan: PlanProposed
    cause: Delivery[Cause]
    reservation: Reservation


async def propose(bus: Bus, proposals: Sequence[Proposal]) -> int:
    """Emit each plan once, and confirm the reservations of plans that were new. Returns the number of new plans.

    A plan that was stored before, by a delivery of the same cause that was not acked, is not new. Raises `Unavailable`.
    """
    stored = await bus.emit_once([Fact(PLAN_PROPOSED.of(each.plan), each.cause, expires=False) for each in proposals])
    for each in proposals:
        if sequence := stored.get(PLAN_PROPOSED.of(each.plan).name):
            each.reservation.confirm(sequence)
    return len(stored)
