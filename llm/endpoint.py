"""An OpenAI-compatible endpoint, reached through langchain-openai. The only file that knows these libraries and the only
one that imports them: they take seconds to load, so it is imported only once an endpoint is configured.

A call here makes one HTTP request, or a few until the endpoint has accepted one form of request (`negotiation.py`). Waiting,
retries and deadlines are `endpoint_client.py`'s. Everything that goes wrong leaves as `Failed`.

The libraries read many environment variables. What could send a prompt elsewhere, or send a key that is not ours, is settled in
`Endpoint.__init__`; before adding an argument there, read langchain-openai's `validate_environment`.
"""

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from ipaddress import ip_address
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import langsmith
import msgspec
import openai
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

from llm.answer_text import StreamedText, object_in, unwrapped, without_thinking
from llm.client import Call, Prompt, Tool, Turn
from llm.failures import Failed, Rejected, Usage, counted, failure_of_connection, failure_of_status
from llm.negotiation import Form, Negotiation, Search
from llm.response_limit import ResponseLimit, ResponseTooLong
from llm.schema import strict_schema
from llm.settings import ModelSettings

S = TypeVar("S", bound=msgspec.Struct)

_SCHEMA = "\n\nAnswer with one JSON object that keeps to this JSON schema, and with nothing else:\n"


class Endpoint:
    """Cancelling a call ends its request. `negotiation` has the form of request that the endpoint accepts."""

    def __init__(self, settings: ModelSettings) -> None:
        assert settings.base_url, "an endpoint needs an address"
        langsmith.configure(enabled=False)  # even if LANGSMITH_TRACING and the like are set
        key = settings.api_key

        async def api_key() -> str:
            return key or "none"  # if absent, OPENAI_API_KEY would be sent; if empty, no request could be made

        self.negotiation = Negotiation()
        self._settings = settings
        self._model = ChatOpenAI(
            base_url=settings.base_url,
            model=settings.model,
            api_key=api_key,  # asynchronous, so that no synchronous client is made
            timeout=None,  # the caller has a deadline
            max_retries=0,
            use_responses_api=False,  # some model names would switch to an API that only OpenAI has
            output_version="v0",
            stream_usage=True,
            stream_chunk_timeout=None,
            openai_proxy=None,
            http_socket_options=(),
            http_async_client=openai.DefaultAsyncHttpxClient(
                timeout=None,
                follow_redirects=False,  # prompts go to the configured address only
                trust_env=not _is_loopback(settings.base_url),  # a proxy cannot reach this machine's own addresses
                verify=ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else True,
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [ResponseLimit(max_tokens=settings.max_tokens)]},
            ),
            cache=False,
            verbose=False,
        )

    async def ask(self, prompt: Prompt, answer: type[S], schema: Mapping[str, Any]) -> tuple[S, Usage]:
        search = Search(self.negotiation, typed=True)
        while True:
            form = search.form
            body, asked = _body_of(form, prompt, answer.__name__, schema)
            try:
                message, usage = await self._request(asked, form, body)
                break
            except Rejected as rejected:
                # Its own fault if the form is known to work.
                known_to_work = search.is_known_to_work
                if not search.rejected(rejected.about):
                    raise (rejected if known_to_work else rejected.in_every_form()) from None
        text = str(message.text)
        try:
            return _decoded(object_in(text) if form.answer_format == "text" else unwrapped(text), text, answer), usage
        except (msgspec.DecodeError, ValueError) as error:
            raise _not_of_type(error, usage) from None

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool]) -> tuple[Turn, Usage]:
        search = Search(self.negotiation, typed=False)
        functions = [_function(tool) for tool in tools]
        while True:
            try:
                message, usage = await self._request(prompt, search.form, {}, tools=functions)
                break
            except Rejected as rejected:
                if not search.rejected(rejected.about):
                    raise  # perhaps only tools are rejected, which says nothing about other questions
        if message.invalid_tool_calls:
            raise Failed("invalid", "a tool's arguments are not JSON", usage=usage)
        offered = {tool.name: tool for tool in tools}
        calls = []
        for call in message.tool_calls:
            if call["name"] not in offered:
                raise Failed("invalid", "a tool that was not offered", usage=usage)
            try:
                arguments = msgspec.convert(call["args"], offered[call["name"]].arguments)
            except msgspec.ValidationError as error:
                raise _not_of_type(error, usage) from None
            calls.append(Call(call["id"] or "", call["name"], arguments))
        return Turn(without_thinking(str(message.text)), tuple(calls)), usage

    async def stream(self, prompt: Prompt) -> AsyncGenerator[tuple[str, Usage | None]]:
        """Text as it arrives, and last the usage with an empty text. A model that declines does so in plain text: only the
        content filter is `refused`."""
        search = Search(self.negotiation, typed=False)
        while True:
            try:
                async with aclosing(self._streamed(prompt, search.form)) as parts:
                    async for part in parts:
                        yield part
                return
            except Rejected as rejected:  # before the first text: a status comes before a body
                if not search.rejected(rejected.about):
                    raise

    async def close(self) -> None:
        await self._model.root_async_client.close()

    async def _streamed(self, prompt: Prompt, form: Form) -> AsyncGenerator[tuple[str, Usage | None]]:
        whole: AIMessageChunk | None = None
        shown = StreamedText()
        source = self._model.astream(_messages(prompt), extra_body=self._limits(form))
        async with _failing(self.negotiation), aclosing(cast(AsyncGenerator[AIMessageChunk], source)) as chunks:
            async for chunk in chunks:
                if whole is None:
                    self.negotiation.accepted(form)
                whole = chunk if whole is None else whole + chunk
                if text := shown.feed(str(chunk.text)):
                    yield text, None
            if whole is None or not whole.response_metadata.get("finish_reason"):
                raise Failed("unreachable", "the stream broke off", blame="endpoint")
            usage = _complete(whole)
        if text := shown.end():
            yield text, None
        yield "", usage

    async def _request(self, prompt: Prompt, form: Form, body: dict[str, Any], **more: Any) -> tuple[AIMessage, Usage]:
        # As parts of the body and not as arguments, which the library would rename, or take apart type by type.
        async with _failing(self.negotiation):
            message = await self._model.ainvoke(_messages(prompt), extra_body=self._limits(form) | body, **more)
            self.negotiation.accepted(form)
            return message, _complete(message)

    def _limits(self, form: Form) -> dict[str, Any]:
        limits: dict[str, Any] = {form.token_limit: self._settings.max_tokens}
        if form.temperature and self._settings.temperature is not None:
            limits["temperature"] = self._settings.temperature
        return limits


def _body_of(form: Form, prompt: Prompt, name: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Prompt]:
    """What of the request says which type is wanted, and the prompt to go with it."""
    if form.answer_format == "json_schema":
        strict = {"name": name, "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": strict}}, prompt
    with_schema = Prompt(f"{prompt.system}{_SCHEMA}{msgspec.json.encode(schema).decode()}", prompt.user)
    return ({"response_format": {"type": "json_object"}} if form.answer_format == "json_object" else {}), with_schema


def _decoded(json: str, text: str, answer: type[S]) -> S:
    try:
        return msgspec.json.decode(text, type=answer)  # usually nothing needs taking off
    except msgspec.DecodeError:
        if json == text:
            raise
    return msgspec.json.decode(json, type=answer)


@asynccontextmanager
async def _failing(negotiation: Negotiation) -> AsyncIterator[None]:
    """Turns what the libraries raise into `Failed`, without the cause, which holds the prompt, and the key in a header."""
    try:
        yield
    except Failed:
        raise
    except openai.APIStatusError as error:
        raise failure_of_status(
            error.status_code, error.response.headers, error.body, worked=negotiation.worked
        ) from None
    except openai.APIConnectionError as error:
        raise failure_of_connection(error) from None
    except openai.APIError:  # an error event in the middle of a stream
        raise Failed("unreachable", "the endpoint broke off", blame="endpoint", retry=True) from None
    except ResponseTooLong as error:
        raise Failed("invalid", str(error)) from None
    except Exception as error:
        # The libraries have no exception of their own for a response that is not this API's.
        raise Failed("invalid", f"not an answer of this API ({type(error).__name__})", blame="endpoint") from None


def _complete(message: AIMessage) -> Usage:
    """What the message took. Raises `Failed` for an incomplete answer, and any exception for one of an unknown shape."""
    ended, usage = message.response_metadata.get("finish_reason"), _usage_of(message)
    if message.additional_kwargs.get("refusal"):
        raise Failed("refused", "the model declined", usage=usage)
    if ended == "content_filter":
        raise Failed("refused", "the content filter", usage=usage)
    if ended == "length":
        raise Failed("invalid", "cut off at the token limit (IROPS_LLM_MAX_TOKENS)", usage=usage)
    return usage


def _not_of_type(error: Exception, usage: Usage) -> Failed:
    # Of the decoder's message only the place: the rest quotes the answer.
    place = re.search(r"at `(\$[\w.\[\]]*)`", str(error))
    return Failed(
        "invalid", f"not of the wanted type at {place[1]}" if place else "not of the wanted type", usage=usage
    )


def _usage_of(message: AIMessage) -> Usage:
    usage: Mapping[str, Any] = message.usage_metadata or {}
    return Usage(counted(usage.get("input_tokens")), counted(usage.get("output_tokens")))


def _messages(prompt: Prompt) -> list[SystemMessage | HumanMessage]:
    return [SystemMessage(prompt.system), HumanMessage(prompt.user)]


def _function(tool: Tool) -> dict[str, Any]:
    parameters = strict_schema(tool.arguments)
    function = {"name": tool.name, "description": tool.description, "strict": True, "parameters": parameters}
    return {"type": "function", "function": function}


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
