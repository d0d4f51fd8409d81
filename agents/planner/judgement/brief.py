"""Everything known about one party at one moment: prompts are written from it, and answers are checked against it.

Pure: the caller reads the views and the booking. Nothing is kept from one question to the next.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from msgspec import Struct, structs

from agents.planner.domain import Network, TripRules
from agents.planner.judgement.facts import (
    Clocks,
    Moment,
    Weather,
    leg_facts,
    option_facts,
    party_facts,
    rule_facts,
    weather_facts,
)
from agents.planner.judgement.kinds import VITAL, TripFact
from contracts.ledger import Booking, Journey, Ticket
from contracts.names import Airport, Cabin, origin_of
from contracts.plans import Option, PlanProposed


class Brief(Struct, frozen=True, kw_only=True):
    """It identifies no one: no PNR, name or contact."""

    moment: Moment
    facts: tuple[TripFact, ...]
    remark: str
    """The passengers' own words; empty if they wrote none."""
    ticket: Ticket
    cabin: Cabin
    """The cabin paid for."""
    passengers: int
    rules: TripRules
    plan: PlanProposed | None
    """What the rules alone would propose; None: the party needs no answer."""

    @property
    def now(self) -> datetime:
        return self.moment.now

    @property
    def clocks(self) -> Clocks:
        return self.moment.clocks

    def at(self, now: datetime) -> "Brief":
        """The same facts at a later time."""
        return structs.replace(self, moment=structs.replace(self.moment, now=now))

    @property
    def too_old(self) -> tuple[TripFact, ...]:
        """The facts that no prompt may contain."""
        return tuple([fact for fact in self.facts if fact.too_old(self.now)])

    @property
    def usable(self) -> bool:
        """Whether a model may be asked: no vital fact is too old."""
        return not any(fact.kind in VITAL for fact in self.too_old)

    def choosing(self, plan: PlanProposed, options: Sequence[Option]) -> "Brief":
        """As of this plan, with these of its options and no others. Raises `UnknownFlight`."""
        then = self.at(max(self.now, plan.planned_at))
        others = (fact for fact in then.facts if fact.kind != "options")
        offered = option_facts(options, plan, then.ticket, then.moment)
        return structs.replace(then, facts=(*others, *offered), plan=plan)


def brief_of(
    booking: Booking,
    journey: Journey,
    *,
    revision: int,
    written_at: datetime,
    plan: PlanProposed | None,
    network: Network,
    weather: Weather,
    rules: TripRules,
    zones: Mapping[Airport, tzinfo],
    now: datetime,
    current_at: datetime | None = None,
    read_at: datetime | None = None,
) -> Brief:
    """The brief of the booking's party on this journey.

    `plan` is what the rules alone propose on the seats of `network`. `current_at` is when the network was last known to be
    current, `read_at` when the booking was read, both in event time like `now`; None: now. Raises `UnknownFlight` if the
    network lacks a flight of the booking.
    """
    clocks = Clocks(zones)
    moment = Moment(now=now, current_at=current_at or now, read_at=read_at or now, clocks=clocks, network=network)
    ticket = journey.ticket
    rules = rules.of(ticket, booking.party)
    places = (
        ticket.origin,
        ticket.destination,
        *(airport for leg in journey.legs for airport in (origin_of(leg.flight), leg.destination)),
        *rules.terminals(ticket.origin),
        *rules.terminals(ticket.destination),
    )
    facts = (
        *party_facts(booking, journey, moment, revision=revision, written_at=written_at),
        *leg_facts(journey, moment),
        *weather_facts(dict.fromkeys(places), weather),
        *rule_facts(booking.party, ticket, rules, now=now),
        *(option_facts(plan.options, plan, ticket, moment) if plan else ()),
    )
    return Brief(
        moment=moment,
        facts=facts,
        remark=booking.party.remark.strip(),
        ticket=ticket,
        cabin=booking.party.cabin,
        passengers=booking.party.passengers,
        rules=rules,
        plan=plan,
    )
