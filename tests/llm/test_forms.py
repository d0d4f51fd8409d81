"""Endpoints differ in the requests they accept: what one accepts is found out once and remembered.

The kinds are those reported of real endpoints: langchain-ai/langchain#29282 and llm-exe/llm-exe#662 (`json_schema` rejected),
vectorize-io/hindsight#852 (`max_completion_tokens` rejected), admonstrator/zettelrobbe#74 and vllm-project/vllm#47027 (thinking
in the answer), openai/openai-agents-python#66 (code fence).
"""

import asyncio
from collections.abc import Callable

import pytest

from llm import NoAnswer, Tool
from tests.llm.clients import OXYGEN, SOON, WEDDING, Wish, client_of, failure_of, reason_of
from tests.llm.replies import Reply, Request, Says, Status, says
from tests.llm.scripted import Scripted

FORM = says(Wish(18)).text
JSON_OBJECT_ONLY = {"json_schema"}
TEXT_ONLY = {"json_schema", "json_object"}
Script = Callable[[Request], Reply]


def rejecting(*formats: str, code: int = 400, message: str = "not supported here", answer: str = FORM) -> Script:
    """An endpoint that rejects these answer formats."""
    return lambda request: Status(code, message=message) if request.answer_format in formats else Says(answer)


def max_tokens_only(message: str = "not supported here") -> Script:
    """An endpoint that knows the token limit by its old name only."""
    return lambda request: Status(422, message=message) if "max_completion_tokens" in request.body else Says(FORM)


def formats_of(server: Scripted) -> list[str]:
    """The answer formats requested, in order, each once in a row."""
    asked = [request.answer_format for request in server.requests]
    return [each for n, each in enumerate(asked) if n == 0 or asked[n - 1] != each]


@pytest.mark.parametrize(
    ("formats", "found"),
    [
        pytest.param((), "json_schema", id="json_schema"),
        pytest.param(("json_schema",), "json_object", id="json_object"),
        pytest.param(("json_schema", "json_object"), "text", id="neither"),
    ],
)
@pytest.mark.parametrize("code", [400, 422])
async def test_the_richest_accepted_format_is_found(formats: tuple[str, ...], found: str, code: int) -> None:
    """It shows in the stats, and the answer is as good as any."""
    async with Scripted(rejecting(*formats, code=code)) as server, client_of(server) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)
        stats = client.stats()
    assert (stats["answer_format"], stats["answered"], stats["failures"]) == (found, 1, {})
    assert server.requests[-1].answer_format == found


async def test_what_is_found_is_remembered() -> None:
    """The next question makes one request."""
    async with Scripted(rejecting("json_schema")) as server, client_of(server) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
        before = len(server.requests)
        for _ in range(3):
            await client.ask(OXYGEN, Wish, deadline=SOON)
        assert len(server.requests) == before + 3
    assert formats_of(server) == ["json_schema", "json_object"]


@pytest.mark.parametrize(
    ("formats", "shown"),
    [
        pytest.param((), False, id="json_schema"),
        pytest.param(JSON_OBJECT_ONLY, True, id="json_object"),
        pytest.param(TEXT_ONLY, True, id="text"),
    ],
)
async def test_the_prompt_has_the_schema_where_the_request_has_not(formats: set[str], shown: bool) -> None:
    """Otherwise the model could not know what is wanted."""
    async with Scripted(rejecting(*formats)) as server, client_of(server) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
    system = server.requests[-1].prompt.system
    assert ('"latest_hour"' in system, system.startswith(WEDDING.system)) == (shown, True)
    assert server.requests[-1].prompt.user == WEDDING.user


async def test_a_rejection_that_names_the_format_skips_other_attempts() -> None:
    """The token limit is not tried under its other name."""
    named = rejecting("json_schema", message="This response_format type is unavailable now")
    async with Scripted(named) as server, client_of(server) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
    assert [request.answer_format for request in server.requests] == ["json_schema", "json_object"]


@pytest.mark.parametrize(
    "message", ["not supported here", "Unsupported parameter: 'max_completion_tokens'"], ids=["unnamed", "named"]
)
async def test_an_endpoint_with_the_old_name_of_the_token_limit_is_asked_with_it(message: str) -> None:
    """The answer format stays the best."""
    async with Scripted(max_tokens_only(message)) as server, client_of(server, max_tokens=77) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
        stats = client.stats()
    assert (stats["token_limit"], stats["answer_format"]) == ("max_tokens", "json_schema")
    assert (server.requests[-1].body["max_tokens"], len(server.requests)) == (77, 2)


async def test_both_differences_at_once_are_found() -> None:
    """Neither rejection names its cause."""

    def script(request: Request) -> Reply:
        wrong = "max_completion_tokens" in request.body or request.answer_format != "text"
        return Status(400, message="bad request") if wrong else Says(FORM)

    async with Scripted(script) as server, client_of(server) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)
        stats = client.stats()
    assert (stats["token_limit"], stats["answer_format"]) == ("max_tokens", "text")


async def test_a_rejected_temperature_is_left_out() -> None:
    """Some models take only their default."""

    def script(request: Request) -> Reply:
        return Status(400, message="'temperature' does not support 0") if "temperature" in request.body else Says(FORM)

    async with Scripted(script) as server, client_of(server) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
        await client.ask(OXYGEN, Wish, deadline=SOON)
    assert ["temperature" in request.body for request in server.requests] == [True, False, False]


async def test_an_error_that_quotes_a_remark_changes_no_form(scripted: Scripted) -> None:
    """Once a form is accepted, a passenger who writes `temperature` or `response_format` changes nothing for others."""
    scripted.table.on(OXYGEN, says(Wish()), always=True).on(WEDDING, Status(400, message="temperature response_format"))
    async with client_of(scripted) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        await failure_of(client)
        await client.ask(OXYGEN, Wish, deadline=SOON)
    first, _, last = scripted.requests
    assert first.body == last.body


async def test_an_error_500_that_names_the_format_is_a_rejection() -> None:
    """As from servers that fail to build a grammar from the schema."""
    named = rejecting("json_schema", code=500, message="failed to parse grammar")
    async with Scripted(named) as server, client_of(server) as client:
        await client.ask(WEDDING, Wish, deadline=SOON)
        assert client.stats()["answer_format"] == "json_object"


async def test_once_a_form_is_accepted_a_rejection_is_the_questions_own(scripted: Scripted) -> None:
    """It is asked once, and the breaker stays closed."""
    scripted.table.on(OXYGEN, says(Wish()), always=True).on(WEDDING, Status(400))
    async with client_of(scripted, breaker_failures=1) as client:
        await client.ask(OXYGEN, Wish, deadline=SOON)
        assert str(await failure_of(client)) == "http: HTTP 400"
        await client.ask(OXYGEN, Wish, deadline=SOON)


@pytest.mark.parametrize("message", ["context_length_exceeded", "blocked by the content filter", "prompt is too long"])
async def test_a_rejection_of_the_question_itself_is_not_tried_in_other_forms(message: str, scripted: Scripted) -> None:
    """Even as the first one."""
    scripted.table.on(WEDDING, Status(400, message=message))
    async with client_of(scripted) as client:
        assert await reason_of(client) == "http"
        assert client.blocked is None


async def test_many_first_questions_at_once_are_all_answered() -> None:
    """Each finds the form, or uses what another has found."""
    async with Scripted(rejecting("json_schema", "json_object")) as server, client_of(server) as client:
        answers = await asyncio.gather(*(client.ask(WEDDING, Wish, deadline=SOON) for _ in range(24)))
    assert {answer.value for answer in answers} == {Wish(18)}


async def test_free_text_and_tools_find_the_token_limit_too() -> None:
    """What one kind of request finds out, the others use."""
    tool = Tool(name="note", description="Notes a wish.", arguments=Wish)
    async with Scripted(max_tokens_only()) as server, client_of(server) as client:
        async with client.stream(WEDDING, deadline=SOON) as texts:
            assert "".join([text async for text in texts]) == FORM
        assert (await client.with_tools(WEDDING, [tool], deadline=SOON)).value.text == FORM
        await client.ask(WEDDING, Wish, deadline=SOON)
    assert ["max_tokens" in request.body for request in server.requests] == [False, True, True, True]


async def test_an_endpoint_that_rejects_tools_is_asked_other_questions_still(scripted: Scripted) -> None:
    """Its breaker stays closed."""
    scripted.table.on(lambda request: "tools" in request.body, Status(400), always=True).on("", says(Wish(18)))
    tool = Tool(name="note", description="Notes a wish.", arguments=Wish)
    async with client_of(scripted, breaker_failures=1) as client:
        with pytest.raises(NoAnswer, match=r"^http: HTTP 400$"):
            await client.with_tools(WEDDING, [tool], deadline=SOON)
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)


WRAPPED = {
    "thinking": f"<think>\nIn the {{afternoon}}, then.\n</think>\n\n{FORM}",
    "thinking without its opening tag": f"In the afternoon, then.\n</think>\n{FORM}",
    "a code fence": f"```json\n{FORM}\n```",
    "both": f"<think>Hm.</think>\n```\n{FORM}\n```\n",
}


@pytest.mark.parametrize("formats", [(), JSON_OBJECT_ONLY, TEXT_ONLY], ids=["json_schema", "json_object", "text"])
@pytest.mark.parametrize("wrapped", WRAPPED)
async def test_thinking_and_a_code_fence_are_taken_off(wrapped: str, formats: set[str]) -> None:
    """In every answer format."""
    async with Scripted(rejecting(*formats, answer=WRAPPED[wrapped])) as server, client_of(server) as client:
        assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        pytest.param(f"Here you are:\n{FORM}\nAnything else?", True, id="prose around one object"),
        pytest.param(f"{FORM} or {FORM}", False, id="two objects"),
        pytest.param("In the afternoon.", False, id="no object"),
    ],
)
async def test_in_plain_text_the_one_json_object_is_taken(answer: str, read: bool) -> None:
    """Where the endpoint can ask for nothing better."""
    async with Scripted(rejecting(*TEXT_ONLY, answer=answer)) as server, client_of(server) as client:
        if read:
            assert (await client.ask(WEDDING, Wish, deadline=SOON)).value == Wish(18)
        else:
            assert await reason_of(client) == "invalid"


async def test_with_a_guaranteed_format_prose_around_the_answer_is_invalid(scripted: Scripted) -> None:
    """Such an endpoint has promised JSON and nothing else."""
    scripted.table.on(WEDDING, Says(f"Here you are: {FORM}"))
    async with client_of(scripted) as client:
        assert await reason_of(client) == "invalid"


async def test_a_form_that_is_found_is_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    """For the operator who chose the endpoint."""
    async with Scripted(rejecting("json_schema")) as server, client_of(server) as client:
        for prompt in (WEDDING, OXYGEN):
            await client.ask(prompt, Wish, deadline=SOON)
    shown = capsys.readouterr()
    (line,) = [line for line in (shown.out + shown.err).splitlines() if "form of request" in line]
    assert "answer_format=json_object" in line
