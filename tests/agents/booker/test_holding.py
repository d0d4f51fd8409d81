"""Seats that a party without a trip keeps, and until when."""

from datetime import datetime

import pytest
from msgspec import structs

from agents.booker.domain import Lapses, Waiting, lapse, lapses_at, offload, on_change
from agents.booker.domain.rules import SaleRules
from contracts.ledger import Booking, BookingStranded, SeatLedger, WaitlistEntry
from contracts.names import FlightKey
from tests.agents.booker.booker_world import (
    NOW,
    Ledgers,
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
    party,
    refusals,
    seated,
)
from tests.single_journey import altered

RULES = SaleRules()
FIRST = flight(key(1), destination="ORD", departs=NOW + hours(6), arrives=NOW + hours(8))
SECOND = flight(key(2, "ORD"), departs=NOW + hours(10), arrives=NOW + hours(14), capacity={"economy": 1})
THIRD = flight(key(3, "ORD"), departs=NOW + hours(12), arrives=NOW + hours(16))
BEYOND = flight(key(4, "SFO"), destination="LAX", departs=NOW + hours(20), arrives=NOW + hours(21))
CLOSED = structs.replace(SECOND, phase="cancelled", last_disruption=1, last_fact=1)
A = booking("A", [FIRST, SECOND])


def stranded(*flights: SeatLedger, of: Booking = A, now: datetime = NOW) -> tuple[Booking, WaitlistEntry, Ledgers]:
    """The party after a plan to strand it: its booking, its place on the waitlist, and the flights."""
    ledgers = seated(flights, [of])
    legs = [leg(each.flight, ledgers[each.flight].last_disruption) for each in of.journeys[0].legs]
    result = decide(ledgers, [of], none("A", *legs), now=now)
    assert not refusals(result)
    entry = result.waiting["A", 1]
    assert entry is not None
    return result.bookings["A"], entry, ledgers | result.seats


def held(of: Booking) -> list[FlightKey]:
    return [leg.flight for leg in of.journeys[0].held]


def lapsed(waits: Booking, entry: WaitlistEntry, flights: Ledgers, *changed: SeatLedger, now: datetime = NOW) -> Lapses:
    """What lapses once these flights have changed; their holders stay."""
    after = {each.flight: structs.replace(each, holders=flights[each.flight].holders) for each in changed}
    return lapse([Waiting(waits, entry)], flights=flights | after, now=now, rules=RULES)


def test_a_party_that_loses_its_second_flight_keeps_its_seats_on_the_first() -> None:
    """It is no trip: no leg, no connection."""
    waits, entry, flights = stranded(FIRST, CLOSED)
    assert (waits.journeys[0].legs, held(waits), entry.held) == ((), [FIRST.flight], (FIRST.flight,))
    assert flights[FIRST.flight].holders.keys() == {"A"}
    assert not flights[FIRST.flight].connecting
    assert not flights[SECOND.flight].holders


def test_the_fact_names_the_seats_that_are_kept() -> None:
    result = decide(seated([FIRST, CLOSED], [A]), [A], none("A", leg(FIRST.flight), leg(SECOND.flight, 1)))
    (fact,) = facts(result)
    assert isinstance(fact, BookingStranded)
    assert [each.flight for each in fact.held] == [FIRST.flight]


def test_a_party_that_loses_its_first_flight_gives_up_its_seats_on_the_second() -> None:
    """Those who wait need the seats behind their gaps of one another."""
    waits, _, flights = stranded(structs.replace(FIRST, phase="cancelled", last_disruption=1, last_fact=1), SECOND)
    assert held(waits) == []
    assert not flights[SECOND.flight].holders


def test_a_party_that_loses_the_second_of_three_keeps_the_first_alone() -> None:
    of = booking("A", [FIRST, SECOND, BEYOND])
    assert held(stranded(FIRST, CLOSED, BEYOND, of=of)[0]) == [FIRST.flight]


def test_a_party_that_loses_the_last_of_three_keeps_both_before_it() -> None:
    of, gone = booking("A", [FIRST, SECOND, BEYOND]), structs.replace(BEYOND, phase="cancelled", last_disruption=1)
    assert held(stranded(FIRST, SECOND, gone, of=of)[0]) == [FIRST.flight, SECOND.flight]


@pytest.mark.parametrize(
    ("of", "first", "now"),
    [
        pytest.param(
            altered(
                A, party=party(ssrs=("UMNR",)), ticket=structs.replace(A.journeys[0].ticket, flights=(FIRST.flight,))
            ),
            FIRST,
            NOW,
            id="a child that was sold no connection",
        ),
        pytest.param(A, FIRST, NOW + hours(5.25), id="it leaves in 45 minutes"),
        pytest.param(A, structs.replace(FIRST, phase="rerouted", diverted_to="DTW"), NOW, id="it is to land elsewhere"),
        pytest.param(
            A, structs.replace(FIRST, offloaded=("A",), capacity={"economy": 0}), NOW, id="it has no seat for the party"
        ),
    ],
)
def test_a_seat_is_given_up_where_it_is_of_no_use(of: Booking, first: SeatLedger, now: datetime) -> None:
    waits, entry, flights = stranded(first, CLOSED, of=of, now=now)
    assert (held(waits), entry.held) == ([], ())
    assert not flights[FIRST.flight].holders


def test_a_seat_is_kept_where_the_flight_that_was_sold_as_one_with_it_is_lost() -> None:
    of = altered(A, legs=(A.all_legs[0], structs.replace(A.all_legs[1], married=True)))
    assert held(stranded(FIRST, CLOSED, of=of)[0]) == [FIRST.flight]


@pytest.mark.parametrize(("married", "kept"), [(False, [FIRST.flight]), (True, [])], ids=["sold apart", "sold as one"])
def test_of_two_flights_sold_as_one_that_both_fly_none_is_kept_alone(married: bool, kept: list[FlightKey]) -> None:
    """The second was sold after a connection too short to be sold again, so no seat on it is kept to wait with."""
    soon = structs.replace(SECOND, departs=FIRST.arrives + hours(0.2))
    of, gone = booking("A", [FIRST, soon, BEYOND]), structs.replace(BEYOND, phase="cancelled", last_disruption=1)
    first, second, third = of.all_legs
    of = altered(of, legs=(first, structs.replace(second, married=married), third))
    assert held(stranded(FIRST, soon, gone, of=of)[0]) == kept


def test_a_seat_on_a_flight_that_is_to_land_elsewhere_in_its_city_is_kept() -> None:
    first = flight(key(1, "ORD"), destination="JFK", departs=NOW + hours(6), arrives=NOW + hours(8))
    first = structs.replace(first, phase="rerouted", diverted_to="LGA")
    gone = flight(key(2, "JFK"), destination="BOS", departs=NOW + hours(12), phase="cancelled", last_disruption=1)
    assert held(stranded(first, gone, of=booking("A", [first, gone]))[0]) == [first.flight]


@pytest.mark.parametrize(("lands", "kept"), [(8, [SECOND.flight]), (9.8, [])], ids=["in time", "too late"])
def test_a_party_on_its_way_keeps_its_seat_on_a_flight_that_it_can_catch(lands: float, kept: list[FlightKey]) -> None:
    aloft = structs.replace(FIRST, phase="departed", arrives=NOW + hours(lands))
    gone = structs.replace(BEYOND, phase="cancelled", last_disruption=1)
    waits, entry, _ = stranded(aloft, SECOND, gone, of=booking("A", [FIRST, SECOND, BEYOND]))
    assert [each.flight for each in entry.flown] == [FIRST.flight]
    assert held(waits) == kept


def test_a_seat_lapses_45_minutes_before_its_flight_leaves() -> None:
    waits, entry, flights = stranded(FIRST, CLOSED)
    at = lapses_at(entry, flights, rules=RULES)
    assert at == FIRST.departs - RULES.given_up
    assert not lapsed(waits, entry, flights, now=at - hours(0.01)).facts
    result = lapsed(waits, entry, flights, now=at)
    ((_, fact),) = result.facts
    assert (fact.reason, fact.before, fact.held, fact.follows) == ("lapsed", (), (), waits.journeys[0].last_fact)
    assert [each.flight for each in fact.lapsed] == [FIRST.flight]
    assert (held(result.bookings["A"]), result.waiting["A", 1].held) == ([], ())
    assert result.bookings["A"].journeys[0].last_fact == fact.id
    assert not result.seats[FIRST.flight].holders
    assert [freed.flight for _, freed in result.freed] == [FIRST.flight]


def test_a_seat_on_a_flight_that_is_retimed_lapses_by_its_new_time() -> None:
    _, entry, flights = stranded(FIRST, CLOSED)
    later = structs.replace(flights[FIRST.flight], departs=FIRST.departs + hours(1))
    assert lapses_at(entry, flights | {FIRST.flight: later}, rules=RULES) == later.departs - RULES.given_up


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(structs.replace(FIRST, phase="cancelled"), id="cancelled"),
        pytest.param(structs.replace(FIRST, phase="departed"), id="it has left"),
        pytest.param(structs.replace(FIRST, capacity={"economy": 0}, offloaded=("A",)), id="a smaller aircraft"),
    ],
)
def test_a_seat_on_a_flight_that_cannot_be_flown_any_more_lapses_at_once(first: SeatLedger) -> None:
    waits, entry, flights = stranded(FIRST, CLOSED)
    now = structs.replace(first, holders=flights[FIRST.flight].holders)
    at = lapses_at(entry, flights | {FIRST.flight: now}, rules=RULES)
    assert at is not None
    assert at < NOW
    assert len(lapsed(waits, entry, flights, first).facts) == 1


def test_a_party_that_waits_takes_its_own_seats_on_a_new_trip() -> None:
    """Though none are free, and it needs none of the lead that is due to others."""
    full = structs.replace(FIRST, capacity={"economy": 1})
    waits, entry, flights = stranded(full, CLOSED)
    plan = move("A", option(leg(FIRST.flight), leg(THIRD.flight)), id="plan-2", follows=waits.journeys[0].last_fact)
    result = decide(flights | {THIRD.flight: THIRD}, [waits], plan, waiting={("A", 1): entry})
    after = result.bookings["A"].journeys[0]
    assert ([each.flight for each in after.legs], after.held) == ([FIRST.flight, THIRD.flight], ())
    assert result.waiting["A", 1] is None
    assert flights[FIRST.flight].holders == result.seats[FIRST.flight].holders
    assert result.seats[FIRST.flight].connecting.keys() == {"A"}


def test_a_party_that_finds_another_trip_gives_up_the_seats_that_it_had_kept() -> None:
    """They are lost seats like any others."""
    waits, entry, flights = stranded(FIRST, CLOSED)
    direct = flight(key(9))
    plan = move("A", option(leg(direct.flight)), id="plan-2", follows=waits.journeys[0].last_fact)
    result = decide(flights | {direct.flight: direct}, [waits], plan, waiting={("A", 1): entry})
    assert not result.seats[FIRST.flight].holders
    assert result.seats[FIRST.flight].lost_by == {"A": 1}


def test_seats_alone_are_no_trip() -> None:
    """A plan that takes only what is held ends on the way."""
    waits, entry, flights = stranded(FIRST, CLOSED)
    plan = move("A", option(leg(FIRST.flight)), id="plan-2", follows=waits.journeys[0].last_fact)
    assert refusals(decide(flights, [waits], plan, waiting={("A", 1): entry})) == ["illegal"]


def test_who_holds_a_seat_without_a_trip_gets_off_before_those_who_fly() -> None:
    """Or a seat would be empty, and one who was to fly left behind."""
    waits, _, flights = stranded(FIRST, CLOSED, of=altered(A, party=party(tier="platinum", fare=900)))
    flies = booking("B", [FIRST])
    full = structs.replace(
        flights[FIRST.flight],
        capacity={"economy": 1},
        holders={**flights[FIRST.flight].holders, **seated([FIRST], [flies])[FIRST.flight].holders},
    )
    bookings = {"A": waits, "B": flies}
    presence = offload.presence_on(FIRST.flight, bookings)
    parties = {pnr: each.party for pnr, each in bookings.items()}
    assert offload.offloaded(full, parties, presence=presence) == ("A",)


def test_a_disruption_of_a_flight_with_kept_seats_names_the_party() -> None:
    """So that it is planned again: the flight may fit now, or not any more."""
    _, _, flights = stranded(FIRST, CLOSED)
    applied = on_change(flights[FIRST.flight], changed(flights[FIRST.flight], "cancelled", phase="cancelled"))
    assert applied is not None
    assert [getattr(fact, "parties", ()) for fact in applied.facts] == [("A",)]


def test_seats_that_lapse_after_the_party_was_marked_for_a_person_leave_it_marked() -> None:
    """The last fact of a journey has every mark that is true of it."""
    waits, entry, flights = stranded(FIRST, CLOSED)
    result = lapsed(waits, structs.replace(entry, overdue=True), flights, now=FIRST.departs - RULES.given_up)
    assert [(fact.reason, fact.marks) for _, fact in result.facts] == [("lapsed", ("overdue",))]
