"""Plans: the planner proposes, the booker commits or refuses.

`PlanProposed` answers one cause for one journey of a party. The booker commits the first option that still holds, or says
`PlanRefused`, and the planner plans again on fresh facts.
"""

from typing import Literal

from msgspec import Struct

from contracts.flights import Instant
from contracts.judgement import Judgement, Wish
from contracts.ledger import Disruption
from contracts.names import Cabin, FlightKey, Id, Pnr
from contracts.subject import Subject

Verdict = Literal["move", "keep", "none"]
Refusal = Literal["stale", "full", "illegal"]


class PlannedLeg(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    flight: FlightKey
    cabin: Cabin
    last_disruption: int
    """The flight's, as the plan saw it. The plan is stale if the ledger's differs."""


class Option(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One legal trip. `cost` is the sum of `terms`, in weighted minutes; lower is better."""

    id: Id
    legs: tuple[PlannedLeg, ...]
    arrives: Instant
    cost: float
    terms: dict[str, float]
    unmet: tuple[Wish, ...] = ()
    """The party's wishes that this trip does not meet."""


class Evidence(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A fact that the plan rests on: where it was read, its revision there, and when it was written."""

    subject: str
    revision: int
    written_at: Instant


class PlanProposed(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """`move`: to one of the options, best first. `keep`: the present trip, on `legs`. `none`: there is no legal trip."""

    pnr: Pnr
    journey: int = 1
    id: Id
    verdict: Verdict
    reason: Disruption
    broken_by: FlightKey | None = None
    """With `misconnected`: the flight of the present trip whose times, or aircraft, broke the connection. With `unreachable`:
    that on either side of the stay before the journey whose times left too little of it, if one did."""
    regains: tuple[FlightKey, ...] = ()
    """The flights on which the party lost seats that can be sold again. With `restored`, every option has one of them. A plan
    with another reason names them because the party may need no other answer once that is refused."""
    follows: Id = ""
    """`Journey.last_fact` of the journey that it was made for. The plan is stale if the ledger's differs."""
    booking_revision: int
    """The revision at which the booking was read: its other journeys may have changed since."""
    as_of: int
    """The LEDGER sequence that the planner's view of the seats had reached."""
    options: tuple[Option, ...] = ()
    """With `move` and a brake on the journey there are none: no trip was searched for."""
    legs: tuple[PlannedLeg, ...] = ()
    """With `keep` and `none`: the party's present legs as the plan saw them."""
    evidence: tuple[Evidence, ...] = ()
    planned_at: Instant
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was made by; 0: before there were any. The plan is stale if others are in
    force."""
    judgement: Judgement | None = None
    """None: the rules alone decided, as they do for most parties."""


class PlanRefused(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Nothing was changed. `id` is the refused plan's."""

    pnr: Pnr
    journey: int = 1
    id: Id
    refusal: Refusal
    reason: Disruption
    regains: tuple[FlightKey, ...] = ()
    """The plan's."""
    detail: str
    """Which key had changed, which flight was full, or which rule was broken."""
    rules: int = 0
    """Version of the rules (`RulesInForce`) that it was decided by; 0: decided before there were any."""


PLAN_PROPOSED = Subject("plan.proposed.{pnr}.{id}", PlanProposed, "PLANS")
"""planner -> booker"""
PLAN_REFUSED = Subject("plan.refused.{pnr}.{id}", PlanRefused, "LEDGER")
"""booker -> planner, which plans again on fresh facts"""
