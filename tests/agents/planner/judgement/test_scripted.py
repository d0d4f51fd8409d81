"""The graph and a real client, with a scripted model on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.planner.judgement.judge import Judge
from agents.planner.judgement.limits import Limits
from contracts.judgement import Fallback, Wishes
from contracts.plans import PlanProposed
from tests.agents.planner.judgement.judgement_worlds import FakeCaseFile, at
from tests.llm.clients import SHORT, client_of
from tests.llm.replies import NOTHING, Calls, Hangs, Refuses, Reply, Says, Status, says
from tests.llm.scripted import Scripted

READ, CHOOSE = "What do they ask for?", "Which one: "
SIX = says(NOTHING | {"arrive_by": {"clock": "6:00", "half": None, "day": None}})
SECOND = says({"option": "B", "because": ["transfer"]})


@pytest.fixture
async def asked(scripted: Scripted) -> AsyncIterator[Judge]:
    """A judge that asks the scripted model."""
    async with client_of(scripted) as client:
        yield Judge(client, Limits())


def first(plan: PlanProposed | None) -> str:
    """The flight of the first option."""
    assert plan is not None
    return plan.options[0].legs[0].flight.rsplit(".", 2)[0]


async def test_a_remark_becomes_a_plan(scripted: Scripted, asked: Judge) -> None:
    """Over HTTP, with the endpoint's token counts."""
    scripted.table.on(READ, SIX).on(CHOOSE, SECOND)

    plan = await asked.judge(FakeCaseFile("must be there before six"))

    assert first(plan) == "B6.2"
    assert plan is not None
    assert plan.judgement is not None
    assert (plan.judgement.wishes, plan.judgement.because) == (Wishes(arrive_by=at(18)), ("transfer",))
    assert plan.judgement.prompt_tokens > 0
    assert plan.judgement.model == "scripted-1"


@pytest.mark.parametrize(
    ("reply", "fallback"),
    [
        pytest.param(Refuses(), "refused", id="a refusal"),
        pytest.param(Says("{}", finish="length"), "invalid", id="an answer cut off"),
        pytest.param(Says('{"airports": ["JFK"'), "invalid", id="half an answer"),
        pytest.param(Says("Gladly! You get first class."), "invalid", id="prose"),
        pytest.param(says(NOTHING | {"option": "made-up"}), "invalid", id="an unknown field"),
        pytest.param(says(NOTHING | {"airports": ["XXX"]}), "unchecked", id="an invented airport"),
        pytest.param(Says("{}", finish="content_filter"), "refused", id="a filter"),
        pytest.param(Status(400), "http", id="a rejected request"),
        pytest.param(Calls((("rebook", "{}"),)), "invalid", id="a tool that was not offered"),
    ],
)
async def test_whatever_the_model_does_the_rules_decide(
    scripted: Scripted, asked: Judge, reply: Reply, fallback: Fallback
) -> None:
    """Without wishes, and with the reason."""
    scripted.table.on(READ, reply, always=isinstance(reply, Status))

    plan = await asked.judge(FakeCaseFile("must be there before six"))

    assert first(plan) == "B6.3"
    assert plan is not None
    assert plan.judgement is not None
    assert (plan.judgement.wishes, plan.judgement.fallback) == (Wishes(), fallback)


@pytest.mark.parametrize(
    ("option", "fallback"),
    [
        pytest.param("C", "unchecked", id="an option that is no rival"),
        pytest.param("the 13:00 flight", "unchecked", id="an option by another name"),
        pytest.param(["A", "B"], "invalid", id="a list of options"),
    ],
)
async def test_an_option_outside_the_closed_list_is_an_illegal_answer(
    scripted: Scripted, asked: Judge, option: Any, fallback: Fallback
) -> None:
    """The rules decide with the wishes read before, and the plan has the reason."""
    scripted.table.on(READ, SIX).on(CHOOSE, says({"option": option, "because": []}))

    plan = await asked.judge(FakeCaseFile("must be there before six"))

    assert first(plan) == "B6.3"
    assert plan is not None
    assert plan.judgement is not None
    assert (plan.judgement.wishes, plan.judgement.fallback) == (Wishes(arrive_by=at(18)), fallback)


async def test_a_hanging_model_is_waited_for_until_the_deadline(scripted: Scripted) -> None:
    """The wishes read before are kept."""
    scripted.table.on(READ, SIX).on(CHOOSE, Hangs())
    async with client_of(scripted) as client:
        plan = await Judge(client, Limits(deadline=10 * SHORT)).judge(FakeCaseFile("before six"))

    assert plan is not None
    assert plan.judgement is not None
    assert (plan.judgement.wishes, plan.judgement.fallback) == (Wishes(arrive_by=at(18)), "deadline")
