"""Each node of the graph alone: what it changes, and what it leaves."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from agents.planner.judgement.graph import Nodes, Work
from agents.planner.judgement.limits import Limits
from contracts.judgement import Judgement, Wishes
from llm import NoAnswer
from tests.agents.planner.judgement.judgement_worlds import (
    FLIGHTS,
    NOW,
    FakeCaseFile,
    FakeClient,
    at,
    booking,
    brief,
    flight,
)

NEWARK = flight("B6.5", "EWR-MCO", 13.5)
"""From another airport, an hour and a half before the next one from JFK."""
STALE = brief("before six", current_at=NOW - timedelta(minutes=6))


def nodes(client: FakeClient) -> Nodes:
    return Nodes(client, Limits(), monotonic=lambda: client.clock)


def work(case: FakeCaseFile, **changes: Any) -> Work:
    """Work on this party, midway through the graph, with ten seconds left."""
    begun = Work(case=case, until=1010.0, brief=brief(of=case.of or booking(case.remark)), judgement=Judgement())
    begun.update(changes)  # type: ignore[typeddict-item]
    return begun


async def test_assemble_reads_the_current_facts() -> None:
    """Once, if nothing is too old."""
    case = FakeCaseFile("before six")

    done = await nodes(FakeClient()).assemble(Work(case=case, until=1010.0))

    assert (done["brief"].remark, case.refreshed, done["judgement"]) == ("before six", 1, Judgement())


async def test_assemble_refreshes_once_more_if_facts_are_too_old() -> None:
    """And continues with the fresh ones."""
    case = FakeCaseFile(briefs=[STALE, brief("before six")])

    done = await nodes(FakeClient()).assemble(Work(case=case, until=1010.0))

    assert (case.refreshed, done["judgement"].fallback) == (2, None)


async def test_assemble_falls_back_if_facts_stay_too_old() -> None:
    """There is no third refresh."""
    case = FakeCaseFile(briefs=[STALE])

    done = await nodes(FakeClient()).assemble(Work(case=case, until=1010.0))

    assert (case.refreshed, done["judgement"].fallback) == (2, "stale")


@pytest.mark.parametrize(
    ("remark", "judgement", "then"),
    [
        pytest.param("before six", Judgement(), "interpret", id="a remark is read"),
        pytest.param("", Judgement(), "rank", id="without one the options are ranked at once"),
        pytest.param(
            "before six", Judgement(fallback="stale"), "rank", id="no model is asked about facts that are too old"
        ),
    ],
)
def test_after_assemble(remark: str, judgement: Judgement, then: str) -> None:
    """The next node depends on the remark and the facts."""
    assert nodes(FakeClient()).after_assemble(work(FakeCaseFile(remark), judgement=judgement)) == then


def test_after_assemble_no_remark_is_read_without_a_trip() -> None:
    """Nor if the party needs no plan."""
    party = booking("before six")
    nothing = [brief(of=party, flights=flights) for flights in ([FLIGHTS[0]], [flight("B6.1", "JFK-MCO", 12)])]

    assert [of.plan and of.plan.verdict for of in nothing] == ["none", None]
    assert {nodes(FakeClient()).after_assemble(work(FakeCaseFile("x"), brief=of)) for of in nothing} == {"rank"}


async def test_interpret_turns_a_remark_into_wishes_and_records_the_cost() -> None:
    """The judgement has the model's name, the prompt's key, tokens and milliseconds."""
    client = FakeClient(understood={"arrive_by": {"clock": "6:00"}}, takes=timedelta(milliseconds=250))

    done = await nodes(client).interpret(work(FakeCaseFile("before six")))

    assert done["judgement"] == Judgement(
        wishes=Wishes(arrive_by=at(18)),
        model="fake-1",
        prompts=(client.asked[0][0].key,),
        prompt_tokens=100,
        completion_tokens=10,
        latency_ms=250.0,
    )


async def test_interpret_gives_the_model_the_remaining_time() -> None:
    """Of the party's one deadline."""
    client = FakeClient()

    await nodes(client).interpret(work(FakeCaseFile("before six"), until=1003.5))

    assert client.asked[0][1] == timedelta(seconds=3.5)


async def test_interpret_without_an_answer_has_no_wishes_and_a_reason() -> None:
    """The time it took is recorded all the same."""
    client = FakeClient(understood=NoAnswer("refused"), takes=timedelta(seconds=1))

    done = await nodes(client).interpret(work(FakeCaseFile("before six")))

    assert (done["judgement"].wishes, done["judgement"].fallback) == (Wishes(), "refused")
    assert (done["judgement"].latency_ms, len(done["judgement"].prompts)) == (1000.0, 1)


async def test_interpret_rejects_nonsense() -> None:
    """An answer that fails the check counts as none."""
    done = await nodes(FakeClient(understood={"airports": ["XXX"], "nonstop": True})).interpret(work(FakeCaseFile("x")))

    assert (done["judgement"].wishes, done["judgement"].fallback) == (Wishes(), "unchecked")


async def test_rank_plans_with_the_wishes() -> None:
    """And without a preferred option."""
    case, wishes = FakeCaseFile("x"), Wishes(airports=("JFK",))

    done = await nodes(FakeClient()).rank(work(case, judgement=Judgement(wishes=wishes)))

    assert case.planned == [(wishes, None)]
    assert done["plan"] is not None
    assert [option.unmet for option in done["plan"].options] == [(), (), ("airports",)]


@pytest.mark.parametrize(
    ("wishes", "judgement", "then"),
    [
        pytest.param(Wishes(), Judgement(), "choose", id="rivals are chosen between"),
        pytest.param(Wishes(), Judgement(fallback="deadline"), "check", id="no model is asked after a failure"),
        pytest.param(Wishes(airports=("JFK",)), Judgement(), "check", id="no choice is open"),
    ],
)
def test_after_rank(wishes: Wishes, judgement: Judgement, then: str) -> None:
    """A choice is asked for if one is open."""
    case = FakeCaseFile("x")

    assert nodes(FakeClient()).after_rank(work(case, plan=case.plan(wishes, None), judgement=judgement)) == then


def test_after_rank_without_a_plan_nothing_is_chosen() -> None:
    """The check then ends without one."""
    assert nodes(FakeClient()).after_rank(work(FakeCaseFile("x"), plan=None)) == "check"


async def test_choose_records_a_rival_with_its_reasons() -> None:
    """Its cost is added to that of the earlier question."""
    case, client = FakeCaseFile("x"), FakeClient(chosen={"option": "B", "because": ["transfer"]})
    plan = case.plan(Wishes(), None)
    assert plan is not None

    done = await nodes(client).choose(work(case, plan=plan, judgement=Judgement(prompts=("k",), prompt_tokens=7)))

    assert (done["offered"], done["first"]) == (tuple(o.id for o in plan.options[:2]), plan.options[1].id)
    assert done["judgement"].because == ("transfer",)
    assert (len(done["judgement"].prompts), done["judgement"].prompt_tokens) == (2, 107)


@pytest.mark.parametrize(
    ("chosen", "fallback"),
    [
        pytest.param({"option": "B", "because": ["nonstop"]}, "unchecked", id="an invalid reason"),
        pytest.param(NoAnswer("invalid"), "invalid", id="no answer"),
    ],
)
async def test_choose_keeps_the_wishes_whatever_fails(chosen: Any, fallback: str) -> None:
    """They come from the earlier question."""
    case, wishes = FakeCaseFile("x"), Wishes(arrive_by=at(23))

    begun = work(case, plan=case.plan(wishes, None), judgement=Judgement(wishes=wishes))
    done = await nodes(FakeClient(chosen=chosen)).choose(begun)

    assert "first" not in done
    assert (done["judgement"].wishes, done["judgement"].fallback) == (wishes, fallback)


@pytest.mark.parametrize(
    ("known_at", "asked", "fallback"),
    [
        pytest.param(NOW + timedelta(minutes=6), 1, None, id="then fresh: the choice is asked for"),
        pytest.param(NOW, 0, "stale", id="still too old: no model is asked"),
    ],
)
async def test_choose_refreshes_facts_that_have_grown_too_old(
    known_at: datetime, asked: int, fallback: str | None
) -> None:
    """As after a slow question about the remark."""
    now = NOW + timedelta(minutes=6)
    case, client = FakeCaseFile("x", briefs=[brief("x", now=now, current_at=known_at)]), FakeClient()
    plan = case.plan(Wishes(), None)
    assert plan is not None

    done = await nodes(client).choose(work(case, plan=msgspec.structs.replace(plan, planned_at=now)))

    assert (case.refreshed, len(client.asked), done["judgement"].fallback) == (1, asked, fallback)


def chosen_second(case: FakeCaseFile, *because: str) -> Work:
    """Work in which the second of two options is chosen, for these reasons."""
    plan = case.plan(Wishes(), None)
    assert plan is not None
    offered = tuple(option.id for option in plan.options[:2])
    return work(case, plan=plan, offered=offered, first=offered[1], judgement=Judgement(because=because))


async def test_check_plans_on_the_current_seats_with_the_choice_first() -> None:
    """The judgement is in the plan."""
    begun = chosen_second(FakeCaseFile("x"), "transfer")

    done = await nodes(FakeClient()).check(begun)

    assert done["plan"] is not None
    assert done["plan"].options[0].id == begun["first"]
    assert done["plan"].judgement == Judgement(because=("transfer",))


async def test_check_drops_false_reasons() -> None:
    """The choice arrives later than the other, whatever the model says; it stands all the same."""
    begun = chosen_second(FakeCaseFile("x"), "delay", "transfer")

    done = await nodes(FakeClient()).check(begun)

    assert done["plan"] is not None
    assert done["plan"].options[0].id == begun["first"]
    assert done["plan"].judgement == Judgement(because=("transfer",))


async def test_check_verifies_reasons_on_the_current_times() -> None:
    """The choice arrived earlier when it was made, and is late now."""
    case = FakeCaseFile("x", flights=[FLIGHTS[0], *(f for f in FLIGHTS[1:] if f.origin == "JFK"), NEWARK])
    begun = chosen_second(case, "delay")
    case.flights[-1] = msgspec.structs.replace(NEWARK, arrives=NEWARK.arrives + timedelta(hours=3))

    done = await nodes(FakeClient()).check(begun)

    assert done["plan"] is not None
    assert done["plan"].options[0].id == begun["first"]
    assert done["plan"].judgement == Judgement()


async def test_check_reports_a_choice_that_is_gone() -> None:
    """Its reasons are dropped."""
    case = FakeCaseFile("x", flights=[each for each in FLIGHTS if each.origin == "JFK"])

    done = await nodes(FakeClient()).check(work(case, first="gone", judgement=Judgement(because=("transfer",))))

    assert done["plan"] is not None
    assert done["plan"].judgement == Judgement(fallback="moved")


async def test_check_has_no_plan_for_an_answered_party() -> None:
    """It needs none any more."""
    assert await nodes(FakeClient()).check(work(FakeCaseFile("x", answered=True))) == {"plan": None}


async def test_check_names_the_wishes_a_kept_trip_does_not_meet() -> None:
    """The letter names them."""
    kept = msgspec.structs.replace(FLIGHTS[0], phase="scheduled")
    wishes = Wishes(arrive_by=at(14))
    done = await nodes(FakeClient()).check(work(FakeCaseFile("x", flights=[kept]), judgement=Judgement(wishes=wishes)))

    assert done["plan"] is not None
    assert (done["plan"].verdict, done["plan"].judgement) == ("keep", Judgement(wishes=wishes, unmet=("arrive_by",)))
