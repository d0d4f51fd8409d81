"""The audit judges each move by the rules for its party: those in force, of the carrier that sold its ticket."""

from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import Flight
from contracts.ledger import BookingChanged, Holding, SeatLedger
from contracts.passengers import Ssr
from contracts.reservations import BookingAmended, PartySummary
from contracts.rules import MINIMUM_CONNECTIONS, CarrierRules, Rules, ServiceRules, StationTimes
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import (
    FINE,
    LATE,
    NOW,
    booking,
    by,
    flight,
    hours,
    key,
    leg,
    sound,
    with_booking,
    with_flight,
    with_ledger,
)
from tests.single_journey import altered

WORLD = sound()
R = WORLD.bookings["R"]
"""In a wheelchair, with a child; moved at noon from B6.1 at one to B6.2 at two, from JFK to SFO."""
Flown = tuple[Flight, SeatLedger]


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def carrier(own: CarrierRules, **rules: object) -> Rules:
    """B6, whose ticket everyone has here, has these rules."""
    return replace(Rules(carriers={"B6": own}), **rules)


def faults(streams: Streams, rules: Rules) -> list[str]:
    """What is found wrong with R's trip, decided by these rules."""
    found = audit(by(streams, rules, decided=1)).findings.get("illegal_trips", ())
    return [fault.removeprefix("R ") for fault in found if fault.startswith("R ")]


def moved(*flights: Flown, ssrs: tuple[Ssr, ...] = ("WCHR",)) -> Streams:
    """The world in which R was moved to these flights instead."""
    legs = tuple(leg(ledger) for _, ledger in flights)
    world = with_booking(WORLD, replace(altered(R, legs=legs), party=replace(R.party, ssrs=ssrs), passengers=()))
    for state, ledger in flights:
        world = with_flight(world, (state, replace(ledger, holders={"R": Holding("economy", 2)})))
    (at, fact), *rest = WORLD.facts
    assert isinstance(fact, BookingChanged)
    late = replace(WORLD.seats[LATE], holders={"K": Holding("economy", 2)}, services={})
    return but(with_ledger(world, late), facts=[(at, replace(fact, after=legs)), *rest])


THEIRS = flight("NW.7.JFK.2013-02-08", departs=hours(2))
TO_ORD = flight(key(8), "ORD", departs=hours(2), block=hours(2))


def onward(wait: int, **terminals: str) -> Flown:
    state, ledger = flight(key(9, "ORD"), departs=hours(4) + minutes(wait), block=hours(4))
    return replace(state, **terminals), replace(ledger, **terminals)


def test_a_move_onto_a_carrier_that_is_not_permitted_is_found() -> None:
    """By the tier of the party; the carriers of its ticket always are."""
    only_own = carrier(CarrierRules(onto={"none": (), "gold": None}))
    assert faults(moved(THEIRS), only_own) == [
        "was moved to NW.7.JFK.2013-02-08, and may be moved onto flights of B6 only"
    ]
    assert faults(WORLD, only_own) == []
    assert faults(moved(THEIRS), carrier(CarrierRules(onto={"none": ("NW",)}))) == []
    world = moved(THEIRS)
    gold = replace(world.bookings["R"], party=replace(world.bookings["R"].party, tier="gold"))
    assert faults(with_booking(world, gold), only_own) == []


def test_another_carriers_rules_are_not_the_partys() -> None:
    """NW permits nothing; the ticket is B6's."""
    assert faults(moved(THEIRS), Rules(carriers={"NW": CarrierRules(onto={"none": ()})})) == []


@pytest.mark.parametrize(
    ("wait", "rules", "found"),
    [
        pytest.param(60, Rules(), 0, id="as-usual"),
        pytest.param(60, carrier(CarrierRules()), 0, id="the-carriers-station"),
        pytest.param(
            60,
            Rules(connections=(replace(MINIMUM_CONNECTIONS[0], station="ORD", least=minutes(90)),)),
            1,
            id="the-stations",
        ),
    ],
)
def test_a_connection_under_the_stations_minimum_is_found(wait: int, rules: Rules, found: int) -> None:
    """Less the leeway of fifteen minutes."""
    assert len(faults(moved(TO_ORD, onward(wait)), rules)) == found


@pytest.mark.parametrize(
    ("seller", "found"), [("B6", ["was given 60 min between B6.8.JFK.2013-02-08 and B6.9.ORD.2013-02-08"]), ("NW", [])]
)
def test_a_row_is_for_tickets_of_its_carrier(seller: str, found: list[str]) -> None:
    """The station needs 90 minutes for them."""
    row = replace(MINIMUM_CONNECTIONS[0], station="ORD", least=minutes(90), carrier=seller)
    rules = carrier(CarrierRules(), connections=(row, *MINIMUM_CONNECTIONS))
    assert faults(moved(TO_ORD, onward(60)), rules) == found


@pytest.mark.parametrize(("departs", "found"), [("2", 1), ("1", 0), (None, 0)])
def test_terminals_count_as_far_as_they_are_known(departs: str | None, found: int) -> None:
    """The row is between one and two; the flight may have been planned before its terminal was known."""
    row = replace(
        MINIMUM_CONNECTIONS[0], station="ORD", least=minutes(90), arriving_terminal="1", departing_terminal="2"
    )
    state, ledger = TO_ORD
    first = replace(state, arrival_terminal="1"), replace(ledger, arrival_terminal="1")
    last = onward(60, departure_terminal=departs) if departs else onward(60)
    rules = Rules(connections=(row, *MINIMUM_CONNECTIONS))
    assert len(faults(moved(first, last), rules)) == found


@pytest.mark.parametrize(("ssrs", "found"), [((), 0), (("WCHR",), 1)])
def test_a_connection_without_the_extra_minutes_of_a_service_is_found(ssrs: tuple[Ssr, ...], found: int) -> None:
    """45 and 20, less the leeway, are 50."""
    rules = carrier(CarrierRules(services={"WCHR": ServiceRules(connection=minutes(20))}))
    assert len(faults(moved(TO_ORD, onward(49), ssrs=ssrs), rules)) == found


def test_a_party_that_has_changed_since_is_not_judged_by_what_it_is_now() -> None:
    """It may have needed no wheelchair when it was moved."""
    rules = carrier(CarrierRules(services={"WCHR": ServiceRules(connection=minutes(20), most=0)}, onto={"none": ()}))
    amended = BookingAmended(
        pnr="R",
        id="v2",
        version=2,
        after=PartySummary(passengers=2, seats=2),
        changed=("ssrs",),
        decided_at=NOW,
        rules=1,
    )
    world = moved(TO_ORD, onward(49))
    assert len(faults(world, rules)) == 1
    assert faults(but(world, amended=[(20, amended)]), rules) == []


@pytest.mark.parametrize(
    ("station", "found"),
    [
        pytest.param(StationTimes(check_in=minutes(119)), 0, id="still-open"),
        pytest.param(StationTimes(check_in=minutes(121)), 1, id="check-in-closed"),
        pytest.param(StationTimes(gate=minutes(121)), 1, id="gate-closed"),
    ],
)
def test_a_move_to_a_flight_that_is_closed_is_found(station: StationTimes, found: int) -> None:
    """R was moved at noon to two o'clock."""
    assert len(faults(WORLD, carrier(CarrierRules(stations={"JFK": station})))) == found


@pytest.mark.parametrize(
    ("own", "found"),
    [
        pytest.param(CarrierRules(lead=minutes(136)), 1, id="lead"),
        pytest.param(CarrierRules(later=minutes(20)), 1, id="later"),
        pytest.param(CarrierRules(cabins={"economy": ("premium",)}), 1, id="cabin"),
        pytest.param(CarrierRules(), 0, id="as-everybody"),
    ],
)
def test_the_limits_are_those_of_the_carrier(own: CarrierRules, found: int) -> None:
    """Everybody's would allow the move."""
    assert len(faults(WORLD, carrier(own))) == found


def test_cities_are_those_of_the_carrier() -> None:
    """From LGA, which is in no city with JFK for B6."""
    from_lga = moved(flight(key(7, "LGA"), departs=hours(4)))
    assert faults(from_lga, Rules()) == []
    assert faults(from_lga, carrier(CarrierRules(cities={"NYC": ("JFK", "EWR")}))) == [
        "leaves from LGA with B6.7.LGA.2013-02-08, and is in JFK"
    ]


def with_wheelchair(pnr: str, number: int = 1) -> Streams:
    """The world in which another party on B6.2 has wheelchairs too."""
    known = WORLD.bookings[pnr]
    late = WORLD.seats[LATE]
    world = with_booking(WORLD, replace(known, party=replace(known.party, ssrs=("WCHR",))))
    return with_ledger(world, replace(late, services={"WCHR": {"R": 1, pnr: number}}))


@pytest.mark.parametrize(
    ("most", "found"), [(1, [f"was moved to {LATE}, which takes 1 WCHR and had 1"]), (2, [])], ids=["one", "two"]
)
def test_a_flight_with_more_of_a_service_than_it_takes_is_found(most: int, found: list[str]) -> None:
    """K was on it before R came. Its answer came in the same commit, and it is known to have been there by its first fact."""
    rules = carrier(CarrierRules(services={"WCHR": ServiceRules(most=most)}))
    world = with_wheelchair("K")
    (_, first), (_, second), *rest = world.facts
    world = but(world, facts=[(12, first), (11, second), *rest])
    assert faults(world, rules) == found


def test_who_came_later_or_was_sold_the_flight_is_no_fault() -> None:
    """What is limited is who is moved there, and only by what is on record."""
    rules = carrier(CarrierRules(services={"WCHR": ServiceRules(most=1)}))
    assert faults(with_wheelchair("K"), rules) == []
    assert faults(WORLD, rules) == []


def test_services_that_a_flight_counts_otherwise_than_its_bookings_are_found() -> None:
    """Of its holders alone; a flight may have been sold before they were counted."""
    late = WORLD.seats[LATE]
    worlds = [
        with_ledger(WORLD, replace(late, services=services))
        for services in ({"WCHR": {"R": 2}}, {"WCHR": {"R": 1, "T": 1}}, {"BLND": {"K": 1}}, {})
    ]
    assert [audit(world).figures["ledger_mismatches"] for world in worlds] == [1, 1, 1, 0]


def test_a_terminal_that_the_monitor_never_had_is_found() -> None:
    """In the ledger of a flight; one that it has not heard of yet is none."""
    state, ledger = WORLD.flights[FINE], WORLD.seats[FINE]
    named = but(WORLD, whole=True, flights={**WORLD.flights, FINE: replace(state, departure_terminal="4")})
    worlds = [with_ledger(named, replace(ledger, departure_terminal=each)) for each in ("4", "5", None)]
    assert [audit(world).figures["outdated_flights"] for world in worlds] == [0, 1, 0]


def test_a_place_on_the_waitlist_names_the_seller_of_the_ticket() -> None:
    """The planner looks for seats by that carrier's rules."""
    waits = WORLD.waiting["S", 1]
    worlds = [but(WORLD, waiting={("S", 1): replace(waits, carrier=each)}) for each in ("NW", "B6", None)]
    assert [audit(world).figures["ledger_mismatches"] for world in worlds] == [1, 0, 0]


@pytest.mark.parametrize(
    ("own", "beside"),
    [
        pytest.param(CarrierRules(), 1, id="as-everybody"),
        pytest.param(CarrierRules(onto={"none": ()}), 0, id="another-carriers-flight"),
        pytest.param(CarrierRules(later=hours(2)), 0, id="too-late"),
        pytest.param(CarrierRules(stations={"JFK": StationTimes(check_in=hours(12))}), 0, id="closed"),
        pytest.param(CarrierRules(services={"WCHR": ServiceRules(most=1)}), 0, id="too-many-wheelchairs"),
        pytest.param(CarrierRules(cabins={"economy": ("first",)}), 0, id="another-cabin"),
    ],
)
def test_a_stranded_party_is_beside_a_legal_seat_by_its_own_rules(own: CarrierRules, beside: int) -> None:
    """S needs a wheelchair and waits; the flight of NW with nine seats has one already."""
    state, ledger = flight("NW.9.JFK.2013-02-08", departs=hours(11), economy=12)
    world = with_flight(WORLD, (state, replace(ledger, holders={"W": Holding("economy", 2)})))
    world = with_booking(world, booking("W", ledger, leg(ledger), ssrs=("WCHR",)))
    stranded = WORLD.bookings["S"]
    world = with_booking(world, replace(stranded, party=replace(stranded.party, ssrs=("WCHR",))))
    found = audit(by(world, carrier(own), decided=1)).figures["stranded_beside_a_legal_seat"]
    assert found == beside
