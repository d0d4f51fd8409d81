"""Figures over answers. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import comb

from msgspec import Struct

from contracts.judgement import Fallback, Wish
from irops.audit import percentile
from irops.evaluation.judging import WISHES, Answer, differing

CAUGHT: Fallback = "unchecked"
"""The fallback for an illegal answer: well-formed, but naming an option that was not offered, or wishes or reasons that
fail the checks. An option that is gone by the time of the plan is not the answer's fault."""


class Share(Struct, frozen=True):
    right: int
    of: int


class Field(Struct, frozen=True, kw_only=True):
    """One kind of wish, over all remarks that count."""

    asked: int
    found: int
    """Asked for, and understood exactly."""
    invented: int
    """Understood without having been asked for."""


class Figures(Struct, frozen=True, kw_only=True):
    """Over all trials together, except `pass_k`."""

    parties: int
    """Counted once per trial, like the figures below."""
    wishes: Share
    """Understood exactly, of the parties whose remark counts."""
    fields: dict[Wish, Field]
    options: Share
    """An acceptable trip proposed first."""
    ledgers: Share
    """Ended as expected."""
    caught: int
    """Plans for which the model's answer was illegal and rejected."""
    fallbacks: dict[Fallback, int]
    """Plans made by the rules though a model was needed, by reason; those caught are included."""
    asked: int
    """Plans for which a model was asked."""
    prompt_tokens: int
    completion_tokens: int
    latency_ms: tuple[float, float] | None
    """p50 and p99 of a plan's wait for the model; None if it was never asked."""
    pass_k: tuple[float, ...]
    """For k from 1 to the number of trials: the probability that k trials of a case are all right, averaged over the cases."""
    illegal: tuple[str, ...]
    """Findings of the audits."""


def figures(trials: Sequence[Sequence[Answer]], illegal: Sequence[str] = ()) -> Figures:
    """`trials`: the answers of each trial, all of the same cases."""
    answers = [answer for trial in trials for answer in trial]
    read = [answer for answer in answers if answer.wanted is not None]
    judgements = [judgement for answer in answers for judgement in answer.judgements]
    asked = [judgement for judgement in judgements if judgement.prompts]
    latencies = [judgement.latency_ms for judgement in asked]
    fallbacks: Counter[Fallback] = Counter(
        j.fallback for j in judgements if j.fallback is not None and j.fallback != "off"
    )
    return Figures(
        parties=len(answers),
        wishes=Share(sum(answer.wishes_right for answer in read), len(read)),
        fields={wish: _field(wish, read) for wish in WISHES},
        options=Share(sum(answer.option_right for answer in answers), len(answers)),
        ledgers=Share(sum(answer.ledger_right for answer in answers), len(answers)),
        caught=fallbacks[CAUGHT],
        fallbacks=dict(sorted(fallbacks.items())),
        asked=len(asked),
        prompt_tokens=sum(judgement.prompt_tokens for judgement in asked),
        completion_tokens=sum(judgement.completion_tokens for judgement in asked),
        latency_ms=(percentile(latencies, 0.5), percentile(latencies, 0.99)) if latencies else None,
        pass_k=_pass_k(trials),
        illegal=tuple(illegal),
    )


def _field(wish: Wish, read: Sequence[Answer]) -> Field:
    asked = found = invented = 0
    for answer in read:
        assert answer.wanted is not None
        is_asked = wish in answer.wanted.asked
        asked += is_asked
        found += is_asked and wish not in differing(answer.wanted, answer.understood)
        invented += not is_asked and wish in answer.understood.asked
    return Field(asked=asked, found=found, invented=invented)


def _pass_k(trials: Sequence[Sequence[Answer]]) -> tuple[float, ...]:
    """For a case right in c of n trials, comb(c, k) / comb(n, k) (Yao et al. 2024, tau-bench, section 3). A case is right when
    all its parties are."""
    wrong: defaultdict[str, set[int]] = defaultdict(set)
    cases = {answer.case for trial in trials for answer in trial}
    for number, trial in enumerate(trials):
        for answer in trial:
            if not answer.right:
                wrong[answer.case].add(number)
    n = len(trials)
    return tuple(
        sum(comb(n - len(wrong[case]), k) / comb(n, k) for case in cases) / len(cases) for k in range(1, n + 1)
    )
