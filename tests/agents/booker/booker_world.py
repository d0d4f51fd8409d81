"""A small world for the booker's tests: flights, parties and plans, with defaults for all that a test is not about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import structs

from agents.booker.domain import Decision, Planned, SaleRules, decide_group
from agents.booker.domain.offering import Reply
from agents.booker.domain.stays import connections
from contracts.flights import Change, Flight, FlightChanged
from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingKept,
    BookingStranded,
    Disruption,
    Holding,
    JourneyKey,
    Leg,
    Party,
    SeatLedger,
    Ticket,
    WaitlistEntry,
)
from contracts.money import whole_fare
from contracts.names import Cabin, FlightKey, Pnr, origin_of
from contracts.offers import AnswerRefused, TripOffered
from contracts.plans import Option, PlannedLeg, PlanProposed, PlanRefused
from contracts.reservations import BookingContradicted
from tests.single_journey import altered, single

NOW = datetime(2013, 2, 8, 12, 0, tzinfo=UTC)
DEPARTS = NOW + timedelta(hours=6)
REVISION = 7

Ledgers = dict[FlightKey, SeatLedger]


def key(number: int, origin: str = "JFK") -> FlightKey:
    return f"B6.{number}.{origin}.2013-02-08"


ONE, TWO, THREE = key(1), key(2), key(3)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def flight(key: FlightKey = ONE, **changes: object) -> SeatLedger:
    """A scheduled flight to SFO in 6 h with 10 economy seats and no holders; each test changes what it needs."""
    ledger = SeatLedger(
        flight=key,
        destination="SFO",
        phase="scheduled",
        departs=DEPARTS,
        arrives=DEPARTS + hours(5),
        capacity={"economy": 10},
        last_change=1,
    )
    return structs.replace(ledger, **changes)


def state_of(ledger: SeatLedger, **changes: object) -> Flight:
    """The monitor's state of the flight, if the ledger is up to date."""
    state = Flight(
        flight=ledger.flight,
        destination=ledger.destination,
        phase=ledger.phase,
        last_change=ledger.last_change,
        scheduled_departure=DEPARTS,
        scheduled_arrival=DEPARTS + hours(5),
        departs=ledger.departs,
        arrives=ledger.arrives,
        announced_departure=ledger.departs,
        announced_arrival=ledger.arrives,
        observed_at=NOW,
        seats=dict(ledger.capacity),
        diverted_to=ledger.diverted_to,
    )
    return structs.replace(state, **changes)


def changed(ledger: SeatLedger, change: Change, *, n: int | None = None, **changes: object) -> FlightChanged:
    """The next change of the ledger's flight, or its `n`th."""
    n = ledger.last_change + 1 if n is None else n
    return FlightChanged(flight=ledger.flight, n=n, change=change, state=state_of(ledger, last_change=n, **changes))


def retimed(ledger: SeatLedger, by: timedelta, *, n: int | None = None) -> FlightChanged:
    departs, arrives = ledger.departs + by, ledger.arrives + by
    return changed(
        ledger,
        "retimed",
        n=n,
        departs=departs,
        arrives=arrives,
        announced_departure=departs,
        announced_arrival=arrives,
    )


def party(seats: int = 1, *, fare: int | None = None, **changes: object) -> Party:
    """Its fare is in dollars; 100 for each seat, if nothing else is given."""
    who = Party(passengers=seats, seats=seats, cabin="economy", paid=whole_fare(100 * seats if fare is None else fare))
    return structs.replace(who, **changes)


def booking(
    pnr: Pnr, on: Sequence[SeatLedger], *, seats: int = 1, cabin: Cabin = "economy", **changes: object
) -> Booking:
    """A ticketed party with a leg on each of these flights. It holds no seats until `seated`."""
    legs = tuple(
        Leg(flight=f.flight, destination=f.destination, cabin=cabin, departs=f.departs, arrives=f.arrives) for f in on
    )
    ticket = Ticket(
        origin=origin_of(on[0].flight),
        destination=on[-1].destination,
        departs=on[0].departs,
        arrives=on[-1].arrives,
        flights=tuple(f.flight for f in on),
    )
    return altered(single(pnr, party(seats), ticket=ticket, legs=legs), **changes)


def seated(flights: Sequence[SeatLedger], bookings: Sequence[Booking]) -> Ledgers:
    """The flights, with the bookings' parties as holders."""
    return {
        f.flight: structs.replace(
            f,
            holders={
                b.pnr: Holding(leg.cabin, b.party.seats) for b in bookings for leg in b.seated if leg.flight == f.flight
            },
            connecting={
                b.pnr: connection
                for b in bookings
                for key, connection in connections(b.journeys).items()
                if key == f.flight and connection is not None
            },
        )
        for f in flights
    }


def leg(flight: FlightKey, last_disruption: int = 0, cabin: Cabin = "economy") -> PlannedLeg:
    return PlannedLeg(flight=flight, cabin=cabin, last_disruption=last_disruption)


def option(*legs: PlannedLeg) -> Option:
    return Option(id="o" + "-".join(x.flight.split(".")[1] for x in legs), legs=legs, arrives=NOW, cost=0.0, terms={})


def _plan(pnr: Pnr, **changes: object) -> PlanProposed:
    plan = PlanProposed(
        pnr=pnr,
        id=f"plan-{pnr}",
        verdict="none",
        reason="cancelled",
        booking_revision=REVISION,
        as_of=100,
        planned_at=NOW,
    )
    return structs.replace(plan, **changes)


def move(pnr: Pnr, *options: Option, **changes: object) -> PlanProposed:
    return _plan(pnr, verdict="move", options=options, **changes)


def keep(pnr: Pnr, *legs: PlannedLeg, reason: Disruption = "retimed", **changes: object) -> PlanProposed:
    return _plan(pnr, verdict="keep", legs=legs, reason=reason, **changes)


def none(pnr: Pnr, *legs: PlannedLeg, **changes: object) -> PlanProposed:
    return _plan(pnr, legs=legs, **changes)


def decide(
    ledgers: Ledgers,
    bookings: Sequence[Booking],
    *plans: PlanProposed,
    now: datetime = NOW,
    refused_at: Mapping[JourneyKey, int] | None = None,
    answered: frozenset[str] = frozenset(),
    waiting: Mapping[JourneyKey, WaitlistEntry] | None = None,
    rules: SaleRules | None = None,
    reply: Reply | None = None,
) -> Decision[int]:
    """Decide the plans, with their positions as tokens, on bookings at `REVISION`. `reply`: what the last of them replies."""
    last = len(plans) - 1
    return decide_group(
        [Planned(plan, i, reply=reply if i == last else None) for i, plan in enumerate(plans)],
        bookings={b.pnr: (b, REVISION) for b in bookings},
        flights=ledgers,
        now=now,
        refused_at=refused_at or {},
        answered=answered,
        waiting=waiting or {},
        rules=rules or SaleRules(),
    )


def facts(
    decision: Decision[int],
) -> list[
    BookingChanged | BookingKept | BookingStranded | TripOffered | AnswerRefused | BookingContradicted | PlanRefused
]:
    return [fact for _, fact in decision.facts]


def refusals(decision: Decision[int]) -> list[str]:
    return [fact.refusal for fact in facts(decision) if isinstance(fact, PlanRefused)]
