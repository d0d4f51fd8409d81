"""Wishes reorder legal trips, and can do nothing else."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agents.planner.domain import Availability, Network, Policy, Preference, Rules, Weights, plan, unmet
from contracts.judgement import Wishes
from contracts.ledger import Booking
from contracts.names import Cabin
from contracts.plans import PlanProposed
from tests.agents.planner.planner_worlds import NOW, at, booking, case, flight, only, party, trips

DEAD = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
SOON = flight("B6.2", "EWR-MCO", 15)
LATER = flight("B6.3", "JFK-MCO", 20)
FIRST_LEG, SECOND_LEG = flight("B6.4", "JFK-BOS", 14, hours=1), flight("B6.5", "BOS-MCO", 16, hours=2)
WHO = booking("A", DEAD)


def asked(of: Booking, flights: list[Availability], wishes: Wishes, first: str | None = None) -> PlanProposed:
    """The plan of the one party, which asked for this."""
    (proposed,) = plan(
        [case(of)],
        Network(flights),
        now=NOW,
        as_of=99,
        rules=Rules(),
        weights=Weights(),
        policy=Policy(),
        preferences={of.pnr: Preference(wishes=wishes, first=first)},
    )
    return proposed


def test_without_a_wish_the_rules_rank() -> None:
    """Who asked for nothing gets the options of anybody, and a judgement that says so."""
    usual = only(WHO, [DEAD, SOON, LATER])
    proposed = asked(WHO, [DEAD, SOON, LATER], Wishes())
    assert proposed.options == usual.options
    assert proposed.judgement is not None
    assert proposed.judgement.wishes.asked == ()


def test_a_trip_that_meets_a_wish_goes_first() -> None:
    """The car is parked at Kennedy: the later flight from there, and the cheaper one after it, said not to meet it."""
    proposed = asked(WHO, [DEAD, SOON, LATER], Wishes(airports=("JFK",)))
    assert trips(proposed) == [["B6.3.JFK"], ["B6.2.EWR"]]
    assert [option.unmet for option in proposed.options] == [(), ("airports",)]


def test_who_can_not_change_planes_is_not_asked_to_where_there_is_another_way() -> None:
    """However much sooner it would be."""
    flights = [DEAD, FIRST_LEG, SECOND_LEG, LATER]
    assert trips(only(WHO, flights))[0] == ["B6.4.JFK", "B6.5.BOS"]
    assert trips(asked(WHO, flights, Wishes(nonstop=True)))[0] == ["B6.3.JFK"]


def test_what_nothing_meets_is_said_and_the_nearest_trip_given() -> None:
    """It is not dropped, and nobody is stranded by a wish."""
    proposed = asked(WHO, [DEAD, LATER], Wishes(arrive_by=at(17), nonstop=True))
    assert trips(proposed) == [["B6.3.JFK"]]
    assert proposed.options[0].unmet == ("arrive_by",)


def busy_day() -> list[Availability]:
    """A departure from Kennedy every half hour from 15:00, eighty in all: each costs more than the one before."""
    return [flight(f"B6.{100 + i}", "JFK-MCO", 15 + i / 2) for i in range(80)]


def test_a_wish_is_met_by_a_trip_that_many_cheaper_ones_go_before() -> None:
    """On a busy pair of cities the flight asked for is far down the list, and it is found."""
    proposed = asked(WHO, [DEAD, *busy_day()], Wishes(depart_after=at(15 + 70 / 2)))
    assert trips(proposed)[0] == ["B6.170.JFK"]
    assert [option.unmet for option in proposed.options] == [()] * 5


def test_a_trip_that_stands_is_left_for_one_that_many_cheaper_ones_go_before() -> None:
    """No flight that leaves sooner meets as much, and the party's own does not either."""
    late = flight("B6.6", "JFK-MCO", 14.5, last_disruption=1)
    who = booking("A", late, told={late.flight: (13, 16)})
    proposed = asked(who, [late, *busy_day()], Wishes(depart_after=at(15 + 70 / 2)))
    assert (proposed.verdict, trips(proposed)[0]) == ("move", ["B6.170.JFK"])


def test_the_cheapest_of_those_that_meet_as_much_goes_first() -> None:
    """Whatever their number, and in whatever order the flights are known."""
    flights = [DEAD, *reversed(busy_day())]
    assert trips(asked(WHO, flights, Wishes(nonstop=True))) == [[f"B6.{100 + i}.JFK"] for i in range(5)]


def test_the_picked_option_goes_before_its_equals() -> None:
    """Of two trips that meet as much, the one that was picked."""
    flights = [DEAD, SOON, LATER]
    second = asked(WHO, flights, Wishes()).options[1].id
    assert asked(WHO, flights, Wishes(), first=second).options[0].id == second


def test_a_picked_option_never_goes_before_one_that_meets_more() -> None:
    """A choice is among those that meet as much as any."""
    flights = [DEAD, SOON, LATER]
    wishes = Wishes(airports=("JFK",))
    worse = asked(WHO, flights, wishes).options[1].id
    assert trips(asked(WHO, flights, wishes, first=worse))[0] == ["B6.3.JFK"]


def test_a_picked_option_that_is_gone_changes_nothing() -> None:
    """The rules' first stands."""
    assert trips(asked(WHO, [DEAD, SOON, LATER], Wishes(), first="gone"))[0] == ["B6.2.EWR"]


def test_a_trip_that_stands_is_left_for_one_that_meets_more() -> None:
    """Late for the wedding by its own flight, though not by the margin that moves others."""
    late = flight("B6.6", "JFK-MCO", 14.5, last_disruption=1)
    sooner = flight("B6.7", "JFK-MCO", 14, hours=3)
    who = booking("A", late, told={late.flight: (13, 16)})
    assert only(who, [late, sooner], kind="retimed").verdict == "keep"
    proposed = asked(who, [late, sooner], Wishes(arrive_by=at(17.2)))
    assert (proposed.verdict, trips(proposed)) == ("move", [["B6.7.JFK"]])


def test_a_trip_that_stands_is_not_left_for_one_that_meets_less() -> None:
    """Three hours sooner, but from the airport where the car is not."""
    late = flight("B6.6", "JFK-MCO", 19, last_disruption=1)
    sooner = flight("B6.7", "EWR-MCO", 14)
    who = booking("A", late, told={late.flight: (13, 16)})
    assert only(who, [late, sooner], kind="retimed").verdict == "move"
    assert asked(who, [late, sooner], Wishes(airports=("JFK",))).verdict == "keep"


def test_a_kept_trip_says_what_it_does_not_meet() -> None:
    """There is nothing better, and the party is told all the same."""
    late = flight("B6.6", "JFK-MCO", 14.5, last_disruption=1)
    who = booking("A", late, told={late.flight: (13, 16)})
    proposed = asked(who, [late], Wishes(arrive_by=at(17)))
    assert proposed.judgement is not None
    assert (proposed.verdict, proposed.judgement.unmet) == ("keep", ("arrive_by",))


def test_who_is_on_the_way_has_set_out_from_where_it_has() -> None:
    """Wishes for the departure are past; those for the arrival are not."""
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
def test_no_wish_makes_a_trip_legal_or_strands_anybody(wishes: Wishes, cabin: Cabin, full: bool, late: int) -> None:
    """Whatever is wished: the options are among those that the rules have for the party, and there are some if those have."""
    soon = flight("B6.2", "EWR-MCO", 15, economy=0 if full else 3, first=2)
    flights = [DEAD, soon, flight("B6.3", "JFK-MCO", 15 + late, first=1), FIRST_LEG, SECOND_LEG]
    who = booking("A", DEAD, who=party(seats=2, cabin=cabin))
    legal = {
        option.id
        for option in plan(
            [case(who)],
            Network(flights),
            now=NOW,
            as_of=99,
            rules=Rules(),
            weights=Weights(),
            policy=Policy(alternatives=100, margin=timedelta(0)),
        )[0].options
    }
    proposed = asked(who, flights, wishes)
    assert {option.id for option in proposed.options} <= legal
    assert bool(proposed.options) == bool(legal)


def test_who_is_aboard_keeps_its_flight_whatever_was_asked() -> None:
    """It is told what its flight does not meet; from where it set out is past."""
    gone = flight("B6.6", "JFK-MCO", 11, hours=7, phase="departed", last_disruption=1)
    who = booking("A", gone, told={gone.flight: (11, 14)})
    proposed = asked(who, [gone, LATER], Wishes(arrive_by=at(15), airports=("LGA",)))
    assert proposed.judgement is not None
    assert (proposed.verdict, proposed.judgement.unmet) == ("keep", ("arrive_by",))
