"""The one door to a language model: what is asked, what comes back, and the one way it fails.

Whoever asks gives a prompt, the type wanted and how long it may take, and gets a value of that type or a `NoAnswer` with a
typed reason, in time. Which endpoint, library and retries are behind the door, only `endpoint.py` and `guarded.py` know.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Literal, NoReturn, Protocol, TypeVar

from msgspec import Struct

from bus import derived_id
from llm.totals import Reason, Totals

T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S", bound=Struct)

Shut = Literal["off", "open"]
"""Why nobody need ask: there is no endpoint; or it failed too often in a row and is left alone for a while."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked. `system` is ours; `user` may hold words from outside."""

    system: str
    user: str

    @property
    def key(self) -> str:
        """A hash of both: 20 URL-safe characters, the same wherever and whenever the same is asked."""
        return derived_id(self.system, self.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Generic[T_co]):
    """An answer and what it took."""

    value: T_co
    model: str
    """As it is configured: what an endpoint calls itself may be anything."""
    prompt_tokens: int
    completion_tokens: int
    latency: timedelta
    """Wall clock from asking to the answer, the wait for a slot and all retries included."""
    attempts: int
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a model may ask to be done; `arguments` is a struct, and its JSON schema is told to the model."""

    name: str
    description: str
    arguments: type[Struct]


@dataclass(frozen=True, slots=True)
class Call:
    """What a model asks to be done: a tool's name and its arguments, decoded as the tool wants them."""

    id: str
    tool: str
    arguments: Struct


@dataclass(frozen=True, slots=True)
class Turn:
    """What a model with tools said, what it wants called, or both."""

    text: str
    calls: tuple[Call, ...]


class NoAnswer(Exception):
    """The only way asking fails.

    - `off`: there is no endpoint.
    - `open`: the endpoint failed too often in a row and is left alone for a while.
    - `busy`: no slot was free before the deadline.
    - `deadline`: there was no answer before the deadline.
    - `refused`: the model declined, or the endpoint's content filter did.
    - `invalid`: the answer is cut off or not of the type wanted.
    - `http`: the endpoint won't have the request, and asking again can't mend that (4xx).
    - `unreachable`: 429, 5xx or no connection, after all retries that the deadline allows.

    `detail` never holds what was asked, answered or sent as a key.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Door(Protocol):
    """Every method raises `NoAnswer`, and `TypeError` for a type no strict schema can be made of (a bug of whoever asks)."""

    @property
    def totals(self) -> Totals:
        """What has been asked and answered so far."""

    @property
    def shut(self) -> Shut | None:
        """Why whoever asks now has no answer, for certain and at once; None: it may have one."""

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        """A value of the struct `answer`, whose JSON schema the endpoint is told to keep to."""

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool], *, deadline: timedelta) -> Answered[Turn]:
        """What the model says and which of the tools it wants called. Nothing is called here."""

    def stream(self, prompt: Prompt, *, deadline: timedelta) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Text as it comes: `async with door.stream(...) as texts: async for text in texts`. Entering waits for the first;
        leaving early ends the call. A `NoAnswer` may come in the middle: what was said so far is then half an answer."""

    async def close(self) -> None:
        """Ends all connections."""


@dataclass(frozen=True, slots=True)
class Off:
    """The door where no endpoint is configured: it never opens."""

    totals: Totals = field(default_factory=Totals)
    shut: Shut = "off"

    async def ask(self, prompt: Prompt, answer: type[S], *, deadline: timedelta) -> Answered[S]:
        self._off()

    async def with_tools(self, prompt: Prompt, tools: Sequence[Tool], *, deadline: timedelta) -> Answered[Turn]:
        self._off()

    def stream(self, prompt: Prompt, *, deadline: timedelta) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        self._off()

    async def close(self) -> None:
        pass

    def _off(self) -> NoReturn:
        self.totals.asked += 1
        self.totals.failures["off"] += 1
        raise NoAnswer("off")
