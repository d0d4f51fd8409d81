"""Reads and commits states together with the facts about their changes.

`Store.load` reads the latest message of any number of keys in one request. `Store.commit` writes states, facts and removals
of one stream in one atomic batch (ADR-50): all or nothing, each state at the revision at which it was read. There is no outbox
and no second database: the stream is both.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct
from nats.aio.client import Client

from bus.causation import Cause, current_cause
from bus.clock import wall
from bus.delivery import Delivery
from bus.errors import Conflict
from bus.failpoints import COMMITTED, LOADED, PUBLISHING, Failpoint, no_failpoint
from bus.retention import FACTS_LAST
from bus.wire import batch
from bus.wire.direct_get import DirectGet, Raw
from bus.wire.envelope import COMMIT, THEN, cause_id_of, decoder, envelope, family, stamp, trace_of, written_at
from contracts.subject import Addressed, Key

M = TypeVar("M", bound=msgspec.Struct)

_MOST_IN_A_BATCH = 1000
"""The server's limit."""
_FACTS_PER_BATCH = 500
_MARKER_LASTS = "48h"
"""Longer than any view is disconnected without a restart; after that it would miss the removal."""


class Entry(Struct, Generic[M], frozen=True, gc=False):
    """A state as it was read."""

    message: M
    stored: Raw

    @property
    def revision(self) -> int:
        return self.stored.sequence

    @property
    def written_at(self) -> datetime:
        """Event time."""
        return written_at(self.stored.headers) or self.stored.stored_at

    @property
    def cause(self) -> Cause | None:
        """What set it; None: nothing that is known."""
        headers = self.stored.headers
        identity = cause_id_of(headers)
        if not identity:
            return None
        return Cause(identity, trace_of(headers, identity), party=getattr(self.message, "pnr", ""))


class Loaded:
    """The result of a load. A key that was not found, or was removed, is None."""

    def __init__(self, entries: dict[str, Entry[Any]], revisions: dict[str, int]) -> None:
        self._entries = entries
        self._revisions = revisions

    def __getitem__(self, key: Key[M]) -> Entry[M] | None:
        return self._entries.get(key.name)

    def revision(self, key: Key[Any]) -> int:
        """The `expected` of a write to the key: 0 where nothing was ever written, the removal's revision after one."""
        return self._revisions.get(key.name, 0)


class Write(Struct, frozen=True, gc=False):
    """A state to write over the revision at which it was read (0: it must not exist)."""

    addressed: Addressed[Any]
    expected: int
    cause: Delivery[Any] | Cause | None = None
    """What set it; see `bus.causation`."""
    expires: bool = False
    """Whether it is gone once it has not been written for the retention of facts (`bus.retention`)."""
    lasts: timedelta | None = None
    """For how long it is there at most, by the wall clock of the server; None: as `expires` has it."""


class Fact(Struct, frozen=True, gc=False):
    """A fact to emit once, ever: its subject is unique."""

    addressed: Addressed[Any]
    cause: Delivery[Any] | Cause | None = None
    """What it follows from; see `bus.causation`."""
    expires: bool = True
    """Whether it expires with the retention of facts (`bus.retention`); False where the age of its stream decides."""
    replaces: int = 0
    """Sequence of the fact with the same address that this one replaces; 0: there must be none."""

    @property
    def identity(self) -> str:
        """Its `ce-id`. One that takes another's place is another cause, for answers to the first are final."""
        return f"{self.addressed.name}.{self.replaces}" if self.replaces else self.addressed.name


class Removal(Struct, frozen=True, gc=False):
    """A state to remove. A marker stays in its place for two days, so that views notice."""

    key: Key[Any]
    expected: int


@dataclass(frozen=True, slots=True)
class Commit:
    """One batch. Facts go first and states after them in the order given, so a view that has received the commit's last state
    has received all of it.

    `guards` are revisions, by subject name, of keys that were read and must not have changed. Each travels on a fact, in place
    of the fact's own expectation that it is new, so a commit with guards must also write a state, whose revision makes the
    commit happen once.

    One state alone may have one guard, which travels on it in place of its own revision: a plain publish, which costs the
    server a tenth of a batch. The guard has to stand for that revision: it is for a writer that alone changes the state, and
    that moves the guard when another one begins. It is sent once, for a second attempt could be stored after a later write;
    after `Unavailable` it may still be stored, until the guard moves.
    """

    facts: Sequence[Fact] = ()
    states: Sequence[Write] = ()
    removals: Sequence[Removal] = ()
    guards: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.facts) + len(self.states) + len(self.removals)

    @property
    def is_guarded_state(self) -> bool:
        """Whether it is one state alone, under a guard."""
        return len(self) == len(self.states) == len(self.guards) == 1

    @property
    def names(self) -> Iterator[tuple[str, str]]:
        """The subject and the stream of every message."""
        for fact in self.facts:
            yield fact.addressed.name, fact.addressed.stream
        for write in self.states:
            yield write.addressed.name, write.addressed.stream
        for removal in self.removals:
            yield removal.key.name, removal.key.stream


class Store:
    """One stream's states and facts. `source` and `now` (event time) go into the headers of what is written; facts expire after
    `facts_last` (zero: never); `failpoint` is called at each step; `sampled` is the flag of their traces;
    `in_shadow` says whether what is written gets a shadow's mark."""

    def __init__(
        self,
        nc: Client,
        stream: str,
        *,
        source: str,
        direct: DirectGet,
        now: Callable[[], datetime] = wall,
        facts_last: timedelta = FACTS_LAST,
        failpoint: Failpoint = no_failpoint,
        sampled: bool = False,
        in_shadow: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sampled = sampled
        self._in_shadow = in_shadow
        self.stream = stream
        self._nc = nc
        self._source = source
        self._now = now
        self._facts_last = facts_last
        self._direct = direct
        self._failpoint = failpoint

    async def load(self, keys: Iterable[Key[Any]], *, at_least: int = 0) -> Loaded:
        """The latest message of each key, as of the stream sequence `at_least` or later. Raises `Unavailable`, and
        `msgspec.DecodeError` for a state that is not of its type (which only a foreign writer can have put there)."""
        wanted = {key.name: key.message for key in keys}
        entries: dict[str, Entry[Any]] = {}
        revisions: dict[str, int] = {}
        for raw in await self._direct.latest(self.stream, list(wanted), at_least=at_least):
            revisions[raw.subject] = raw.sequence
            if not raw.removed:
                message = decoder(wanted[raw.subject]).decode(raw.data)
                entries[raw.subject] = Entry(message, raw)
        self._failpoint(LOADED)
        return Loaded(entries, revisions)

    async def commit(self, commit: Commit) -> dict[str, int]:
        """Writes all of it or nothing. Returns each key's new revision.

        Raises `Conflict` when a key had changed or a fact exists already; `Unavailable` when the server does not store it now
        (it may have been stored; deciding again on fresh state is always safe); `ValueError` for a commit that can never be
        stored, `TooLarge` among them.
        """
        if not len(commit):
            return {}
        self._check(commit)
        messages = self._messages(commit)
        tries = 1 if commit.is_guarded_state else batch.TRIES
        first = await batch.send(
            self._nc, self.stream, messages, at_half=lambda: self._failpoint(PUBLISHING), tries=tries
        )
        self._failpoint(COMMITTED)
        return {message.subject: first + i for i, message in enumerate(messages)}

    def _check(self, commit: Commit) -> None:
        """Raises `ValueError` for what the server would refuse for ever as if it were a conflict: it is a bug."""
        if len(commit) > _MOST_IN_A_BATCH:
            raise ValueError(
                f"a commit of {len(commit)} messages is over the server's {_MOST_IN_A_BATCH}: make the group smaller"
            )
        written: set[str] = set()
        for name, stream in commit.names:
            if stream != self.stream:
                raise ValueError(f"one commit is in one stream: {name} is not in {self.stream}")
            if name in written:
                raise ValueError(f"one message per key: {name} is twice in one commit")
            written.add(name)
        if both := written & commit.guards.keys():
            raise ValueError(f"{min(both)} is guarded and written: its expected revision guards it already")
        if not commit.guards or commit.is_guarded_state:
            return
        if len(commit.guards) > len(commit.facts):
            raise ValueError(
                "a guard travels on a fact, and there are more guards than facts: write the guarded state instead"
            )
        if not (commit.states or commit.removals):
            raise ValueError("a commit with guards must write a state, or it could be stored twice")

    async def emit_once(self, facts: Sequence[Fact]) -> dict[str, int]:
        """Emits facts that need no state, each once: those that exist already are left out. Returns the sequence of each that
        was emitted now."""
        rest = list({fact.addressed.name: fact for fact in reversed(facts)}.values())[::-1]
        emitted: dict[str, int] = {}
        while rest:
            chunk = rest[:_FACTS_PER_BATCH]
            try:
                emitted |= await self.commit(Commit(facts=chunk))
            except Conflict:
                existing = {
                    raw.subject for raw in await self._direct.latest(self.stream, [f.addressed.name for f in chunk])
                }
                missing = [f for f in chunk if f.addressed.name not in existing]
                if len(missing) == len(chunk):
                    raise  # none of them exists, so it was refused for another reason
                rest[: len(chunk)] = missing
            else:
                del rest[: len(chunk)]
        return emitted

    def _messages(self, commit: Commit) -> list[batch.Message]:
        at = stamp(self._now())
        identity = f"{uuid.uuid4().hex}.{len(commit)}"
        guards = iter(commit.guards.items())
        messages: list[batch.Message] = []
        for fact in commit.facts:
            headers = self._headers(fact.identity, fact.addressed, fact.cause, at, identity)
            guard = next(guards, None)
            if guard:
                headers[batch.EXPECTED] = str(guard[1])
                headers[batch.EXPECTED_SUBJECT] = guard[0]
            else:
                headers[batch.EXPECTED] = str(fact.replaces)
            if fact.expires:
                headers |= self._lifetime
            messages.append(batch.Message(fact.addressed.name, fact.addressed.message, headers))
        for removal in commit.removals:
            headers = {
                COMMIT: identity,
                batch.EXPECTED: str(removal.expected),
                "KV-Operation": "DEL",
                "Nats-TTL": _MARKER_LASTS,
            }
            messages.append(batch.Message(removal.key.name, None, headers))
        for write in commit.states:
            headers = self._headers(f"{identity}.{len(messages)}", write.addressed, write.cause, at, identity)
            guard = next(guards, None)
            if guard:
                headers[batch.EXPECTED_SUBJECT] = guard[0]
            headers[batch.EXPECTED] = str(guard[1] if guard else write.expected)
            if write.lasts is not None:
                headers["Nats-TTL"] = f"{max(-(-write.lasts // timedelta(seconds=1)), 1)}s"
            elif write.expires:
                headers |= self._lifetime
            messages.append(batch.Message(write.addressed.name, write.addressed.message, headers))
        mark_ends(messages)
        return messages

    @property
    def _lifetime(self) -> dict[str, str]:
        """The header of what expires with the retention of facts."""
        return {"Nats-TTL": f"{-(-self._facts_last // timedelta(hours=1))}h"} if self._facts_last else {}

    def _headers(
        self, identity: str, addressed: Addressed[Any], cause: Delivery[Any] | Cause | None, at: str, commit: str
    ) -> dict[str, str]:
        if not isinstance(cause, Cause):
            cause = cause.as_cause if cause else current_cause()
        headers = envelope(
            identity,
            addressed.message,
            source=self._source,
            cause=cause,
            at=at,
            sampled=self._sampled,
            in_shadow=self._in_shadow(),
        )
        headers[COMMIT] = commit
        return headers


def mark_ends(messages: list[batch.Message]) -> None:
    """Sets on the last message of each family which families follow it."""
    last = {family(message.subject): at for at, message in enumerate(messages)}
    by_end = sorted(last, key=last.__getitem__)
    for i, name in enumerate(by_end):
        messages[last[name]].headers[THEN] = " ".join(by_end[i + 1 :])
