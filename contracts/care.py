"""What is owed to a party whose journey was disrupted: by which rule, by whom, and since when.

A rule set (`policy.rights`) gives one of four answers for each kind of entitlement: it is owed; it is not owed, with the rule
that says so; it would be owed unless the cause is extraordinary, and the cause is not known; or no rule set covers the journey
on its day. The care agent keeps the answers for each journey that was disrupted (`RightsAccount`), and publishes a `CareOwed`
whenever what is owed, or would be, has changed: the whole package as of then, so that the last one holds and the ones before
it are history. What an earlier one has and a later one lacks is withdrawn; `withdrawn` and `added` name the kinds. A package
that is empty withdraws everything.

Amounts are for all passengers that it is for. No message here says that anything was paid or given.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.flights import Instant
from contracts.ledger import Disruption
from contracts.money import Money
from contracts.names import Airport, Carrier, FlightKey, Id, Pnr
from contracts.subject import Subject

EntitlementKind = Literal[
    "refund", "rebooking", "compensation", "downgrade_refund", "meals", "communication", "hotel", "transfers"
]
"""`refund`: of the fare, where the party does not travel on what it is offered. `rebooking`: another trip at no charge.
`compensation`: an amount that is owed beside all others. `downgrade_refund`: a part of the fare, for a lower cabin."""
Answer = Literal["owed", "not_owed", "cause_unknown", "no_rule_set"]
"""`cause_unknown`: owed unless the cause is one that the rule set excuses, and none is known, or not well enough."""
Because = Literal["cancelled", "delayed", "earlier", "denied_boarding", "misconnected", "rerouted", "downgraded"]
"""What happened to the journey as it was sold. `rerouted`: it begins or ends at another airport, or has more connections."""

RuleSetName = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9-]{0,40}$(?!\n)", description="the name of a rule set", examples=["eu-261-2004"]),
]


class Entitlement(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One kind of thing that a party may have a right to, and the rule that decides it."""

    kind: EntitlementKind
    answer: Answer
    because: Because | None = None
    """None: nothing of what its rules ask for has happened, or there is no rule set."""
    rule_set: RuleSetName = ""
    """Empty: no rule set covers the journey on its day."""
    rule: str = ""
    """Of the rule set: the one that gives it, or that excuses from it."""
    law: str = ""
    """The law of the rule set, as it is cited: `Regulation (EC) No 261/2004`."""
    source: str = ""
    """Where the law says so, e.g. `14 CFR 260.6(a)`."""
    owed_by: Carrier | None = None
    """The airline that owes it, as far as it is known."""
    passengers: int = 0
    """For how many of the party it is."""
    amount: Money | None = None
    """For all of them. None: it is no amount, or it depends on a fare that is not known."""
    percent: int = 0
    """Of the fare, where it is a part or a multiple of it; 0: it is none."""
    if_declined: bool = False
    """The party has to choose it, in place of travelling."""
    cause: str = ""
    """The delay code that was decided by; empty: none, or it made no difference."""
    within_days: int = 0
    """In how many days it is to be paid, counted as the source says; 0: the source names no time."""
    until: Instant | None = None
    """When the choice ends, where that is known."""


class CareOwed(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What is owed to a party for one of its journeys, from now on. It takes the place of the one that it `follows`."""

    pnr: Pnr
    id: Id
    """Derived from what caused it and the journey: one cause has at most one."""
    journey: int = 1
    package: tuple[Entitlement, ...] = ()
    """What is owed, and what would be if the cause were known. Empty: nothing any more."""
    added: tuple[EntitlementKind, ...] = ()
    """Kinds that are new, or whose answer, amount or rule is another one."""
    withdrawn: tuple[EntitlementKind, ...] = ()
    """Kinds of the package before it that are in this one no more."""
    flight: FlightKey | None = None
    """The flight whose course decided; None: none alone."""
    decided_at: Instant
    """Event time."""
    follows: Id = ""
    """The `CareOwed` for this journey before this one; empty: there was none."""


class LostFlight(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A flight of a journey that the party was not to take any more, and when it was first informed."""

    flight: FlightKey
    reason: Disruption
    informed_at: Instant
    broken_by: FlightKey | None = None
    """Of a broken connection, or of a stay too short for the journey: the flight whose times broke it, where that is known."""


class RightsAccount(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What is known about the rights of one journey that was disrupted: every answer, those that deny included."""

    pnr: Pnr
    journey: int = 1
    answers: tuple[Entitlement, ...] = ()
    flights: tuple[FlightKey, ...] = ()
    """Flights on whose course the answers depend."""
    lost: tuple[LostFlight, ...] = ()
    last_care: Id = ""
    """Of the last `CareOwed`; empty: there was none."""
    heard: Id = ""
    """Of the last fact about the journey when it was judged."""
    waits_at: Airport | None = None
    """Where the party waits for a trip; None: it has one."""
    look_at: Instant | None = None
    """When time alone may change the answers: a party that waits has no trip by then."""
    closed: bool = False
    """The journey is over and its cause is known, or makes no difference: nothing is awaited. What a feed corrects of its
    flights is judged all the same."""

    @property
    def package(self) -> tuple[Entitlement, ...]:
        """What is owed, and what would be if the cause were known."""
        return tuple(each for each in self.answers if each.answer in ("owed", "cause_unknown"))


CARE_OWED = Subject("care.owed.{pnr}.{id}", CareOwed, "CARE")
"""care -> anyone"""
RIGHTS_ACCOUNT = Subject("care.account.{pnr}.{journey}", RightsAccount, "CARE")
"""care -> itself"""
