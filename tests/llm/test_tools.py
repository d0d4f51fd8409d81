"""Tool calls, through the same client."""

import msgspec
import pytest

from llm import Call, NoAnswer, Tool, Turn
from tests.llm.clients import SOON, WEDDING, client_of
from tests.llm.replies import Calls, Says
from tests.llm.scripted import Scripted


class Where(msgspec.Struct, frozen=True):
    airport: str
    hours: int = 12


OPTIONS = Tool(name="options", description="Free seats.", arguments=Where)
STATUS = Tool(name="status", description="The status of a flight.", arguments=Where)


async def test_tool_calls_are_decoded(scripted: Scripted) -> None:
    """Each as its tool's arguments, in order."""
    asked = (("options", '{"airport": "EWR", "hours": 6}'), ("status", '{"airport": "JFK"}'))
    scripted.table.on(WEDDING, Calls(asked, text="I look."))
    async with client_of(scripted) as client:
        answered = await client.with_tools(WEDDING, [OPTIONS, STATUS], deadline=SOON)
    assert answered.value == Turn(
        "I look.", (Call("call_0", "options", Where("EWR", 6)), Call("call_1", "status", Where("JFK", 12)))
    )


async def test_a_model_may_answer_without_calling_anything(scripted: Scripted) -> None:
    """Tools are offered, not required."""
    scripted.table.on(WEDDING, Says("Good evening."))
    async with client_of(scripted) as client:
        answered = await client.with_tools(WEDDING, [OPTIONS], deadline=SOON)
    assert answered.value == Turn("Good evening.", ())


async def test_a_request_has_each_tools_strict_schema(scripted: Scripted) -> None:
    """Function calling in the form of OpenAI's API."""
    scripted.table.on(WEDDING, Says("Good evening."))
    async with client_of(scripted) as client:
        await client.with_tools(WEDDING, [OPTIONS], deadline=SOON)
    (sent,) = scripted.requests[0].body["tools"]
    assert (sent["type"], sent["function"]["name"], sent["function"]["strict"]) == ("function", "options", True)
    assert sent["function"]["parameters"]["required"] == ["airport", "hours"]


WRONG = {
    "a tool that was not offered": ("cancel_flight", "{}"),
    "arguments that are not JSON": ("options", '{"airport": '),
    "arguments of the wrong type": ("options", '{"airport": 3}'),
    "arguments missing": ("options", "{}"),
    "arguments that are a list": ("options", "[]"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_call_that_fits_no_tool_is_invalid(wrong: str, scripted: Scripted) -> None:
    """Nothing of it reaches the caller."""
    scripted.table.on(WEDDING, Calls((WRONG[wrong],)))
    async with client_of(scripted) as client:
        with pytest.raises(NoAnswer) as failed:
            await client.with_tools(WEDDING, [OPTIONS], deadline=SOON)
    assert failed.value.reason == "invalid"
