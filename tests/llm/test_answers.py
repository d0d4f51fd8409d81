"""Answers, and the one way asking fails, whatever the endpoint does."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from llm import NoAnswer, Prompt, Reason
from tests.llm.clients import OXYGEN, SHORT, SOON, WEDDING, Time, Wish, client_of, failure_of, reason_of
from tests.llm.replies import Cuts, Hangs, Refuses, Reply, Says, Sends, Status, Waits, says
from tests.llm.scripted import MODEL, Scripted
from tests.support import eventually


async def test_an_answer_has_the_wanted_type_and_its_cost(scripted: Scripted) -> None:
    """Value, model, tokens, attempts and cost."""
    scripted.table.on(WEDDING, says(Wish(18, "none")))
    async with client_of(scripted, usd_per_mtok_in=1.0, usd_per_mtok_out=10.0) as client:
        answered = await client.ask(WEDDING, Wish, deadline=SOON)
    assert (answered.value, answered.model, answered.attempts) == (Wish(18, "none"), MODEL, 1)
    assert answered.prompt_tokens > 0
    assert answered.completion_tokens > 0
    assert answered.cost_usd == pytest.approx((answered.prompt_tokens + 10 * answered.completion_tokens) / 1e6)


async def test_a_request_has_the_strict_schema_the_model_and_the_limits(scripted: Scripted) -> None:
    """Structured output in the form of OpenAI's API."""
    scripted.table.on(WEDDING, says(Wish()))
    async with client_of(scripted, max_tokens=77, api_key="sesame") as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
    request = scripted.requests[0]
    form = request.body["response_format"]
    assert (form["type"], form["json_schema"]["name"], form["json_schema"]["strict"]) == ("json_schema", "Wish", True)
    assert request.schema
    assert (request.schema["required"], request.schema["additionalProperties"]) == (
        ["latest_hour", "connections"],
        False,
    )
    assert (request.body["model"], request.body["max_completion_tokens"]) == ("scripted-1", 77)
    assert request.body["temperature"] == 0
    assert request.headers["authorization"] == "Bearer sesame"


async def test_no_temperature_is_sent_when_none_is_set(scripted: Scripted) -> None:
    """The endpoint's default applies."""
    scripted.table.on(WEDDING, says(Wish()))
    async with client_of(scripted, temperature=None) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
    assert "temperature" not in scripted.requests[0].body


FAULTS: dict[str, tuple[Reply, Reason]] = {
    "truncated JSON": (Says('{"latest_hour": 1'), "invalid"),
    "no JSON": (Says("Before six, then."), "invalid"),
    "nothing": (Says(""), "invalid"),
    "not the schema": (Says('{"latest_hour": "six", "connections": "any"}'), "invalid"),
    "a word not in the list": (Says('{"latest_hour": 6, "connections": "several"}'), "invalid"),
    "a list": (Says("[]"), "invalid"),
    "a lone surrogate": (Says("\ud83d"), "invalid"),
    "cut off at the limit of tokens": (Says('{"latest_hour": 18}', finish="length"), "invalid"),
    "a page of HTML": (Sends("<html>", "text/html"), "invalid"),
    "JSON that is no completion": (Sends('{"hello": 1}'), "invalid"),
    "no choices": (Sends('{"id": "x", "choices": [], "model": "m", "object": "chat.completion"}'), "invalid"),
    "null choices": (Sends('{"id": "x", "choices": null, "model": "m", "object": "chat.completion"}'), "invalid"),
    "a truncated body": (Sends('{"id": "x", "choi'), "invalid"),
    "an error with status 200": (Sends('{"error": {"message": "no"}}'), "invalid"),
    "a refusal": (Refuses(), "refused"),
    "the content filter": (Says("", finish="content_filter"), "refused"),
    "wrong key": (Status(401), "http"),
    "no such model": (Status(404), "http"),
    "too large": (Status(413), "http"),
    "a redirect": (Status(307, location="http://192.0.2.1/v1/chat/completions"), "http"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failure_that_no_retry_can_fix_is_not_retried(fault: str, scripted: Scripted) -> None:
    """Each has its own reason."""
    reply, reason = FAULTS[fault]
    scripted.table.on(WEDDING, reply)
    async with client_of(scripted) as client:
        assert await reason_of(client) == reason
        assert client.totals.failures == {reason: 1}


PASSING: dict[str, Reply] = {
    "too many requests": Status(429),
    "an internal error": Status(500),
    "overloaded": Status(503),
    "a time-out in the endpoint": Status(408),
    "a connection cut in the middle": Cuts(),
}


@pytest.mark.parametrize("fault", PASSING)
async def test_a_passing_failure_is_retried(fault: str, scripted: Scripted) -> None:
    """Two failures, then an answer."""
    scripted.table.on(WEDDING, PASSING[fault], PASSING[fault], says(Wish(18)))
    async with client_of(scripted) as client:
        answered = await client.ask(WEDDING, Wish, deadline=SOON)
    assert (answered.value, answered.attempts) == (Wish(18), 3)


@pytest.mark.parametrize("fault", PASSING)
async def test_a_failure_that_does_not_pass_is_unreachable_in_the_end(fault: str, scripted: Scripted) -> None:
    """Four attempts with growing pauses."""
    scripted.table.on(WEDDING, *[PASSING[fault]] * 4)
    time = Time()
    async with client_of(scripted, time) as client:
        assert await reason_of(client) == "unreachable"
    assert time.slept == [0.25, 0.5, 1.0]


async def test_a_port_where_nothing_listens_is_unreachable(dead_endpoint: str) -> None:
    """The reason says so."""
    async with client_of(dead_endpoint) as client:
        assert str(await failure_of(client)) == "unreachable: connection refused"


async def test_retry_after_is_obeyed(scripted: Scripted) -> None:
    """In seconds."""
    scripted.table.on(WEDDING, Status(429, retry_after="7"), says(Wish()))
    time = Time()
    async with client_of(scripted, time) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
    assert time.slept == [7.0]


async def test_a_pause_past_the_deadline_is_not_waited_for(scripted: Scripted) -> None:
    """The call fails at once, so that its caller can go on."""
    scripted.table.on(WEDDING, Status(429, retry_after="300"))
    time = Time()
    async with client_of(scripted, time) as client:
        assert await reason_of(client) == "unreachable"
    assert time.slept == []


async def test_a_hanging_request_ends_at_the_deadline(scripted: Scripted) -> None:
    """The connection is closed, too."""
    scripted.table.on(WEDDING, Hangs())
    async with client_of(scripted) as client:
        assert await reason_of(client, deadline=SHORT) == "deadline"
        await eventually(lambda: scripted.abandoned == 1, what="the server sees the client disconnect")


async def test_a_deadline_in_the_past_fails_as_deadline(scripted: Scripted) -> None:
    """As for any caller that is late."""
    scripted.table.on(WEDDING, Hangs())
    async with client_of(scripted) as client:
        assert await reason_of(client, deadline=timedelta(seconds=-1)) == "deadline"


async def test_a_slow_answer_within_the_deadline_is_an_answer(scripted: Scripted) -> None:
    """Slowness alone is not a failure."""
    scripted.table.on(WEDDING, Waits(0.05, says(Wish(18))))
    async with client_of(scripted) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)


async def test_cancelling_a_call_ends_its_request(scripted: Scripted) -> None:
    """The cancellation passes through unchanged and frees the slot."""
    scripted.table.on(WEDDING, Hangs()).on(OXYGEN, says(Wish()))
    async with client_of(scripted, concurrency=1) as client:
        asking = asyncio.ensure_future(client.ask(WEDDING, Wish, deadline=SOON))
        await eventually(lambda: scripted.under_way, what="the request arrives")
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await eventually(lambda: scripted.abandoned == 1, what="the server sees the client disconnect")
        await client.ask(OXYGEN, Wish, deadline=SOON)
        assert (client.totals.asked, client.totals.answered, sum(client.totals.failures.values())) == (2, 1, 0)


async def test_concurrent_requests_are_limited_to_the_slots(scripted: Scripted) -> None:
    """The others wait for a slot."""
    scripted.table.on(WEDDING, Waits(0.02, says(Wish())), always=True)
    async with client_of(scripted, concurrency=3) as client:
        await asyncio.gather(*(client.ask(WEDDING, Wish, deadline=SOON) for _ in range(12)))
    assert scripted.most_at_once == 3


async def test_without_a_slot_before_the_deadline_a_call_fails_as_busy(scripted: Scripted) -> None:
    """Its request is never sent."""
    scripted.table.on(WEDDING, Hangs()).on(OXYGEN, says(Wish()))
    async with client_of(scripted, concurrency=1) as client:
        asking = asyncio.ensure_future(reason_of(client, deadline=2 * SHORT))
        await eventually(lambda: scripted.under_way, what="the only slot is taken")
        assert await reason_of(client, OXYGEN, deadline=SHORT) == "busy"
        assert await asking == "deadline"
    assert scripted.asked(OXYGEN) == 0


async def test_a_useless_answer_is_counted_with_its_cost(scripted: Scripted) -> None:
    """Its tokens are in the totals, too."""
    scripted.table.on(WEDDING, Says("Before six, then.")).on(OXYGEN, Says("Yes", finish="length"))
    async with client_of(scripted, usd_per_mtok_in=1e6) as client:
        for prompt in (WEDDING, OXYGEN):
            before = client.totals.prompt_tokens
            assert await reason_of(client, prompt) == "invalid"
            assert client.totals.prompt_tokens > before
        assert client.totals.cost_usd == client.totals.prompt_tokens


async def test_stats_have_json_types_only(scripted: Scripted) -> None:
    """They go into the agent's STATS."""
    scripted.table.on(WEDDING, says(Wish())).on(OXYGEN, Refuses())
    async with client_of(scripted) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
        await reason_of(client, OXYGEN)
        stats = client.stats()
    assert msgspec.json.decode(msgspec.json.encode(stats)) == stats
    assert (stats["asked"], stats["answered"], stats["failures"]) == (2, 1, {"refused": 1})
    assert (stats["answer_format"], stats["token_limit"], stats["trouble"]) == (
        "json_schema",
        "max_completion_tokens",
        "",
    )


async def test_forty_concurrent_questions_each_get_their_own_fault_and_answer(scripted: Scripted) -> None:
    """In whatever order they arrive: each fails once and is then answered."""
    scripted.table.on(lambda _: True, Status(500), says(Wish(18)))
    prompts = [Prompt("You read remarks.", f"remark {n}") for n in range(40)]
    async with client_of(scripted, concurrency=40) as client:
        answers = await asyncio.gather(*(client.ask(prompt, Wish, deadline=timedelta(hours=1)) for prompt in prompts))
    assert {(answer.value, answer.attempts) for answer in answers} == {(Wish(18), 2)}


class _Free(msgspec.Struct):
    words: dict[str, int]


async def test_a_type_without_a_strict_schema_is_a_bug_in_the_caller(scripted: Scripted) -> None:
    """Nothing is asked, and no failure is counted."""
    async with client_of(scripted) as client:
        with pytest.raises(TypeError, match="free keys"):
            await client.ask(WEDDING, _Free, deadline=SOON)
    assert (scripted.requests, client.totals.asked) == ([], 0)


async def test_the_detail_of_a_failure_names_the_place_and_quotes_nothing(scripted: Scripted) -> None:
    """A model repeats passengers' words, which must not reach logs."""
    scripted.table.on(WEDDING, Says('{"latest_hour": 6, "connections": "my sister"}'))
    async with client_of(scripted) as client:
        with pytest.raises(NoAnswer) as failed:
            await client.ask(WEDDING, Wish, deadline=SOON)
    assert str(failed.value) == "invalid: not of the wanted type at $.connections"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
