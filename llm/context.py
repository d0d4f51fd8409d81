"""Facts with source, revision and age, fitted into a prompt's budget. Which facts a question needs is the caller's decision.

A fact has two times. `written_at` says since when it has held: a flight on time was last written days ago and is no worse
for it. `known_at` says when it was last known to hold: a record that is read, at the reading; a view that is followed, at
the last proof that nothing newer was to come; an observation, when it was made. Only `known_at` makes a fact too old to
use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

BYTES_PER_TOKEN = 3
"""Of UTF-8, an estimate on the safe side: prose has more bytes per token, codes and times fewer."""


def token_estimate(text: str) -> int:
    """Tokens, rounded up. The same for every model, so that a prompt does not depend on which one is asked."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


class SourcedFact(Struct, frozen=True, kw_only=True):
    """One fact a model may be given. Subclass it for what selects facts in one domain."""

    name: str
    text: str
    """On one line."""
    source: str
    """The subject it was read from, or whose setting it is. Only its first two tokens enter a prompt: the rest may identify
    a person."""
    revision: int = 0
    written_at: datetime
    known_at: datetime
    max_age: timedelta | None = None
    """How long after `known_at` it may be used; None: always."""
    in_force: bool = False
    """A rule or setting, which has no age."""
    priority: int
    """The lower, the earlier it is included when there is no room for all."""

    def too_old(self, now: datetime) -> bool:
        return self.max_age is not None and now - self.known_at > self.max_age

    def line(self, now: datetime) -> str:
        """As it stands in a prompt. Without the revision, which differs between runs on the same facts."""
        where = ".".join(self.source.split(".")[:2])
        return f"- {self.name}: {self.text}. [{where}, {'in force' if self.in_force else _age(now - self.written_at)}]"


F = TypeVar("F", bound=SourcedFact)


@dataclass(frozen=True, slots=True)
class FactList(Generic[F]):
    """`text` is the list as it stands in the prompt; `facts` are those in it, in their given order."""

    text: str
    facts: tuple[F, ...]


def fit_facts(facts: Sequence[F], *, heading: str, now: datetime, room: int) -> FactList[F]:
    """The facts that fit into `room` estimated tokens, heading included, by priority; none is cut short.

    Facts that are too old are left out by name, and those without room by number, so that the model knows what it does not see.
    With too little room for even the heading the list has no facts and is longer than `room`.
    """
    too_old = [fact for fact in facts if fact.too_old(now)]
    room -= token_estimate(_text(heading, [], too_old, len(facts), now))
    included: list[F] = []
    for fact in sorted((fact for fact in facts if fact not in too_old), key=lambda fact: fact.priority):
        if (length := token_estimate(fact.line(now) + "\n")) <= room:
            room -= length
            included.append(fact)
    in_order = tuple(fact for fact in facts if fact in included)
    return FactList(_text(heading, in_order, too_old, len(facts) - len(in_order) - len(too_old), now), in_order)


def _text(heading: str, facts: Sequence[F], too_old: Sequence[F], left_out: int, now: datetime) -> str:
    lines = [heading, *(fact.line(now) for fact in facts)]
    if too_old:
        lines.append(f"Left out because too old: {', '.join(fact.name for fact in too_old)}.")
    if left_out:
        lines.append(f"Left out for lack of room: {left_out} facts.")
    return "\n".join(lines)


def _age(age: timedelta) -> str:
    """In the largest whole unit, so that prompts differ by what has changed and not by seconds."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
