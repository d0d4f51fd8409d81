"""An agent's declaration. Its consumers, permissions, catalogue entry and diagram derive from it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from bus.contracts_hash import contracts_hash
from bus.delivery import Delivery
from bus.failpoints import BUS_FAILPOINTS
from contracts.clock import CLOCK
from contracts.dead import DEAD_LETTER
from contracts.streams import Stream
from contracts.subject import Ask, Subject


@dataclass(frozen=True, slots=True)
class Deferred:
    """Slow work for one delivery, run in the background. The message is acked when all of its deferred work succeeds; it is
    delivered again if any fails, or if the agent stops first."""

    delivery: Delivery[Any]
    work: Callable[[], Awaitable[None]]


Handler = Callable[[Sequence[Delivery[Any]]], Awaitable[Sequence[Deferred] | None]]
"""Handles a group of messages in stream order. When it returns, all are done, except those it returns a `Deferred` for; see
`bus.errors` for the other outcomes. A group that does not end well is handled again in halves, down to the message at fault."""

Answer = Callable[[Any], Awaitable[Any]]
"""Answers a question with the answer's struct. Raises `AskFailed` for an error that the asking side may see."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What an agent hears, says, keeps, views, reads, asks and answers."""

    name: str
    hears: tuple[Subject[Any], ...] = ()
    """Messages delivered to its handlers."""
    says: tuple[Subject[Any], ...] = ()
    """Facts it emits."""
    keeps: tuple[Subject[Any], ...] = ()
    """States that it alone writes."""
    views: tuple[Subject[Any], ...] = ()
    """States of other agents that it follows."""
    reads: tuple[Subject[Any], ...] = ()
    """States of other agents that it looks up when it needs them."""
    asks: tuple[Ask[Any, Any], ...] = ()
    """Questions that it asks of other agents."""
    answers: tuple[Ask[Any, Any], ...] = ()
    own_failpoints: tuple[str, ...] = ()
    """Its own steps between receiving and acknowledging, besides those of the bus."""
    owns: tuple[Stream, ...] = ()
    """Streams of its own, for what it says and keeps; `irops provision --also` creates them."""
    group: int = 128
    """The most messages in one group."""

    @property
    def failpoints(self) -> tuple[str, ...]:
        return BUS_FAILPOINTS + self.own_failpoints

    @property
    def declaration(self) -> dict[str, Any]:
        """The declaration by subject patterns and names of questions, for catalogues and diagrams."""
        return {
            "agent": self.name,
            "hears": [subject.pattern for subject in self.hears],
            "says": [subject.pattern for subject in self.says],
            "keeps": [subject.pattern for subject in self.keeps],
            "views": [subject.pattern for subject in self.views],
            "reads": [subject.pattern for subject in self.reads],
            "asks": [ask.name for ask in self.asks],
            "answers": [ask.name for ask in self.answers],
            "owns": msgspec.to_builtins(self.owns),
        }

    @property
    def metadata(self) -> dict[str, str]:
        """The declaration as NATS micro metadata: subject patterns and names, separated by spaces. `streams` are all that it
        uses, `owns` those of its own, `contracts` a hash of the messages in the declaration."""
        lists = {name: " ".join(value) for name, value in self.declaration.items() if name not in {"agent", "owns"}}
        return {
            **lists,
            "streams": " ".join(self.needs),
            "owns": " ".join(stream.name for stream in self.owns),
            "contracts": contracts_hash(
                (*self.hears, *self.says, *self.keeps, *self.views, *self.reads), (*self.asks, *self.answers)
            ),
        }

    @property
    def streams(self) -> dict[str, tuple[str, ...]]:
        """The filters of what it hears, by stream."""
        found: dict[str, list[str]] = {}
        for subject in self.hears:
            found.setdefault(subject.stream, []).append(subject.filter)
        return {stream: tuple(filters) for stream, filters in found.items()}

    @property
    def needs(self) -> tuple[str, ...]:
        """Every stream it uses, including the clock's and that of its dead letters."""
        subjects = (*self.hears, *self.says, *self.keeps, *self.views, *self.reads, CLOCK, DEAD_LETTER)
        return tuple(sorted({subject.stream for subject in subjects if subject.stream}))


async def do_nothing() -> None:
    """The default of `Handlers.ready`, `background` and `close`."""


@dataclass(frozen=True, slots=True)
class Timer:
    """When the agent wants to be woken, and its work then. `bus.runtime.timekeeper` has the rules."""

    next: Callable[[], datetime | None]
    """The earliest instant, in event time, at which something is due; None: nothing is. A function of the agent's state alone,
    and cheap (`Deadlines`): it is evaluated after every group and answer, and whenever a view or the clock changes."""
    woken: Callable[[datetime], Awaitable[None]]
    """Does everything that is due at this instant, which is event time now, and never twice: it may be called again, also in
    another replica, for what is done already. It ends as a handler does."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """What an agent's composition root returns: its handlers and answers, and hooks into its life cycle."""

    handlers: Mapping[Subject[Any], Handler]
    answers: Mapping[Ask[Any, Any], Answer] = field(default_factory=dict)
    ready: Callable[[], Awaitable[None]] = do_nothing
    """Awaited before the first message is requested: a standby waits here for its turn."""
    wakes: Timer | None = None
    stats: Callable[[], Mapping[str, Any]] = dict
    """The agent's own figures in its STATS: JSON types, under names that `bus.runtime.stats` does not use."""
    background: Callable[[], Awaitable[None]] = do_nothing
    """Runs concurrently with the handlers from `ready` until the agent stops. If it fails, the agent fails."""
    close: Callable[[], Awaitable[None]] = do_nothing
    """Awaited when the agent stops, after the last message is handled."""
