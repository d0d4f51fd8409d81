"""Each step of the graph alone: what it makes of the work, and what it leaves as it was."""

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
"""From another airport, and an hour and a half earlier than the next from JFK."""
STALE = brief("before six", current_at=NOW - timedelta(minutes=6))


def nodes(client: FakeClient) -> Nodes:
    return Nodes(client, Limits(), monotonic=lambda: client.clock)


def work(desk: FakeCaseFile, **changes: Any) -> Work:
    """Work on this party in the middle of the graph, with ten seconds left."""
    begun = Work(case=desk, until=1010.0, brief=brief(of=desk.of or booking(desk.remark)), judgement=Judgement())
    begun.update(changes)  # type: ignore[typeddict-item]
    return begun


async def test_assemble_takes_the_facts_as_they_are() -> None:
    """One look is enough where nothing is too old."""
    desk = FakeCaseFile("before six")

    done = await nodes(FakeClient()).assemble(Work(case=desk, until=1010.0))

    assert (done["brief"].remark, desk.refreshed, done["judgement"]) == ("before six", 1, Judgement())


async def test_assemble_looks_once_more_where_facts_are_too_old() -> None:
    """And goes on with what is fresh then."""
    desk = FakeCaseFile(briefs=[STALE, brief("before six")])

    done = await nodes(FakeClient()).assemble(Work(case=desk, until=1010.0))

    assert (desk.refreshed, done["judgement"].fallback) == (2, None)


async def test_assemble_says_so_where_facts_stay_too_old() -> None:
    """Nobody looks a third time."""
    desk = FakeCaseFile(briefs=[STALE])

    done = await nodes(FakeClient()).assemble(Work(case=desk, until=1010.0))

    assert (desk.refreshed, done["judgement"].fallback) == (2, "stale")


@pytest.mark.parametrize(
    ("remark", "judgement", "then"),
    [
        pytest.param("before six", Judgement(), "interpret", id="a remark is read"),
        pytest.param("", Judgement(), "rank", id="without one the options are ranked at once"),
        pytest.param("before six", Judgement(fallback="stale"), "rank", id="nobody is asked about what is too old"),
    ],
)
def test_after_assemble(remark: str, judgement: Judgement, then: str) -> None:
    """What comes next depends on the remark and on the facts."""
    assert nodes(FakeClient()).after_assemble(work(FakeCaseFile(remark), judgement=judgement)) == then


def test_after_assemble_nothing_is_read_where_there_is_no_trip() -> None:
    """Nor where no answer is due."""
    party = booking("before six")
    nothing = [brief(of=party, flights=flights) for flights in ([FLIGHTS[0]], [flight("B6.1", "JFK-MCO", 12)])]

    assert [of.plan and of.plan.verdict for of in nothing] == ["none", None]
    assert {nodes(FakeClient()).after_assemble(work(FakeCaseFile("x"), brief=of)) for of in nothing} == {"rank"}


async def test_interpret_makes_wishes_of_a_remark_and_counts_what_it_took() -> None:
    """The model's name, the prompt's key, tokens and milliseconds go into the judgement."""
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


async def test_interpret_gives_the_model_the_time_that_is_left() -> None:
    """Of the one deadline for the party."""
    client = FakeClient()

    await nodes(client).interpret(work(FakeCaseFile("before six"), until=1003.5))

    assert client.asked[0][1] == timedelta(seconds=3.5)


async def test_interpret_without_an_answer_leaves_no_wishes_and_says_why() -> None:
    """What it took until then is told all the same."""
    client = FakeClient(understood=NoAnswer("refused"), takes=timedelta(seconds=1))

    done = await nodes(client).interpret(work(FakeCaseFile("before six")))

    assert (done["judgement"].wishes, done["judgement"].fallback) == (Wishes(), "refused")
    assert (done["judgement"].latency_ms, len(done["judgement"].prompts)) == (1000.0, 1)


async def test_interpret_believes_no_nonsense() -> None:
    """An answer that fails the check is none."""
    done = await nodes(FakeClient(understood={"airports": ["XXX"], "nonstop": True})).interpret(work(FakeCaseFile("x")))

    assert (done["judgement"].wishes, done["judgement"].fallback) == (Wishes(), "unchecked")


async def test_rank_asks_the_rules_with_the_wishes() -> None:
    """And with no option in mind."""
    desk, wishes = FakeCaseFile("x"), Wishes(airports=("JFK",))

    done = await nodes(FakeClient()).rank(work(desk, judgement=Judgement(wishes=wishes)))

    assert desk.planned == [(wishes, None)]
    assert done["plan"] is not None
    assert [option.unmet for option in done["plan"].options] == [(), (), ("airports",)]


@pytest.mark.parametrize(
    ("wishes", "judgement", "then"),
    [
        pytest.param(Wishes(), Judgement(), "choose", id="rivals are chosen between"),
        pytest.param(Wishes(), Judgement(fallback="deadline"), "check", id="nobody is asked after a failure"),
        pytest.param(Wishes(airports=("JFK",)), Judgement(), "check", id="nothing is left open"),
    ],
)
def test_after_rank(wishes: Wishes, judgement: Judgement, then: str) -> None:
    """A choice is asked for where one is open."""
    desk = FakeCaseFile("x")

    assert nodes(FakeClient()).after_rank(work(desk, plan=desk.plan(wishes, None), judgement=judgement)) == then


def test_after_rank_nothing_is_chosen_where_no_answer_is_due() -> None:
    """The check then says the same."""
    assert nodes(FakeClient()).after_rank(work(FakeCaseFile("x"), plan=None)) == "check"


async def test_choose_takes_one_of_the_rivals_with_its_reasons() -> None:
    """What it took is added to what was asked before."""
    desk, client = FakeCaseFile("x"), FakeClient(chosen={"option": "B", "because": ["transfer"]})
    plan = desk.plan(Wishes(), None)
    assert plan is not None

    done = await nodes(client).choose(work(desk, plan=plan, judgement=Judgement(prompts=("k",), prompt_tokens=7)))

    assert (done["offered"], done["first"]) == (tuple(o.id for o in plan.options[:2]), plan.options[1].id)
    assert done["judgement"].because == ("transfer",)
    assert (len(done["judgement"].prompts), done["judgement"].prompt_tokens) == (2, 107)


@pytest.mark.parametrize(
    ("chosen", "fallback"),
    [
        pytest.param({"option": "B", "because": ["nonstop"]}, "unchecked", id="a reason that is none"),
        pytest.param(NoAnswer("invalid"), "invalid", id="no answer"),
    ],
)
async def test_choose_keeps_the_wishes_whatever_fails(chosen: Any, fallback: str) -> None:
    """What was understood before stays understood."""
    desk, wishes = FakeCaseFile("x"), Wishes(arrive_by=at(23))

    begun = work(desk, plan=desk.plan(wishes, None), judgement=Judgement(wishes=wishes))
    done = await nodes(FakeClient(chosen=chosen)).choose(begun)

    assert "first" not in done
    assert (done["judgement"].wishes, done["judgement"].fallback) == (wishes, fallback)


@pytest.mark.parametrize(
    ("known_at", "asked", "fallback"),
    [
        pytest.param(NOW + timedelta(minutes=6), 1, None, id="fresh then: the choice is asked for"),
        pytest.param(NOW, 0, "stale", id="too old still: nobody is asked"),
    ],
)
async def test_choose_looks_again_at_facts_that_have_grown_old(
    known_at: datetime, asked: int, fallback: str | None
) -> None:
    """A model that took long to read the remark makes nobody choose on what was."""
    now = NOW + timedelta(minutes=6)
    desk, client = FakeCaseFile("x", briefs=[brief("x", now=now, current_at=known_at)]), FakeClient()
    plan = desk.plan(Wishes(), None)
    assert plan is not None

    done = await nodes(client).choose(work(desk, plan=msgspec.structs.replace(plan, planned_at=now)))

    assert (desk.refreshed, len(client.asked), done["judgement"].fallback) == (1, asked, fallback)


def chosen_second(desk: FakeCaseFile, *because: str) -> Work:
    """Work on a party for which the second of two options was chosen, for these reasons."""
    plan = desk.plan(Wishes(), None)
    assert plan is not None
    offered = tuple(option.id for option in plan.options[:2])
    return work(desk, plan=plan, offered=offered, first=offered[1], judgement=Judgement(because=because))


async def test_check_plans_on_the_seats_there_are_with_the_choice_first() -> None:
    """The judgement goes into the plan."""
    begun = chosen_second(FakeCaseFile("x"), "transfer")

    done = await nodes(FakeClient()).check(begun)

    assert done["plan"] is not None
    assert done["plan"].options[0].id == begun["first"]
    assert done["plan"].judgement == Judgement(because=("transfer",))


async def test_check_leaves_out_reasons_that_are_not_true_of_the_choice() -> None:
    """It arrives later than the other, whatever the model says; the choice stands."""
    begun = chosen_second(FakeCaseFile("x"), "delay", "transfer")

    done = await nodes(FakeClient()).check(begun)

    assert done["plan"] is not None
    assert done["plan"].options[0].id == begun["first"]
    assert done["plan"].judgement == Judgement(because=("transfer",))


async def test_check_looks_at_the_reasons_on_the_times_there_are_now() -> None:
    """What arrived earlier when it was chosen is late by now."""
    desk = FakeCaseFile("x", flights=[FLIGHTS[0], *(f for f in FLIGHTS[1:] if f.origin == "JFK"), NEWARK])
    begun = chosen_second(desk, "delay")
    desk.flights[-1] = msgspec.structs.replace(NEWARK, arrives=NEWARK.arrives + timedelta(hours=3))

    done = await nodes(FakeClient()).check(begun)

    assert done["plan"] is not None
    assert done["plan"].options[0].id == begun["first"]
    assert done["plan"].judgement == Judgement()


async def test_check_says_that_the_choice_is_gone() -> None:
    """Its reasons go with it."""
    desk = FakeCaseFile("x", flights=[each for each in FLIGHTS if each.origin == "JFK"])

    done = await nodes(FakeClient()).check(work(desk, first="gone", judgement=Judgement(because=("transfer",))))

    assert done["plan"] is not None
    assert done["plan"].judgement == Judgement(fallback="moved")


async def test_check_ends_with_nothing_where_no_answer_is_due() -> None:
    """The party was answered meanwhile."""
    assert await nodes(FakeClient()).check(work(FakeCaseFile("x", answered=True))) == {"plan": None}


async def test_check_tells_what_a_trip_that_stands_does_not_meet() -> None:
    """Kept is what can't be bettered, and the party hears what it lacks."""
    kept = msgspec.structs.replace(FLIGHTS[0], phase="scheduled")
    wishes = Wishes(arrive_by=at(14))
    done = await nodes(FakeClient()).check(work(FakeCaseFile("x", flights=[kept]), judgement=Judgement(wishes=wishes)))

    assert done["plan"] is not None
    assert (done["plan"].verdict, done["plan"].judgement) == ("keep", Judgement(wishes=wishes, unmet=("arrive_by",)))
