"""What an agent says of itself, once. Consumers, permissions, the catalogue and the diagrams derive from it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bus.delivery import Delivery
from bus.failpoints import BUS_FAILPOINTS
from contracts.streams import Stream
from contracts.subject import Ask, Subject


@dataclass(frozen=True, slots=True)
class Deferred:
    """What is left to do for one message when its group is done, and takes long: it goes on beside the next groups. The message
    is done when all its rests have ended, and heard again when one of them fails or the agent stops before."""

    delivery: Delivery[Any]
    work: Callable[[], Awaitable[None]]


Handler = Callable[[Sequence[Delivery[Any]]], Awaitable[Sequence[Deferred] | None]]
"""Hears a group of messages in stream order. Returning means that all are done, but for those it leaves a `Deferred` of; see
`bus.errors` for the other ends. A group that does not end well is tried again in halves, down to the single message whose
fault it is."""

Answer = Callable[[Any], Awaitable[Any]]
"""Answers a question's struct with the answer's. Raises `AskFailed` for an error the asker may see."""


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent's place in the conversation."""

    name: str
    hears: tuple[Subject[Any], ...] = ()
    says: tuple[Subject[Any], ...] = ()
    """Facts it publishes."""
    keeps: tuple[Subject[Any], ...] = ()
    """States it alone writes."""
    views: tuple[Subject[Any], ...] = ()
    """States of others it follows."""
    reads: tuple[Subject[Any], ...] = ()
    """States of others it looks up when it needs them."""
    answers: tuple[Ask[Any, Any], ...] = ()
    own_failpoints: tuple[str, ...] = ()
    """Steps of its own between hearing and acknowledging, besides the bus's."""
    owns: tuple[Stream, ...] = ()
    """Streams of its own, for what it says and keeps: `irops provision --also` creates them."""
    group: int = 128
    """The most messages it handles at once."""

    @property
    def failpoints(self) -> tuple[str, ...]:
        return BUS_FAILPOINTS + self.own_failpoints

    @property
    def declaration(self) -> dict[str, Any]:
        """What it declares, by subject patterns and names of questions, for whoever draws the conversation."""
        return {
            "agent": self.name,
            "hears": [subject.pattern for subject in self.hears],
            "says": [subject.pattern for subject in self.says],
            "keeps": [subject.pattern for subject in self.keeps],
            "views": [subject.pattern for subject in self.views],
            "reads": [subject.pattern for subject in self.reads],
            "answers": [ask.name for ask in self.answers],
            "owns": msgspec.to_builtins(self.owns),
        }

    @property
    def streams(self) -> dict[str, tuple[str, ...]]:
        """The filters of what it hears, by stream."""
        found: dict[str, list[str]] = {}
        for subject in self.hears:
            found.setdefault(subject.stream, []).append(subject.filter)
        return {stream: tuple(filters) for stream, filters in found.items()}


async def at_once() -> None:
    """The usual `ready`, `beside` and `close`: nothing to do."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """How a running agent is put together: what its composition root returns."""

    handlers: Mapping[Subject[Any], Handler]
    answers: Mapping[Ask[Any, Any], Answer] = field(default_factory=dict)
    ready: Callable[[], Awaitable[None]] = at_once
    """Awaited before the first message is asked for: a standby waits here for its turn."""
    stats: Callable[[], Mapping[str, Any]] = dict
    """What it tells of itself in its STATS, besides what the bus does: JSON types only, under names of its own."""
    background: Callable[[], Awaitable[None]] = at_once
    """Runs beside the handlers once it is ready, until it stops. If it fails, so does the agent."""
    close: Callable[[], Awaitable[None]] = at_once
    """Awaited when it stops, after the last message is handled."""
