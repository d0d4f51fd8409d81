"""Prompts keep to their budget, say what they leave out, and depend on facts and event time alone."""

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
    """The choice among all options there are."""
    assert of.plan is not None
    return choose_prompt(of.choosing(of.plan, of.plan.options), wishes or Wishes(), limits)


@pytest.mark.parametrize("room", [900, 1000, 1200, 2000, 4000])
def test_a_prompt_keeps_to_its_budget(room: int) -> None:
    """With the longest remark there is, however little room is left for facts."""
    limits = Limits(tokens=room)

    assert size(interpret_prompt(brief("x" * 5000), limits)) <= room


def test_facts_are_left_out_whole_and_it_is_said_how_many() -> None:
    """Each fact that is told is told to its end."""
    of = brief("a remark")

    short, whole = (interpret_prompt(of, Limits(tokens=room)) for room in (850, 4000))

    assert 0 < len(short.facts) < len(whole.facts)
    assert all(fact.text in short.prompt.user for fact in short.facts)
    assert f"Left out for lack of room: {len(whole.facts) - len(short.facts)} facts." in short.prompt.user
    assert "Left out" not in whole.prompt.user


def test_the_more_important_facts_are_told_first() -> None:
    """The ticket is there when all else is not."""
    told = interpret_prompt(brief("a remark"), Limits(tokens=700)).facts

    assert "ticket" in {fact.name for fact in told}
    assert "weather JFK" not in {fact.name for fact in told}


def test_every_option_is_told_whatever_the_room() -> None:
    """A model can't choose what it can't see."""
    told = choosing(brief(), limits=Limits(tokens=10)).facts

    assert [fact.name for fact in told] == ["option A", "option B", "option C"]


def test_what_is_too_old_is_left_out_and_said_to_be() -> None:
    """Yesterday's weather is not told as weather."""
    seen = Seen(WeatherObserved(airport="JFK", observed_at=at(-10), temperature_f=30.0), 17, at(-10))

    user = interpret_prompt(brief("a remark", weather={"JFK": seen}), LIMITS).prompt.user

    assert "Left out because too old: weather JFK." in user
    assert "30 F" not in user


def test_each_fact_is_told_with_where_it_was_read_and_for_how_long_it_is_so() -> None:
    """Of the place its family only: the rest of a subject may be a record locator."""
    user = interpret_prompt(brief("a remark"), LIMITS).prompt.user

    assert "tier none. [ledger.booking, 39 h]" in user
    assert "41 mph gusts. [weather.observed, 1 h]" in user
    assert "count as one city. [planner.rules, in force]" in user


def test_no_prompt_has_a_record_locator_or_a_contact() -> None:
    """Nor has the text of any question."""
    of = brief("a remark")

    for written in (interpret_prompt(of, LIMITS), choosing(of)):
        assert "PNR042" not in written.prompt.user
        assert "ann@" not in written.prompt.user


def test_who_reads_a_remark_is_not_told_about_health() -> None:
    """Needs are told where a trip is chosen, where they count."""
    of = brief(of=booking("a remark", ssrs=("MEDA",)))

    assert "MEDA" not in interpret_prompt(of, LIMITS).prompt.user
    assert "service: MEDA" in choosing(of).prompt.user


def test_a_choice_is_told_what_was_asked_for_by_the_clocks_of_the_place() -> None:
    """A deadline by those of the destination."""
    wishes = Wishes(arrive_by=at(18), airports=("JFK",), nonstop=True, needs=("OXYG",))

    user = choosing(brief(), wishes).prompt.user

    assert "Asked for: arrive_by Fri 2013-02-08 18:00, airports JFK, nonstop, needs OXYG\n" in user


def test_nothing_asked_for_and_nothing_written_are_said() -> None:
    """Rather than left empty."""
    user = choosing(brief()).prompt.user

    assert "Asked for: nothing\n\nThe passengers wrote nothing.\n" in user


def test_revisions_change_no_prompt() -> None:
    """Where a fact stands in a stream differs from run to run."""
    of = brief("a remark")
    other = structs.replace(of, facts=tuple(structs.replace(fact, revision=fact.revision + 7) for fact in of.facts))

    assert interpret_prompt(of, LIMITS).prompt == interpret_prompt(other, LIMITS).prompt


def test_the_same_facts_make_the_same_prompt() -> None:
    """To the byte, so that its key is one and the same."""
    first, second = (interpret_prompt(brief("a remark"), LIMITS).prompt for _ in range(2))

    assert first.key == second.key


def test_seconds_make_no_other_prompt() -> None:
    """Ages are told in whole minutes, hours and days."""
    now, soon = (interpret_prompt(brief("a remark", now=NOW + timedelta(seconds=s)), LIMITS) for s in (0, 20))

    assert now.prompt == soon.prompt
