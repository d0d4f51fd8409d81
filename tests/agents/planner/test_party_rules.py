"""A party is planned by the rules of the carrier that sold its ticket, and by what its tier and special services add."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from msgspec import structs

from agents.planner.domain import Availability, Network, TripRules
from agents.planner.domain.affected import waiting_for_flight
from agents.planner.domain.network import availability_of
from agents.planner.domain.seat_scan import SeatScan
from contracts.ledger import Tier, WaitlistEntry
from contracts.names import Airport, Carrier
from contracts.passengers import Ssr
from contracts.rules import (
    MINIMUM_CONNECTIONS,
    CarrierRules,
    MinimumConnection,
    ServiceRules,
    StationTimes,
)
from tests.agents.planner.planner_worlds import (
    DAY,
    NOW,
    booking,
    case,
    flight,
    ledger,
    only,
    outcome,
    party,
    trips,
)
from tests.single_journey import altered

GONE = flight("HB.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
OWN, PARTNER, OTHER = (flight(f"{carrier}.2", "JFK-MCO", 18 + at) for at, carrier in enumerate(("HB", "HX", "NW")))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def of_carrier(own: CarrierRules, **rules: object) -> TripRules:
    return structs.replace(TripRules(carriers={"HB": own}), **rules)


def given(
    flights: Sequence[Availability],
    rules: TripRules,
    *,
    tier: Tier = "none",
    ssrs: tuple[Ssr, ...] = (),
    seats: int = 1,
) -> list[list[str]]:
    """The trips that a party of HB's is offered instead of the cancelled flight."""
    who = party(tier=tier, ssrs=ssrs, seats=seats)
    return trips(only(booking("A", GONE, who=who), [GONE, *flights], rules=rules))


@pytest.mark.parametrize(
    ("tier", "found"),
    [("none", ["HB.2.JFK", "HX.2.JFK"]), ("gold", ["HB.2.JFK", "HX.2.JFK", "NW.2.JFK"])],
)
def test_a_party_is_moved_onto_the_carriers_of_its_tier(tier: Tier, found: list[str]) -> None:
    """Those of its ticket are always among them."""
    rules = of_carrier(CarrierRules(onto={"none": ("HX",), "gold": None}))
    assert [trip for (trip,) in given([OWN, PARTNER, OTHER], rules, tier=tier)] == found


def test_no_leg_of_a_trip_is_with_another_carrier() -> None:
    """A way with one flight of it is none."""
    first, last = flight("HB.5", "JFK-ORD", 15, hours=2), flight("NW.6", "ORD-MCO", 19)
    rules = of_carrier(CarrierRules(onto={"none": ("HX",)}))
    assert (given([first, last], rules), given([first, last], TripRules())) == ([], [["HB.5.JFK", "NW.6.ORD"]])


def test_a_party_with_another_carriers_ticket_is_planned_by_everybodys_rules() -> None:
    """In the same window, on the same seats: HB's party may not have the last one on NW, and the other gets it."""
    last = flight("NW.2", "JFK-MCO", 18, economy=1)
    theirs = flight("NW.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
    rules = of_carrier(CarrierRules(onto={"none": ("HX",)}))
    cases = [case(booking("A", GONE, who=party(tier="gold"))), case(booking("B", theirs))]
    plans = outcome(cases, [GONE, theirs, last], rules=rules)
    assert [(plan.pnr, trips(plan)) for plan in plans] == [("A", []), ("B", [["NW.2.JFK"]])]


@pytest.mark.parametrize(
    ("own", "departs", "legal"),
    [
        pytest.param(CarrierRules(lead=minutes(120)), 13.9, False, id="lead"),
        pytest.param(CarrierRules(lead=minutes(120)), 14, True, id="after-the-lead"),
        pytest.param(CarrierRules(lead=minutes(15)), 12.3, True, id="a-shorter-lead"),
        pytest.param(CarrierRules(earlier=minutes(0)), 13.9, False, id="earlier"),
        pytest.param(CarrierRules(later=minutes(60)), 15.1, False, id="later"),
        pytest.param(CarrierRules(stations={"JFK": StationTimes(check_in=minutes(100))}), 13.9, False, id="check-in"),
        pytest.param(
            CarrierRules(stations={"JFK": StationTimes(check_in=minutes(100))}), 14, True, id="before-it-closes"
        ),
        pytest.param(CarrierRules(stations={"LGA": StationTimes(check_in=minutes(200))}), 13.9, True, id="elsewhere"),
    ],
)
def test_the_first_departure_is_within_the_carriers_limits(own: CarrierRules, departs: float, legal: bool) -> None:
    """It is noon, and the ticket is for two. A plan leaves the leeway of 15 minutes before check-in closes."""
    assert bool(given([flight("HB.2", "JFK-MCO", departs)], of_carrier(own))) is legal


def test_check_in_closes_for_those_alone_who_begin_there() -> None:
    """Who changes planes there is checked in; the gate closes for everyone."""
    first, last = flight("HB.5", "JFK-ORD", 13, hours=1), flight("HB.6", "ORD-MCO", 14.8)
    by = [
        of_carrier(CarrierRules(stations={"ORD": times}))
        for times in (StationTimes(check_in=minutes(600)), StationTimes(gate=minutes(600)))
    ]
    assert [bool(given([first, last], rules)) for rules in by] == [True, False]


@pytest.mark.parametrize(("ssrs", "wait", "legal"), [((), 45, True), (("WCHR",), 64, False), (("WCHR",), 65, True)])
def test_a_wheelchair_makes_connections_longer(ssrs: tuple[Ssr, ...], wait: int, legal: bool) -> None:
    """By twenty minutes here."""
    flights = [flight("HB.5", "JFK-ORD", 14, hours=2), flight("HB.6", "ORD-MCO", 16 + wait / 60)]
    rules = of_carrier(CarrierRules(services={"WCHR": ServiceRules(connection=minutes(20))}))
    assert bool(given(flights, rules, ssrs=ssrs)) is legal


def test_a_connection_that_is_kept_is_longer_too() -> None:
    """Down to two thirds: 32 minutes hold with 45, and not with 65, nor for who hurries with a wheelchair. What was sold at an
    hour is no shorter one."""
    flights = [flight("HB.5", "JFK-ORD", 14, hours=2, last_disruption=1), flight("HB.6", "ORD-MCO", 16 + 32 / 60)]
    rules = of_carrier(CarrierRules(services={"WCHR": ServiceRules(connection=minutes(20))}))
    sold = {flights[0].flight: (13.5, 15.5), flights[1].flight: (16.75, 19.75)}
    verdicts = [
        only(booking("A", *flights, who=party(ssrs=ssrs), ticketed=sold), flights, kind="retimed", rules=rules).verdict
        for ssrs in ((), ("WCHR",))
    ]
    assert verdicts == ["keep", "none"]


@pytest.mark.parametrize(
    ("seller", "arrives", "departs", "wait", "legal"),
    [
        pytest.param("HB", "4", "8", 74, False, id="between-the-terminals"),
        pytest.param("HB", "4", "8", 75, True, id="long-enough"),
        pytest.param("HB", "8", "8", 30, True, id="within-one"),
        pytest.param("HB", None, "8", 44, False, id="not-known"),
        pytest.param("NW", "8", "8", 44, False, id="of-another-carrier"),
    ],
)
def test_a_minimum_may_depend_on_terminals(
    seller: Carrier, arrives: str | None, departs: str | None, wait: int, legal: bool
) -> None:
    """Of those that a feed has named; else the station's holds. The rows are HB's."""
    usual = MinimumConnection(
        arriving="domestic", departing="domestic", least=minutes(75), effective_from=date(2000, 1, 1), station="ORD",
        carrier="HB", arriving_terminal="4", departing_terminal="8",
    )  # fmt: skip
    within = structs.replace(usual, least=minutes(30), arriving_terminal="8")
    gone = flight(f"{seller}.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
    first = structs.replace(flight("HB.5", "JFK-ORD", 14, hours=2), arrival_terminal=arrives)
    last = structs.replace(flight("HB.6", "ORD-MCO", 16 + wait / 60), departure_terminal=departs)
    rules = of_carrier(CarrierRules(), connections=(usual, within, *MINIMUM_CONNECTIONS))
    assert bool(trips(only(booking("A", gone), [gone, first, last], rules=rules))) is legal


def test_a_flight_that_has_enough_of_a_service_is_passed_over() -> None:
    """By those who need one more; parties of one window are counted too."""
    full = structs.replace(flight("HB.2", "JFK-MCO", 18), services={"WCHR": 1})
    rules = of_carrier(CarrierRules(services={"WCHR": ServiceRules(most=2)}))
    parties = [booking(pnr, GONE, who=party(ssrs=("WCHR",))) for pnr in "AB"]
    plans = outcome([case(each) for each in (*parties, booking("C", GONE))], [GONE, full], rules=rules)
    assert [(plan.pnr, bool(plan.options)) for plan in plans] == [("A", True), ("B", False), ("C", True)]


def test_who_is_on_the_flight_is_counted_by_the_ledger() -> None:
    """All its holders with the service."""
    seats = structs.replace(ledger(OWN, "X", "Y"), services={"WCHR": {"X": 1, "Y": 2}}, departure_terminal="4")
    known = availability_of(seats, revision=1, written_at=DAY)
    assert (known.services, known.departure_terminal) == ({"WCHR": 3}, "4")


def test_a_carrier_may_count_other_airports_as_one_city() -> None:
    """HB moves no one from JFK to EWR."""
    from_newark = flight("HB.2", "EWR-MCO", 18)
    rules = of_carrier(CarrierRules(cities={"NYC": ("JFK", "LGA")}))
    assert (given([from_newark], rules), given([from_newark], TripRules())) == ([], [["HB.2.EWR"]])


def test_a_carrier_may_give_other_cabins() -> None:
    """HB gives no one first."""
    first = flight("HB.2", "JFK-MCO", 18, economy=0, first=4)
    rules = of_carrier(CarrierRules(cabins={"economy": ("economy", "premium")}))
    assert (given([first], rules), given([first], TripRules())) == ([], [["HB.2.JFK/first"]])


def waits(carrier: Carrier | None, origin: Airport = "JFK") -> WaitlistEntry:
    return WaitlistEntry(pnr="A", origin=origin, destination="MCO", seats=1, carrier=carrier)


@pytest.mark.parametrize(("carrier", "helped"), [("HB", False), ("NW", True), (None, True)])
def test_a_flight_helps_those_who_wait_by_their_own_rules(carrier: Carrier | None, helped: bool) -> None:
    """Where the seller is not known, by those of anyone."""
    from_newark = flight("HB.2", "EWR-MCO", 18)
    own = CarrierRules(cities={"NYC": ("JFK", "LGA")}, max_connections=0)
    network, rules = Network([from_newark]), of_carrier(own)
    scan = SeatScan(network, now=NOW, rules=rules, reserved={})
    found = list(waiting_for_flight(from_newark, [waits(carrier)], network=network, rules=rules))
    assert (bool(found), scan.may_fit(waits(carrier))) == (helped, helped)


def test_a_partys_own_flight_is_kept_by_any_carrier() -> None:
    """It may be moved onto no flight of NW, and holds one: the rules are about what it is newly given."""
    own = flight("NW.1", "JFK-MCO", 14, last_disruption=1)
    sold = altered(booking("A", own), ticket=structs.replace(booking("A", GONE).journeys[0].ticket))
    rules = of_carrier(CarrierRules(onto={"none": ()}))
    assert only(sold, [own, GONE, OTHER], kind="retimed", rules=rules).verdict == "keep"
