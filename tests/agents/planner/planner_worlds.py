"""Flights, parties and cases for the planner's tests, with defaults for all that a test does not care about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from agents.planner.domain import Availability, Case, Network, SeatCounts, TripRules, plan
from contracts.flights import Phase
from contracts.ledger import Booking, Disruption, Holding, JourneyState, Leg, Party, SeatLedger, Ticket, Tier
from contracts.money import whole_fare
from contracts.names import Cabin, FlightKey, Mode, Pnr
from contracts.passengers import Ssr
from contracts.plans import PlanProposed
from contracts.rules import Rules, RulesInForce
from tests.single_journey import journey_of, single

DAY = datetime(2013, 2, 8, tzinfo=UTC)
NOW = DAY + timedelta(hours=12)
IN_FORCE = RulesInForce(version=1, rules=Rules(), since=DAY)


def at(hours: float) -> datetime:
    """This number of hours after midnight UTC of the day."""
    return DAY + timedelta(hours=hours)


def flight(
    name: str,
    route: str,
    departs: float,
    *,
    hours: float = 3,
    economy: int = 10,
    first: int = 0,
    more: Mapping[Cabin, int] = MappingProxyType({}),
    phase: Phase = "scheduled",
    mode: Mode | None = None,
    last_disruption: int = 0,
    last_for_all: int | None = None,
    offloaded: tuple[Pnr, ...] = (),
) -> Availability:
    """`B6.1` on `JFK-MCO`, departing this number of hours after midnight. Its last disruption named all its holders, unless
    `last_for_all` is given."""
    origin, destination = route.split("-")
    return Availability(
        flight=f"{name}.{origin}.2013-02-08",
        origin=origin,
        destination=destination,
        phase=phase,
        mode=mode,
        departs=at(departs),
        arrives=at(departs + hours),
        scheduled_departure=at(departs),
        scheduled_arrival=at(departs + hours),
        free={"economy": economy, "first": first, **more},
        last_disruption=last_disruption,
        last_for_all=last_disruption if last_for_all is None else last_for_all,
        revision=7,
        written_at=DAY,
        offloaded=offloaded,
    )


def ledger(of: Availability, *holders: Pnr, economy: int = 2) -> SeatLedger:
    """The booker's ledger of the flight: its capacity, and one seat for each of these holders."""
    return SeatLedger(
        flight=of.flight,
        destination=of.destination,
        phase=of.phase,
        departs=of.departs,
        arrives=of.arrives,
        capacity={"economy": economy},
        last_change=1,
        last_disruption=of.last_disruption,
        holders={pnr: Holding("economy", 1) for pnr in holders},
    )


def party(
    *,
    seats: int = 1,
    cabin: Cabin = "economy",
    fare: int = 0,
    tier: Tier = "none",
    ssrs: tuple[Ssr, ...] = (),
) -> Party:
    return Party(passengers=seats, seats=seats, cabin=cabin, paid=whole_fare(fare), tier=tier, ssrs=ssrs)


def booking(
    pnr: str,
    *flights: Availability,
    who: Party | None = None,
    answered: int = 0,
    state: JourneyState = "ticketed",
    ticketed: Mapping[FlightKey, tuple[float, float]] | None = None,
) -> Booking:
    """A party ticketed on these flights at their times, or at the (departure, arrival) hours in `ticketed`.

    A stranded party has no legs.
    """
    who = who or party()
    times = {f.flight: (f.departs, f.arrives) for f in flights}
    times |= {key: (at(out), at(in_)) for key, (out, in_) in (ticketed or {}).items()}
    legs = tuple(
        Leg(
            flight=f.flight,
            destination=f.destination,
            cabin=who.cabin,
            departs=times[f.flight][0],
            arrives=times[f.flight][1],
            answered=answered,
        )
        for f in flights
    )
    ticket = Ticket(
        origin=flights[0].origin,
        destination=flights[-1].destination,
        departs=legs[0].departs,
        arrives=legs[-1].arrives,
        flights=tuple(f.flight for f in flights),
    )
    return single(pnr, who, ticket=ticket, legs=() if state == "stranded" else legs, state=state)


def case(of: Booking, *, kind: Disruption | None = "cancelled", cause: str = "cause-1", at: int = 0) -> Case:
    return Case(
        booking=of,
        journey=journey_of(of),
        booking_revision=3,
        booking_written_at=DAY,
        cause_id=cause,
        cause_sequence=at,
        kind=kind,
    )


def outcome(
    cases: Sequence[Case],
    flights: Sequence[Availability],
    *,
    now: datetime = NOW,
    rules: TripRules | None = None,
    reserved: SeatCounts | None = None,
) -> list[PlanProposed]:
    return plan(
        cases,
        Network(flights),
        now=now,
        as_of=99,
        rules=rules or TripRules(),
        reserved=reserved or {},
    )


def only(
    of: Booking,
    flights: Sequence[Availability],
    *,
    kind: Disruption | None = "cancelled",
    rules: TripRules | None = None,
) -> PlanProposed:
    """The one plan of a window of one party."""
    (proposed,) = outcome([case(of, kind=kind)], flights, rules=rules)
    return proposed


def trips(proposed: PlanProposed) -> list[list[str]]:
    """Each option's flights without their date: `B6.1.JFK`, with the cabin where it is not economy."""
    return [
        [leg.flight.rsplit(".", 1)[0] + ("" if leg.cabin == "economy" else f"/{leg.cabin}") for leg in option.legs]
        for option in proposed.options
    ]
