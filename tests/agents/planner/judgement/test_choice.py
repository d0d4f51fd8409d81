"""A choice is left open seldom, among few, and for reasons that exist."""

from typing import Any

import msgspec
import pytest

from agents.planner.domain import Weights
from agents.planner.judgement.choice import (
    TERMS,
    Choice,
    Chosen,
    borne_out,
    check_choice,
    choice_among,
    needs_model,
    rivals,
)
from agents.planner.judgement.interpret import Unchecked
from contracts.judgement import Wish, Wishes
from contracts.ledger import Party
from contracts.plans import Option, PlannedLeg, PlanProposed
from llm import strict_schema
from tests.agents.planner.judgement.judgement_worlds import NOW, at


def option(
    name: str, *flights: str, cost: float, unmet: tuple[Wish, ...] = (), cabin: Any = "economy", **terms: float
) -> Option:
    """`JFK/8` is a flight from there on that day of February."""
    places = [flight.split("/") for flight in flights or ("JFK/8",)]
    legs = tuple(
        PlannedLeg(flight=f"B6.{n}.{origin}.2013-02-{int(day):02}", cabin=cabin, last_disruption=0)
        for n, (origin, day) in enumerate(places, 1)
    )
    return Option(id=name, legs=legs, arrives=at(18), cost=cost, terms=terms or {"delay": cost}, unmet=unmet)


def planned(*options: Option) -> PlanProposed:
    return PlanProposed(
        pnr="PNR042",
        id="plan-1",
        verdict="move",
        reason="cancelled",
        booking_revision=3,
        as_of=99,
        options=options,
        planned_at=NOW,
    )


def open_between(*options: Option, passengers: int = 1) -> list[str]:
    """The names of the rivals."""
    return [rival.id for rival in rivals(planned(*options), passengers=passengers)]


BEST = option("best", cost=100)
LAGUARDIA = option("laguardia", "LGA/8", cost=120)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(option("other", "LGA/8", cost=130), id="from another airport"),
        pytest.param(option("other", "JFK/9", cost=130), id="on another day"),
        pytest.param(option("other", "JFK/8", "ATL/8", cost=130), id="with a change"),
        pytest.param(option("other", cost=130, cabin="first"), id="in another cabin"),
        pytest.param(option("other", cost=130, transfer=120, delay=10), id="to another airport"),
    ],
)
def test_unlike_trips_at_nearly_the_same_cost_are_rivals(other: Option) -> None:
    """Up to half an hour a head above the best."""
    assert open_between(BEST, other) == ["best", "other"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(option("other", "LGA/8", cost=131), id="it costs more than half an hour more"),
        pytest.param(option("other", "JFK/8", cost=101), id="it is of the same kind"),
        pytest.param(option("other", "LGA/8", cost=101, unmet=("nonstop",)), id="it meets less of what was asked"),
    ],
)
def test_no_choice_is_left_open_where_the_rules_know_better(other: Option) -> None:
    """The best is the best."""
    assert open_between(BEST, other) == []


def test_the_threshold_is_a_head() -> None:
    """An hour is near for two who travel."""
    assert open_between(BEST, option("other", "LGA/8", cost=160), passengers=2) == ["best", "other"]


def test_one_trip_or_none_is_no_choice() -> None:
    """Nobody is asked."""
    assert open_between(BEST) == []
    assert open_between() == []


@pytest.mark.parametrize(
    ("party", "does"),
    [
        pytest.param({"remark": "before six"}, True, id="who has written something"),
        pytest.param({"remark": " \n"}, False, id="not who has written nothing but spaces"),
        pytest.param({"tier": "gold"}, True, id="a gold tier"),
        pytest.param({"tier": "silver"}, False, id="not a silver one"),
        pytest.param({"ssrs": ("WCHR",)}, True, id="who needs assistance"),
        pytest.param({"ssrs": ("CTCE",)}, False, id="not who has left an address"),
        pytest.param({}, False, id="not everybody"),
    ],
)
def test_for_whom_a_model_is_asked_where_a_choice_is_open(party: dict[str, Any], does: bool) -> None:
    """Few."""
    who = msgspec.structs.replace(Party(passengers=1, seats=1, cabin="economy"), **party)

    assert needs_model(who, planned(BEST, LAGUARDIA)) is does


def test_a_tier_alone_is_no_reason_to_ask() -> None:
    """Where there is nothing to choose."""
    assert not needs_model(
        Party(passengers=1, seats=1, cabin="economy", tier="platinum", ssrs=("WCHR",)), planned(BEST)
    )


def test_a_remark_is_read_even_where_there_is_no_choice() -> None:
    """What it asks for may put another trip first."""
    assert needs_model(Party(passengers=1, seats=1, cabin="economy", remark="before six"), planned(BEST))


def test_nobody_is_asked_about_a_party_for_which_there_is_no_trip() -> None:
    """There is nothing that a wish could put first."""
    none = msgspec.structs.replace(planned(), verdict="none")

    assert not needs_model(Party(passengers=1, seats=1, cabin="economy", remark="before six"), none)


def test_the_answer_is_one_of_a_closed_list() -> None:
    """The schema has the labels of the options there are, and all reasons."""
    properties = strict_schema(choice_among(2))["properties"]

    assert properties["option"]["enum"] == ["A", "B"]
    assert properties["because"]["maxItems"] == 6


def test_an_option_that_is_not_on_the_list_is_read_and_refused() -> None:
    """It is an answer, and an illegal one, rather than none."""
    choice = msgspec.convert({"option": "C", "because": []}, choice_among(2))

    assert check_choice(choice, (BEST, LAGUARDIA), Wishes()) == Unchecked("option: not one of those offered")


def test_the_schema_for_so_many_options_is_always_the_same() -> None:
    """An endpoint sees few schemas."""
    assert choice_among(3) is choice_among(3)


def test_a_choice_with_its_reasons_is_taken() -> None:
    """Wishes the party has, terms an option has, each once."""
    choice = Choice(option="B", because=("nonstop", "delay", "nonstop"))

    assert check_choice(choice, (BEST, LAGUARDIA), Wishes(nonstop=True)) == Chosen("laguardia", ("nonstop", "delay"))


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param(Choice(option="C", because=()), id="an option that was not offered"),
        pytest.param(Choice(option="laguardia", because=()), id="an option by another name"),
        pytest.param(Choice(option="B", because=("arrive_by",)), id="a wish the party does not have"),
        pytest.param(Choice(option="B", because=("downgrade",)), id="a cost no option has"),
    ],
)
def test_another_choice_is_not_believed(choice: Choice) -> None:
    """Though its form is right."""
    assert isinstance(check_choice(choice, (BEST, LAGUARDIA), Wishes(nonstop=True)), Unchecked)


def test_every_cost_term_can_be_a_reason() -> None:
    """The terms are named as the weights are, but for who bears them."""
    bearers = {"vulnerable", "tier", "fare", "fare_cap"}

    assert set(TERMS) == set(Weights.__dataclass_fields__) - bearers


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        pytest.param("nonstop", True, id="a wish that is met"),
        pytest.param("arrive_by", False, id="not a wish that is not"),
        pytest.param("transfer", True, id="a cost that another has and it has not"),
        pytest.param("delay", True, id="less of a cost than another has, though as much as a third"),
        pytest.param("carrier", False, id="not a cost of which it has more"),
        pytest.param("connection", False, id="not a cost of which all have as much"),
        pytest.param("early", False, id="not a cost that none has"),
    ],
)
def test_a_reason_is_told_if_the_trip_bears_it_out(reason: str, told: bool) -> None:
    """What a model says of a trip is looked up before a passenger reads it."""
    chosen = option("chosen", cost=240, unmet=("arrive_by",), delay=60, connection=60, carrier=120)
    others = (
        option("second", cost=240, delay=90, connection=60, transfer=90),
        option("third", cost=240, delay=60, connection=60, carrier=90, transfer=30),
    )
    assert borne_out((reason,), chosen, (others[0], chosen, others[1])) == ((reason,) if told else ())


def test_where_no_other_trip_is_left_none_is_dearer() -> None:
    """A comparison with nothing is none."""
    assert borne_out(("delay", "nonstop"), BEST, (BEST,)) == ("nonstop",)
