"""Figures over answers."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from contracts.judgement import Judgement, Wishes
from irops.evaluation.figures import Field, Share, figures
from irops.evaluation.judging import Answer, differing
from irops.evaluation.showing import wrong

SIX = Wishes(arrive_by=datetime(2013, 2, 8, 23, tzinfo=UTC))
RIGHT = Answer(
    case="a",
    pnr="ANA",
    wanted=SIX,
    understood=SIX,
    wishes_right=True,
    chosen=("B6.2.JFK.2013-02-08",),
    option_right=True,
    state="rebooked",
    ended=("B6.2.JFK.2013-02-08",),
    ledger_right=True,
    judgements=(Judgement(wishes=SIX, prompts=("x",), prompt_tokens=700, completion_tokens=40, latency_ms=300.0),),
)
MISREAD = structs.replace(RIGHT, understood=Wishes(nonstop=True), wishes_right=False)
LATE = structs.replace(
    RIGHT,
    understood=Wishes(),
    wishes_right=False,
    option_right=False,
    ledger_right=False,
    judgements=(Judgement(fallback="deadline", prompts=("x",), latency_ms=10_000.0),),
)
CAUGHT = structs.replace(LATE, judgements=(Judgement(fallback="unchecked", prompts=("x",), latency_ms=200.0),))


def of(case: str, answer: Answer) -> Answer:
    return structs.replace(answer, case=case)


def test_wishes_count_for_parties_whose_remark_counts() -> None:
    """Trips and ledgers count for all."""
    unread = structs.replace(RIGHT, wanted=None, pnr="BEN")
    result = figures([[RIGHT, MISREAD, LATE, unread]])
    assert (result.wishes, result.options, result.ledgers) == (Share(1, 3), Share(3, 4), Share(3, 4))


def test_a_wish_is_found_if_exact_and_invented_if_not_asked_for() -> None:
    """A wish that was asked for and not understood is neither."""
    result = figures([[RIGHT, MISREAD, LATE]])
    assert result.fields["arrive_by"] == Field(asked=3, found=1, invented=0)
    assert result.fields["nonstop"] == Field(asked=0, found=0, invented=1)


def test_lists_are_compared_as_sets() -> None:
    """The order of airports does not matter."""
    assert differing(Wishes(airports=("JFK", "LGA")), Wishes(airports=("LGA", "JFK"))) == ()
    assert differing(Wishes(needs=("WCHR",)), Wishes(needs=("WCHC",))) == ("needs",)


def test_fallbacks_are_counted_by_reason_and_illegal_answers_apart() -> None:
    """`off` is no fallback, and `moved` is no illegal answer."""
    off = structs.replace(LATE, judgements=(Judgement(fallback="off"),))
    moved = structs.replace(LATE, judgements=(Judgement(fallback="moved", prompts=("x",)),))
    result = figures([[RIGHT, LATE, CAUGHT, off, moved]])
    assert result.fallbacks == {"deadline": 1, "moved": 1, "unchecked": 1}
    assert result.caught == 1


def test_tokens_and_latencies_count_plans_for_which_a_model_was_asked() -> None:
    """Answered or not."""
    off = structs.replace(LATE, judgements=(Judgement(fallback="off"),))
    result = figures([[RIGHT, LATE, CAUGHT, off]])
    assert (result.asked, result.prompt_tokens, result.completion_tokens) == (3, 700, 40)
    assert result.latency_ms == (300.0, 10_000.0)


def test_without_a_model_there_is_no_latency() -> None:
    """And no plan counts as asked."""
    result = figures([[structs.replace(RIGHT, judgements=())]])
    assert (result.asked, result.latency_ms) == (0, None)


def test_pass_k_is_the_probability_that_k_trials_of_a_case_are_all_right() -> None:
    """One case is right in three of three trials, one in two: of its three pairs one is all right."""
    trials = [[of("a", RIGHT), of("b", RIGHT)], [of("a", RIGHT), of("b", LATE)], [of("a", RIGHT), of("b", RIGHT)]]
    assert figures(trials).pass_k == pytest.approx(((1 + 2 / 3) / 2, (1 + 1 / 3) / 2, (1 + 0) / 2))


def test_a_case_is_right_if_all_its_parties_are() -> None:
    """In wishes, trip and ledger."""
    assert figures([[RIGHT, structs.replace(MISREAD, pnr="BEN")]]).pass_k == (0.0,)


def test_a_party_that_was_ever_wrong_is_listed_with_its_first_error() -> None:
    """In one line, with how often it was right; others are not listed."""
    result = list(wrong([[of("a", RIGHT), of("b", RIGHT)], [of("a", RIGHT), of("b", MISREAD)], [RIGHT, of("b", LATE)]]))
    assert result == [
        "b ANA: right 1/3; arrive_by null, wanted 2013-02-08T23:00:00Z; nonstop true, wanted false",
    ]


def test_a_wrong_trip_ledger_and_fallback_are_named() -> None:
    """After the wishes."""
    (result,) = wrong([[structs.replace(LATE, chosen=(), state="stranded", ended=())]])
    assert result == (
        "a ANA: right 0/1; arrive_by null, wanted 2013-02-08T23:00:00Z; chose no trip; ended stranded on no flight; "
        "fell back: deadline"
    )
