"""What comes back through the client, and the one way it fails, whatever the endpoint does."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from llm import NoAnswer, Prompt, Reason
from tests.llm.clients import OXYGEN, SHORT, SOON, WEDDING, Time, Wish, client_of, reason_of
from tests.llm.replies import Cuts, Hangs, Refuses, Reply, Says, Sends, Status, Waits, says
from tests.llm.scripted import MODEL, Scripted
from tests.support import eventually


async def test_an_answer_is_of_the_type_asked_for_and_says_what_it_took(scripted: Scripted) -> None:
    """Value, model, tokens, attempts and cost."""
    scripted.table.on(WEDDING, says(Wish(18, "none")))
    async with client_of(scripted, usd_per_mtok_in=1.0, usd_per_mtok_out=10.0) as client:
        answered = await client.ask(WEDDING, Wish, deadline=SOON)
    assert (answered.value, answered.model, answered.attempts) == (Wish(18, "none"), MODEL, 1)
    assert answered.prompt_tokens > 0
    assert answered.completion_tokens > 0
    assert answered.cost_usd == pytest.approx((answered.prompt_tokens + 10 * answered.completion_tokens) / 1e6)


async def test_the_endpoint_is_told_the_strict_schema_the_model_and_the_limits(scripted: Scripted) -> None:
    """Structured output as OpenAI's API has it."""
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


async def test_a_temperature_of_the_endpoints_own_is_not_sent(scripted: Scripted) -> None:
    """Some models refuse any other."""
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
    "no text but bytes": (Says("\ud83d"), "invalid"),
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
async def test_what_asking_again_cannot_mend_is_asked_once(fault: str, scripted: Scripted) -> None:
    """Each has its reason."""
    reply, reason = FAULTS[fault]
    scripted.table.on(WEDDING, reply)
    async with client_of(scripted) as client:
        assert await reason_of(client) == reason
        assert client.totals.failures == {reason: 1}


PASSING: dict[str, Reply] = {
    "too many requests": Status(429),
    "an internal error": Status(500),
    "overloaded": Status(503),
    "a time-out of the endpoint's own": Status(408),
    "a connection cut in the middle": Cuts(),
}


@pytest.mark.parametrize("fault", PASSING)
async def test_what_may_pass_is_asked_again(fault: str, scripted: Scripted) -> None:
    """Twice in vain, then answered."""
    scripted.table.on(WEDDING, PASSING[fault], PASSING[fault], says(Wish(18)))
    async with client_of(scripted) as client:
        answered = await client.ask(WEDDING, Wish, deadline=SOON)
    assert (answered.value, answered.attempts) == (Wish(18), 3)


@pytest.mark.parametrize("fault", PASSING)
async def test_what_does_not_pass_is_unreachable_in_the_end(fault: str, scripted: Scripted) -> None:
    """Four attempts, with pauses that grow."""
    scripted.table.on(WEDDING, *[PASSING[fault]] * 4)
    time = Time()
    async with client_of(scripted, time) as client:
        assert await reason_of(client) == "unreachable"
    assert time.slept == [0.25, 0.5, 1.0]


async def test_nobody_at_the_address_is_unreachable(dead_endpoint: str) -> None:
    """A port where nothing listens."""
    async with client_of(dead_endpoint) as client:
        assert await reason_of(client) == "unreachable"


async def test_an_endpoint_that_asks_for_a_pause_gets_it(scripted: Scripted) -> None:
    """`Retry-After` in seconds."""
    scripted.table.on(WEDDING, Status(429, retry_after="7"), says(Wish()))
    time = Time()
    async with client_of(scripted, time) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
    assert time.slept == [7.0]


async def test_a_pause_past_the_deadline_is_not_begun(scripted: Scripted) -> None:
    """It fails at once: whoever asked can do something else meanwhile."""
    scripted.table.on(WEDDING, Status(429, retry_after="300"))
    time = Time()
    async with client_of(scripted, time) as client:
        assert await reason_of(client) == "unreachable"
    assert time.slept == []


async def test_an_endpoint_that_hangs_is_given_up_at_the_deadline(scripted: Scripted) -> None:
    """The request is ended, too."""
    scripted.table.on(WEDDING, Hangs())
    async with client_of(scripted) as client:
        assert await reason_of(client, deadline=SHORT) == "deadline"
        await eventually(lambda: scripted.abandoned == 1, what="the server sees the request given up")


async def test_a_deadline_in_the_past_is_missed(scripted: Scripted) -> None:
    """Nothing strange happens to a caller who is late already."""
    scripted.table.on(WEDDING, Hangs())
    async with client_of(scripted) as client:
        assert await reason_of(client, deadline=timedelta(seconds=-1)) == "deadline"


async def test_a_slow_answer_within_the_deadline_is_an_answer(scripted: Scripted) -> None:
    """Slow is no fault."""
    scripted.table.on(WEDDING, Waits(0.05, says(Wish(18))))
    async with client_of(scripted) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)


async def test_whoever_gives_up_ends_the_request(scripted: Scripted) -> None:
    """A cancellation goes through the client as it is, and frees the slot."""
    scripted.table.on(WEDDING, Hangs()).on(OXYGEN, says(Wish()))
    async with client_of(scripted, concurrency=1) as client:
        asking = asyncio.ensure_future(client.ask(WEDDING, Wish, deadline=SOON))
        await eventually(lambda: scripted.under_way, what="the request arrives")
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await eventually(lambda: scripted.abandoned == 1, what="the server sees the request given up")
        await client.ask(OXYGEN, Wish, deadline=SOON)
        assert (client.totals.asked, client.totals.answered, sum(client.totals.failures.values())) == (2, 1, 0)


async def test_no_more_is_under_way_than_there_are_slots(scripted: Scripted) -> None:
    """The rest waits for its turn."""
    scripted.table.on(WEDDING, Waits(0.02, says(Wish())), always=True)
    async with client_of(scripted, concurrency=3) as client:
        await asyncio.gather(*(client.ask(WEDDING, Wish, deadline=SOON) for _ in range(12)))
    assert scripted.most_at_once == 3


async def test_no_slot_before_the_deadline_is_busy(scripted: Scripted) -> None:
    """It was never sent."""
    scripted.table.on(WEDDING, Hangs()).on(OXYGEN, says(Wish()))
    async with client_of(scripted, concurrency=1) as client:
        asking = asyncio.ensure_future(reason_of(client, deadline=2 * SHORT))
        await eventually(lambda: scripted.under_way, what="the only slot is taken")
        assert await reason_of(client, OXYGEN, deadline=SHORT) == "busy"
        assert await asking == "deadline"
    assert scripted.asked(OXYGEN) == 0


async def test_a_useless_answer_is_paid_for(scripted: Scripted) -> None:
    """Its tokens and its cost are in the totals."""
    scripted.table.on(WEDDING, Says("Before six, then.")).on(OXYGEN, Says("Yes", finish="length"))
    async with client_of(scripted, usd_per_mtok_in=1e6) as client:
        for prompt in (WEDDING, OXYGEN):
            before = client.totals.prompt_tokens
            assert await reason_of(client, prompt) == "invalid"
            assert client.totals.prompt_tokens > before
        assert client.totals.cost_usd == client.totals.prompt_tokens


async def test_totals_are_told_in_json_types(scripted: Scripted) -> None:
    """As the agent's stats have them."""
    scripted.table.on(WEDDING, says(Wish())).on(OXYGEN, Refuses())
    async with client_of(scripted) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
        await reason_of(client, OXYGEN)
        told = client.totals.as_json()
    assert (told["asked"], told["answered"], told["failures"]) == (2, 1, {"refused": 1})


async def test_forty_at_once_each_meet_the_fault_that_is_theirs(scripted: Scripted) -> None:
    """By prompt, whatever the order they arrive in: every one fails once, and is answered then."""
    scripted.table.on(lambda _: True, Status(500), says(Wish(18)))
    prompts = [Prompt("You read remarks.", f"remark {n}") for n in range(40)]
    async with client_of(scripted, concurrency=40) as client:
        answers = await asyncio.gather(*(client.ask(prompt, Wish, deadline=timedelta(hours=1)) for prompt in prompts))
    assert {(answer.value, answer.attempts) for answer in answers} == {(Wish(18), 2)}


class _Free(msgspec.Struct):
    words: dict[str, int]


async def test_a_type_without_a_strict_schema_is_a_bug_of_whoever_asks(scripted: Scripted) -> None:
    """It is no failure of the model: nothing is asked."""
    async with client_of(scripted) as client:
        with pytest.raises(TypeError, match="free keys"):
            await client.ask(WEDDING, _Free, deadline=SOON)
    assert (scripted.requests, client.totals.asked) == ([], 0)


async def test_why_there_is_no_answer_says_where_but_not_what(scripted: Scripted) -> None:
    """A passenger's words come back in a model's: they are not for logs."""
    scripted.table.on(WEDDING, Says('{"latest_hour": 6, "connections": "my sister"}'))
    async with client_of(scripted) as client:
        with pytest.raises(NoAnswer) as failed:
            await client.ask(WEDDING, Wish, deadline=SOON)
    assert str(failed.value) == "invalid: not of the wanted type at $.connections"
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
