"""An OpenAI-compatible endpoint, spoken to through langchain-openai. The only file that knows these libraries, and the only
one that imports them: they take seconds to load, so nobody imports this before there is an endpoint.

One call here is one HTTP request: waiting, retrying and giving up are `guarded.py`'s. Whatever goes wrong leaves as `Failed`.

The libraries read much of the environment. What could send anything elsewhere, or read a key that is not ours, is settled in
`Endpoint.__init__`; whoever adds an argument there reads langchain-openai's `validate_environment` first.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import langsmith
import msgspec
import openai
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

from llm.backoff import retry_after
from llm.bounded import Bounded, TooLong
from llm.client import Call, Prompt, Tool, Turn
from llm.schema import strict_schema
from llm.settings import ModelSettings
from llm.totals import Reason

S = TypeVar("S", bound=msgspec.Struct)
_MOST_TOKENS = 1_000_000_000
"""Counted of one answer: what is told beyond that is not believed."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took, as far as the endpoint says so and can be believed."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Failed(Exception):
    """One request had no usable answer. `passing`: asking again may help, not before `wait`. `endpoint`: the endpoint is in
    trouble, whatever it is asked. `usage`: what the useless answer took."""

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        passing: bool = False,
        endpoint: bool = False,
        wait: timedelta | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.passing = passing
        self.endpoint = endpoint
        self.wait = wait
        self.usage = usage or Usage()


class Endpoint:
    """One HTTP request a call. Cancelling a call ends its request."""

    def __init__(self, settings: ModelSettings) -> None:
        assert settings.base_url, "no endpoint without an address"
        langsmith.configure(enabled=False)  # whatever LANGSMITH_TRACING and its like say
        key = settings.api_key

        async def api_key() -> str:
            return key or "none"  # left out, it would be OPENAI_API_KEY; empty, no request could be made

        self._model = ChatOpenAI(
            base_url=settings.base_url,
            model=settings.model,
            api_key=api_key,  # asynchronous, so that no synchronous client is made, which nobody uses
            max_completion_tokens=settings.max_tokens,
            temperature=settings.temperature,
            timeout=None,  # whoever calls has a deadline
            max_retries=0,
            use_responses_api=False,  # some names of models would switch to an API that only OpenAI has
            output_version="v0",
            stream_usage=True,
            stream_chunk_timeout=None,
            openai_proxy=None,
            http_socket_options=(),
            http_async_client=openai.DefaultAsyncHttpxClient(
                timeout=None,
                follow_redirects=False,  # prompts go to the address configured, to no other
                trust_env=not _is_loopback(settings.base_url),  # a proxy can't reach what is on this machine
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [Bounded(max_tokens=settings.max_tokens)]},
            ),
            cache=False,
            verbose=False,
        )

    async def ask(self, prompt: Prompt, answer: type[S], schema: Mapping[str, Any]) -> tuple[S, Usage]:
        form = {"name": answer.__name__, "strict": True, "schema": schema}
        # As a part of the body and not as an argument, which the library would go through type by type and parse for itself.
        message, usage = await self._request(
            prompt, extra_body={"response_format": {"type": "json_schema", "json_schema": form}}
        )
        try:
            return msgspec.json.decode(str(message.text), type=answer), usage
        except (msgspec.DecodeError, ValueError) as wrong:
            raise _not_as_wanted(wrong, usage) from None

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool]) -> tuple[Turn, Usage]:
        message, usage = await self._request(prompt, tools=[_told(tool) for tool in tools])
        if message.invalid_tool_calls:
            raise Failed("invalid", "a tool's arguments are not JSON", usage=usage)
        known = {tool.name: tool for tool in tools}
        calls = []
        for call in message.tool_calls:
            if call["name"] not in known:
                raise Failed("invalid", "a tool nobody offered", usage=usage)
            try:
                arguments = msgspec.convert(call["args"], known[call["name"]].arguments)
            except msgspec.ValidationError as wrong:
                raise _not_as_wanted(wrong, usage) from None
            calls.append(Call(call["id"] or "", call["name"], arguments))
        return Turn(str(message.text), tuple(calls)), usage

    async def stream(self, prompt: Prompt) -> AsyncGenerator[tuple[str, Usage | None]]:
        """Text as it comes, and the usage last, with an empty text. Without a schema a model declines in plain text: there is
        no `refused` but by the content filter."""
        whole: AIMessageChunk | None = None
        chunks = cast(AsyncGenerator[AIMessageChunk], self._model.astream(_messages(prompt)))
        async with _failing(), aclosing(chunks):
            async for chunk in chunks:
                whole = chunk if whole is None else whole + chunk
                if chunk.text:
                    yield str(chunk.text), None
            if whole is None or not whole.response_metadata.get("finish_reason"):
                raise Failed("unreachable", "the stream broke off", endpoint=True)
            usage = _ended(whole)
        yield "", usage

    async def close(self) -> None:
        await self._model.root_async_client.close()

    async def _request(self, prompt: Prompt, **told: Any) -> tuple[AIMessage, Usage]:
        async with _failing():
            message = await self._model.ainvoke(_messages(prompt), **told)
            return message, _ended(message)


@asynccontextmanager
async def _failing() -> AsyncIterator[None]:
    """Turns whatever the libraries raise into `Failed`. Causes are cut off: they hold the prompt, and the key in a header."""
    try:
        yield
    except Failed:
        raise
    except openai.APIStatusError as error:
        raise _of_status(error.status_code, error.response.headers) from None
    except openai.APIConnectionError:
        raise Failed("unreachable", "no connection, or it broke", passing=True, endpoint=True) from None
    except openai.APIError:  # told in the middle of a stream
        raise Failed("unreachable", "the endpoint broke off", passing=True, endpoint=True) from None
    except TooLong as error:
        raise Failed("invalid", str(error)) from None
    except Exception as error:
        # The libraries have no type of their own for an answer that is no answer at all.
        raise Failed("invalid", f"not an answer of this API ({type(error).__name__})") from None


def _of_status(status: int, headers: Mapping[str, str]) -> Failed:
    detail = f"HTTP {status}"
    if status in {408, 409, 429} or status >= 500:
        return Failed("unreachable", detail, passing=True, endpoint=True, wait=retry_after(headers))
    # Key, model or address are wrong for every prompt; the rest is this prompt's own trouble.
    return Failed("http", detail, endpoint=status in {401, 402, 403, 404} or status < 400)


def _ended(message: AIMessage) -> Usage:
    """What the message took. Raises `Failed` for one that is no whole answer, and anything for one of a strange shape."""
    ended, usage = message.response_metadata.get("finish_reason"), _usage_of(message)
    if message.additional_kwargs.get("refusal"):
        raise Failed("refused", "the model declined", usage=usage)
    if ended == "content_filter":
        raise Failed("refused", "the content filter", usage=usage)
    if ended == "length":
        raise Failed("invalid", "cut off at the limit of tokens", usage=usage)
    return usage


def _not_as_wanted(wrong: Exception, usage: Usage) -> Failed:
    # Of the decoder's words only the place: the rest quotes the answer.
    place = re.search(r"at `(\$[\w.\[\]]*)`", str(wrong))
    return Failed("invalid", f"not as wanted at {place[1]}" if place else "not as wanted", usage=usage)


def _usage_of(message: AIMessage) -> Usage:
    told: Mapping[str, Any] = message.usage_metadata or {}
    return Usage(_counted(told.get("input_tokens")), _counted(told.get("output_tokens")))


def _counted(told: Any) -> int:
    return told if type(told) is int and 0 <= told <= _MOST_TOKENS else 0


def _messages(prompt: Prompt) -> list[SystemMessage | HumanMessage]:
    return [SystemMessage(prompt.system), HumanMessage(prompt.user)]


def _told(tool: Tool) -> dict[str, Any]:
    parameters = strict_schema(tool.arguments)
    function = {"name": tool.name, "description": tool.description, "strict": True, "parameters": parameters}
    return {"type": "function", "function": function}


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
