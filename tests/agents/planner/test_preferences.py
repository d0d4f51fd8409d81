"""Wishes reorder legal trips, and do nothing else."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.planner.domain import Availability, Network, Preference, TripRules, plan, unmet
from contracts.judgement import Wishes
from contracts.ledger import Booking
from contracts.names import Cabin
from contracts.plans import PlanProposed
from tests.agents.planner.planner_worlds import NOW, at, booking, case, flight, only, party, trips

CANCELLED = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
SOON = flight("B6.2", "EWR-MCO", 15)
LATER = flight("B6.3", "JFK-MCO", 20)
FIRST_LEG, SECOND_LEG = flight("B6.4", "JFK-BOS", 14, hours=1), flight("B6.5", "BOS-MCO", 16, hours=2)
WHO = booking("A", CANCELLED)


def plan_with(of: Booking, flights: list[Availability], wishes: Wishes, first: str | None = None) -> PlanProposed:
    """The plan of one party with these wishes."""
    (proposed,) = plan(
        [case(of)],
        Network(flights),
        now=NOW,
        as_of=99,
        rules=TripRules(),
        preferences={(of.pnr, 1): Preference(wishes=wishes, first=first)},
    )
    return proposed


def test_without_a_wish_the_rules_rank() -> None:
    """A party that asked for nothing gets the usual options, and a judgement that says so."""
    usual = only(WHO, [CANCELLED, SOON, LATER])
    proposed = plan_with(WHO, [CANCELLED, SOON, LATER], Wishes())
    assert proposed.options == usual.options
    assert proposed.judgement is not None
    assert proposed.judgement.wishes.asked == ()


def test_a_trip_that_meets_a_wish_ranks_first() -> None:
    """The car is parked at Kennedy: the later flight from there comes first, and the cheaper one is marked."""
    proposed = plan_with(WHO, [CANCELLED, SOON, LATER], Wishes(airports=("JFK",)))
    assert trips(proposed) == [["B6.3.JFK"], ["B6.2.EWR"]]
    assert [option.unmet for option in proposed.options] == [(), ("airports",)]


def test_a_party_that_cannot_change_planes_gets_a_non_stop_trip_where_there_is_one() -> None:
    """However much sooner the connection would arrive."""
    flights = [CANCELLED, FIRST_LEG, SECOND_LEG, LATER]
    assert trips(only(WHO, flights))[0] == ["B6.4.JFK", "B6.5.BOS"]
    assert trips(plan_with(WHO, flights, Wishes(nonstop=True)))[0] == ["B6.3.JFK"]


def test_a_wish_that_no_trip_meets_is_named_and_the_nearest_trip_offered() -> None:
    """The wish is not dropped, and no party is stranded by it."""
    proposed = plan_with(WHO, [CANCELLED, LATER], Wishes(arrive_by=at(17), nonstop=True))
    assert trips(proposed) == [["B6.3.JFK"]]
    assert proposed.options[0].unmet == ("arrive_by",)


def busy_day() -> list[Availability]:
    """A departure from Kennedy every half hour from 15:00, eighty in all: each costs more than the one before."""
    return [flight(f"B6.{100 + i}", "JFK-MCO", 15 + i / 2) for i in range(80)]


def test_a_trip_that_meets_a_wish_is_found_behind_many_cheaper_ones() -> None:
    """In a busy market the flight asked for is far down the list."""
    proposed = plan_with(WHO, [CANCELLED, *busy_day()], Wishes(depart_after=at(15 + 70 / 2)))
    assert trips(proposed)[0] == ["B6.170.JFK"]
    assert [option.unmet for option in proposed.options] == [()] * 5


def test_a_trip_that_stands_is_left_for_one_behind_many_cheaper_ones() -> None:
    """No earlier flight meets as many wishes, and neither does the party's own."""
    late = flight("B6.6", "JFK-MCO", 14.5, last_disruption=1)
    who = booking("A", late, ticketed={late.flight: (13, 16)})
    proposed = plan_with(who, [late, *busy_day()], Wishes(depart_after=at(15 + 70 / 2)))
    assert (proposed.verdict, trips(proposed)[0]) == ("move", ["B6.170.JFK"])


def test_the_cheapest_of_trips_that_meet_as_many_wishes_ranks_first() -> None:
    """Whatever their number, and in whatever order the flights were added."""
    flights = [CANCELLED, *reversed(busy_day())]
    assert trips(plan_with(WHO, flights, Wishes(nonstop=True))) == [[f"B6.{100 + i}.JFK"] for i in range(5)]


def test_the_chosen_option_ranks_before_its_equals() -> None:
    """Of two trips that meet as many wishes, the chosen one comes first."""
    flights = [CANCELLED, SOON, LATER]
    second = plan_with(WHO, flights, Wishes()).options[1].id
    assert plan_with(WHO, flights, Wishes(), first=second).options[0].id == second


def test_a_chosen_option_never_ranks_before_one_that_meets_more_wishes() -> None:
    """A choice is among options that meet as many as any."""
    flights = [CANCELLED, SOON, LATER]
    wishes = Wishes(airports=("JFK",))
    worse = plan_with(WHO, flights, wishes).options[1].id
    assert trips(plan_with(WHO, flights, wishes, first=worse))[0] == ["B6.3.JFK"]


def test_a_chosen_option_that_is_gone_changes_nothing() -> None:
    """The first option of the rules stands."""
    assert trips(plan_with(WHO, [CANCELLED, SOON, LATER], Wishes(), first="gone"))[0] == ["B6.2.EWR"]


def test_a_trip_that_stands_is_left_for_one_that_meets_more_wishes() -> None:
    """Late for the wedding by its own flight, though by less than the margin that moves other parties."""
    late = flight("B6.6", "JFK-MCO", 14.5, last_disruption=1)
    sooner = flight("B6.7", "JFK-MCO", 14, hours=3)
    who = booking("A", late, ticketed={late.flight: (13, 16)})
    assert only(who, [late, sooner], kind="retimed").verdict == "keep"
    proposed = plan_with(who, [late, sooner], Wishes(arrive_by=at(17.2)))
    assert (proposed.verdict, trips(proposed)) == ("move", [["B6.7.JFK"]])


def test_a_trip_that_stands_is_not_left_for_one_that_meets_fewer_wishes() -> None:
    """Three hours sooner, but from the airport where the car is not."""
    late = flight("B6.6", "JFK-MCO", 19, last_disruption=1)
    sooner = flight("B6.7", "EWR-MCO", 16)
    who = booking("A", late, ticketed={late.flight: (13, 16)})
    assert only(who, [late, sooner], kind="retimed").verdict == "move"
    assert plan_with(who, [late, sooner], Wishes(airports=("JFK",))).verdict == "keep"


def test_a_plan_to_keep_names_the_wishes_that_the_trip_does_not_meet() -> None:
    """There is no better trip, and still the wish is named."""
    late = flight("B6.6", "JFK-MCO", 14.5, last_disruption=1)
    who = booking("A", late, ticketed={late.flight: (13, 16)})
    proposed = plan_with(who, [late], Wishes(arrive_by=at(17)))
    assert proposed.judgement is not None
    assert (proposed.verdict, proposed.judgement.unmet) == ("keep", ("arrive_by",))


def test_wishes_about_the_departure_are_past_once_a_party_is_under_way() -> None:
    """Wishes about the arrival are not."""
    wishes = Wishes(airports=("LGA",), depart_after=at(23), arrive_by=at(16))
    assert unmet(wishes, [LATER], ["economy"], reached="JFK") == ("arrive_by",)
    assert unmet(wishes, [LATER], ["economy"]) == ("arrive_by", "depart_after", "airports")


def instants() -> st.SearchStrategy[datetime | None]:
    return st.none() | st.integers(0, 40).map(at)


WISHES = st.builds(
    Wishes,
    arrive_by=instants(),
    depart_after=instants(),
    airports=st.sampled_from([(), ("JFK",), ("EWR", "LGA"), ("LAX",)]),
    nonstop=st.booleans(),
    cabin=st.sampled_from([None, "economy", "first"]),
    together=st.booleans(),
)


@given(wishes=WISHES, cabin=st.sampled_from(["economy", "first"]), full=st.booleans(), late=st.integers(0, 6))
def test_no_wish_makes_a_trip_legal_or_strands_a_party(wishes: Wishes, cabin: Cabin, full: bool, late: int) -> None:
    """Options are among those of the rules for the party, and there are some where the rules have some."""
    soon = flight("B6.2", "EWR-MCO", 15, economy=0 if full else 3, first=2)
    flights = [CANCELLED, soon, flight("B6.3", "JFK-MCO", 15 + late, first=1), FIRST_LEG, SECOND_LEG]
    who = booking("A", CANCELLED, who=party(seats=2, cabin=cabin))
    legal = {
        option.id
        for option in plan(
            [case(who)],
            Network(flights),
            now=NOW,
            as_of=99,
            rules=TripRules(alternatives=100, margin=timedelta(0)),
        )[0].options
    }
    proposed = plan_with(who, flights, wishes)
    assert {option.id for option in proposed.options} <= legal
    assert bool(proposed.options) == bool(legal)


def test_a_party_on_board_keeps_its_flight_whatever_it_asked_for() -> None:
    """The plan names the wishes that the flight does not meet; those about the departure are past."""
    gone = flight("B6.6", "JFK-MCO", 11, hours=7, phase="departed", last_disruption=1)
    who = booking("A", gone, ticketed={gone.flight: (11, 14)})
    proposed = plan_with(who, [gone, LATER], Wishes(arrive_by=at(15), airports=("LGA",)))
    assert proposed.judgement is not None
    assert (proposed.verdict, proposed.judgement.unmet) == ("keep", ("arrive_by",))
