"""What the parties of a window are proposed, case by case."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import msgspec
import pytest
from msgspec import structs

from agents.planner.domain import Availability, TripRules, UnknownFlight, plan_id
from contracts.flights import Phase
from contracts.ledger import Disruption
from contracts.names import Cabin, FlightKey
from contracts.passengers import Passenger
from contracts.plans import PlanProposed
from contracts.rules import by_rank
from tests.agents.planner.planner_worlds import DAY, NOW, at, booking, case, flight, only, outcome, party, trips
from tests.single_journey import altered, journey_of

CANCELLED = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
LATER = flight("B6.2", "JFK-MCO", 18)
LATEST = flight("B6.3", "JFK-MCO", 22)


def test_a_cancelled_party_is_offered_other_flights_best_first() -> None:
    """Its options are the other flights in order of cost."""
    proposed = only(booking("A", CANCELLED), [CANCELLED, LATEST, LATER])
    assert (proposed.verdict, proposed.reason) == ("move", "cancelled")
    assert trips(proposed) == [["B6.2.JFK"], ["B6.3.JFK"]]


def test_a_plan_names_its_evidence() -> None:
    """Booking and flights with the revision that was read; legs carry the flight's last disruption."""
    proposed = only(booking("A", CANCELLED), [CANCELLED, LATER, LATEST])
    assert [(e.subject, e.revision, e.written_at) for e in proposed.evidence] == [
        ("ledger.booking.A", 3, DAY),
        (f"ledger.flight.{CANCELLED.flight}", 7, DAY),
        (f"ledger.flight.{LATER.flight}", 7, DAY),
    ]
    assert (proposed.id, proposed.booking_revision, proposed.as_of) == (plan_id("cause-1", ("A", 1)), 3, 99)
    assert (proposed.planned_at, proposed.options[0].arrives) == (NOW, at(21))
    assert proposed.options[0].legs[0].last_disruption == 0


def test_a_plan_survives_a_round_trip_through_json() -> None:
    """Every id and name in a plan has the form that the contract asks for."""
    proposed = only(booking("A", CANCELLED), [CANCELLED, LATER])
    assert msgspec.json.decode(msgspec.json.encode(proposed), type=PlanProposed) == proposed


def test_without_a_legal_trip_a_cancelled_party_gets_none() -> None:
    """The other flights are full, too soon, or to another place."""
    others = [
        flight("B6.4", "JFK-MCO", 18, economy=1),
        flight("B6.5", "JFK-MCO", 12.7),
        flight("B6.6", "JFK-BOS", 18),
    ]
    proposed = only(booking("A", CANCELLED, who=party(seats=2)), [CANCELLED, *others])
    assert (proposed.verdict, proposed.options) == ("none", ())


@pytest.mark.parametrize(
    ("free", "upgrades", "cabins"),
    [
        pytest.param({"premium": 2, "economy": 9}, True, ["premium", "economy"], id="premium-before-economy"),
        pytest.param({"first": 2, "premium": 2}, False, ["premium"], id="first-is-not-allowed"),
        pytest.param({"first": 2, "premium": 2}, True, ["first", "premium"], id="first-is-allowed"),
        pytest.param({"business": 1, "first": 2}, False, [], id="too-few-in-its-own"),
    ],
)
def test_a_party_that_loses_business_is_given_another_cabin_by_rank(
    free: Mapping[Cabin, int], upgrades: bool, cabins: list[str]
) -> None:
    """On its own flight, whose business cabin is gone; a higher cabin only where the rules allow one."""
    lacking: dict[Cabin, int] = {"business": -2, **free}
    own = flight("B6.1", "JFK-MCO", 18, economy=0, more=lacking, offloaded=("A",), last_disruption=1)
    proposed = only(
        booking("A", own, who=party(seats=2, cabin="business")),
        [own],
        kind="downgauged",
        rules=TripRules(cabins=by_rank(upgrades=upgrades)),
    )
    assert [option.legs[0].cabin for option in proposed.options] == cabins


@pytest.mark.parametrize(
    ("ticketed", "departs", "legal"),
    [
        pytest.param(14, 12.74, False, id="sooner-than-the-lead"),
        pytest.param(14, 12.75, True, id="at-the-lead"),
        pytest.param(20, 17.99, False, id="too-long-before-the-ticket"),
        pytest.param(20, 18, True, id="two-hours-before-the-ticket"),
    ],
)
def test_a_trip_departs_within_the_limits(ticketed: float, departs: float, legal: bool) -> None:
    """At least the lead after now, and at most two hours before the ticketed departure."""
    cancelled = flight("B6.1", "JFK-MCO", ticketed, phase="cancelled", last_disruption=1)
    proposed = only(booking("A", cancelled), [cancelled, flight("B6.2", "JFK-MCO", departs)])
    assert (proposed.verdict == "move") is legal


def test_another_cabin_is_offered_where_it_costs_less_than_waiting() -> None:
    """A seat in first today ranks before one in economy tonight."""
    today = flight("B6.2", "JFK-MCO", 15, economy=0, first=2)
    assert trips(only(booking("A", CANCELLED), [CANCELLED, today, LATEST])) == [["B6.2.JFK/first"], ["B6.3.JFK"]]


def test_an_unaccompanied_minor_flies_non_stop_between_its_own_airports() -> None:
    """No connection, no other airport of the city."""
    minor = booking("A", CANCELLED, who=party(ssrs=("UMNR",)))
    others = [
        flight("B6.2", "LGA-MCO", 15),
        flight("B6.3", "JFK-CLT", 14, hours=1),
        flight("B6.4", "CLT-MCO", 16),
    ]
    assert only(minor, [CANCELLED, *others]).verdict == "none"
    assert trips(only(minor, [CANCELLED, *others, LATEST])) == [["B6.3.JFK"]]


def test_a_second_connection_is_offered_only_where_nothing_else_is() -> None:
    """A trip of three flights, only where there is none of one or two."""
    chain = [
        flight("B6.5", "JFK-CLT", 14, hours=1),
        flight("B6.6", "CLT-ATL", 16, hours=1),
        flight("B6.7", "ATL-MCO", 18, hours=1),
    ]
    assert trips(only(booking("A", CANCELLED), [CANCELLED, *chain])) == [["B6.5.JFK", "B6.6.CLT", "B6.7.ATL"]]
    assert trips(only(booking("A", CANCELLED), [CANCELLED, *chain, LATEST])) == [["B6.3.JFK"]]


def test_at_most_four_alternatives_follow_the_first() -> None:
    """However many flights there are."""
    many = [flight(f"B6.{i}", "JFK-MCO", 14 + i / 4) for i in range(10, 20)]
    assert len(only(booking("A", CANCELLED), [CANCELLED, *many]).options) == 5


DELAYED = flight("B6.1", "JFK-MCO", 18, last_disruption=1)
TICKETED = {DELAYED.flight: (14.0, 17.0)}


@pytest.mark.parametrize(
    ("departs", "verdict"),
    [
        pytest.param(16.9, "move", id="earlier-by-more-than-the-margin"),
        pytest.param(17.1, "keep", id="earlier-by-less"),
        pytest.param(20, "keep", id="later"),
    ],
)
def test_a_delayed_party_moves_only_to_arrive_an_hour_earlier(departs: float, verdict: str) -> None:
    """Otherwise it keeps its flight at the new time."""
    proposed = only(
        booking("A", DELAYED, ticketed=TICKETED), [DELAYED, flight("B6.2", "JFK-MCO", departs)], kind="retimed"
    )
    assert (proposed.verdict, proposed.reason) == (verdict, "retimed")


def test_a_delayed_party_does_not_move_to_a_trip_that_costs_more() -> None:
    """Earlier by enough, but from another airport and with another carrier."""
    proposed = only(
        booking("A", DELAYED, ticketed=TICKETED), [DELAYED, flight("DL.2", "LGA-MCO", 16.9)], kind="retimed"
    )
    assert proposed.verdict == "keep"


def test_a_plan_to_keep_names_the_legs_as_they_were_seen() -> None:
    """With the cabin and the flight's last disruption."""
    proposed = only(booking("A", DELAYED, ticketed=TICKETED), [DELAYED], kind="retimed")
    assert [(leg.flight, leg.cabin, leg.last_disruption) for leg in proposed.legs] == [(DELAYED.flight, "economy", 1)]
    assert proposed.options == ()


@pytest.mark.parametrize("phase", ["departed", "diverted", "arrived"])
@pytest.mark.parametrize("kind", ["cancelled", "retimed", "downgauged", "diverted"])
def test_a_party_on_board_keeps_its_flight(phase: Phase, kind: Disruption) -> None:
    """However early another flight would arrive."""
    gone = flight("B6.1", "JFK-MCO", 11, hours=20, economy=-3, phase=phase, last_disruption=1)
    proposed = only(booking("A", gone), [gone, LATER], kind=kind)
    assert proposed.verdict == "keep"
    assert (proposed.reason == "diverted") is (phase == "diverted")


def test_a_flight_that_was_restored_is_kept() -> None:
    """The cause says that it is cancelled, and by now it flies again as before."""
    restored = flight("B6.1", "JFK-MCO", 14, last_disruption=1)
    proposed = only(booking("A", restored), [restored, flight("B6.2", "JFK-MCO", 13)], kind="cancelled")
    assert (proposed.verdict, proposed.reason) == ("keep", "retimed")


def test_a_flight_that_was_cancelled_is_left() -> None:
    """The cause says that it is retimed, and by now it is cancelled."""
    proposed = only(booking("A", CANCELLED), [CANCELLED, LATER], kind="retimed")
    assert (proposed.verdict, proposed.reason) == ("move", "cancelled")


SMALL = flight("B6.1", "JFK-MCO", 14, economy=-1, last_disruption=1, offloaded=("A",))


def test_an_offloaded_party_is_offered_another_cabin_of_its_flight() -> None:
    """Beside other flights. The cabin that it has lost is not among the options."""
    small = flight("B6.1", "JFK-MCO", 14, economy=-1, first=3, last_disruption=1, offloaded=("A",))
    proposed = only(booking("A", small), [small, LATER], kind="downgauged")
    assert (proposed.verdict, proposed.reason, trips(proposed)) == (
        "move",
        "downgauged",
        [["B6.1.JFK/first"], ["B6.2.JFK"]],
    )


def test_an_offloaded_party_without_a_legal_trip_gets_none() -> None:
    """The plan names the legs that it was made for."""
    proposed = only(booking("A", SMALL), [SMALL], kind="downgauged")
    assert (proposed.verdict, [(leg.flight, leg.last_disruption) for leg in proposed.legs]) == (
        "none",
        [(SMALL.flight, 1)],
    )


def test_no_party_is_offloaded_from_a_flight_that_has_room_again() -> None:
    """It had too few seats, and has a larger aircraft by now."""
    roomy = flight("B6.1", "JFK-MCO", 14, economy=0, last_disruption=1)
    proposed = only(booking("A", roomy), [roomy, LATER], kind="downgauged")
    assert (proposed.verdict, proposed.reason) == ("keep", "downgauged")


def test_only_the_named_party_is_offloaded() -> None:
    """A retiming just after has every holder planned: the named party leaves, and not a less urgent one."""
    named = case(booking("A", SMALL, who=party(tier="gold")), kind="retimed")
    others = [case(booking(p, SMALL), kind="retimed") for p in "BC"]
    plans = outcome([*others, named], [SMALL, LATER])
    assert {p.pnr: p.verdict for p in plans} == {"A": "move", "B": "keep", "C": "keep"}


def test_parties_not_named_keep_their_seats_in_a_window_without_the_named_one() -> None:
    """The named party's plan is on its way; planned without it, the others do not lack its seat."""
    others = [case(booking(p, SMALL), kind="retimed") for p in "BC"]
    assert [p.verdict for p in outcome(others, [SMALL, LATER])] == ["keep", "keep"]


def test_no_more_parties_are_offloaded_than_lack_a_seat() -> None:
    """Two were named, and others have left since: only the less urgent one leaves."""
    small = flight("B6.1", "JFK-MCO", 14, economy=-1, last_disruption=1, offloaded=("A", "B"))
    cases = [case(booking("A", small, who=party(tier="gold"))), case(booking("B", small))]
    assert {p.pnr: p.verdict for p in outcome(cases, [small, LATER])} == {"A": "keep", "B": "move"}


def test_a_party_left_behind_is_moved_and_all_others_are_on_board() -> None:
    """The ledger names who had no seat when the flight left, however many seats are free by now."""
    left = flight("B6.1", "JFK-MCO", 11.5, phase="departed", economy=3, last_disruption=1, offloaded=("A",))
    cases = [case(booking("A", left), kind="downgauged"), case(booking("B", left), kind="retimed")]
    assert {p.pnr: (p.verdict, p.reason) for p in outcome(cases, [left, LATER])} == {
        "A": ("move", "downgauged"),
        "B": ("keep", "retimed"),
    }


def test_a_party_not_named_is_not_offloaded_because_of_another_flight() -> None:
    """Another flight of its trip is retimed; it has a seat on this one."""
    onward = flight("B6.2", "MCO-SJU", 19, last_disruption=1)
    who = booking("A", flight("B6.1", "JFK-MCO", 14), onward, answered=1)
    small = flight("B6.1", "JFK-MCO", 14, economy=-1, last_disruption=1)
    retimed = flight("B6.2", "MCO-SJU", 19.5, last_disruption=2)
    assert only(who, [small, retimed], kind="retimed").verdict == "keep"


def test_a_stranded_party_is_offered_any_legal_trip() -> None:
    """It is planned from its ticket, whatever the cause."""
    proposed = only(booking("A", CANCELLED, state="stranded"), [CANCELLED, LATER], kind=None)
    assert (proposed.verdict, proposed.reason, trips(proposed)) == ("move", "cancelled", [["B6.2.JFK"]])


def test_a_stranded_party_is_never_stranded_again() -> None:
    """Without an option there is no plan."""
    assert outcome([case(booking("A", CANCELLED, state="stranded"))], [CANCELLED]) == []


def test_an_answered_party_is_not_planned() -> None:
    """Its booking has been answered for the flight's last disruption."""
    late = flight("B6.1", "JFK-MCO", 15, last_disruption=1)
    assert outcome([case(booking("A", late, answered=1), kind="retimed")], [late, LATER]) == []


@pytest.mark.parametrize("kind", ["amended", "unreachable", None])
def test_a_party_whose_booking_is_amended_is_not_answered_for_what_concerned_others(kind: Disruption | None) -> None:
    """They had to get off, or lost a connection."""
    smaller = flight("B6.1", "JFK-MCO", 15, last_disruption=3, last_for_all=2, offloaded=("B",))
    stays = booking("A", smaller, answered=2)
    assert outcome([case(stays, kind=kind)], [smaller, LATER]) == []


@pytest.mark.parametrize("last", [2, 3])
def test_a_party_whose_booking_is_amended_is_answered_for_what_concerned_all(last: int) -> None:
    """A booking that was split off since then is named by no disruption."""
    restored = flight("B6.1", "JFK-MCO", 15, last_disruption=last, last_for_all=2)
    proposed = only(booking("A", restored, answered=1), [restored, LATER], kind="amended")
    assert (proposed.verdict, proposed.reason) == ("keep", "retimed")


def test_a_party_that_has_to_get_off_is_answered_whether_a_disruption_names_it_or_not() -> None:
    """Its booking was split from the one that was named."""
    smaller = flight("B6.1", "JFK-MCO", 15, economy=-1, last_disruption=3, last_for_all=2, offloaded=("A",))
    proposed = only(booking("A", smaller, answered=2), [smaller, LATER], kind="amended")
    assert (proposed.verdict, proposed.reason) == ("move", "downgauged")


def test_a_party_that_is_named_is_answered_although_there_are_seats_for_all_again() -> None:
    larger = flight("B6.1", "JFK-MCO", 15, last_disruption=3, last_for_all=2, offloaded=("A",))
    assert only(booking("A", larger, answered=2), [larger, LATER], kind="downgauged").verdict == "keep"


@pytest.mark.parametrize("then", ["amended", "unreachable", "restored"])
def test_a_party_that_keeps_its_trip_is_informed_of_what_has_happened_to_its_flight(then: Disruption) -> None:
    """It had to get off a smaller aircraft, and its booking was changed before it had an answer; then there are seats for all
    again. No time of its flight has changed."""
    larger = flight("B6.1", "JFK-MCO", 15, last_disruption=1, last_for_all=0)
    named = booking("A", larger)
    causes = [case(named, kind="downgauged", cause="a", at=1), case(named, kind=then, cause="b", at=2)]
    (proposed,) = outcome(causes, [larger, LATER])
    assert (proposed.verdict, proposed.reason, proposed.id) == ("keep", "downgauged", plan_id("b", ("A", 1)))


@pytest.mark.parametrize("kind", ["amended", "cancelled"])
def test_a_party_that_was_given_a_flight_which_cannot_be_flown_is_planned(kind: Disruption) -> None:
    """It was answered for all that had happened by then. With the reason of a plan that was refused, as well."""
    proposed = only(booking("A", CANCELLED, answered=1), [CANCELLED, LATER], kind=kind)
    assert (proposed.verdict, proposed.reason) == ("move", "cancelled")


def test_a_party_that_did_not_come_is_not_planned_for_that() -> None:
    gone = flight("B6.1", "JFK-MCO", 11, phase="departed")
    of = structs.replace(booking("A", gone), passengers=(Passenger(id="1", coupons={gone.flight: "no_show"}),))
    assert outcome([case(of, kind="amended")], [gone, LATER]) == []


@pytest.mark.parametrize(("offer", "verdicts"), [("", ["move"]), ("asked", [])])
def test_a_journey_behind_one_about_which_someone_is_asked_waits_for_the_answer(
    offer: str, verdicts: list[str]
) -> None:
    """As it is now, the way out comes in too late for it."""
    out = flight("B6.1", "JFK-MCO", 15, hours=6, last_disruption=1)
    back, later = flight("B6.5", "MCO-JFK", 20), flight("B6.6", "MCO-JFK", 24)
    first = structs.replace(journey_of(booking("A", out)), offer=offer)
    second = structs.replace(journey_of(booking("A", back)), number=2)
    who = structs.replace(booking("A", out), journeys=(first, second))
    behind = structs.replace(case(booking("A", back), kind="unreachable"), booking=who, journey=second)
    assert [plan.verdict for plan in outcome([behind], [out, back, later])] == verdicts


def test_a_flight_missing_from_the_ledger_is_an_error() -> None:
    """It names the flight."""
    with pytest.raises(UnknownFlight, match=r"B6\.1\.JFK"):
        outcome([case(booking("A", CANCELLED))], [LATER])


def test_seats_go_to_the_most_urgent_party_first() -> None:
    """One seat for two parties: the delay-sensitive one gets it. Plans come in the same order."""
    last = flight("B6.2", "JFK-MCO", 18, economy=1)
    cases = [case(booking("A", CANCELLED)), case(booking("B", CANCELLED, who=party(ssrs=("BLND",))))]
    plans = outcome(cases, [CANCELLED, last])
    assert [(p.pnr, p.verdict) for p in plans] == [("B", "move"), ("A", "none")]


def test_a_small_party_takes_the_seats_a_large_one_cannot() -> None:
    """Parties are whole: two seats do not serve three, and are not held back for them."""
    last = flight("B6.2", "JFK-MCO", 18, economy=2)
    cases = [
        case(booking("A", CANCELLED, who=party(seats=3, tier="gold"))),
        case(booking("B", CANCELLED, who=party(seats=2))),
    ]
    plans = outcome(cases, [CANCELLED, last])
    assert {p.pnr: p.verdict for p in plans} == {"A": "none", "B": "move"}


def test_every_seat_is_found_however_many_flights_are_full() -> None:
    """Forty flights with three seats each take forty parties of two and forty of one, and not one more."""
    flights = [flight(f"B6.{i}", "JFK-MCO", 14 + i / 10, economy=3) for i in range(10, 50)]
    pairs = [case(booking(f"P{i}", CANCELLED, who=party(seats=2, tier="gold"))) for i in range(41)]
    singles = [case(booking(f"S{i}", CANCELLED)) for i in range(43)]
    plans = outcome([*pairs, *singles], [CANCELLED, *flights])
    assert Counter((p.pnr[0], p.verdict) for p in plans) == {
        ("P", "move"): 40,
        ("P", "none"): 1,
        ("S", "move"): 40,
        ("S", "none"): 3,
    }


def test_two_causes_for_one_party_make_one_plan() -> None:
    """It answers the later cause, in whatever order they come."""
    who = booking("A", SMALL)
    causes = [case(who, kind="retimed", cause="a", at=1), case(who, kind="downgauged", cause="b", at=2)]
    for window in (causes, causes[::-1]):
        (proposed,) = outcome(window, [SMALL, LATER])
        assert (proposed.id, proposed.reason) == (plan_id("b", ("A", 1)), "downgauged")


def test_a_plan_answers_the_latest_of_its_causes() -> None:
    """An earlier cause, redelivered after a crash, has had its plan, and a plan with that id would not be emitted again."""
    who = booking("A", CANCELLED)
    causes = [case(who, kind="retimed", cause="a", at=1), case(who, kind="cancelled", cause="b", at=7)]
    for window in (causes, causes[::-1]):
        (proposed,) = outcome(window, [CANCELLED, LATER])
        assert proposed.id == plan_id("b", ("A", 1))


IN = flight("B6.10", "BOS-ORD", 13, hours=2)
ON = flight("B6.11", "ORD-LAX", 16, hours=4)
AGAIN = flight("B6.12", "ORD-LAX", 19, hours=4)
CONNECTING = booking("A", IN, ON)


def test_a_broken_connection_is_replanned_and_the_first_flight_kept() -> None:
    """The first flight is too late for the second, and the party still takes it."""
    late = flight("B6.10", "BOS-ORD", 13.6, hours=2, last_disruption=1)
    proposed = only(CONNECTING, [late, ON, AGAIN], kind="retimed")
    assert (proposed.verdict, proposed.reason, proposed.broken_by) == ("move", "misconnected", late.flight)
    assert trips(proposed) == [["B6.10.BOS", "B6.12.ORD"]]


@pytest.mark.parametrize(
    ("tails", "broken_by"),
    [
        (("N1", "N1"), None),
        (("N1", None), None),
        ((None, "N1"), None),
        (("N1", "N2"), "B6.10.ORD.2013-02-08"),
    ],
    ids=["the same", "unknown onward", "unknown inbound", "another"],
)
def test_a_stop_of_20_minutes_is_kept_in_one_aircraft_and_is_no_connection_between_two(
    tails: tuple[str | None, str | None], broken_by: FlightKey | None
) -> None:
    """Though it was sold, and no time has moved: the leg that got another aircraft broke it."""
    first = structs.replace(flight("B6.10", "BOS-ORD", 13, hours=2), tail=tails[0])
    second = structs.replace(flight("B6.10", "ORD-LAX", 15 + 1 / 3, hours=4, last_disruption=1), tail=tails[1])
    proposed = only(booking("A", first, second), [first, second, AGAIN], kind="misconnected")
    assert (proposed.verdict, proposed.broken_by) == ("move" if broken_by else "keep", broken_by)


def test_a_party_under_way_is_replanned_from_where_its_flight_lands() -> None:
    """Options are what follows the flown legs, with time to connect."""
    flown = flight("B6.10", "BOS-ORD", 11, hours=2, phase="departed")
    cancelled = flight("B6.11", "ORD-LAX", 16, hours=4, phase="cancelled", last_disruption=1)
    others = [AGAIN, flight("B6.13", "BOS-LAX", 14), flight("B6.14", "ORD-LAX", 13.5)]
    who = booking("A", flown, cancelled, ticketed={flown.flight: (11, 13), cancelled.flight: (16, 20)})
    assert trips(only(who, [flown, cancelled, *others])) == [["B6.12.ORD"]]


def test_a_flight_that_left_before_the_party_arrived_is_not_flown() -> None:
    """A party that arrived too late for it is moved from where it arrived."""
    late = flight("B6.10", "BOS-ORD", 11, hours=5, phase="departed", last_disruption=1)
    gone = flight("B6.11", "ORD-LAX", 15, hours=4, phase="departed")
    who = booking("A", late, gone, ticketed={late.flight: (11, 13)})
    proposed = only(who, [late, gone, AGAIN], kind="retimed")
    assert (proposed.verdict, proposed.reason, trips(proposed)) == ("move", "misconnected", [["B6.12.ORD"]])


def test_a_diversion_breaks_the_connection_and_options_leave_from_where_it_lands() -> None:
    """The party leaves its flight at another airport."""
    diverted = msgspec.structs.replace(
        flight("B6.10", "BOS-ORD", 11, phase="diverted", last_disruption=1), diverted_to="MKE"
    )
    proposed = only(booking("A", diverted, ON), [diverted, ON, AGAIN, flight("B6.15", "MKE-LAX", 16)], kind="diverted")
    assert (proposed.verdict, proposed.reason, trips(proposed)) == ("move", "diverted", [["B6.15.MKE"]])


def test_a_party_stranded_under_way_waits_where_it_is() -> None:
    """Its options leave from there, and are not charged for a change of airport."""
    waiting = msgspec.structs.replace(case(booking("A", IN, ON, state="stranded"), kind=None), waits_at="ORD")
    (proposed,) = outcome([waiting], [AGAIN, flight("B6.13", "BOS-LAX", 17)])
    assert trips(proposed) == [["B6.12.ORD"]]
    assert "transfer" not in proposed.options[0].terms


ALOFT = flight("B6.10", "BOS-ORD", 11, hours=4.5, phase="departed")
"""Lands at 15:30."""
SOONER, NEXT_DAY = flight("B6.14", "ORD-LAX", 14), flight("B6.15", "ORD-LAX", 38)


def stranded_aloft(*flights: Availability, aloft: Availability = ALOFT) -> list[PlanProposed]:
    """The plan of a party that was stranded on its way from Boston to Chicago."""
    flown = booking("A", ALOFT).journeys[0].legs
    waiting = case(booking("A", ALOFT, ON, state="stranded"), kind=None)
    return outcome([msgspec.structs.replace(waiting, waits_at="ORD", flown=flown)], [aloft, *flights])


def test_a_party_stranded_in_the_air_continues_after_it_has_landed() -> None:
    """With time to connect, and however long it has to wait there. Earlier seats are of no use to it."""
    assert stranded_aloft(SOONER) == []
    (proposed,) = stranded_aloft(SOONER, AGAIN, NEXT_DAY)
    assert trips(proposed) == [["B6.12.ORD"], ["B6.15.ORD"]]


def test_a_party_stranded_in_the_air_waits_where_its_flight_lands_in_the_end() -> None:
    """Later than was known, or at another airport: the flight as it is now counts."""
    late = msgspec.structs.replace(ALOFT, arrives=AGAIN.departs)
    assert [trips(p) for p in stranded_aloft(AGAIN, NEXT_DAY, aloft=late)] == [[["B6.15.ORD"]]]
    elsewhere = msgspec.structs.replace(ALOFT, phase="diverted", diverted_to="MKE")
    assert [trips(p) for p in stranded_aloft(AGAIN, flight("B6.16", "MKE-LAX", 18), aloft=elsewhere)] == [
        [["B6.16.MKE"]]
    ]


def test_parties_with_one_ticket_that_wait_in_two_places_are_moved_from_where_each_is() -> None:
    """One is in Chicago, the other in Denver; their rankings are not shared."""
    to_denver = flight("B6.17", "BOS-DEN", 11, phase="arrived")
    who = booking("A", ALOFT, ON, state="stranded")
    cases = [
        msgspec.structs.replace(
            case(msgspec.structs.replace(who, pnr=pnr), cause=pnr, kind=None),
            flown=booking(pnr, flown).journeys[0].legs,
        )
        for pnr, flown in (("A", ALOFT), ("B", to_denver))
    ]
    plans = outcome(cases, [ALOFT, to_denver, AGAIN, flight("B6.18", "DEN-LAX", 17)])
    assert {p.pnr: trips(p) for p in plans} == {"A": [["B6.12.ORD"]], "B": [["B6.18.DEN"]]}


def test_a_party_rebooked_where_it_was_stranded_is_still_there() -> None:
    """Its new flight is cancelled too: options leave from that flight's origin, and not from the ticket's."""
    cancelled = flight("B6.11", "ORD-LAX", 16, hours=4, phase="cancelled", last_disruption=1)
    moved = altered(booking("A", cancelled), ticket=CONNECTING.journeys[0].ticket)
    assert trips(only(moved, [cancelled, AGAIN, flight("B6.13", "BOS-LAX", 17)])) == [["B6.12.ORD"]]


def test_a_kept_leg_needs_no_free_seat() -> None:
    """The party holds one, so a full first flight still takes it to the new second."""
    full = flight("B6.10", "BOS-ORD", 13, hours=2, economy=0)
    cancelled = flight("B6.11", "ORD-LAX", 16, hours=4, phase="cancelled", last_disruption=1)
    assert trips(only(CONNECTING, [full, cancelled, AGAIN])) == [["B6.10.BOS", "B6.12.ORD"]]


def test_a_kept_leg_counts_as_a_flight_of_the_trip() -> None:
    """With one connection at most, a party does not keep a flight to connect twice after it."""
    cancelled = flight("B6.11", "ORD-LAX", 16, hours=4, phase="cancelled", last_disruption=1)
    round_about = [flight("B6.13", "ORD-DEN", 16, hours=2), flight("B6.14", "DEN-LAX", 19)]
    assert only(CONNECTING, [IN, cancelled, *round_about]).verdict == "move"
    assert only(CONNECTING, [IN, cancelled, *round_about], rules=TripRules(max_connections=1)).verdict == "none"


def test_a_connection_sold_shorter_than_the_minimum_stands_until_it_shrinks() -> None:
    """Only a connection that has become shorter than sold is held against the table."""
    tight = flight("B6.11", "ORD-LAX", 15.5, hours=4, last_disruption=1)
    sold = booking("A", IN, tight)
    assert only(sold, [IN, tight, AGAIN], kind="retimed").verdict == "keep"
    shrunk = flight("B6.10", "BOS-ORD", 13.2, hours=2, last_disruption=1)
    assert only(sold, [shrunk, tight, AGAIN], kind="retimed").verdict == "move"


def test_policy_and_rules_are_arguments() -> None:
    """Another margin, lead or number of alternatives gives another plan."""
    early = flight("B6.2", "JFK-MCO", 16.9)
    late = case(booking("A", DELAYED, ticketed=TICKETED), kind="retimed")
    assert outcome([late], [DELAYED, early], rules=TripRules(margin=timedelta(hours=2)))[0].verdict == "keep"
    assert outcome([late], [DELAYED, early], rules=TripRules(lead=timedelta(hours=6)))[0].verdict == "keep"
    few = outcome([case(booking("A", CANCELLED))], [CANCELLED, LATER, LATEST], rules=TripRules(alternatives=0))
    assert len(few[0].options) == 1


@pytest.mark.parametrize(
    ("knew", "departs", "verdict"),
    [
        pytest.param(18, 12.5, "move", id="to-less-than-the-lead"),
        pytest.param(18, 11, "move", id="into-the-past"),
        pytest.param(18, 15.9, "move", id="earlier-than-allowed"),
        pytest.param(18, 16.1, "keep", id="within-what-is-allowed"),
        pytest.param(12.5, 12.5, "keep", id="leaves-when-it-always-did"),
        pytest.param(11.5, 12.2, "keep", id="late-and-soon"),
        pytest.param(12.6, 12.2, "keep", id="a-little-early-and-soon"),
    ],
)
def test_a_flight_brought_forward_too_far_is_left(knew: float, departs: float, verdict: str) -> None:
    """The lead, and how much earlier than sold a trip may begin, hold for a trip that is kept. Time alone breaks nothing."""
    early = flight("B6.1", "JFK-MCO", departs, last_disruption=1)
    held = booking("A", early, ticketed={early.flight: (knew, knew + 3)})
    proposed = only(held, [early, flight("B6.2", "JFK-MCO", 20)], kind="retimed")
    assert (proposed.verdict, proposed.reason) == (verdict, "retimed")


@pytest.mark.parametrize(
    ("departs", "there_from", "verdict"),
    [
        pytest.param(12.4, 12.2, "move", id="the gate closes before the party is there"),
        pytest.param(12.5, 12.25, "keep", id="the gate closes when it is there"),
        pytest.param(12.2, 11.9, "keep", id="it is there by now"),
    ],
)
def test_a_flight_brought_forward_to_before_the_party_is_at_its_gate_is_left(
    departs: float, there_from: float, verdict: str
) -> None:
    """The party was moved to it a little before, so that it is still on its way, though it leaves only minutes earlier."""
    early = flight("B6.1", "JFK-MCO", departs, last_disruption=1)
    held = booking("A", early, ticketed={early.flight: (departs + 0.3, departs + 3.3)})
    held = altered(held, legs=(structs.replace(held.journeys[0].legs[0], there_from=at(there_from)),))
    proposed = only(held, [early, flight("B6.2", "JFK-MCO", 20)], kind="retimed")
    assert proposed.verdict == verdict


def test_a_connection_sold_short_is_long_again_once_it_changes_airports() -> None:
    """An hour was sold at one airport. Between two of a city it takes three, however short it was sold."""
    inbound = structs.replace(
        flight("B6.1", "BOS-JFK", 10, hours=2, phase="diverted", last_disruption=1), diverted_to="LGA"
    )
    onward, later = flight("B6.2", "JFK-MCO", 13), flight("B6.3", "JFK-MCO", 16)
    proposed = only(booking("A", inbound, onward), [inbound, onward, later], kind="diverted")
    assert trips(proposed) == [["B6.3.JFK"]]


@pytest.mark.parametrize(("departs", "legal"), [(14.99, False), (15, True)], ids=["too-soon", "in-time"])
def test_a_trip_from_another_airport_of_the_city_leaves_time_to_get_there(departs: float, legal: bool) -> None:
    """180 minutes from now, as between two flights."""
    proposed = only(booking("A", CANCELLED), [CANCELLED, flight("B6.2", "LGA-MCO", departs)])
    assert (proposed.verdict == "move") is legal


def test_the_airport_that_a_party_was_moved_to_is_the_one_it_leaves_from() -> None:
    """Sold from JFK and moved to LGA before: another flight from LGA needs the usual lead alone."""
    cancelled = flight("B6.1", "LGA-MCO", 14, phase="cancelled", last_disruption=1)
    sold = booking("A", flight("B6.9", "JFK-MCO", 13)).journeys[0].ticket
    held = altered(booking("A", cancelled), ticket=sold, state="rebooked")
    proposed = only(held, [cancelled, flight("B6.2", "LGA-MCO", 13), flight("B6.3", "JFK-MCO", 13)])
    assert trips(proposed) == [["B6.2.LGA"]]


def test_a_party_waiting_where_a_flight_took_it_needs_time_to_another_airport_too() -> None:
    """It landed at JFK hours ago."""
    flown = flight("B6.1", "BOS-JFK", 6, hours=1, phase="arrived")
    sold = booking("A", flown, flight("B6.9", "JFK-MCO", 9))
    waiting = structs.replace(
        case(altered(sold, legs=(), state="stranded")), waits_at="JFK", flown=sold.journeys[0].legs[:1]
    )
    (proposed,) = outcome([waiting], [flown, flight("B6.2", "LGA-MCO", 14.9), flight("B6.3", "LGA-MCO", 15.1)])
    assert trips(proposed) == [["B6.3.LGA"]]


@pytest.mark.parametrize(
    ("departs", "on_board"),
    [
        pytest.param(11.5, True, id="silent-for-half-an-hour"),
        pytest.param(11.01, True, id="silent-for-nearly-an-hour"),
        pytest.param(11, False, id="silent-for-an-hour"),
        pytest.param(12.1, False, id="not-yet-due"),
    ],
)
def test_a_silent_flight_is_presumed_under_way(departs: float, on_board: bool) -> None:
    """Its passengers are planned on from where it lands."""
    first = flight("B6.1", "JFK-CLT", departs, hours=2)
    gone = flight("B6.2", "CLT-MCO", 15, phase="cancelled", last_disruption=1)
    rest = [flight("B6.3", "CLT-MCO", 20), flight("B6.4", "JFK-MCO", 14)]
    options = trips(only(booking("A", first, gone), [first, gone, *rest]))
    assert (["B6.4.JFK"] not in options) is on_board


def test_a_party_that_was_sold_a_flight_is_offered_no_train() -> None:
    """Although it leaves from the same place and has seats."""
    train = flight("2V.9", "JFK-MCO", 16, hours=4, mode="rail")
    coach = flight("2V.8", "JFK-MCO", 15, hours=4, mode="coach")
    assert trips(only(booking("A", CANCELLED), [CANCELLED, train, coach, LATER])) == [["B6.2.JFK"]]


def test_a_party_whose_ticket_has_a_train_may_be_given_another() -> None:
    """The connection to it counts as between flights: the first train after the minimum."""
    late = flight("B6.1", "BOS-JFK", 14, hours=2, last_disruption=1)
    missed = flight("2V.1", "JFK-ZYP", 16.25, hours=1, mode="rail")
    too_soon = flight("2V.2", "JFK-ZYP", 16.5, hours=1, mode="rail")
    after = flight("2V.3", "JFK-ZYP", 17, hours=1, mode="rail")
    ticketed = {late.flight: (13.0, 15.0)}
    proposed = only(booking("A", late, missed, ticketed=ticketed), [late, missed, too_soon, after], kind="misconnected")
    assert trips(proposed)[:1] == [["B6.1.BOS", "2V.3.JFK"]]


@pytest.mark.parametrize(("married", "goes"), [(False, "B6.3.ORD"), (True, None)], ids=["sold apart", "sold as one"])
def test_of_flights_that_were_sold_as_one_and_fly_none_is_left_alone(married: bool, goes: str | None) -> None:
    """The second is late. It is left for an earlier one by a party that was sold it by itself."""
    first = flight("B6.1", "JFK-ORD", 14, hours=2)
    second = flight("B6.2", "ORD-SFO", 24, hours=4, last_disruption=1)
    onward = flight("B6.3", "ORD-SFO", 19, hours=4)
    sold = booking("A", first, second, ticketed={second.flight: (18.0, 22.0)})
    sold = altered(sold, legs=(sold.all_legs[0], structs.replace(sold.all_legs[1], married=married)))
    proposed = only(sold, [first, second, onward], kind="retimed")
    assert (proposed.verdict, [legs[-1] for legs in trips(proposed)]) == (("move", [goes]) if goes else ("keep", []))


@pytest.mark.parametrize(
    ("lost", "how", "trip"),
    [
        pytest.param(1, {"phase": "cancelled"}, ["B6.1.JFK", "B6.3.ORD"], id="the second is cancelled"),
        pytest.param(0, {"phase": "cancelled"}, ["B6.4.JFK", "B6.2.ORD"], id="the first is cancelled"),
        pytest.param(0, {"arrives": at(17.8)}, ["B6.1.JFK", "B6.3.ORD"], id="the connection is missed"),
        pytest.param(1, {"phase": "rerouted", "diverted_to": "DEN"}, ["B6.1.JFK", "B6.3.ORD"], id="it lands elsewhere"),
        pytest.param(1, {"offloaded": ("A",), "free": {"economy": -1}}, ["B6.1.JFK", "B6.3.ORD"], id="it is offloaded"),
    ],
)
def test_of_flights_that_were_sold_as_one_the_other_is_kept_where_one_is_lost(
    lost: int, how: dict[str, object], trip: list[str]
) -> None:
    flights = [flight("B6.1", "JFK-ORD", 14, hours=2, economy=0), flight("B6.2", "ORD-SFO", 18, hours=4, economy=0)]
    sold = booking("A", *flights)
    sold = altered(sold, legs=(sold.all_legs[0], structs.replace(sold.all_legs[1], married=True)))
    flights[lost] = structs.replace(flights[lost], last_disruption=1, **how)
    other = flight("B6.3", "ORD-SFO", 20, hours=4) if "B6.3.ORD" in trip else flight("B6.4", "JFK-ORD", 15, hours=2)
    assert trips(only(sold, [*flights, other])) == [trip]


def test_of_three_flights_sold_as_one_two_stay_bound_when_the_third_is_lost() -> None:
    first, second = flight("B6.1", "BOS-JFK", 14, hours=1), flight("B6.2", "JFK-ORD", 17, hours=2)
    third = flight("B6.3", "ORD-SFO", 21, hours=4, phase="cancelled", last_disruption=1)
    sold = booking("A", first, second, third)
    sold = altered(sold, legs=(sold.all_legs[0], *(structs.replace(leg, married=True) for leg in sold.all_legs[1:])))
    others = [flight("B6.4", "JFK-SFO", 17, hours=6), flight("B6.5", "ORD-SFO", 22, hours=4)]
    assert trips(only(sold, [first, second, third, *others]))[0] == ["B6.1.BOS", "B6.2.JFK", "B6.5.ORD"]
