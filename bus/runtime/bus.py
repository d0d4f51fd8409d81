"""What an agent works with: event time, the latest of any state, commits, facts, views and questions."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from nats.aio.client import Client
from nats.errors import Error, NoRespondersError, TimeoutError

from bus import clock
from bus.causation import Cause, current_cause
from bus.delivery import Delivery, Recorded
from bus.errors import AskFailed, Unavailable
from bus.failpoints import Failpoint, no_failpoint
from bus.retention import FACTS_LAST
from bus.runtime.declaration import DeclarationCheck
from bus.state.history import read
from bus.state.mirror import Mirror
from bus.state.store import Commit, Fact, Loaded, Store
from bus.state.view import View
from bus.wire.direct_get import DirectGet
from bus.wire.envelope import (
    UNDECODABLE,
    cause_id_of,
    decoder,
    encode,
    envelope,
    first_stored_at,
    identity_of,
    is_removal,
    stamp,
    trace_of,
    written_at,
    written_in_shadow,
)
from bus.wire.publish import publish
from bus.wire.retrying import check_permitted
from contracts.clock import CLOCK, Clock
from contracts.pauses import AGENT_PAUSE, AgentPause
from contracts.shadow import SHADOW, Shadow
from contracts.subject import Addressed, Ask, Key, Subject

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")
Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A", bound=msgspec.Struct)


class Bus:
    """One agent's (or operator's) use of one connection."""

    def __init__(
        self,
        nc: Client,
        *,
        source: str,
        failpoint: Failpoint = no_failpoint,
        declaration: DeclarationCheck | None = None,
        direct: DirectGet | None = None,
        facts_last: timedelta = FACTS_LAST,
        sampled: bool = False,
    ) -> None:
        """`declaration` limits what may be written, followed, looked up and asked; None: no limit. `direct` reads; by default,
        from any replica. `facts_last`: when the facts it writes expire; zero: never. `sampled`: the flag of its traces."""
        self._sampled = sampled
        self._facts_last = facts_last
        self.nc = nc
        self.source = source
        self.failpoint = failpoint
        self._declaration = declaration
        self._direct = direct or DirectGet(nc)
        self._stores: dict[str, Store] = {}
        self._mirrors: dict[str, Mirror] = {}
        self.unreadable: dict[tuple[str, int], str] = {}
        """Messages that `history` left out, by stream and sequence, and why they cannot be decoded."""
        self.written: dict[str, int] = {}
        """The last sequence written to each stream."""
        self.changed = asyncio.Event()
        """Set when a view, the clock or the agent's own state may have changed; its timer is asked again."""
        self._clocks = self._mirror(CLOCK.stream)
        self._clock = View(self._clocks, CLOCK, lambda tick, _revision, _at: tick)
        self._pauses = View(
            self._clocks,
            AGENT_PAUSE,
            lambda pause, _revision, _at: pause,
            changed=lambda _name, _pause: self.on_pause(),
        )
        self._shadow = View(self._clocks, SHADOW, lambda shadow, _revision, _at: shadow)
        self.written_in_shadow: set[str] = set()
        """Subjects of the messages that `history` has read and a shadow's agents have written."""
        self.on_pause: Callable[[], None] = lambda: None
        """Called when an agent is paused or resumed."""

    # Time.

    def now(self) -> datetime:
        """Event time: in a replay the replayed clock, otherwise the wall clock. Raises `Unavailable` where no clock is set."""
        return clock.at(self.tick, clock.wall())

    def came_at(self, message: Delivery[Any] | Recorded[Any]) -> datetime:
        """Event time at which a message came, or a little later: by its writer, whose clock may be ahead, or by the server,
        whichever is earlier. Raises `Unavailable` where no clock is set."""
        stored_at = clock.at(self.tick, message.stored_at)
        return min(message.written_at or stored_at, stored_at)

    @property
    def speed(self) -> float:
        """How many times as fast as the wall clock event time runs now. Raises `Unavailable` where no clock is set."""
        return clock.speed(self.tick, clock.wall())

    def _timestamp(self) -> datetime:
        """Event time, or the wall clock before a clock is set."""
        return self.now() if self.clock_is_set else clock.wall()

    @property
    def tick(self) -> Clock:
        """The clock as last set. Raises `Unavailable` where none is."""
        seen = self._clock.get(CLOCK.pattern)
        if seen is None:
            raise Unavailable("the clock is not set; run `irops provision` first")
        return seen.value

    @property
    def pause(self) -> AgentPause | None:
        """The pause of the agent whose bus this is, while it is in force."""
        seen = self._pauses.get(AGENT_PAUSE.key(agent=self.source).name) if len(self._pauses) else None
        return seen.value if seen is not None and seen.value.is_in_force(self.now()) else None

    @property
    def shadow(self) -> Shadow | None:
        """The mark of a system that is a shadow; None: this one is none, or the views are not started."""
        seen = self._shadow.get(SHADOW.pattern)
        return seen.value if seen else None

    def seconds_until(self, instant: datetime) -> float:
        """Wall-clock seconds until event time is `instant`, by the clock as it is set now; see `clock.seconds_until`."""
        return clock.seconds_until(instant, self.tick, clock.wall())

    @property
    def is_lockstep(self) -> bool:
        """Whether event time stands still until every agent has done a conductor's step."""
        return self.tick.speed == 0

    @property
    def clock_is_set(self) -> bool:
        return self._clock.get(CLOCK.pattern) is not None

    async def wait_for_clock(self) -> None:
        """Returns once a clock is set."""
        await self._clocks.until(lambda: self.clock_is_set)

    async def wait_for_tick(self, predicate: Callable[[Clock], bool]) -> None:
        """Returns once the predicate is true of the clock; it is evaluated each time the clock is set."""
        await self._clocks.until(lambda: predicate(self.tick))

    def wake(self) -> None:
        """Makes `wait_for_tick` evaluate its predicate."""
        self._clocks.wake()

    # Reading.

    @property
    def max_payload(self) -> int:
        """The largest message the server takes, in bytes, headers included."""
        return int(self.nc.max_payload)

    async def load(self, keys: Iterable[Key[Any]], *, at_least: int = 0) -> Loaded:
        """The latest of each key, all of one stream, in one request. Raises `Unavailable`.

        A replica that is behind may answer with an older state. A caller that acts on a message of the same stream (its
        `Delivery.settled`), or on a revision known otherwise, passes that sequence as `at_least` and gets nothing older.
        """
        wanted = list(keys)
        if self._declaration:
            for key in wanted:
                self._declaration.reads(key.name)
        return await self._store(wanted[0].stream).load(wanted, at_least=at_least) if wanted else Loaded({}, {})

    async def history(self, subject: Subject[M], *, after: int = 0) -> AsyncGenerator[Recorded[M], None]:
        """Every message of a subject that its stream still has, in stream order. To be read once; `bus.operations.Watch`
        follows. Raises `ApiError` where there is no such stream, and `Unavailable`.

        A message that is not of the subject's type is left out and noted in `unreadable`: one malformed message must not keep
        an operator from reading all others. To its consumers it is a dead letter."""
        if self._declaration:
            self._declaration.reads(subject.filter)
        decode = decoder(subject.message).decode
        async with aclosing(read(self.nc, subject.stream, subject.filter, after=after)) as found:
            async for msg, metadata in found:
                if not is_removal(msg.headers):
                    stored_at = first_stored_at(msg.headers, metadata.stored_at)
                    identity = identity_of(msg.headers, metadata.stream, metadata.sequence)
                    trace = trace_of(msg.headers, identity)
                    if written_in_shadow(msg.headers):
                        self.written_in_shadow.add(msg.subject)
                    try:
                        message = decode(msg.data)
                    except UNDECODABLE as failure:
                        self.unreadable[metadata.stream, metadata.sequence] = str(failure)
                        continue
                    yield Recorded(
                        msg.subject,
                        message,
                        metadata.sequence,
                        stored_at,
                        trace,
                        identity,
                        cause_id_of(msg.headers),
                        written_at(msg.headers),
                    )

    def view(
        self,
        subject: Subject[M],
        keep: Callable[[M, int, datetime], V | None],
        *,
        changed: Callable[[str, V | None], None] | None = None,
    ) -> View[M, V]:
        """A live copy of these states, each as `keep(message, revision, written_at)` makes it; None is left out.
        It is complete when `start_views` has returned. All views of one stream stand at the same moment."""
        if self._declaration:
            self._declaration.views(subject.filter)
        return View(self._mirror(subject.stream), subject, keep, changed=changed)

    # Writing.

    async def commit(self, commit: Commit) -> dict[str, int]:
        """Writes all of it or nothing, in one stream. Returns each key's new revision. Raises what `Store.commit` raises."""
        stream = next((stream for _, stream in commit.names), None)
        if stream is None:
            return {}
        if self._declaration:
            self._declaration.commits(commit)
        revisions = await self._store(stream).commit(commit)
        self._wrote(stream, max(revisions.values()))
        return revisions

    async def emit_once(self, facts: Sequence[Fact]) -> dict[str, int]:
        """Emits each fact once: those that exist already, perhaps from before a crash, are left out. Returns the sequence, by
        subject name, of each that was emitted now. Raises `Unavailable`, `TooLarge`."""
        by_stream: dict[str, list[Fact]] = {}
        for fact in facts:
            if self._declaration:
                self._declaration.says(fact.addressed.name)
            by_stream.setdefault(fact.addressed.stream, []).append(fact)
        emitted: dict[str, int] = {}
        for stream, of_it in by_stream.items():
            sequences = await self._store(stream).emit_once(of_it)
            self._wrote(stream, max(sequences.values(), default=0))
            emitted |= sequences
        return emitted

    async def append(self, addressed: Addressed[Any], *, identity: str, cause: Cause | None = None) -> int:
        """Stores a message on a subject that is written repeatedly (a feed's). Returns its sequence.

        It is sent until the server answers. `identity` is its `ce-id` and `Nats-Msg-Id`, so within two minutes it is stored
        once however often it is sent. Raises `Unavailable`, `TooLarge`.
        """
        if self._declaration:
            self._declaration.says(addressed.name)
        headers = self.envelope(identity, addressed.message, cause=cause or current_cause())
        payload = encode(addressed.message)
        sequence = await publish(self.nc, addressed.name, payload, {**headers, "Nats-Msg-Id": identity})
        self._wrote(addressed.stream, sequence)
        return sequence

    def envelope(self, identity: str, message: msgspec.Struct, *, cause: Cause | None) -> dict[str, str]:
        """The headers of one message that this process sends."""
        return envelope(
            identity,
            message,
            source=self.source,
            cause=cause,
            at=stamp(self._timestamp()),
            sampled=self._sampled,
            in_shadow=self.shadow is not None,
        )

    def _wrote(self, stream: str, sequence: int) -> None:
        if sequence:
            self.written[stream] = max(sequence, self.written.get(stream, 0))

    # Asking.

    async def ask(self, ask: Ask[Q, A], question: Q, *, timeout: timedelta = timedelta(seconds=5)) -> A:
        """Asks an agent. Raises `AskFailed` with the agent's error, `Unavailable` when there is no answer, and `TooLarge`."""
        if self._declaration:
            self._declaration.asks(ask.name)
        seconds = timeout.total_seconds()
        headers = self.envelope(f"{ask.name}.{uuid.uuid4().hex}", question, cause=current_cause())
        try:
            reply = await self.nc.request(ask.name, encode(question), timeout=seconds, headers=headers)
        except NoRespondersError as failure:
            raise Unavailable(f"no agent answers {ask.name}: is the agent {ask.agent} running?") from failure
        except TimeoutError as failure:
            check_permitted(self.nc, [ask.name], what=f"asking the {ask.agent}")
            raise Unavailable(f"{ask.name} was not answered in {seconds:g} s") from failure
        except Error as failure:
            raise Unavailable(f"{ask.name}: {failure}") from failure
        answered = reply.headers or {}
        if "Nats-Service-Error-Code" in answered:
            raise AskFailed(int(answered["Nats-Service-Error-Code"]), answered.get("Nats-Service-Error", ""))
        try:
            return decoder(ask.answer).decode(reply.data)
        except msgspec.DecodeError as failure:
            raise AskFailed(502, f"the answer to {ask.name} is not a {ask.answer.__name__}") from failure

    # Life cycle.

    async def start_views(self) -> None:
        """Returns once every view is complete. Raises `ApiError` where a stream does not exist, `Unavailable`."""
        for mirror in self._mirrors.values():
            await mirror.start()

    async def stop_views(self) -> None:
        for mirror in self._mirrors.values():
            await mirror.stop()

    def restart_views(self) -> None:
        """Follows every stream again at once. Call it after a reconnect."""
        for mirror in self._mirrors.values():
            mirror.restart()

    async def reach(self, upto: dict[str, int]) -> None:
        """Brings every view up to its stream's sequence, which the stream must have reached."""
        for stream, mirror in self._mirrors.items():
            if stream in upto:
                await mirror.reach(upto[stream], stored=True)

    @property
    def mirrors(self) -> Sequence[Mirror]:
        """The streams of the agent's own views, without the clock's."""
        return [mirror for mirror in self._mirrors.values() if mirror is not self._clocks]

    def _mirror(self, stream: str) -> Mirror:
        if stream not in self._mirrors:
            self._mirrors[stream] = Mirror(self.nc, stream, on_change=self.changed.set)
        return self._mirrors[stream]

    def _store(self, stream: str) -> Store:
        if stream not in self._stores:
            self._stores[stream] = Store(
                self.nc,
                stream,
                source=self.source,
                direct=self._direct,
                now=self._timestamp,
                facts_last=self._facts_last,
                failpoint=self.failpoint,
                sampled=self._sampled,
                in_shadow=lambda: self.shadow is not None,
            )
        return self._stores[stream]
