"""The cases of `irops eval` with a real model and the real system: whatever it answers, no party is harmed."""

from collections import Counter
from pathlib import Path

import pytest

from irops.commands.eval import OURS
from irops.evaluation.judging import judge
from irops.evaluation.playing import play
from irops.evaluation.reading import read_cases
from irops.evaluation.worlds import worlds

pytestmark = [pytest.mark.llm, pytest.mark.timeout(1800)]

OF_THE_ENDPOINT = {"http", "unreachable"}
"""Fallbacks due to wrong settings or no endpoint: these fail the test, as anything illegal does."""


@pytest.mark.usefixtures("settings")
async def test_every_case_ends_legally_with_a_checked_answer_or_a_counted_fallback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every party has a plan with its judgement, and the audits find nothing."""
    (world,) = worlds(read_cases(OURS))
    played = await play(world, tmp_path, with_model=True)
    judgements = [judgement for one in played for answer in judge(one) for judgement in answer.judgements]
    ends = Counter(judgement.fallback or "answered" for judgement in judgements)
    with capsys.disabled():
        print("\n  of", len(judgements), "plans:", ", ".join(f"{end} {n}" for end, n in ends.most_common()))  # noqa: T201
    assert [finding for one in played for finding in one.illegal] == []
    assert [one.case.name for one in played if one.case.expected.keys() - one.plans.keys()] == []
    assert ends.keys().isdisjoint(OF_THE_ENDPOINT)
    assert sum(judgement.completion_tokens for judgement in judgements) > 0
