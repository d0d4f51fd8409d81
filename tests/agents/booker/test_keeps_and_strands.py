"""Plans that leave a party where it is, or without a trip."""

from datetime import timedelta

import pytest
from msgspec import structs

from contracts.ledger import BookingKept, BookingStranded, Holding, SeatLedger, WaitlistEntry
from tests.agents.booker.booker_world import (
    DEPARTS,
    NOW,
    ONE,
    REVISION,
    TWO,
    booking,
    decide,
    facts,
    flight,
    hours,
    keep,
    key,
    leg,
    move,
    none,
    option,
    party,
    refusals,
    seated,
)

LATE = flight(departs=DEPARTS + hours(1), arrives=DEPARTS + hours(6), last_fact=2, last_disruption=1)
CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
SMALL = flight(capacity={"economy": 1}, last_fact=1, last_disruption=1, offloaded=("A",))
"""Too small by one seat if another party than A is on it."""
A = booking("A", [flight()])


def test_a_kept_party_gets_the_new_times() -> None:
    """Its booking has them, answered for the disruption, and the flight is guarded without being changed."""
    result = decide(seated([LATE], [A]), [A], keep("A", leg(ONE, 1)))
    kept = result.bookings["A"]
    assert [(x.departs, x.arrives, x.answered) for x in kept.journeys[0].legs] == [(LATE.departs, LATE.arrives, 1)]
    assert (kept.journeys[0].state, kept.journeys[0].last_fact) == ("kept", "plan-A")
    assert (result.read, result.seats) == ({ONE}, {})
    assert facts(result) == [
        BookingKept(
            pnr="A",
            id="plan-A",
            reason="retimed",
            before=A.journeys[0].legs,
            after=kept.journeys[0].legs,
            language="",
            contact="",
            decided_at=NOW,
        )
    ]


def test_a_party_kept_on_other_flights_than_its_tickets_stays_rebooked() -> None:
    """It is still not on the trip that was sold."""
    ticket = booking("A", [flight(TWO)]).journeys[0].ticket
    moved = booking("A", [flight()], ticket=ticket, state="rebooked")
    assert (
        decide(seated([LATE], [moved]), [moved], keep("A", leg(ONE, 1))).bookings["A"].journeys[0].state == "rebooked"
    )


def test_a_party_on_a_diverted_flight_is_kept_with_its_new_destination() -> None:
    """It is on board: there is nothing to move."""
    diverted = flight(phase="diverted", diverted_to="OAK", last_fact=1, last_disruption=1)
    fact = facts(decide(seated([diverted], [A]), [A], keep("A", leg(ONE, 1), reason="diverted")))[0]
    assert isinstance(fact, BookingKept)
    assert fact.diverted_to == "OAK"


def test_a_flight_that_is_changed_by_another_plan_needs_no_guard() -> None:
    """Its own expected revision guards it; a guard beside it would be refused by the server."""
    b = booking("B", [flight()])
    ledgers = seated([LATE, flight(TWO)], [A, b])
    result = decide(ledgers, [A, b], keep("A", leg(ONE, 1)), move("B", option(leg(TWO))))
    assert (result.read, set(result.seats)) == (set(), {ONE, TWO})


@pytest.mark.parametrize(
    ("ledger", "planned_n", "reason"),
    [
        pytest.param(LATE, 0, "stale", id="disrupted-since"),
        pytest.param(CLOSED, 1, "stale", id="cancelled"),
    ],
)
def test_no_party_is_kept_on_a_flight_that_is_not_as_planned(ledger: SeatLedger, planned_n: int, reason: str) -> None:
    """Above all not on a cancelled one."""
    assert refusals(decide(seated([ledger], [A]), [A], keep("A", leg(ONE, planned_n)))) == [reason]


def test_keeping_other_flights_than_the_partys_is_stale() -> None:
    """The plan was made on another booking."""
    assert refusals(decide(seated([LATE, flight(TWO)], [A]), [A], keep("A", leg(TWO)))) == ["stale"]


def test_a_stranded_party_has_nothing_to_keep() -> None:
    """It has lost its seats since."""
    stranded = booking("A", [flight()], legs=(), state="stranded")
    assert refusals(decide({}, [stranded], keep("A"))) == ["stale"]


def test_an_offloaded_party_is_kept_only_if_its_cabin_fits_again() -> None:
    """Otherwise a party would be left at the gate."""
    b = booking("B", [flight()])
    plan = keep("A", leg(ONE, 1))
    assert refusals(decide(seated([SMALL], [A, b]), [A, b], plan)) == ["full"]
    assert refusals(decide(seated([SMALL], [A]), [A], plan)) == []


def test_a_party_that_is_not_offloaded_is_kept_before_the_others_have_got_off() -> None:
    """It has a seat, however many others still hold one."""
    b = booking("B", [flight()])
    assert refusals(decide(seated([SMALL], [A, b]), [A, b], keep("B", leg(ONE, 1)))) == []


LEFT_A = structs.replace(SMALL, phase="departed")
"""It has left, with a seat for everyone but A."""


def test_a_party_left_behind_is_not_kept_on_that_flight() -> None:
    """Not even when seats are given up afterwards: the aircraft is in the air."""
    assert refusals(decide(seated([LEFT_A], [A]), [A], keep("A", leg(ONE, 1)))) == ["full"]


def test_a_party_left_behind_is_stranded_where_it_is() -> None:
    """It has flown nothing of its trip."""
    result = decide(seated([LEFT_A], [A]), [A], none("A", leg(ONE, 1), reason="downgauged"))
    assert result.waiting == {
        ("A", 1): WaitlistEntry(pnr="A", origin="JFK", destination="SFO", seats=1, carrier="B6", ticketed=DEPARTS)
    }
    assert result.seats[ONE].holders == {}


def test_a_party_left_behind_is_moved_to_another_flight() -> None:
    """From where it is; its entry among the holders is removed."""
    result = decide(seated([LEFT_A, flight(TWO)], [A]), [A], move("A", option(leg(TWO)), reason="downgauged"))
    assert [x.flight for x in result.bookings["A"].journeys[0].legs] == [TWO]
    assert (set(result.seats[ONE].holders), set(result.seats[TWO].holders)) == (set(), {"A"})


def test_a_party_without_a_legal_trip_is_stranded_and_waits() -> None:
    """Its seats are released, and it is on the waitlist."""
    a = booking("A", [flight()], seats=2)
    result = decide(seated([CLOSED], [a]), [a], none("A", leg(ONE, 1)))
    assert result.seats[ONE].holders == {}
    assert (result.bookings["A"].journeys[0].state, result.bookings["A"].journeys[0].legs) == ("stranded", ())
    assert result.waiting == {
        ("A", 1): WaitlistEntry(pnr="A", origin="JFK", destination="SFO", seats=2, carrier="B6", ticketed=DEPARTS)
    }
    assert facts(result) == [
        BookingStranded(
            pnr="A",
            id="plan-A",
            reason="cancelled",
            before=a.journeys[0].legs,
            origin="JFK",
            destination="SFO",
            language="",
            contact="",
            decided_at=NOW,
        )
    ]


def test_stranding_a_stranded_party_changes_nothing() -> None:
    """It waits already, however old the plan."""
    stranded = booking("A", [flight()], legs=(), state="stranded")
    result = decide({}, [stranded], none("A", booking_revision=REVISION - 1))
    assert (result.done, result.facts, result.bookings, result.waiting) == ([0], [], {}, {})


@pytest.mark.parametrize(
    "ledger",
    [
        pytest.param(flight(last_fact=2, last_disruption=1), id="restored-meanwhile"),
        pytest.param(LATE, id="merely-late"),
        pytest.param(flight(phase="departed", last_fact=1, last_disruption=1), id="on-board"),
    ],
)
def test_no_party_is_stranded_whose_trip_can_be_flown(ledger: SeatLedger) -> None:
    """The plan is refused as stale and made again on fresh facts."""
    assert refusals(decide(seated([ledger], [A]), [A], none("A", leg(ONE, ledger.last_disruption)))) == ["stale"]


def test_a_plan_older_than_the_last_refusal_strands_no_party() -> None:
    """Only a search on facts no older than that can strand it."""
    ledgers = seated([CLOSED], [A])
    assert refusals(decide(ledgers, [A], none("A", leg(ONE, 1), as_of=100), refused_at={("A", 1): 101})) == ["stale"]
    assert refusals(decide(ledgers, [A], none("A", leg(ONE, 1), as_of=101), refused_at={("A", 1): 101})) == []


def test_an_offloaded_party_may_be_stranded_while_its_cabin_is_too_small() -> None:
    """All others on board may stay."""
    b = booking("B", [flight()])
    assert refusals(decide(seated([SMALL], [A, b]), [A, b], none("A", leg(ONE, 1), reason="downgauged"))) == []
    result = decide(
        seated([SMALL], [A, b]),
        [A, b],
        none("A", leg(ONE, 1), reason="downgauged"),
        none("B", leg(ONE, 1), reason="downgauged"),
    )
    assert refusals(result) == ["stale"]
    assert result.seats[ONE].holders == {"B": Holding("economy", 1)}


def test_a_party_stranded_on_its_way_waits_where_it_is() -> None:
    """All its seats are released, flown ones too: a party without legs holds nothing. Its flown legs are kept."""
    first = flight(destination="BOS", arrives=DEPARTS + hours(1), phase="arrived")
    second = flight(key(2, "BOS"), phase="cancelled", last_fact=1, last_disruption=1)
    a = booking("A", [first, second])
    result = decide(seated([first, second], [a]), [a], none("A", leg(ONE), leg(second.flight, 1)))
    assert result.waiting["A", 1] == WaitlistEntry(
        pnr="A",
        origin="BOS",
        destination="SFO",
        seats=1,
        flown=a.journeys[0].legs[:1],
        connections=1,
        carrier="B6",
        ticketed=DEPARTS,
    )
    assert [ledger.holders for ledger in result.seats.values()] == [{}, {}]
    fact = facts(result)[0]
    assert isinstance(fact, BookingStranded)
    assert (fact.origin, fact.flown) == ("BOS", a.journeys[0].legs[:1])


IN_THE_AIR = flight(destination="BOS", phase="departed", departs=NOW - hours(1), arrives=NOW + hours(5))
STRANDED = booking("A", [IN_THE_AIR], legs=(), state="stranded", ticket=A.journeys[0].ticket)
"""On its way to Boston, five hours from there."""
WAITS = WaitlistEntry(
    pnr="A", origin="BOS", destination="SFO", seats=1, flown=booking("A", [IN_THE_AIR]).journeys[0].legs
)


@pytest.mark.parametrize(
    ("departs", "refused"),
    [
        pytest.param(hours(3), ["illegal"], id="before-they-land"),
        pytest.param(hours(5.4), ["illegal"], id="as-they-land"),
        pytest.param(hours(5.5), [], id="after-they-land"),
        pytest.param(hours(40), [], id="days-after"),
    ],
)
def test_a_party_stranded_in_the_air_continues_after_landing(departs: timedelta, refused: list[str]) -> None:
    """Even if there are seats on flights that leave before."""
    onward = flight(key(2, "BOS"), departs=NOW + departs, arrives=NOW + departs + hours(6))
    ledgers = seated([IN_THE_AIR, onward], [])
    result = decide(ledgers, [STRANDED], move("A", option(leg(onward.flight))), waiting={("A", 1): WAITS})
    assert refusals(result) == refused


def test_a_party_stranded_in_the_air_is_where_its_flight_is_diverted_to() -> None:
    """Boston is closed meanwhile: a flight from there is of no use, one from Albany is."""
    diverted = structs.replace(IN_THE_AIR, phase="diverted", diverted_to="ALB")
    near, there = (
        flight(key(n, at), departs=NOW + hours(9), arrives=NOW + hours(15)) for n, at in ((2, "BOS"), (3, "ALB"))
    )
    ledgers = seated([diverted, near, there], [])
    for onward, refused in ((near, ["illegal"]), (there, [])):
        result = decide(ledgers, [STRANDED], move("A", option(leg(onward.flight))), waiting={("A", 1): WAITS})
        assert refusals(result) == refused


def test_a_rebooked_party_has_its_flown_legs_again() -> None:
    """So that it is named if its flight in the air arrives too late for the next one."""
    onward = flight(key(2, "BOS"), departs=NOW + hours(7), arrives=NOW + hours(13))
    ledgers = seated([IN_THE_AIR, onward], [])
    result = decide(ledgers, [STRANDED], move("A", option(leg(onward.flight))), waiting={("A", 1): WAITS})
    assert [x.flight for x in result.bookings["A"].journeys[0].legs] == [ONE, onward.flight]
    assert {f: set(ledger.holders) for f, ledger in result.seats.items()} == {ONE: {"A"}, onward.flight: {"A"}}
    assert result.waiting == {("A", 1): None}


def test_a_party_stranded_on_its_way_again_waits_where_its_flights_began() -> None:
    """It has been moved on from there since it was stranded first; its ticket began elsewhere."""
    onward = flight(key(2, "BOS"), phase="cancelled", last_fact=1, last_disruption=1)
    a = booking("A", [onward], ticket=A.journeys[0].ticket)
    result = decide(seated([onward], [a]), [a], none("A", leg(onward.flight, 1)))
    assert result.waiting["A", 1] == WaitlistEntry(
        pnr="A", origin="BOS", destination="SFO", seats=1, carrier="B6", ticketed=DEPARTS
    )
    assert refusals(decide(seated([onward, flight()], [a]), [a], move("A", option(leg(ONE))))) == ["illegal"]


def test_a_party_stranded_at_another_airport_of_its_city_than_its_ticket_waits_there() -> None:
    """It was to leave from there, and needs hours to another."""
    other = flight(key(2, "LGA"), phase="cancelled", last_fact=1, last_disruption=1)
    a = booking("A", [other], ticket=A.journeys[0].ticket)
    result = decide(seated([other], [a]), [a], none("A", leg(other.flight, 1)))
    assert result.waiting["A", 1] == WaitlistEntry(
        pnr="A", origin="LGA", destination="SFO", seats=1, carrier="B6", ticketed=DEPARTS
    )


def test_a_party_whose_connection_may_be_missed_may_be_stranded() -> None:
    """The planner decides which connection is too short, by the flights' current times."""
    first = flight(destination="BOS", arrives=DEPARTS + hours(2), last_fact=1, last_disruption=1)
    second = flight(key(2, "BOS"), departs=DEPARTS + hours(2.2))
    a = booking("A", [first, second])
    plan = none("A", leg(ONE, 1), leg(second.flight), reason="retimed")
    again = flight(destination="BOS", arrives=DEPARTS + hours(1), last_fact=2, last_disruption=2)
    assert refusals(decide(seated([again, second], [a]), [a], plan)) == ["stale"]
    assert refusals(decide(seated([first, second], [a]), [a], plan)) == []


def test_a_party_that_lands_elsewhere_may_be_stranded_however_late_its_next_flight_leaves() -> None:
    """It cannot be there; after a refusal the same plan would be made again, for ever."""
    first = flight(destination="BOS", arrives=DEPARTS + hours(1), phase="diverted", diverted_to="DEN")
    second = flight(key(2, "BOS"), departs=DEPARTS + hours(9))
    a = booking("A", [first, second])
    plan = none("A", leg(ONE), leg(second.flight), reason="diverted")
    assert refusals(decide(seated([first, second], [a]), [a], plan)) == []


def test_a_notice_has_what_it_needs() -> None:
    """Language and contact travel with the fact."""
    a = booking("A", [flight()], party=party(language="es", contact="a@example.invalid"))
    fact = facts(decide(seated([CLOSED], [a]), [a], none("A", leg(ONE, 1))))[0]
    assert isinstance(fact, BookingStranded)
    assert (fact.language, fact.contact) == ("es", "a@example.invalid")


SOON = flight(departs=NOW + hours(0.4), arrives=NOW + hours(5.4), last_fact=1, last_disruption=1)
"""Brought forward to 24 minutes from now."""


def test_no_party_is_kept_on_a_flight_brought_forward_to_less_than_the_lead() -> None:
    """A plan that was right when it was made may be late. A flight that leaves so soon as always is kept."""
    assert refusals(decide(seated([SOON], [A]), [A], keep("A", leg(ONE, 1)))) == ["stale"]
    always = booking("A", [SOON])
    assert refusals(decide(seated([SOON], [always]), [always], keep("A", leg(ONE, 1)))) == []


def test_a_party_whose_flight_was_brought_forward_may_be_stranded() -> None:
    """The booker leaves it to the planner which time is too early; a flight that leaves as known is no reason."""
    assert isinstance(facts(decide(seated([SOON], [A]), [A], none("A", leg(ONE, 1))))[0], BookingStranded)
    always = booking("A", [SOON])
    assert refusals(decide(seated([SOON], [always]), [always], none("A", leg(ONE, 1)))) == ["stale"]
