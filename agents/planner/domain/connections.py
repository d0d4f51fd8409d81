"""How a party gets from one flight of its trip to the next, as far as is known."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import structs

from agents.planner.domain.network import Availability
from agents.planner.domain.rules import TripRules, terminals_between
from contracts.flights import LEFT
from contracts.identity import goes_on, stays_aboard
from contracts.ledger import Leg

_TURN = timedelta(minutes=30)
"""How long an aircraft that is late stands before it goes on, unless less was scheduled: a default of ours."""


def goes_on_board(inbound: Availability, onward: Availability) -> bool:
    """Whether the party goes on without changing planes."""
    if inbound.lands != onward.origin:
        return False
    return stays_aboard(inbound, onward, arrives=inbound.arrives, departs=onward.departs)


def put_off(inbound: Availability, onward: Availability) -> Availability:
    """The second flight as it will be if the first one's aircraft flies it, and it has no new time yet: no aircraft leaves
    before it has come."""
    if onward.phase in LEFT or onward.departs >= inbound.arrives or not goes_on_board(inbound, onward):
        return onward
    stop = max(min(onward.scheduled_departure - inbound.scheduled_arrival, _TURN), timedelta(0))
    late = inbound.arrives + stop - onward.departs
    return structs.replace(onward, departs=onward.departs + late, arrives=onward.arrives + late)


def leads_to(inbound: Availability, onward: Availability, rules: TripRules) -> bool:
    return rules.city(inbound.lands) == rules.city(onward.origin)


def is_missed(legs: Sequence[Leg], flights: tuple[Availability, ...], *, at: int, rules: TripRules) -> bool:
    """Whether this flight can't be reached from the one before, which lands in another city or too late.

    A connection is kept down to a share of the table's minimum (`Rules.kept_share`), and one that was sold shorter, between the
    same airports, down to what was sold. A party that stays on board, where its flight goes on under its number, misses
    nothing, whatever the times; where another aircraft flies it from there, the stop needs what any connection does, however
    short it was sold. Nothing is given up while a diverted flight is in the air and would make it at the time that is known:
    most fly on, and a stop for fuel is reported as one.
    """
    inbound, onward = flights[at - 1], flights[at]
    leads_there = leads_to(inbound, onward, rules)
    may_fly_on = inbound.phase == "diverted" and rules.city(inbound.destination) == rules.city(onward.origin)
    if not (leads_there or may_fly_on):
        return True
    if goes_on_board(inbound, onward):
        return False
    wait = onward.departs - inbound.arrives
    before = legs[at - 1]
    lands = inbound.lands if leads_there else inbound.destination
    was_sold = lands == before.destination and not goes_on(inbound, onward)
    if was_sold and wait >= legs[at].departs - before.arrives:
        return False
    least = rules.least_connection(
        (inbound.origin, lands),
        departing=(onward.origin, onward.destination),
        on=inbound.arrives.date(),
        terminals=terminals_between(inbound, onward),
    )
    return wait < least * rules.kept_share


def can_hurry(inbound: Availability, onward: Availability, rules: TripRules) -> bool:
    """Whether who hurries gets from one flight to the next at one airport: in as long as one has to be at its gate before it
    leaves, and in what a special service of the party's takes."""
    lands_there = inbound.phase != "diverted" and inbound.lands == onward.origin
    return lands_there and onward.departs - inbound.arrives >= rules.at_the_gate + rules.extra
