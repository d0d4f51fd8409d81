"""Properties of every window, whatever its flights and parties."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, permutations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.planner.domain import Availability, Case, TripRules, priority
from contracts.flights import LEFT, Phase
from contracts.ledger import Tier
from contracts.names import Cabin, Pnr, origin_of
from contracts.passengers import Ssr
from contracts.plans import Option
from tests.agents.planner.planner_worlds import NOW, at, booking, case, flight, outcome, party

pytestmark = pytest.mark.slow

RULES = TripRules()
ROUTES = ["JFK-MCO"] * 6 + ["LGA-MCO"] * 2 + ["EWR-MCO", "JFK-CLT", "LGA-CLT", "CLT-MCO", "JFK-ORD", "ORD-CLT"]
PHASES: list[Phase] = ["scheduled", "scheduled", "scheduled", "cancelled", "cancelled", "departed", "diverted"]
TIERS: list[Tier] = ["none", "silver", "platinum"]
SSRS: list[tuple[Ssr, ...]] = [(), (), (), ("WCHR",), ("UMNR",)]
CABINS: list[Cabin] = ["economy", "economy", "first"]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Availability], list[Case]]:
    """Up to ten flights of one day, some disrupted, and up to eight parties on them or stranded."""
    flights = []
    for i in range(draw(st.integers(2, 10))):
        flights.append(
            flight(
                f"{draw(st.sampled_from(['B6', 'DL']))}.{i}",
                draw(st.sampled_from(ROUTES)),
                draw(st.integers(48, 84)) / 4,
                hours=draw(st.integers(4, 12)) / 4,
                economy=draw(st.integers(-2, 4)),
                first=draw(st.integers(0, 1)),
                phase=draw(st.sampled_from(PHASES)),
                last_disruption=draw(st.sampled_from([0, 1, 1])),
            )
        )
    cases = []
    for i in range(draw(st.integers(1, 8))):
        on = draw(st.sampled_from(flights))
        ssrs = draw(st.sampled_from(SSRS))
        who = party(
            seats=1 if "UMNR" in ssrs else draw(st.integers(1, 3)),
            cabin=draw(st.sampled_from(CABINS)),
            fare=draw(st.sampled_from([0, 150, 333])),
            tier=draw(st.sampled_from(TIERS)),
            ssrs=ssrs,
        )
        slip = draw(st.integers(0, 16)) / 4
        ticketed = {on.flight: (hours(on.departs) - slip, hours(on.arrives) - slip)}
        stranded = draw(st.booleans()) and draw(st.booleans())
        of = booking(f"P{i}", on, who=who, ticketed=ticketed, state="stranded" if stranded else "ticketed")
        cases.append(
            case(of, kind=draw(st.sampled_from(["cancelled", "retimed", "downgauged", None])), cause=f"c{on.flight}")
        )
    return [structs.replace(f, offloaded=draw(offloaded(f, cases))) for f in flights], cases


@st.composite
def offloaded(draw: st.DrawFn, flight: Availability, cases: Sequence[Case]) -> tuple[Pnr, ...]:
    """The parties that the booker has named to be offloaded: enough holders for the flight to fit, or all of them."""
    aboard = draw(
        st.permutations([c.booking for c in cases if flight.flight in {x.flight for x in c.booking.journeys[0].legs}])
    )
    leaving: list[Pnr] = []
    for cabin in flight.free:
        short = -flight.free[cabin]
        for who in (b for b in aboard if b.party.cabin == cabin):
            if short > 0:
                leaving.append(who.pnr)
                short -= who.party.seats
    return tuple(leaving)


def hours(instant: datetime) -> float:
    return (instant - at(0)).total_seconds() / 3600


def breaks(trip: Sequence[tuple[Availability, Cabin]], of: Case) -> str:
    """The rules that the trip breaks for this party, written as plainly as possible; empty where it is legal."""
    ticket, who = of.booking.journeys[0].ticket, of.booking.party
    flights = [f for f, _ in trip]
    start = origin_of(of.legs[0].flight) if of.legs else of.waits_at or ticket.origin
    lead = timedelta(minutes=45 if flights[0].origin == start else 180)
    cities = [RULES.city(f.origin) for f in flights] + [RULES.city(flights[-1].destination)]
    checks = {
        "phase": all(f.phase == "scheduled" for f in flights),
        "seats": all(f.free[cabin] >= who.seats for f, cabin in trip),
        "ends": (cities[0], cities[-1]) == (RULES.city(ticket.origin), RULES.city(ticket.destination)),
        "revisit": len(set(cities)) == len(cities),
        "later": flights[0].departs <= ticket.departs + timedelta(days=14),
        "lead": flights[0].departs >= NOW + lead,
        "earlier": flights[0].departs >= ticket.departs - timedelta(hours=2),
        "connection": all(
            RULES.city(a.destination) == RULES.city(b.origin)
            and timedelta(minutes=45 if a.destination == b.origin else 180)
            <= b.departs - a.arrives
            <= timedelta(hours=6)
            for a, b in pairwise(flights)
        ),
        "minor": "UMNR" not in who.ssrs
        or (len(trip) == 1 and (flights[0].origin, flights[0].destination) == (ticket.origin, ticket.destination)),
        "present": not {(f.flight, cabin) for f, cabin in trip}
        & {(leg.flight, leg.cabin) for leg in of.booking.journeys[0].legs},
    }
    return " ".join(name for name, kept in checks.items() if not kept)


def flown(option: Option, flights: Sequence[Availability]) -> list[tuple[Availability, Cabin]]:
    by_key = {f.flight: f for f in flights}
    return [(by_key[leg.flight], leg.cabin) for leg in option.legs]


@given(worlds())
def test_no_option_is_illegal(world: tuple[list[Availability], list[Case]]) -> None:
    """Every option of every party keeps phase, seats, ends, lead, connections and the rules for minors."""
    flights, cases = world
    by_pnr = {c.booking.pnr: c for c in cases}
    for plan in outcome(cases, flights):
        for option in plan.options:
            assert breaks(flown(option, flights), by_pnr[plan.pnr]) == ""


@given(worlds())
def test_options_are_ranked_and_costs_are_sums(world: tuple[list[Availability], list[Case]]) -> None:
    """Costs never fall along a list, each is exactly the sum of its terms, and ids within a list differ."""
    flights, cases = world
    for plan in outcome(cases, flights):
        costs = [o.cost for o in plan.options]
        assert costs == sorted(costs)
        assert all(o.cost == sum(o.terms.values()) for o in plan.options)
        assert len({o.id for o in plan.options}) == len(plan.options) <= 5


@given(worlds())
def test_first_options_never_oversell_the_window(world: tuple[list[Availability], list[Case]]) -> None:
    """Together, all parties on their first options need no more seats than are free."""
    flights, cases = world
    seats = {c.booking.pnr: c.booking.party.seats for c in cases}
    taken: Counter[tuple[str, Cabin]] = Counter()
    for plan in outcome(cases, flights):
        for leg in plan.options[0].legs if plan.options else ():
            taken[leg.flight, leg.cabin] += seats[plan.pnr]
    free = {(f.flight, cabin): f.free[cabin] for f in flights for cabin in f.free}
    assert all(count <= free[key] for key, count in taken.items())


@given(worlds(), st.integers(0, 2**32))
def test_the_order_of_the_input_does_not_matter(world: tuple[list[Availability], list[Case]], seed: int) -> None:
    """Shuffled cases and flights, and repeated cases, give the same plans in the same order, most urgent first."""
    flights, cases = world
    expected = outcome(cases, flights)
    mixed, others = cases + cases[:2], list(flights)
    Random(seed).shuffle(mixed)
    Random(seed).shuffle(others)
    assert outcome(mixed, others) == expected
    urgency = {c.booking.pnr: priority(c.booking.pnr, c.party) for c in cases}
    assert [urgency[p.pnr] for p in expected] == sorted(urgency[p.pnr] for p in expected)


@given(worlds())
def test_no_party_is_left_without_a_trip_beside_a_legal_seat(world: tuple[list[Availability], list[Case]]) -> None:
    """A party without an option has no trip of up to three flights on the seats that earlier parties left."""
    flights, cases = world
    decided = outcome(cases, flights)
    plans = {p.pnr: p for p in decided}
    free = {f.flight: dict(f.free) for f in flights}
    needy = [
        c
        for c in cases
        if c.booking.journeys[0].state == "stranded"
        or c.booking.journeys[0].legs[0].answered < last_disruption_of(c, flights)
    ]
    for of in sorted(needy, key=lambda c: priority(c.booking.pnr, c.party)):
        plan = plans.get(of.booking.pnr)
        if plan is None or plan.verdict == "none":
            left = [f for f in flights if max(free[f.flight].values()) >= of.booking.party.seats]
            for count in (1, 2, 3):
                for trip in permutations(left, count):
                    for cabins in product(CABINS[1:], repeat=count):
                        chosen = list(zip(trip, cabins, strict=True))
                        if all(free[f.flight][c] >= of.booking.party.seats for f, c in chosen):
                            assert breaks(chosen, of)
        elif plan.options:
            for leg in plan.options[0].legs:
                free[leg.flight][leg.cabin] -= of.booking.party.seats


def last_disruption_of(of: Case, flights: Sequence[Availability]) -> int:
    return next(f.last_disruption for f in flights if f.flight == of.booking.journeys[0].legs[0].flight)


@given(
    departures=st.lists(st.integers(13, 40 * 24), min_size=1, max_size=5),
    ticketed=st.integers(13, 30 * 24),
    hours=st.integers(0, 30 * 24),
)
def test_no_trip_becomes_legal_because_time_has_passed(departures: list[int], ticketed: int, hours: int) -> None:
    """No message would have the waitlist planned again: a trip that is legal later is legal now, as far as times go."""
    dead = flight("B6.0", "JFK-MCO", ticketed, phase="cancelled", last_disruption=1)
    flights = [dead, *(flight(f"B6.{i}", "JFK-MCO", departs) for i, departs in enumerate(departures, start=1))]
    waits = case(booking("A", dead, state="stranded"), kind=None)
    now, then = (
        {leg.flight for plan in outcome([waits], flights, now=at_) for option in plan.options for leg in option.legs}
        for at_ in (NOW, NOW + timedelta(hours=hours))
    )
    assert then <= now


@given(worlds())
def test_every_verdict_fits_the_flight(world: tuple[list[Availability], list[Case]]) -> None:
    """No party keeps a cancelled flight, only a party left behind leaves a flight under way, and a stranded party is moved or
    left waiting."""
    flights, cases = world
    by_key, by_pnr = {f.flight: f for f in flights}, {c.booking.pnr: c.booking for c in cases}
    for plan in outcome(cases, flights):
        legs = by_pnr[plan.pnr].journeys[0].legs
        if not legs:
            assert plan.verdict == "move"
            continue
        first = by_key[legs[0].flight]
        left_behind = first.phase in LEFT and plan.pnr in first.offloaded
        assert plan.verdict != "keep" or not (first.phase == "cancelled" or left_behind)
        assert plan.verdict == "keep" or first.phase in ("scheduled", "cancelled") or left_behind
        assert (plan.verdict != "move") is bool(plan.legs)
        assert (plan.verdict == "move") is bool(plan.options)


@given(worlds())
def test_kept_parties_all_have_a_seat(world: tuple[list[Availability], list[Case]]) -> None:
    """When a whole flight is planned at once, enough parties leave it for the others to have seats."""
    flights, cases = world
    decided = {p.pnr: p.verdict for p in outcome(cases, flights)}
    for f in flights:
        if f.phase != "scheduled" or f.last_disruption == 0:
            continue
        for cabin in ("economy", "first"):
            aboard = [
                c.booking
                for c in cases
                if c.booking.party.cabin == cabin and any(leg.flight == f.flight for leg in c.booking.journeys[0].legs)
            ]
            short = min(-min(f.free[cabin], 0), sum(b.party.seats for b in aboard))
            assert sum(b.party.seats for b in aboard if decided[b.pnr] != "keep") >= short
