"""Typed subjects: the only way to address a message.

A `Subject` is a pattern such as `plan.proposed.{pnr}.{id}` tied to the one message type that travels on it. Each `{field}`
is filled from the message itself, so a message cannot be sent to another's address, and a wrong pair does not type-check.
A name of several tokens (a `FlightKey`) fills several. Streams are named here too: a subject is in one stream or in none.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Generic, TypeVar

import msgspec

M = TypeVar("M", bound=msgspec.Struct)
Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A", bound=msgspec.Struct)

_FIELD = re.compile(r"\{(\w+)\}")
_TOKENS = re.compile(r"[^\s.*>\x00\ud800-\udfff]+(\.[^\s.*>\x00\ud800-\udfff]+)*")
_WIDTH = {"flight": 4}


class BadToken(ValueError):
    """A value that cannot be a token of a subject."""


class Key(msgspec.Struct, Generic[M], frozen=True, gc=False):
    """The address of one message: its subject, and the type of the message."""

    name: str
    message: type[M]
    stream: str = ""


class Addressed(msgspec.Struct, Generic[M], frozen=True, gc=False):
    """A message and its address, ready to be published."""

    name: str
    message: M
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Subject(Generic[M]):
    """A family of addresses. `stream` stores it; an empty string means that no stream does."""

    pattern: str
    message: type[M]
    stream: str = ""

    def key(self, **tokens: str | int) -> Key[M]:
        """The address with these tokens. Raises `BadToken` for a value that has white space, a wildcard or an empty token,
        or is not valid UTF-8."""
        return Key(self._fill(tokens), self.message, self.stream)

    def of(self, message: M) -> Addressed[M]:
        """The message at its own address. Raises `BadToken` as `key` does."""
        return Addressed(
            self._fill({field: getattr(message, field) for field, _ in _fields(self.pattern)}), message, self.stream
        )

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(field for field, _ in _fields(self.pattern))

    @property
    def filter(self) -> str:
        """The NATS filter that matches every address of the family, e.g. `flight.state.*.*.*.*`."""
        return self.filter_of()

    def filter_of(self, **tokens: str | int) -> str:
        """The filter that matches every address with these tokens. Raises `BadToken` as `key` does."""
        self._check(tokens)
        wildcards = {field: ".".join(["*"] * width) for field, width in _fields(self.pattern)}
        return self.pattern.format_map(wildcards | tokens)

    def _fill(self, tokens: dict[str, str | int]) -> str:
        self._check(tokens)
        return self.pattern.format_map(tokens)

    def _check(self, tokens: dict[str, str | int]) -> None:
        for field, width in _fields(self.pattern):
            if field in tokens and not _fits(value := str(tokens[field]), width):
                raise BadToken(f"{value!r} cannot be the {field} in {self.pattern}: it would break the subject")


@lru_cache(maxsize=1 << 14)
def _fits(value: str, width: int) -> bool:
    """Whether the value is so many tokens. A group of messages is about the same few flights and parties again and again."""
    return _TOKENS.fullmatch(value) is not None and value.count(".") == width - 1


@cache
def _fields(pattern: str) -> tuple[tuple[str, int], ...]:
    """Each field of a pattern and the number of its tokens, in their order."""
    return tuple((field, _WIDTH.get(field, 1)) for field in _FIELD.findall(pattern))


@dataclass(frozen=True, slots=True)
class Ask(Generic[Q, A]):
    """A question one agent answers: `ask.<agent>.<verb>`, a NATS micro endpoint."""

    agent: str
    verb: str
    question: type[Q]
    answer: type[A]

    @property
    def name(self) -> str:
        return f"ask.{self.agent}.{self.verb}"
