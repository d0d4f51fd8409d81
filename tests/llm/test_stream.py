"""Streamed text: the same client, the same failures."""

from datetime import timedelta

import pytest

from llm import ModelClient, NoAnswer
from tests.llm.clients import OXYGEN, SHORT, SOON, WEDDING, Wish, client_of
from tests.llm.replies import Cuts, Hangs, Reply, Says, Sends, Status, says
from tests.llm.scripted import Scripted
from tests.support import eventually


async def _texts(client: ModelClient, deadline: timedelta = SOON) -> list[str]:
    async with client.stream(WEDDING, deadline=deadline) as texts:
        return [text async for text in texts]


async def test_text_arrives_in_pieces(scripted: Scripted) -> None:
    """Word by word here, with nothing lost between them."""
    scripted.table.on(WEDDING, Says("You are on the  flight\nat four."))
    async with client_of(scripted) as client:
        assert await _texts(client) == ["You ", "are ", "on ", "the  ", "flight\n", "at ", "four."]


async def test_a_complete_stream_is_counted_with_its_tokens(scripted: Scripted) -> None:
    """Like an answer."""
    scripted.table.on(WEDDING, Says("At four."))
    async with client_of(scripted) as client:
        await _texts(client)
        assert (client.totals.asked, client.totals.answered, sum(client.totals.failures.values())) == (1, 1, 0)
        assert client.totals.prompt_tokens > 0
        assert client.totals.completion_tokens > 0


async def test_an_empty_reply_is_an_empty_stream(scripted: Scripted) -> None:
    """It ends without a text."""
    scripted.table.on(WEDDING, Says(""))
    async with client_of(scripted) as client:
        assert await _texts(client) == []


async def test_a_stream_is_retried_before_its_first_text(scripted: Scripted) -> None:
    """The reader sees nothing of the failures."""
    scripted.table.on(WEDDING, Status(500), Status(429, retry_after="1"), Says("Yes."))
    async with client_of(scripted) as client:
        assert await _texts(client) == ["Yes."]


BROKEN: dict[str, tuple[Reply, str]] = {
    "cut in the middle": (Cuts("You "), "unreachable"),
    "closed without an end": (Cuts("You ", politely=True), "unreachable"),
    "at the limit of tokens": (Says("You are", finish="length"), "invalid"),
    "by the content filter": (Says("You are", finish="content_filter"), "refused"),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_stream_that_breaks_off_fails_and_is_not_retried(broken: str, scripted: Scripted) -> None:
    """The text so far has been passed on already."""
    reply, reason = BROKEN[broken]
    scripted.table.on(WEDDING, reply)
    received: list[str] = []
    async with client_of(scripted) as client:
        with pytest.raises(NoAnswer) as failed:
            async with client.stream(WEDDING, deadline=SOON) as texts:
                received.extend([text async for text in texts])
        assert failed.value.reason == reason
        assert client.totals.failures == {reason: 1}


EMPTY: dict[str, tuple[Reply, str]] = {
    "no key": (Status(401), "http"),
    "no stream": (Sends("<html>", "text/html"), "invalid"),
    "no JSON in the stream": (Sends("data: {\n\n", "text/event-stream"), "invalid"),
    "an error in the stream": (Sends('data: {"error": {"message": "x"}}\n\n', "text/event-stream"), "unreachable"),
}


@pytest.mark.parametrize("empty", EMPTY)
async def test_a_stream_without_a_first_text_fails_when_it_is_entered(empty: str, scripted: Scripted) -> None:
    """Each has its own reason."""
    reply, reason = EMPTY[empty]
    scripted.table.on(WEDDING, reply, always=True)
    async with client_of(scripted) as client:
        with pytest.raises(NoAnswer) as failed:
            await _texts(client)
        assert failed.value.reason == reason


@pytest.mark.parametrize("reply", [Hangs(), Cuts("You ", hangs=True)], ids=["before the first text", "in the middle"])
async def test_a_hanging_stream_ends_at_the_deadline(reply: Reply, scripted: Scripted) -> None:
    """The connection is closed, too."""
    scripted.table.on(WEDDING, reply)
    async with client_of(scripted) as client:
        with pytest.raises(NoAnswer) as failed:
            await _texts(client, deadline=SHORT)
        assert failed.value.reason == "deadline"
        await eventually(lambda: scripted.abandoned == 1, what="the server sees the client disconnect")


async def test_leaving_early_ends_the_request_and_frees_the_slot(scripted: Scripted) -> None:
    """A reader need not read to the end."""
    scripted.table.on(WEDDING, Cuts("You ", hangs=True)).on(OXYGEN, says(Wish(18)))
    async with client_of(scripted, concurrency=1) as client:
        async with client.stream(WEDDING, deadline=SOON) as texts:
            assert await anext(texts) == "You "
        await eventually(lambda: scripted.abandoned == 1, what="the server sees the client disconnect")
        assert (await client.ask(OXYGEN, Wish, deadline=SOON)).value == Wish(18)
