"""A real model. What it cannot do is counted and shown; a test fails only if the client breaks a promise."""

import asyncio

import pytest

from llm import ModelClient, ModelSettings, NoAnswer, Reason, Tool
from tests.endpoint.asked import PROMPTS, REMARKS, Tally, Wish

pytestmark = [pytest.mark.llm, pytest.mark.timeout(600)]

MODELS_OWN: set[Reason] = {"invalid", "refused", "deadline", "busy", "open"}
"""Failures of a model, or of a machine too small for it (`open` follows several). Any other is due to the settings or the
endpoint."""


async def test_every_remark_has_an_answer_of_the_type_wanted_or_a_counted_failure(
    client: ModelClient, settings: ModelSettings, tally: Tally
) -> None:
    """And at least one is answered: the endpoint works."""
    for prompt, remark in zip(PROMPTS, REMARKS, strict=True):
        try:
            answered = await client.ask(prompt, Wish, deadline=settings.deadline)
        except NoAnswer as why:
            tally.failed(remark, why)
        else:
            tally.answered(remark, answered)
            assert isinstance(answered.value, Wish)
            assert answered.prompt_tokens > 0
    assert tally.reasons.keys() <= MODELS_OWN | {"answered"}
    assert tally.reasons["answered"] >= 1
    assert client.totals.answered + sum(client.totals.failures.values()) == client.totals.asked == len(PROMPTS)


async def test_concurrent_questions_all_end(client: ModelClient, settings: ModelSettings, tally: Tally) -> None:
    """Within their deadline, answered or not."""

    async def ask(number: int) -> None:
        try:
            tally.answered(REMARKS[number], await client.ask(PROMPTS[number], Wish, deadline=3 * settings.deadline))
        except NoAnswer as why:
            tally.failed(REMARKS[number], why)

    async with asyncio.timeout(4 * settings.deadline.total_seconds() + 5):
        await asyncio.gather(*(ask(number) for number in range(len(PROMPTS))))
    assert tally.reasons.keys() <= MODELS_OWN | {"answered"}


async def test_text_is_streamed(client: ModelClient, settings: ModelSettings, tally: Tally) -> None:
    """In pieces."""
    texts: list[str] = []
    try:
        async with client.stream(PROMPTS[0], deadline=3 * settings.deadline) as stream:
            texts.extend([text async for text in stream])
    except NoAnswer as why:
        tally.failed("a stream", why)
    assert tally.reasons.keys() <= MODELS_OWN
    assert texts or tally.reasons


async def test_tool_calls_fit_their_tools_or_the_failure_is_counted(
    client: ModelClient, settings: ModelSettings, tally: Tally
) -> None:
    """Small models often fail."""
    tool = Tool(name="note_wish", description="Notes what the remark asks for.", arguments=Wish)
    try:
        answered = await client.with_tools(PROMPTS[0], [tool], deadline=3 * settings.deadline)
    except NoAnswer as why:
        tally.failed("a tool", why)
    else:
        tally.answered("a tool", answered)
        assert all(isinstance(call.arguments, Wish) for call in answered.value.calls)
    # Some endpoints offer no tools for some models, and reply with a 4xx or 5xx.
    assert tally.reasons.keys() <= MODELS_OWN | {"answered", "http", "unreachable"}
