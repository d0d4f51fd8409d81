"""The rules for one party: everybody's, overlaid by those of the carrier that sold its ticket."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from contracts.ledger import Party, Ticket, Tier
from contracts.names import Carrier, FlightKey
from contracts.party_rules import PartyRules, seller_of
from contracts.passengers import Passenger, Service, Ssr
from contracts.rules import MINIMUM_CONNECTIONS, CarrierRules, MinimumConnection, Rules, ServiceRules, StationTimes
from tests.contracts.examples import T0

ONE, CODESHARE = "HX.1.JFK.2026-05-01", "HB.5001.JFK.2026-05-01"
ON = date(2026, 5, 1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def ticket(*flights: FlightKey, sold_as: tuple[FlightKey, ...] = ()) -> Ticket:
    return Ticket(origin="JFK", destination="SFO", departs=T0, arrives=T0, flights=flights, sold_as=sold_as)


def party(*, tier: Tier = "none", ssrs: tuple[Ssr, ...] = ()) -> Party:
    return Party(passengers=2, seats=2, cabin="economy", tier=tier, ssrs=ssrs)


OWN = CarrierRules(
    lead=minutes(60),
    max_connections=0,
    cities={"NYC": ("JFK", "LGA")},
    cabins={"economy": ("economy",)},
    onto={"none": ("HB",), "gold": ("HB", "NW"), "platinum": None},
    stations={"JFK": StationTimes(check_in=minutes(75), gate=minutes(20))},
    services={"WCHR": ServiceRules(connection=minutes(20), most=2), "BLND": ServiceRules(connection=minutes(10))},
)
RULES = PartyRules(carriers={"HB": OWN}, services={"DEAF": ServiceRules(connection=minutes(5))})
SOLD = ticket(ONE, sold_as=(CODESHARE,))


@pytest.mark.parametrize(
    ("sold", "seller"), [(SOLD, "HB"), (ticket(ONE), "HX"), (ticket(), None)], ids=["codeshare", "own", "no-flights"]
)
def test_the_seller_is_the_carrier_of_the_number_that_was_bought(sold: Ticket, seller: Carrier | None) -> None:
    """Not the one that flies."""
    assert seller_of(sold) == seller


def test_a_carriers_rules_come_over_everybodys() -> None:
    """What it does not name is as for everybody."""
    own = RULES.of(SOLD, party())
    assert (own.lead, own.max_connections, own.later) == (minutes(60), 0, Rules().later)
    assert (own.cities, own.cabins["economy"], own.cabins["first"]) == (
        {"JFK": "NYC", "LGA": "NYC"},
        ("economy",),
        Rules().cabins["first"],
    )
    other = RULES.of(ticket(ONE), party())
    assert (other.lead, other.cities, other.permitted) == (Rules().lead, Rules().cities, None)


@pytest.mark.parametrize(
    ("tier", "onto"),
    [("none", {"HB", "HX"}), ("gold", {"HB", "HX", "NW"}), ("platinum", None), ("brass", {"HB", "HX"})],
)
def test_a_tier_may_be_moved_onto_some_carriers_and_those_of_the_ticket(tier: Tier, onto: set[Carrier] | None) -> None:
    """A tier that no rule knows counts as none. The flight sold by HB is flown by HX."""
    assert RULES.of(SOLD, party(tier=tier)).permitted == onto


def test_of_several_services_the_longest_counts() -> None:
    """Everybody's and the carrier's."""
    ssrs = [("WCHR", "BLND"), ("DEAF", "BLND"), ("DEAF",), ("MEDA",)]
    assert [RULES.of(SOLD, party(ssrs=each)).extra for each in ssrs] == [minutes(m) for m in (20, 10, 5, 0)]


def test_services_with_a_limit_are_counted_by_who_needs_them() -> None:
    """One, where the people are not known."""
    people = tuple(Passenger(id=str(n), services=(Service(ssr="WCHR"),)) for n in range(2))
    own = RULES.of(SOLD, party(ssrs=("WCHR", "BLND")))
    assert own.capped(party(ssrs=("WCHR", "BLND")), people) == {"WCHR": 2}
    assert own.capped(party(ssrs=("WCHR", "BLND")), ()) == {"WCHR": 1}


def test_a_station_closes_earlier_for_those_who_begin_there() -> None:
    """What is planned leaves the leeway for the plan to be committed."""
    own = RULES.of(SOLD, party())
    leads = [own.lead_at(airport, begins=begins) for airport in ("JFK", "LGA") for begins in (True, False)]
    assert leads == [minutes(90), minutes(60), minutes(60), minutes(60)]


def test_without_rules_of_carriers_everybody_has_one_set() -> None:
    """It costs nothing to ask for a party's."""
    rules = PartyRules()
    assert rules.of(SOLD, party(tier="gold", ssrs=("WCHR",))) is rules


def test_parties_alike_share_a_set() -> None:
    """Thousands of parties have a few."""
    assert RULES.of(SOLD, party()) is RULES.of(SOLD, party(ssrs=("MEDA",)))


def test_a_copy_with_other_rules_makes_its_own_sets() -> None:
    """What was made from the first does not hold for it."""
    assert RULES.of(SOLD, party()).lead == minutes(60)
    other = structs.replace(RULES, carriers={"HB": structs.replace(OWN, lead=minutes(90))})
    assert other.of(SOLD, party()).lead == minutes(90)


def test_bounds_hold_for_every_party() -> None:
    """Whatever its carrier and its services."""
    rules = structs.replace(RULES, carriers={"HB": structs.replace(OWN, co_terminal_least=minutes(300))})
    assert rules.longest_minimum == minutes(320)


def row(least: int, **changes: object) -> MinimumConnection:
    usual = MinimumConnection(
        arriving="domestic", departing="domestic", least=minutes(least), effective_from=date(2026, 1, 1)
    )
    return structs.replace(usual, **changes)


TABLE = (
    row(50, carrier="HB"),
    row(60, station="JFK"),
    row(70, station="JFK", carrier="HB"),
    row(80, station="JFK", arriving_terminal="4"),
    row(90, station="JFK", arriving_terminal="4", departing_terminal="8"),
    row(35, station="JFK", carrier="HB", arriving_terminal="8", departing_terminal="8"),
    *MINIMUM_CONNECTIONS,
)


@pytest.mark.parametrize(
    ("airport", "carrier", "terminals", "least"),
    [
        pytest.param("ORD", None, (None, None), 45, id="anywhere"),
        pytest.param("ORD", "HB", (None, None), 50, id="the-carrier-before-anyone"),
        pytest.param("JFK", "NW", (None, None), 60, id="the-station-before-anywhere"),
        pytest.param("JFK", "HB", ("1", None), 70, id="of-the-station-the-carriers"),
        pytest.param("JFK", "HB", ("4", None), 80, id="a-terminal-before-the-carrier"),
        pytest.param("JFK", "NW", ("4", "8"), 90, id="two-terminals-before-one"),
        pytest.param("JFK", "HB", ("8", "8"), 35, id="within-a-terminal"),
        pytest.param("JFK", "NW", ("8", "8"), 60, id="the-terminals-of-another-carrier"),
    ],
)
def test_the_most_specific_row_of_the_table_decides(
    airport: str, carrier: Carrier | None, terminals: tuple[str | None, str | None], least: int
) -> None:
    """Station, then terminals, then carrier. A terminal that is not known is in no row with one."""
    found = Rules(connections=TABLE).minimum_at(
        airport, arriving="domestic", departing="domestic", on=ON, carrier=carrier, terminals=terminals
    )
    assert found == minutes(least)
