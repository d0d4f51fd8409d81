"""The interface of a language model: what is asked, what comes back, and the one way asking fails.

A caller gives a prompt, the type it wants and a deadline, and gets a value of that type, or a `NoAnswer` with a typed
reason, in time. Only `endpoint.py` and `endpoint_client.py` know which endpoint, library and retries are behind it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, Literal, NoReturn, Protocol, TypeVar

from msgspec import Struct

from bus import derived_id
from llm.totals import Reason, Totals

T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S", bound=Struct)

Blocked = Literal["off", "open"]
"""Why a question asked now would fail at once: no endpoint is configured, or the circuit breaker is open."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question. `system` is ours alone; `user` may hold quoted text from outside."""

    system: str
    user: str

    @property
    def key(self) -> str:
        """A hash of both texts: 20 URL-safe characters, the same in every process for the same question."""
        return derived_id(self.system, self.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Generic[T_co]):
    """An answer and what it took."""

    value: T_co
    model: str
    """The configured name. What an endpoint calls its model is not believed."""
    prompt_tokens: int
    completion_tokens: int
    latency: timedelta
    """Wall clock from asking to the answer, including the wait for a slot and all retries."""
    attempts: int
    """Requests that were tried, counted from 1. A request repeated in another form counts once."""
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function the model may ask to have called. `arguments` is a struct; the model sees its JSON schema."""

    name: str
    description: str
    arguments: type[Struct]


@dataclass(frozen=True, slots=True)
class Call:
    """A model's request to call a tool, with the arguments decoded as the tool's type."""

    id: str
    tool: str
    arguments: Struct


@dataclass(frozen=True, slots=True)
class Turn:
    """A model's reply when tools are offered: text, calls, or both."""

    text: str
    calls: tuple[Call, ...]


class NoAnswer(Exception):
    """The only way asking fails.

    - `off`: no endpoint is configured.
    - `open`: the circuit breaker is open; `detail` says why.
    - `busy`: no slot was free before the deadline.
    - `deadline`: there was no answer before the deadline.
    - `refused`: the model declined, or the endpoint's content filter did.
    - `invalid`: the answer is cut off or not of the wanted type.
    - `http`: the endpoint rejects the request (4xx), and a retry cannot help.
    - `unreachable`: 429, 5xx or no connection, after all retries that the deadline allows.

    `detail` is in our words. It never quotes the prompt, the answer, the endpoint or the key.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ModelClient(Protocol):
    """Every method raises `NoAnswer`, and `TypeError` for a type that has no strict schema (a bug in the caller)."""

    @property
    def totals(self) -> Totals:
        """Counters since the client was made."""

    @property
    def blocked(self) -> Blocked | None:
        """Why a question asked now would certainly fail at once; None if it may be answered."""

    def stats(self) -> dict[str, Any]:
        """The totals and what is known of the endpoint, as JSON types, for an agent's STATS."""

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        """A value of the struct `answer`, whose JSON schema the endpoint is asked to follow."""

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool], *, deadline: timedelta) -> Answered[Turn]:
        """The model's text and the tools it wants called. Calls nothing."""

    def stream(self, prompt: Prompt, *, deadline: timedelta) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Text as it arrives: `async with client.stream(...) as texts: async for text in texts`.

        Entering waits for the first text; leaving early ends the request. A `NoAnswer` may come in the middle: the text so far
        is then incomplete.
        """

    async def close(self) -> None:
        """Closes all connections."""


@dataclass(frozen=True, slots=True)
class Disabled:
    """The client when no endpoint is configured: every question fails as `off`."""

    totals: Totals = field(default_factory=Totals)
    blocked: Blocked = "off"

    def stats(self) -> dict[str, Any]:
        return self.totals.as_json()

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        self._fail()

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool], *, deadline: timedelta) -> Answered[Turn]:
        self._fail()

    def stream(self, prompt: Prompt, *, deadline: timedelta) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        self._fail()

    async def close(self) -> None:
        pass

    def _fail(self) -> NoReturn:
        self.totals.asked += 1
        self.totals.failures["off"] += 1
        raise NoAnswer("off")
