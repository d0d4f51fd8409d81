"""Thinking and wrapping come off an answer, and nothing else does."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.answer_text import StreamedText, object_in, unwrapped, without_thinking


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("Yes.", "Yes.", id="no thinking"),
        pytest.param("<think>Hm.</think>\n\nYes.", "Yes.", id="between tags"),
        pytest.param("Hm.</think>Yes.", "Yes.", id="without the opening tag"),
        pytest.param("<THINKING>Hm.</Thinking> Yes.", "Yes.", id="other tags"),
        pytest.param("<think>a</think>b</think>Yes.", "Yes.", id="after the last closing tag"),
        pytest.param("<think>Hm.", "<think>Hm.", id="thinking that never ended is no answer"),
    ],
)
def test_thinking_ends_with_its_closing_tag(text: str, answer: str) -> None:
    """What follows is the answer."""
    assert without_thinking(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param('{"a": 1}', '{"a": 1}', id="no fence"),
        pytest.param('```json\n{"a": 1}\n```', '{"a": 1}', id="a fence with a language"),
        pytest.param('\n```\n{"a": 1}\n```\n', '{"a": 1}', id="a fence without one"),
        pytest.param('<think>x</think>```JSON\n{"a": 1}\n```', '{"a": 1}', id="after thinking"),
        pytest.param('Here: ```json\n{"a": 1}\n```', 'Here: ```json\n{"a": 1}\n```', id="not amid prose"),
        pytest.param('```json\n{"a": 1}', '```json\n{"a": 1}', id="not a fence that is open"),
    ],
)
def test_a_fence_around_the_whole_answer_comes_off(text: str, answer: str) -> None:
    """Only one around all of it."""
    assert unwrapped(text) == answer


@given(st.dictionaries(st.text(), st.text()), st.text(alphabet=st.characters(exclude_characters="{}<")))
def test_one_object_is_found_in_any_prose_without_braces(value: dict[str, str], prose: str) -> None:
    """Whatever is in its strings, but for a closing tag of thinking."""
    text = json.dumps(value).replace("<", "\\u003c")

    assert json.loads(object_in(f"{prose}{text}{prose}")) == value


def streamed(*parts: str) -> list[str]:
    """What of these parts is passed on, and when."""
    shown = StreamedText()
    return [*(shown.feed(part) for part in parts), shown.end()]


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        pytest.param(("You ", "are"), ["You ", "are", ""], id="text passes at once"),
        pytest.param(
            ("<th", "ink>Hm", ".</thi", "nk>", "\n\nYes", "."), ["", "", "", "", "Yes", ".", ""], id="thinking is withheld"
        ),
        pytest.param((" \n<think>", "Hm</think>Yes"), ["", "Yes", ""], id="after blank lines"),
        pytest.param(("<", "3 hours"), ["", "<3 hours", ""], id="a bracket that begins no tag"),
        pytest.param(("<thin",), ["", "<thin"], id="an end that might have become a tag"),
        pytest.param(("<think>Hm", "m"), ["", "", ""], id="thinking that never ends is no text"),
        pytest.param(("Yes <think>",), ["Yes <think>", ""], id="a tag later on is text"),
    ],
)  # fmt: skip
def test_a_stream_shows_no_thinking_at_its_beginning(parts: tuple[str, ...], shown: list[str]) -> None:
    """However the tags are split."""
    assert streamed(*parts) == shown


@given(st.lists(st.text(min_size=1)).filter(lambda parts: "<" not in "".join(parts)))
def test_a_stream_without_tags_loses_nothing(parts: list[str]) -> None:
    """Whatever its parts."""
    assert "".join(streamed(*parts)) == "".join(parts)
