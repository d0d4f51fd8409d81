"""The cases that come with irops: well-formed, legal, and solved by a model that answers as they expect."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from irops.commands.eval import OURS
from irops.evaluation.case import Case
from irops.evaluation.figures import Figures, Share, figures
from irops.evaluation.judging import judge
from irops.evaluation.playing import Played, play
from irops.evaluation.reading import read_cases
from irops.evaluation.worlds import worlds
from tests.irops.evaluation.perfect import perfect
from tests.llm.scripted import Scripted

PAGE = Path(__file__).parents[3] / "docs" / "evaluation.md"
ONLY_LATE = {"en-late-flight-deadline"}
"""The rules keep these parties on their flight, so the expected trip is no option of theirs without the wish."""


@cache
def cases() -> list[Case]:
    return read_cases(OURS)


def test_there_are_enough_cases_in_three_languages_and_more() -> None:
    """At least forty, some in languages that no letter is written in."""
    languages = Counter(case.name.partition("-")[0] for case in cases())
    assert len(cases()) >= 40
    assert min(languages[language] for language in ("en", "es", "fr")) >= 8
    assert len(languages.keys() - {"en", "es", "fr", "tie"}) >= 4


def test_every_kind_of_wish_is_asked_for_and_some_ask_for_nothing() -> None:
    """A wish that no case asks for would not be measured."""
    wanted = [expected.wishes for case in cases() for expected in case.expected.values() if expected.wishes is not None]
    asked = Counter(wish for wishes in wanted for wish in wishes.asked)
    assert (
        min(asked[wish] for wish in ("arrive_by", "depart_after", "airports", "nonstop", "cabin", "together", "needs"))
        > 1
    )
    assert sum(not wishes.asked for wishes in wanted) >= 8
    assert sum(len(wishes.asked) > 1 for wishes in wanted) >= 3


def test_the_sample_in_the_documentation_is_one_of_the_cases() -> None:
    """To the byte."""
    shown = PAGE.read_text().partition("```json\n")[2].partition("```")[0]
    assert shown == (OURS / "en-typos.json").read_text()


def test_all_of_them_share_one_world() -> None:
    """A trial starts one server and four agents for all of them."""
    assert [len(world) for world in worlds(cases())] == [len(cases())]


async def _played(folder: Path, *, with_model: bool) -> list[Played]:
    (world,) = worlds(cases())
    return await play(world, folder, with_model=with_model)


def _figures(all_played: list[Played]) -> Figures:
    illegal = [finding for played in all_played for finding in played.illegal]
    return figures([[answer for played in all_played for answer in judge(played)]], illegal)


@pytest.mark.slow
@pytest.mark.slow
async def test_every_acceptable_trip_is_legal(tmp_path: Path) -> None:
    """The rules offer or keep it. And the rules alone are right in fewer than half of the cases."""
    all_played = await _played(tmp_path, with_model=False)
    for played in all_played:
        for pnr, expected in played.case.expected.items():
            plan = played.plans[pnr][-1]
            trips = [option.legs for option in plan.options] + ([plan.legs] if plan.verdict == "keep" else [])
            legal = {
                tuple(leg.flight for leg in legs)
                for legs in trips
                if expected.cabin is None or all(leg.cabin == expected.cabin for leg in legs)
            }
            assert played.case.name in ONLY_LATE or set(expected.options) <= legal, played.case.name
    result = _figures(all_played)
    assert result.illegal == ()
    assert result.asked == 0
    assert result.options.right < result.options.of / 2


@pytest.mark.slow
@pytest.mark.slow
async def test_a_model_that_answers_as_expected_is_right_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In wishes, trips and ledgers, with no fallback and nothing illegal."""
    async with Scripted(perfect(cases())) as server:
        monkeypatch.setenv("IROPS_LLM_BASE_URL", server.url)
        monkeypatch.setenv("IROPS_LLM_MODEL", "scripted-1")
        result = _figures(await _played(tmp_path, with_model=True))
    assert result.wishes == Share(result.wishes.of, result.wishes.of)
    assert result.options == result.ledgers == Share(result.parties, result.parties)
    assert result.pass_k == (1.0,)
    assert (result.fallbacks, result.illegal) == ({}, ())
    assert result.prompt_tokens > result.completion_tokens > 0
    assert all(field.invented == 0 and field.found == field.asked for field in result.fields.values())
