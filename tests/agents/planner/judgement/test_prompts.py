"""Prompts keep to their budget, name what they leave out, and depend on facts and event time alone."""

from datetime import timedelta

import pytest
from msgspec import structs

from agents.planner.judgement.brief import Brief
from agents.planner.judgement.limits import Limits
from agents.planner.judgement.prompts import Question, choose_prompt, interpret_prompt
from bus import Seen
from contracts.judgement import Wishes
from contracts.weather import WeatherObserved
from llm import token_estimate
from tests.agents.planner.judgement.judgement_worlds import NOW, at, booking, brief

LIMITS = Limits()


def size(question: Question) -> int:
    """Estimated tokens of the whole prompt."""
    return token_estimate(question.prompt.system) + token_estimate(question.prompt.user)


def choosing(of: Brief, wishes: Wishes | None = None, limits: Limits = LIMITS) -> Question:
    """The choice among all options."""
    assert of.plan is not None
    return choose_prompt(of.choosing(of.plan, of.plan.options), wishes or Wishes(), limits)


@pytest.mark.parametrize("room", [900, 1000, 1200, 2000, 4000])
def test_a_prompt_keeps_to_its_budget(room: int) -> None:
    """Even with a very long remark, which leaves little room for facts."""
    limits = Limits(tokens=room)

    assert size(interpret_prompt(brief("x" * 5000), limits)) <= room


def test_facts_are_left_out_whole_and_counted() -> None:
    """Every included fact is complete."""
    of = brief("a remark")

    short, whole = (interpret_prompt(of, Limits(tokens=room)) for room in (850, 4000))

    assert 0 < len(short.facts) < len(whole.facts)
    assert all(fact.text in short.prompt.user for fact in short.facts)
    assert f"Left out for lack of room: {len(whole.facts) - len(short.facts)} facts." in short.prompt.user
    assert "Left out" not in whole.prompt.user


def test_facts_are_included_by_priority() -> None:
    """The ticket first, the weather last."""
    included = {fact.name for fact in interpret_prompt(brief("a remark"), Limits(tokens=700)).facts}

    assert "ticket" in included
    assert "weather JFK" not in included


def test_every_option_is_included_whatever_the_room() -> None:
    """A model cannot choose what it does not see."""
    included = choosing(brief(), limits=Limits(tokens=10)).facts

    assert [fact.name for fact in included] == ["option A", "option B", "option C"]


def test_a_fact_that_is_too_old_is_left_out_by_name() -> None:
    """Such as yesterday's weather."""
    seen = Seen(WeatherObserved(airport="JFK", observed_at=at(-10), temperature_f=30.0), 17, at(-10))

    user = interpret_prompt(brief("a remark", weather={"JFK": seen}), LIMITS).prompt.user

    assert "Left out because too old: weather JFK." in user
    assert "30 F" not in user


def test_each_fact_has_its_source_and_age() -> None:
    """Only the kind of source: the rest of a subject may be a PNR."""
    user = interpret_prompt(brief("a remark"), LIMITS).prompt.user

    assert "tier none. [ledger.booking, 39 h]" in user
    assert "41 mph gusts. [weather.observed, 1 h]" in user
    assert "count as one city. [planner.rules, in force]" in user


def test_no_prompt_has_a_pnr_or_a_contact() -> None:
    """In neither question."""
    of = brief("a remark")

    for written in (interpret_prompt(of, LIMITS), choosing(of)):
        assert "PNR042" not in written.prompt.user
        assert "ann@" not in written.prompt.user


def test_the_question_about_a_remark_has_nothing_about_health() -> None:
    """Needs are included only where a trip is chosen."""
    of = brief(of=booking("a remark", ssrs=("MEDA",)))

    assert "MEDA" not in interpret_prompt(of, LIMITS).prompt.user
    assert "service: MEDA" in choosing(of).prompt.user


def test_a_choice_has_the_wishes_in_local_times() -> None:
    """A deadline is local to the destination."""
    wishes = Wishes(arrive_by=at(18), airports=("JFK",), nonstop=True, needs=("OXYG",))

    user = choosing(brief(), wishes).prompt.user

    assert "Asked for: arrive_by Fri 2013-02-08 18:00, airports JFK, nonstop, needs OXYG\n" in user


def test_no_wishes_and_no_remark_are_stated() -> None:
    """Rather than left empty."""
    user = choosing(brief()).prompt.user

    assert "Asked for: nothing\n\nThe passengers wrote nothing.\n" in user


def test_revisions_change_no_prompt() -> None:
    """They differ from run to run."""
    of = brief("a remark")
    other = structs.replace(of, facts=tuple(structs.replace(fact, revision=fact.revision + 7) for fact in of.facts))

    assert interpret_prompt(of, LIMITS).prompt == interpret_prompt(other, LIMITS).prompt


def test_the_same_facts_make_the_same_prompt() -> None:
    """To the byte, so that its key is the same."""
    first, second = (interpret_prompt(brief("a remark"), LIMITS).prompt for _ in range(2))

    assert first.key == second.key


def test_seconds_change_no_prompt() -> None:
    """Ages are in whole minutes, hours and days."""
    now, soon = (interpret_prompt(brief("a remark", now=NOW + timedelta(seconds=s)), LIMITS) for s in (0, 20))

    assert now.prompt == soon.prompt
