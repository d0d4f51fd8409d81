"""Plans that move a party."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.booker.domain import Decision, flights_needed
from contracts.ledger import (
    BookingChanged,
    BookingFact,
    Connection,
    Documents,
    Holding,
    SeatLedger,
    SeatsFreed,
    WaitlistEntry,
)
from contracts.offers import TripOffered
from contracts.plans import Option
from tests.agents.booker.booker_world import (
    DEPARTS,
    NOW,
    ONE,
    THREE,
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
from tests.single_journey import altered

CLOSED = flight(phase="cancelled", last_fact=1, last_disruption=1)
A = booking("A", [CLOSED])
B = booking("B", [CLOSED])


def test_a_party_is_moved_to_the_first_option_that_holds() -> None:
    """One decision has the seats released and taken, the booking and the fact."""
    other = flight(TWO, last_fact=5, last_disruption=4)
    result = decide(seated([CLOSED, other], [A]), [A], move("A", option(leg(TWO, 4))))
    assert result.seats[ONE].holders == {}
    assert result.seats[TWO].holders == {"A": Holding("economy", 1)}
    moved = result.bookings["A"]
    assert (moved.journeys[0].state, moved.journeys[0].last_fact) == ("rebooked", "plan-A")
    assert [(x.flight, x.answered, x.departs) for x in moved.journeys[0].legs] == [(TWO, 4, DEPARTS)]
    assert facts(result) == [
        BookingChanged(
            pnr="A",
            id="plan-A",
            reason="cancelled",
            before=A.journeys[0].legs,
            after=moved.journeys[0].legs,
            language="",
            contact="",
            decided_at=NOW,
        )
    ]


def test_a_fact_names_the_one_before_it() -> None:
    """It is the last plan that was committed for the party; the first fact names none."""
    other = flight(TWO, last_fact=5, last_disruption=4)
    again = booking("A", [CLOSED], last_fact="before")
    stored = [
        facts(decide(seated([CLOSED, other], [one]), [one], move("A", option(leg(TWO, 4)), follows=last)))[0]
        for one, last in ((A, ""), (again, "before"))
    ]
    assert [fact.follows for fact in stored if isinstance(fact, BookingChanged)] == ["", "before"]


def test_an_option_that_is_full_or_stale_is_passed_over() -> None:
    """Options are tried in order."""
    ledgers = seated([CLOSED, flight(TWO, capacity={}), flight(THREE, last_disruption=1), flight(key(4))], [A])
    result = decide(ledgers, [A], move("A", option(leg(TWO)), option(leg(THREE)), option(leg(key(4)))))
    assert [x.flight for x in result.bookings["A"].journeys[0].legs] == [key(4)]


def test_seats_freed_meanwhile_make_no_plan_stale() -> None:
    """Only disruptions count: a flight at `n` 9 that was last disrupted at 4 is the flight that was planned on."""
    result = decide(
        seated([CLOSED, flight(TWO, last_fact=9, last_disruption=4)], [A]), [A], move("A", option(leg(TWO, 4)))
    )
    assert refusals(result) == []


def test_parties_of_one_group_share_its_seats() -> None:
    """The second finds only what the first has left."""
    ledgers = seated([CLOSED, flight(TWO, capacity={"economy": 1})], [A, B])
    result = decide(ledgers, [A, B], move("A", option(leg(TWO))), move("B", option(leg(TWO))))
    assert set(result.bookings) == {"A"}
    assert refusals(result) == ["full"]


def test_seats_released_in_a_group_are_free_for_later_plans() -> None:
    """The working copy counts the seats that earlier plans released."""
    full = flight(capacity={"economy": 1}, last_fact=1, last_disruption=1)
    waits = booking("B", [CLOSED], legs=(), state="stranded")
    a = booking("A", [full])
    result = decide(
        seated([full, flight(TWO)], [a]), [a, waits], move("A", option(leg(TWO))), move("B", option(leg(ONE, 1)))
    )
    assert result.seats[ONE].holders == {"B": Holding("economy", 1)}
    assert result.freed == []


@pytest.mark.parametrize(
    ("target", "planned", "reason"),
    [
        pytest.param(flight(TWO, last_disruption=2), option(leg(TWO, 1)), "stale", id="disrupted-since"),
        pytest.param(flight(TWO, phase="cancelled"), option(leg(TWO)), "stale", id="cancelled"),
        pytest.param(flight(TWO, phase="departed"), option(leg(TWO)), "stale", id="departed"),
        pytest.param(flight(TWO, departs=NOW + hours(0.4)), option(leg(TWO)), "stale", id="leaves-too-soon"),
        pytest.param(flight(TWO, capacity={"economy": 0}), option(leg(TWO)), "full", id="no-seats"),
        pytest.param(flight(TWO), option(leg(TWO, 0, "first")), "full", id="no-such-cabin"),
        pytest.param(flight(TWO), option(leg(THREE)), "illegal", id="unknown-flight"),
        pytest.param(flight(TWO), option(), "illegal", id="empty-option"),
        pytest.param(flight(TWO, destination="BOS"), option(leg(TWO)), "illegal", id="ends-elsewhere"),
        pytest.param(flight(key(2, "BOS")), option(leg(key(2, "BOS"))), "illegal", id="begins-elsewhere"),
    ],
)
def test_a_plan_without_a_holding_option_is_refused_with_its_reason(
    target: SeatLedger, planned: Option, reason: str
) -> None:
    """No seat and no booking is changed."""
    ledgers = seated([CLOSED, target], [A])
    result = decide(ledgers, [A], move("A", planned))
    assert (refusals(result), result.bookings) == ([reason], {})
    assert all(ledger.holders == ledgers[f].holders for f, ledger in result.seats.items())


def test_the_refusal_has_the_most_useful_reason() -> None:
    """Stale goes before full, full before illegal, whatever their order."""
    ledgers = seated([CLOSED, flight(TWO, capacity={}), flight(THREE, last_disruption=1)], [A])
    unknown, full, stale = option(leg(key(9))), option(leg(TWO)), option(leg(THREE))
    assert refusals(decide(ledgers, [A], move("A", unknown, full, stale))) == ["stale"]
    assert refusals(decide(ledgers, [A], move("A", unknown, full))) == ["full"]
    assert refusals(decide(ledgers, [A], move("A", unknown))) == ["illegal"]
    assert refusals(decide(ledgers, [A], move("A"))) == ["stale"]


def test_a_plan_on_a_moved_booking_is_stale() -> None:
    """The party has been answered since."""
    assert refusals(
        decide(seated([CLOSED, flight(TWO)], [A]), [A], move("A", option(leg(TWO)), follows="another"))
    ) == ["stale"]


def test_a_second_plan_for_a_party_in_one_group_is_stale() -> None:
    """It sees the first one's effect."""
    plan = move("A", option(leg(TWO)))
    second = move("A", option(leg(TWO)), id="second")
    result = decide(seated([CLOSED, flight(TWO)], [A]), [A], plan, second)
    assert refusals(result) == ["stale"]
    assert result.bookings["A"].journeys[0].last_fact == "plan-A"


def test_a_plan_for_no_booking_is_illegal() -> None:
    """There is nothing to change."""
    assert refusals(decide({}, [], move("A", option(leg(TWO))))) == ["illegal"]


def test_a_committed_plan_is_done() -> None:
    """Redelivered, it changes nothing and says nothing."""
    plan = move("A", option(leg(TWO)))
    ledgers = seated([CLOSED, flight(TWO)], [A])
    first = decide(ledgers, [A], plan)
    again = decide({**ledgers, **first.seats}, [first.bookings["A"]], plan)
    assert (again.done, again.facts, again.seats, again.bookings) == ([0], [], {}, {})


def test_a_refused_plan_stays_refused_without_another_fact() -> None:
    """Its refusal is in the ledger, and another plan is on its way."""
    plan = move("A", option(leg(TWO)))
    result = decide(seated([CLOSED, flight(TWO)], [A]), [A], plan, answered=frozenset({plan.id}))
    assert (result.done, result.facts, result.bookings) == ([0], [], {})


def test_one_plan_is_refused_once_in_a_group() -> None:
    """Two copies of it make one fact."""
    plan = move("A")
    result = decide(seated([CLOSED], [A]), [A], plan, plan)
    assert (len(result.facts), result.done) == (1, [1])


def test_seats_released_on_an_open_flight_make_one_fact() -> None:
    """One fact per flight and group, on the last cause; it makes no plan stale."""
    late = flight(last_fact=3, last_disruption=3)
    a, b = booking("A", [late]), booking("B", [late])
    result = decide(
        seated([late, flight(TWO)], [a, b]), [a, b], move("A", option(leg(TWO))), move("B", option(leg(TWO)))
    )
    assert result.freed == [(1, SeatsFreed(flight=ONE, n=4, lost_by=(("A", 1), ("B", 1))))]
    assert (result.seats[ONE].last_fact, result.seats[ONE].last_disruption) == (4, 3)


def test_seats_released_on_a_closed_flight_are_not_free() -> None:
    """They cannot be sold."""
    assert decide(seated([CLOSED, flight(TWO)], [A]), [A], move("A", option(leg(TWO)))).freed == []


def test_seats_released_on_an_overfull_flight_are_not_free_before_it_fits() -> None:
    """A seat that was sold twice is not for sale."""
    small = flight(capacity={"economy": 1}, last_fact=1, last_disruption=1)
    a, b, c = (booking(pnr, [small]) for pnr in "ABC")
    result = decide(seated([small, flight(TWO)], [a, b, c]), [a, b, c], move("A", option(leg(TWO))))
    assert result.freed == []


def test_seats_that_leave_too_soon_are_not_free() -> None:
    """They cannot be sold; a later retiming would free them."""
    soon = flight(departs=NOW + hours(0.4), last_fact=1, last_disruption=1)
    a = booking("A", [soon])
    assert decide(seated([soon, flight(TWO)], [a]), [a], move("A", option(leg(TWO)))).freed == []


def test_a_stranded_party_is_rebooked_and_waits_no_more() -> None:
    """Its waitlist entry is removed."""
    stranded = booking("A", [CLOSED], legs=(), state="stranded")
    result = decide({TWO: flight(TWO)}, [stranded], move("A", option(leg(TWO))))
    assert result.waiting == {("A", 1): None}
    assert result.bookings["A"].journeys[0].state == "rebooked"


def test_a_stranded_party_is_moved_from_where_it_waits() -> None:
    """Its waitlist entry has how far it got."""
    stranded = booking("A", [CLOSED], legs=(), state="stranded")
    onward = flight(key(2, "BOS"))
    waits = {("A", 1): WaitlistEntry(pnr="A", origin="BOS", destination="SFO", seats=1)}
    result = decide({onward.flight: onward}, [stranded], move("A", option(leg(onward.flight))), waiting=waits)
    assert refusals(result) == []


def test_a_party_back_on_its_own_flights_is_kept() -> None:
    """Its trip is the one that was sold, however it came back to it."""
    stranded = booking("A", [flight()], legs=(), state="stranded")
    assert decide({ONE: flight()}, [stranded], move("A", option(leg(ONE)))).bookings["A"].journeys[0].state == "kept"


def test_a_party_on_board_is_not_moved() -> None:
    """Its flight left after the plan was made."""
    gone = flight(phase="departed", last_fact=1, last_disruption=1)
    a = booking("A", [gone])
    assert refusals(decide(seated([gone, flight(TWO)], [a]), [a], move("A", option(leg(TWO))))) == ["stale"]


def test_an_unaccompanied_minor_changes_planes_no_more_often_than_it_was_sold() -> None:
    """A connection is refused, whatever the plan says (SSR rules of the airlines), to one that was sold none."""
    via = [
        flight(TWO, destination="BOS", arrives=DEPARTS + hours(1)),
        flight(key(3, "BOS"), departs=DEPARTS + hours(2)),
    ]
    minor = booking("A", [CLOSED], party=party(ssrs=("UMNR",)))
    plan = move("A", option(*(leg(f.flight) for f in via)))
    assert refusals(decide(seated([CLOSED, *via], [minor]), [minor], plan)) == ["illegal"]
    sold = structs.replace(minor.journeys[0].ticket, flights=tuple(f.flight for f in via))
    for other in (booking("A", [CLOSED]), altered(minor, ticket=sold)):
        assert refusals(decide(seated([CLOSED, *via], [other]), [other], plan)) == []


@pytest.mark.parametrize(
    ("origin", "wait", "holds"),
    [
        pytest.param("JFK", 30, True, id="same-airport-enough"),
        pytest.param("JFK", 29, False, id="same-airport-too-short"),
        pytest.param("LGA", 180, True, id="across-the-city-enough"),
        pytest.param("LGA", 179, False, id="across-the-city-too-short"),
        pytest.param("EWR", -60, False, id="backwards"),
    ],
)
def test_connections_have_a_minimum(origin: str, wait: int, holds: bool) -> None:
    """Half an hour at one airport, the planner's limit less the leeway, and all three hours between two of one city."""
    first = flight(key(2, "BOS"), destination="JFK", arrives=DEPARTS + hours(1))
    second = flight(key(3, origin), departs=first.arrives + timedelta(minutes=wait), arrives=DEPARTS + hours(9))
    gone = flight(key(1, "BOS"), phase="cancelled", last_disruption=1)
    a = booking("A", [gone])
    result = decide(seated([gone, first, second], [a]), [a], move("A", option(leg(first.flight), leg(second.flight))))
    assert refusals(result) == ([] if holds else ["illegal"])


ABOARD = flight(destination="BOS", arrives=DEPARTS + hours(1), phase="departed", last_fact=2, last_disruption=2)
MISSED = flight(key(2, "BOS"), departs=DEPARTS + hours(1.2), arrives=DEPARTS + hours(7), last_fact=1, last_disruption=1)
LATER = flight(key(3, "BOS"), departs=DEPARTS + hours(4), arrives=DEPARTS + hours(10))


@pytest.mark.parametrize("repeats", [True, False], ids=["flown-leg-repeated", "flown-leg-left-out"])
def test_flown_legs_stay_and_the_rest_is_moved(repeats: bool) -> None:
    """The seat on a flight that has left is not released and leads on to the new flight, and both legs are answered for."""
    a = booking("A", [ABOARD, MISSED])
    legs = (leg(ONE, 2), leg(LATER.flight)) if repeats else (leg(LATER.flight),)
    result = decide(seated([ABOARD, MISSED, LATER], [a]), [a], move("A", option(*legs)))
    assert [(x.flight, x.answered) for x in result.bookings["A"].journeys[0].legs] == [(ONE, 2), (LATER.flight, 0)]
    assert set(result.seats) == {ONE, MISSED.flight, LATER.flight}
    assert result.seats[ONE].holders == seated([ABOARD], [a])[ONE].holders
    assert result.seats[ONE].connecting == {"A": Connection(None, LATER.flight)}


def test_a_flight_that_left_without_the_party_is_not_flown() -> None:
    """Its first flight comes in after the second has gone."""
    gone = flight(MISSED.flight, departs=DEPARTS + hours(0.5), phase="departed", last_fact=1, last_disruption=1)
    a = booking("A", [ABOARD, gone])
    result = decide(seated([ABOARD, gone, LATER], [a]), [a], move("A", option(leg(LATER.flight))))
    assert result.seats[gone.flight].holders == {}


def test_a_kept_first_leg_needs_no_seat_no_lead_and_no_new_connection() -> None:
    """What the party holds already is not sold again: its flight may be full and about to leave."""
    soon = flight(destination="BOS", departs=NOW + hours(0.2), arrives=NOW + hours(1), capacity={"economy": 1})
    tight = flight(key(2, "BOS"), destination="ORD", departs=NOW + hours(1.2), arrives=NOW + hours(3))
    last = flight(key(4, "ORD"), phase="cancelled", last_disruption=1)
    other = flight(key(5, "ORD"), departs=NOW + hours(5))
    a = booking("A", [soon, tight, last])
    plan = move("A", option(leg(ONE), leg(tight.flight), leg(other.flight)))
    result = decide(seated([soon, tight, last, other], [a]), [a], plan)
    assert [x.flight for x in result.bookings["A"].journeys[0].legs] == [ONE, tight.flight, other.flight]


def test_a_party_may_change_cabin_on_its_own_flight() -> None:
    """The seat it leaves becomes free, the one it takes is taken."""
    small = flight(capacity={"economy": 1, "first": 2}, last_fact=1, last_disruption=1)
    a, b = booking("A", [small]), booking("B", [small])
    result = decide(seated([small], [a, b]), [a, b], move("A", option(leg(ONE, 1, "first")), reason="downgauged"))
    assert result.seats[ONE].holders == {"B": Holding("economy", 1), "A": Holding("first", 1)}


def test_the_flights_to_load_are_those_of_options_and_present_legs() -> None:
    """A decision looks at no others."""
    assert flights_needed([move("A", option(leg(TWO), leg(THREE)))], [A]) == {ONE, TWO, THREE}


def test_the_flights_to_load_include_those_that_a_waiting_party_has_flown() -> None:
    """Its booking does not have them any more, and where it is depends on them."""
    waits = WaitlistEntry(pnr="A", origin="BOS", destination="SFO", seats=1, flown=A.journeys[0].legs)
    assert flights_needed([move("A", option(leg(TWO)))], [], [waits]) == {ONE, TWO}


def test_a_decision_changes_none_of_its_arguments() -> None:
    """It works on a copy, so that a conflict can decide again."""
    ledgers = seated([CLOSED, flight(TWO)], [A])
    decide(ledgers, [A], move("A", option(leg(TWO))))
    assert ledgers == seated([CLOSED, flight(TWO)], [A])


def test_a_ledger_without_its_holder_is_an_error() -> None:
    """Ledger and booking disagree, so nothing can be decided."""
    with pytest.raises(KeyError, match="A"):
        decide(seated([CLOSED, flight(TWO)], []), [A], move("A", option(leg(TWO))))


def test_seats_that_a_party_leaves_while_another_comes_are_freed() -> None:
    """One was free all along, and kept by planners for who comes: a party that waits was left without it."""
    late = flight(TWO, capacity={"economy": 2}, last_disruption=1)
    leaves, comes = booking("A", [late]), booking("B", [CLOSED])
    ledgers = seated([late, CLOSED, flight(THREE)], [leaves, comes])
    result = decide(ledgers, [leaves, comes], move("B", option(leg(TWO, 1))), move("A", option(leg(THREE))))
    assert result.seats[TWO].free("economy") == ledgers[TWO].free("economy") == 1
    assert [(cause, freed.flight) for cause, freed in result.freed] == [(1, TWO)]


def test_seats_reserved_for_a_party_that_went_elsewhere_are_freed() -> None:
    """Two of the three seats of its first option are left: stranded parties may have them."""
    a = booking("A", [CLOSED], seats=3)
    ledgers = seated([CLOSED, flight(TWO, capacity={"economy": 2}, last_fact=3), flight(THREE)], [a])
    result = decide(ledgers, [a], move("A", option(leg(TWO)), option(leg(THREE))))
    assert result.freed == [(0, SeatsFreed(flight=TWO, n=4))]
    assert result.seats[TWO].last_fact == 4


def test_seats_reserved_for_a_refused_plan_are_freed() -> None:
    """On all flights of its first option, connections too: a stranded party may have them."""
    legs = flight(TWO, destination="BOS"), flight(key(3, "BOS"), departs=DEPARTS + hours(7))
    option_ = option(*(leg(f.flight) for f in legs))
    result = decide(seated([CLOSED, *legs], [A]), [A], move("A", option_, option(leg(key(4))), follows="another"))
    assert refusals(result) == ["stale"]
    assert result.freed == [(0, SeatsFreed(flight=f.flight, n=1)) for f in legs]


def test_a_refused_plan_that_meant_to_take_no_seat_frees_none() -> None:
    """It had reserved none."""
    assert decide(seated([flight()], [A]), [A], keep("A", leg(ONE, 1)), none("A", id="second")).freed == []


def test_a_first_option_without_any_seat_frees_nothing() -> None:
    """There is no seat to free."""
    ledgers = seated([CLOSED, flight(TWO, capacity={}), flight(THREE)], [A])
    assert decide(ledgers, [A], move("A", option(leg(TWO)), option(leg(THREE)))).freed == []


@pytest.mark.parametrize(
    ("origin", "leaves", "refused"),
    [("JFK", 0.6, []), ("LGA", 0.6, ["stale"]), ("LGA", 2.7, ["stale"]), ("LGA", 2.8, [])],
)
def test_a_flight_from_another_airport_of_the_city_is_sold_with_time_to_get_there(
    origin: str, leaves: float, refused: list[str]
) -> None:
    """165 minutes, 15 less than the planner's limit."""
    gone = flight(ONE, phase="cancelled", last_disruption=1)
    other = flight(key(2, origin), departs=NOW + hours(leaves), arrives=NOW + hours(8))
    a = booking("A", [gone])
    assert refusals(decide(seated([gone, other], [a]), [a], move("A", option(leg(other.flight))))) == refused


@pytest.mark.parametrize(
    ("departs", "refused", "refused_from_home"),
    [(-0.5, [], ["stale"]), (-1, ["illegal"], []), (0.1, ["illegal"], [])],
    ids=["silent-for-half-an-hour", "for-an-hour", "not-yet-due"],
)
def test_a_silent_flight_is_presumed_under_way(
    departs: float, refused: list[str], refused_from_home: list[str]
) -> None:
    """For the hour a plan has to lead on from where it lands: one from home was made before the departure. Outside the hour
    only one from home holds."""
    first = flight(ONE, destination="BOS", departs=NOW + hours(departs), arrives=NOW + hours(departs + 1))
    gone = flight(key(2, "BOS"), phase="cancelled", last_disruption=1)
    onward = flight(key(3, "BOS"), departs=NOW + hours(9), arrives=NOW + hours(14))
    home = flight(key(4), departs=NOW + hours(2), arrives=NOW + hours(7))
    a = booking("A", [first, gone])
    ledgers = seated([first, gone, onward, home], [a])
    assert refusals(decide(ledgers, [a], move("A", option(leg(onward.flight))))) == refused
    assert refusals(decide(ledgers, [a], move("A", option(leg(home.flight))))) == refused_from_home


def test_no_seat_is_sold_above_the_capacity_whatever_is_authorised() -> None:
    """An airline may sell above it by intent; a party that has lost its flight gets a seat that exists."""
    full = flight(TWO, holders={"X": Holding("economy", 10)}, authorised={"economy": 12})
    a = booking("A", [flight()])
    ledgers = seated([flight()], [a]) | {TWO: full}
    assert refusals(decide(ledgers, [a], move("A", option(leg(TWO))))) == ["full"]


def documents(decision: Decision[int]) -> list[Documents | None]:
    """Those in the facts of the decision."""
    return [fact.documents for fact in facts(decision) if isinstance(fact, BookingFact | TripOffered)]


def test_documents_are_due_once_the_seats_are_others() -> None:
    """Whatever they were before. What is not known stays so."""
    for before, wanted in ((None, None), ("in_sync", "reissue_due"), ("failed", "reissue_due")):
        known = altered(A, documents=before)
        result = decide(seated([CLOSED, flight(TWO)], [known]), [known], move("A", option(leg(TWO))))
        assert result.bookings["A"].journeys[0].documents == wanted
        assert documents(result) == [wanted]


def test_documents_stay_as_they_are_while_the_seats_do() -> None:
    """A party that is kept needs no other ticket; one that is stranded holds one for seats that it has lost."""
    late = flight(last_fact=1, last_disruption=1)
    known = altered(booking("A", [late]), documents="reissued")
    stays = decide(seated([late], [known]), [known], keep("A", leg(ONE, 1)))
    assert documents(stays) == ["reissued"]
    known = altered(A, documents="reissued")
    lost = decide(seated([CLOSED], [known]), [known], none("A", leg(ONE, 1)))
    assert documents(lost) == ["reissue_due"]


@pytest.mark.parametrize(
    ("married", "refused"),
    [pytest.param(False, [], id="sold-apart"), pytest.param(True, ["illegal"], id="sold-as-one")],
)
def test_of_flights_that_were_sold_as_one_none_is_given_up_alone(married: bool, refused: list[str]) -> None:
    """The planner's plan keeps the first and moves the party off the second."""
    first = flight(ONE, destination="DEN", arrives=DEPARTS + hours(2))
    second = flight(key(2, "DEN"), departs=DEPARTS + hours(4), arrives=DEPARTS + hours(6))
    other = flight(key(3, "DEN"), departs=DEPARTS + hours(5), arrives=DEPARTS + hours(7))
    a = booking("A", [first, second])
    a = altered(a, legs=(a.all_legs[0], structs.replace(a.all_legs[1], married=married)))
    plan = move("A", option(leg(ONE), leg(other.flight)))
    assert refusals(decide(seated([first, second, other], [a]), [a], plan)) == refused


@pytest.mark.parametrize(
    ("lost", "how", "kept"),
    [
        pytest.param(0, {"phase": "cancelled"}, 1, id="the first is cancelled"),
        pytest.param(0, {"departs": DEPARTS - hours(1)}, 1, id="the first was brought forward"),
        pytest.param(0, {"arrives": DEPARTS + hours(3.7)}, 1, id="the connection is missed, and the second kept"),
        pytest.param(0, {"arrives": DEPARTS + hours(3.7)}, 0, id="the connection is missed, and the first kept"),
        pytest.param(1, {"phase": "cancelled"}, 0, id="the second is cancelled"),
        pytest.param(1, {"phase": "rerouted", "diverted_to": "LAX"}, 0, id="the second is to land elsewhere"),
        pytest.param(1, {"offloaded": ("A",), "capacity": {}}, 0, id="the second has no seat for the party"),
    ],
)
def test_of_flights_that_were_sold_as_one_the_other_is_kept_where_one_is_lost(
    lost: int, how: dict[str, object], kept: int
) -> None:
    """And is sold as one with no flight any more."""
    first = flight(ONE, destination="DEN", arrives=DEPARTS + hours(2))
    second = flight(key(2, "DEN"), departs=DEPARTS + hours(4), arrives=DEPARTS + hours(6))
    others = [
        flight(key(4), destination="DEN", arrives=DEPARTS + hours(2)),
        flight(key(3, "DEN"), departs=DEPARTS + hours(5), arrives=DEPARTS + hours(7)),
    ]
    a = booking("A", [first, second])
    a = altered(a, legs=(a.all_legs[0], structs.replace(a.all_legs[1], married=True)))
    flights = [first, second]
    flights[lost] = structs.replace(flights[lost], **how)
    trip = [*others[:kept], flights[kept], *others[kept + 1 :]]
    result = decide(seated([*flights, *others], [a]), [a], move("A", option(*(leg(each.flight) for each in trip))))
    assert refusals(result) == []
    assert not any(leg.married for leg in result.bookings["A"].all_legs)


@pytest.mark.parametrize(
    ("lands", "onward", "refused"),
    [("LGA", 13, []), ("LGA", 10, ["illegal"]), ("PHL", 13, ["stale"])],
    ids=["in its city", "too late to cross it", "in another"],
)
def test_a_flight_that_is_to_land_elsewhere_is_kept_by_a_move_in_its_own_city(
    lands: str, onward: float, refused: list[str]
) -> None:
    """Only the flight after it is lost. What the planner may keep, the booker does not refuse."""
    first = flight(key(1, "ORD"), destination="JFK", departs=NOW + hours(6), arrives=NOW + hours(8))
    first = structs.replace(first, phase="rerouted", diverted_to=lands)
    dead = flight(key(2, "JFK"), destination="BOS", departs=NOW + hours(12), phase="cancelled", last_disruption=1)
    other = flight(key(3, "JFK"), destination="BOS", departs=NOW + hours(onward))
    of = booking("A", [first, dead])
    result = decide(seated([first, dead, other], [of]), [of], move("A", option(leg(first.flight), leg(other.flight))))
    assert refusals(result) == refused
