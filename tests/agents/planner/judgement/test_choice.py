"""A choice is open rarely, among few options, and for reasons that exist."""

from typing import Any

import msgspec
import pytest

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
from contracts.rules import Weights
from llm import strict_schema
from tests.agents.planner.judgement.judgement_worlds import NOW, at


def option(
    name: str, *flights: str, cost: float, unmet: tuple[Wish, ...] = (), cabin: Any = "economy", **terms: float
) -> Option:
    """`JFK/8` is a flight from JFK on 8 February."""
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
def test_trips_of_another_kind_at_nearly_the_same_cost_are_rivals(other: Option) -> None:
    """Up to half an hour per passenger above the best."""
    assert open_between(BEST, other) == ["best", "other"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(option("other", "LGA/8", cost=131), id="it costs more than half an hour more"),
        pytest.param(option("other", "JFK/8", cost=101), id="it is of the same kind"),
        pytest.param(option("other", "LGA/8", cost=101, unmet=("nonstop",)), id="it meets less of what was asked"),
    ],
)
def test_other_trips_are_not_rivals(other: Option) -> None:
    """The rules decide."""
    assert open_between(BEST, other) == []


def test_the_threshold_is_per_passenger() -> None:
    """For two passengers it is an hour."""
    assert open_between(BEST, option("other", "LGA/8", cost=160), passengers=2) == ["best", "other"]


def test_one_trip_or_none_is_no_choice() -> None:
    """No model is asked."""
    assert open_between(BEST) == []
    assert open_between() == []


@pytest.mark.parametrize(
    ("party", "does"),
    [
        pytest.param({"remark": "before six"}, True, id="a remark"),
        pytest.param({"remark": " \n"}, False, id="not a remark of spaces only"),
        pytest.param({"tier": "gold"}, True, id="a gold tier"),
        pytest.param({"tier": "silver"}, False, id="not a silver tier"),
        pytest.param({"ssrs": ("WCHR",)}, True, id="need of assistance"),
        pytest.param({"ssrs": ("CTCE",)}, False, id="not a contact address"),
        pytest.param({}, False, id="no other party"),
    ],
)
def test_which_parties_need_a_model_when_a_choice_is_open(party: dict[str, Any], does: bool) -> None:
    """Few do."""
    who = msgspec.structs.replace(Party(passengers=1, seats=1, cabin="economy"), **party)

    assert needs_model(who, planned(BEST, LAGUARDIA)) is does


def test_a_tier_alone_needs_no_model() -> None:
    """Without a choice there is nothing to ask."""
    assert not needs_model(
        Party(passengers=1, seats=1, cabin="economy", tier="platinum", ssrs=("WCHR",)), planned(BEST)
    )


def test_a_remark_needs_a_model_even_without_a_choice() -> None:
    """Its wishes may put another trip first."""
    assert needs_model(Party(passengers=1, seats=1, cabin="economy", remark="before six"), planned(BEST))


def test_a_party_without_a_trip_needs_no_model() -> None:
    """A wish could put nothing first."""
    none = msgspec.structs.replace(planned(), verdict="none")

    assert not needs_model(Party(passengers=1, seats=1, cabin="economy", remark="before six"), none)


def test_the_answer_is_one_of_a_closed_list() -> None:
    """The schema has the labels of the options, and all reasons."""
    properties = strict_schema(choice_among(2))["properties"]

    assert properties["option"]["enum"] == ["A", "B"]
    assert properties["because"]["maxItems"] == 6


def test_an_option_outside_the_list_is_decoded_and_rejected() -> None:
    """It counts as an illegal answer, not as a malformed one."""
    choice = msgspec.convert({"option": "C", "because": []}, choice_among(2))

    assert check_choice(choice, (BEST, LAGUARDIA), Wishes()) == Unchecked("option: not one of those offered")


def test_the_schema_for_a_number_of_options_is_made_once() -> None:
    """Endpoints see few schemas."""
    assert choice_among(3) is choice_among(3)


def test_a_choice_with_valid_reasons_is_accepted() -> None:
    """Wishes of the party and cost terms of an option, each once."""
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
def test_an_illegal_choice_is_rejected(choice: Choice) -> None:
    """Though it is well-formed."""
    assert isinstance(check_choice(choice, (BEST, LAGUARDIA), Wishes(nonstop=True)), Unchecked)


def test_every_cost_term_can_be_a_reason() -> None:
    """The terms have the names of the weights, except those about who bears them."""
    bearers = {"vulnerable", "tier", "fare", "fare_cap"}

    assert set(TERMS) == set(Weights.__struct_fields__) - bearers


@pytest.mark.parametrize(
    ("reason", "true"),
    [
        pytest.param("nonstop", True, id="a wish that is met"),
        pytest.param("arrive_by", False, id="not an unmet wish"),
        pytest.param("transfer", True, id="a cost that only another has"),
        pytest.param("delay", True, id="less of a cost than one other, and as much as a third"),
        pytest.param("carrier", False, id="not a cost of which it has the most"),
        pytest.param("connection", False, id="not a cost that is equal for all"),
        pytest.param("early", False, id="not a cost that none has"),
    ],
)
def test_only_true_reasons_are_kept(reason: str, true: bool) -> None:
    """A model's reasons are verified before a passenger reads them."""
    chosen = option("chosen", cost=240, unmet=("arrive_by",), delay=60, connection=60, carrier=120)
    others = (
        option("second", cost=240, delay=90, connection=60, transfer=90),
        option("third", cost=240, delay=60, connection=60, carrier=90, transfer=30),
    )
    assert borne_out((reason,), chosen, (others[0], chosen, others[1])) == ((reason,) if true else ())


def test_without_another_trip_no_cost_is_a_reason() -> None:
    """There is nothing to compare with."""
    assert borne_out(("delay", "nonstop"), BEST, (BEST,)) == ("nonstop",)
