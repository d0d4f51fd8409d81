"""What answers amount to."""

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


def test_wishes_count_where_a_remark_was_to_be_read() -> None:
    """Trips and ledgers count for everyone."""
    unread = structs.replace(RIGHT, wanted=None, pnr="BEN")
    told = figures([[RIGHT, MISREAD, LATE, unread]])
    assert (told.wishes, told.options, told.ledgers) == (Share(1, 3), Share(3, 4), Share(3, 4))


def test_a_wish_is_found_when_it_is_exact_and_invented_when_nobody_asked_for_it() -> None:
    """Asked for and not understood is neither."""
    told = figures([[RIGHT, MISREAD, LATE]])
    assert told.fields["arrive_by"] == Field(asked=3, found=1, invented=0)
    assert told.fields["nonstop"] == Field(asked=0, found=0, invented=1)


def test_lists_are_compared_as_sets() -> None:
    """Two airports are the same two in another order."""
    assert differing(Wishes(airports=("JFK", "LGA")), Wishes(airports=("LGA", "JFK"))) == ()
    assert differing(Wishes(needs=("WCHR",)), Wishes(needs=("WCHC",))) == ("needs",)


def test_fallbacks_are_counted_by_reason_and_those_caught_apart() -> None:
    """Where there is no model, the rules are no fallback; where facts have moved meanwhile, nothing illegal was answered."""
    off = structs.replace(LATE, judgements=(Judgement(fallback="off"),))
    moved = structs.replace(LATE, judgements=(Judgement(fallback="moved", prompts=("x",)),))
    told = figures([[RIGHT, LATE, CAUGHT, off, moved]])
    assert told.fallbacks == {"deadline": 1, "moved": 1, "unchecked": 1}
    assert told.caught == 1


def test_tokens_and_latencies_are_those_of_plans_a_model_was_asked_for() -> None:
    """Answered or not."""
    off = structs.replace(LATE, judgements=(Judgement(fallback="off"),))
    told = figures([[RIGHT, LATE, CAUGHT, off]])
    assert (told.asked, told.prompt_tokens, told.completion_tokens) == (3, 700, 40)
    assert told.latency_ms == (300.0, 10_000.0)


def test_without_a_model_there_is_no_latency() -> None:
    """And nobody was asked."""
    told = figures([[structs.replace(RIGHT, judgements=())]])
    assert (told.asked, told.latency_ms) == (0, None)


def test_pass_k_is_the_chance_that_k_trials_of_a_case_are_all_right() -> None:
    """Of three trials one case is right in three and one in two: of its three pairs, one is right."""
    trials = [[of("a", RIGHT), of("b", RIGHT)], [of("a", RIGHT), of("b", LATE)], [of("a", RIGHT), of("b", RIGHT)]]
    assert figures(trials).pass_k == pytest.approx(((1 + 2 / 3) / 2, (1 + 1 / 3) / 2, (1 + 0) / 2))


def test_a_case_is_right_when_all_its_parties_are() -> None:
    """In wishes, trip and ledger."""
    assert figures([[RIGHT, structs.replace(MISREAD, pnr="BEN")]]).pass_k == (0.0,)


def test_of_who_was_not_done_right_it_is_said_how_often_and_what_was_wrong_first() -> None:
    """In a line; the others are not mentioned."""
    told = list(wrong([[of("a", RIGHT), of("b", RIGHT)], [of("a", RIGHT), of("b", MISREAD)], [RIGHT, of("b", LATE)]]))
    assert told == [
        "b ANA: right 1/3; arrive_by null, wanted 2013-02-08T23:00:00Z; nonstop true, wanted false",
    ]


def test_a_wrong_trip_ledger_and_fallback_are_named() -> None:
    """After the wishes."""
    (told,) = wrong([[structs.replace(LATE, chosen=(), state="stranded", ended=())]])
    assert told == (
        "a ANA: right 0/1; arrive_by null, wanted 2013-02-08T23:00:00Z; chose no trip; ended stranded on no flight; "
        "fell back: deadline"
    )
