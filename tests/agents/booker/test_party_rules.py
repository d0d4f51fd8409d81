"""The booker sells a party what the rules for it allow, and counts special services on board."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import Decision, SaleRules
from agents.booker.domain.flights import on_change
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import Booking, Holding, Party, SeatLedger
from contracts.names import Cabin, FlightKey
from contracts.passengers import Ssr
from contracts.rules import MINIMUM_CONNECTIONS, CarrierRules, ServiceRules, StationTimes
from tests.agents.booker.booker_world import (
    DEPARTS,
    ONE,
    TWO,
    booking,
    changed,
    decide,
    facts,
    flight,
    hours,
    key,
    leg,
    move,
    none,
    option,
    refusals,
    seated,
)

CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
THEIRS = "NW.2.JFK.2013-02-08"


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def rules(own: CarrierRules) -> SaleRules:
    """Those of B6, whose flights all others here are."""
    return SaleRules(carriers={"B6": own})


def with_ssrs(of: Booking, *ssrs: Ssr) -> Booking:
    return structs.replace(of, party=structs.replace(of.party, ssrs=ssrs))


def moved(*flights: SeatLedger, by: SaleRules, ssrs: tuple[Ssr, ...] = (), cabin: Cabin = "economy") -> Decision[int]:
    """What becomes of a plan to move a party from its cancelled flight onto these."""
    a = with_ssrs(booking("A", [CLOSED]), *ssrs)
    ledgers = seated([CLOSED, *flights], [a]) | {each.flight: each for each in flights}
    plan = move("A", option(*(leg(each.flight, cabin=cabin) for each in flights)))
    return decide(ledgers, [a], plan, rules=by)


def detail(decision: Decision[int]) -> list[str]:
    return [fact.detail for fact in facts(decision) if hasattr(fact, "detail")]


def test_a_party_is_not_moved_onto_a_carrier_that_its_own_does_not_permit() -> None:
    """Whatever the plan says."""
    found = moved(flight(THEIRS), by=rules(CarrierRules(onto={"none": ("HX",)})))
    assert detail(found) == ["the party may not be moved onto flights of NW"]
    assert refusals(moved(flight(THEIRS), by=rules(CarrierRules(onto={"none": ("NW",)})))) == []
    assert refusals(moved(flight(THEIRS), by=SaleRules(carriers={"NW": CarrierRules(onto={"none": ()})}))) == []


def test_a_party_is_not_given_a_cabin_that_its_carrier_does_not_give() -> None:
    """The plan is illegal, not late."""
    first = flight(TWO, capacity={"first": 4})
    found = moved(first, by=rules(CarrierRules(cabins={"economy": ("economy",)})), cabin="first")
    assert detail(found) == ["who has paid for economy is not given first"]
    assert refusals(moved(first, by=SaleRules(), cabin="first")) == []


@pytest.mark.parametrize(
    ("station", "leaves", "refused"),
    [
        pytest.param(StationTimes(check_in=minutes(60)), 59, ["stale"], id="check-in-is-closed"),
        pytest.param(StationTimes(check_in=minutes(60)), 60, [], id="it-closes-now"),
        pytest.param(StationTimes(gate=minutes(50)), 49, ["stale"], id="the-gate-is-closed"),
        pytest.param(StationTimes(), 31, [], id="within-the-leeway"),
    ],
)
def test_nothing_is_sold_on_a_flight_that_is_closed(station: StationTimes, leaves: int, refused: list[str]) -> None:
    """There is no leeway for that."""
    soon = flight(TWO, departs=DEPARTS - hours(6) + minutes(leaves))
    assert refusals(moved(soon, by=rules(CarrierRules(stations={"JFK": station})))) == refused


@pytest.mark.parametrize(("ssrs", "refused"), [((), []), (("WCHR",), ["illegal"])])
def test_a_wheelchair_needs_a_longer_connection(ssrs: tuple[Ssr, ...], refused: list[str]) -> None:
    """45 minutes, and 20 more; the leeway is 15."""
    first = flight(TWO, destination="ORD", arrives=DEPARTS + hours(2))
    last = flight(key(3, "ORD"), departs=DEPARTS + hours(2) + minutes(45))
    own = rules(CarrierRules(services={"WCHR": ServiceRules(connection=minutes(20))}))
    assert refusals(moved(first, last, by=own, ssrs=ssrs)) == refused


def test_terminals_may_need_a_longer_connection() -> None:
    """As the ledger knows them."""
    row = structs.replace(
        MINIMUM_CONNECTIONS[0], least=minutes(90), station="ORD", arriving_terminal="1", departing_terminal="2"
    )
    own = SaleRules(connections=(row, *MINIMUM_CONNECTIONS))
    first = flight(TWO, destination="ORD", arrives=DEPARTS + hours(2), arrival_terminal="1")
    last = flight(key(3, "ORD"), departs=DEPARTS + hours(3), departure_terminal="2")
    at_home = structs.replace(last, departure_terminal="1")
    assert [refusals(moved(first, onward, by=own)) for onward in (last, at_home)] == [["illegal"], []]


def test_a_flight_takes_only_so_many_of_a_service() -> None:
    """The plan was made before another one took the last."""
    limit = rules(CarrierRules(services={"WCHR": ServiceRules(most=2)}))
    has_one, has_two = (flight(TWO, services={"WCHR": {"X": number}}) for number in (1, 2))
    assert [refusals(moved(each, by=limit, ssrs=("WCHR",))) for each in (has_one, has_two)] == [[], ["full"]]
    assert refusals(moved(has_two, by=limit)) == []
    assert detail(moved(has_two, by=limit, ssrs=("WCHR",))) == [f"{TWO} takes 2 WCHR and has 2: 1 wanted"]


def test_a_party_counts_on_the_flights_that_it_has_seats_on() -> None:
    """From the decision that moves it; on the one that it leaves no more. Contacts are no service on board."""
    a = with_ssrs(booking("A", [CLOSED]), "WCHR", "CTCE")
    ledgers = seated([structs.replace(CLOSED, services={"WCHR": {"A": 1}}), flight(TWO)], [a])
    ledgers = {each.flight: structs.replace(each, services=CLOSED.services) for each in ledgers.values()}
    found = decide(ledgers, [a], move("A", option(leg(TWO))))
    assert {flight: ledger.services for flight, ledger in found.seats.items()} == {ONE: {}, TWO: {"WCHR": {"A": 1}}}


def counts(sheet: Worksheet[None], flight: FlightKey) -> dict[Ssr, int]:
    return {ssr: sheet.served(flight, ssr) for ssr in ("WCHR", "BLND")}


def test_services_are_counted_again_when_people_change() -> None:
    """On a flight that the party stays on."""
    a = with_ssrs(booking("A", [flight()]), "WCHR")
    sheet: Worksheet[None] = Worksheet({ONE: flight()})
    sheet.take(ONE, a, Holding("economy", 1))
    assert counts(sheet, ONE) == {"WCHR": 1, "BLND": 0}
    assert (sheet.count_again(ONE, a), sheet.count_again(ONE, with_ssrs(a, "BLND"))) == (False, True)
    assert counts(sheet, ONE) == {"WCHR": 0, "BLND": 1}
    sheet.release(ONE, "A", None)
    assert (counts(sheet, ONE), sheet.ledgers()[ONE].services) == ({"WCHR": 0, "BLND": 0}, {})


def test_a_flights_terminals_come_with_its_changes() -> None:
    """As the monitor has them then."""
    change = changed(flight(), "estimated", departure_terminal="4", arrival_terminal="B")
    applied = on_change(flight(), change)
    assert applied is not None
    assert (applied.ledger.departure_terminal, applied.ledger.arrival_terminal) == ("4", "B")


def test_a_party_that_waits_is_known_by_the_seller_of_its_ticket() -> None:
    """The planner looks for seats for it by that carrier's rules."""
    a = booking("A", [CLOSED])
    sold = structs.replace(a.journeys[0].ticket, sold_as=("HB.4001.JFK.2013-02-08",))
    a = structs.replace(a, journeys=(structs.replace(a.journeys[0], ticket=sold),))
    (entry,) = decide(seated([CLOSED], [a]), [a], none("A", leg(ONE, 1))).waiting.values()
    assert entry is not None
    assert entry.carrier == "HB"


def test_a_party_is_seldom_one_of_a_carrier_with_rules() -> None:
    """Others are judged by everybody's set itself."""
    own = rules(CarrierRules(lead=minutes(90)))
    ticket = booking("A", [flight()]).journeys[0].ticket
    assert own.of(ticket, Party(passengers=1, seats=1, cabin="economy")).lead == minutes(90)
    other = structs.replace(ticket, flights=(THEIRS,))
    assert own.of(other, Party(passengers=1, seats=1, cabin="economy")) is own
