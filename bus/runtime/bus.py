"""What an agent is given: the time, the latest of anything, one way to commit and one to speak, views and questions."""

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from nats.aio.client import Client
from nats.errors import Error, NoRespondersError, TimeoutError

from bus import clock
from bus.delivery import Recorded
from bus.errors import AskFailed, Unavailable
from bus.failpoints import Failpoint, no_failpoint
from bus.retention import FACTS_LAST
from bus.runtime.bounds import Bounds
from bus.state.history import read
from bus.state.mirror import Mirror
from bus.state.store import Commit, Fact, Loaded, Store
from bus.state.view import View
from bus.wire.direct_get import DirectGet
from bus.wire.envelope import decoder, encode, envelope, is_removal, trace_of
from bus.wire.publish import publish
from contracts.clock import CLOCK, Clock
from contracts.subject import Addressed, Ask, Key, Subject

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")
Q = TypeVar("Q", bound=msgspec.Struct)
A = TypeVar("A", bound=msgspec.Struct)


class Bus:
    """One agent's (or operator's) use of one connection. `direct` reads for it: by default, by that connection."""

    def __init__(
        self,
        nc: Client,
        *,
        source: str,
        failpoint: Failpoint = no_failpoint,
        bounds: Bounds | None = None,
        direct: DirectGet | None = None,
        facts_last: timedelta = FACTS_LAST,
    ) -> None:
        """`bounds`: what may be written, followed and looked up; None: everything. `facts_last`: when the facts it writes
        expire; zero: never."""
        self._facts_last = facts_last
        self.nc = nc
        self.source = source
        self.failpoint = failpoint
        self._bounds = bounds
        self._direct = direct or DirectGet(nc)
        self._stores: dict[str, Store] = {}
        self._mirrors: dict[str, Mirror] = {}
        self.written: dict[str, int] = {}
        """The last sequence written to each stream."""
        self._clocks = self._mirror(CLOCK.stream)
        self._clock = View(self._clocks, CLOCK, lambda tick, _revision, _at: tick)

    # Time.

    def now(self) -> datetime:
        """The time everyone goes by; in a replay the replayed one."""
        return clock.at(self.tick, clock.wall())

    def _said_now(self) -> datetime:
        """What is said before there is a clock is dated by the wall's."""
        return self.now() if self.clock_is_set else clock.wall()

    @property
    def tick(self) -> Clock:
        """The clock as last set."""
        seen = self._clock.get(CLOCK.pattern)
        if seen is None:
            raise Unavailable("nobody has set the clock; run `irops provision` first")
        return seen.value

    @property
    def is_lockstep(self) -> bool:
        """Whether time stands still until everyone has done what a conductor asked for."""
        return self.tick.speed == 0

    @property
    def clock_is_set(self) -> bool:
        return self._clock.get(CLOCK.pattern) is not None

    async def wait_for_clock(self) -> None:
        """Returns once somebody has set the clock."""
        await self._clocks.until(lambda: self.clock_is_set)

    async def wait_for_tick(self, true: Callable[[Clock], bool]) -> None:
        """Returns once the clock is so; asked at each of its tickings."""
        await self._clocks.until(lambda: true(self.tick))

    def wake(self) -> None:
        """Asks whoever waits for the clock to look again."""
        self._clocks.wake()

    # Reading.

    async def load(self, keys: Iterable[Key[Any]], *, at_least: int = 0) -> Loaded:
        """The latest of each key, all of one stream, in one request. Raises `Unavailable`.

        A replica that is behind may answer with what was so a while ago. Whoever acts because of something of the same stream
        (a message, at its `Delivery.settled`; a revision that another has seen) names its sequence in `at_least`, and is not
        answered with less: a read older than its cause is no read.
        """
        wanted = list(keys)
        if self._bounds:
            for key in wanted:
                self._bounds.reads(key.name)
        return await self._store(wanted[0].stream).load(wanted, at_least=at_least) if wanted else Loaded({}, {})

    async def history(self, subject: Subject[M], *, after: int = 0) -> AsyncGenerator[Recorded[M], None]:
        """Every message of a subject that its stream still has, in stream order. To be read once; `bus.operations.Watch`
        follows. Raises `ApiError` where there is no such stream, `Unavailable`, and `msgspec.DecodeError` for a message that
        is not of its type."""
        if self._bounds:
            self._bounds.reads(subject.filter)
        decode = decoder(subject.message).decode
        async with aclosing(read(self.nc, subject.stream, subject.filter, after=after)) as found:
            async for msg, metadata in found:
                if not is_removal(msg.headers):
                    identity = (msg.headers or {}).get("ce-id") or f"{metadata.stream}.{metadata.sequence}"
                    trace = trace_of(msg.headers, identity)
                    yield Recorded(msg.subject, decode(msg.data), metadata.sequence, metadata.stored_at, trace)

    def view(
        self,
        subject: Subject[M],
        keep: Callable[[M, int, datetime], V | None],
        *,
        changed: Callable[[str, V | None], None] | None = None,
    ) -> View[M, V]:
        """A live copy of these states, each as `keep(message, revision, written_at)` makes it; None is not kept.
        It is complete when `start_views` has returned. All views of one stream stand at the same moment."""
        if self._bounds:
            self._bounds.views(subject.filter)
        return View(self._mirror(subject.stream), subject, keep, changed=changed)

    # Writing.

    async def commit(self, commit: Commit) -> dict[str, int]:
        """All of it or nothing, in one stream; answers each key's new revision. Raises `Conflict`, `Unavailable`."""
        stream = next((stream for _, stream in commit.names), None)
        if stream is None:
            return {}
        if self._bounds:
            self._bounds.commits(commit)
        revisions = await self._store(stream).commit(commit)
        self._wrote(stream, max(revisions.values()))
        return revisions

    async def emit_once(self, facts: Sequence[Fact]) -> dict[str, int]:
        """Says each fact once: what had been said already, before a crash perhaps, is left out. Answers the sequence, by
        name, of each that was said now. Raises `Unavailable`."""
        by_stream: dict[str, list[Fact]] = {}
        for fact in facts:
            if self._bounds:
                self._bounds.says(fact.addressed.name)
            by_stream.setdefault(fact.addressed.stream, []).append(fact)
        said: dict[str, int] = {}
        for stream, of_it in by_stream.items():
            sequences = await self._store(stream).emit_once(of_it)
            self._wrote(stream, max(sequences.values(), default=0))
            said |= sequences
        return said

    async def append(self, said: Addressed[Any], *, identity: str) -> int:
        """Stores a message on a subject that is written again and again (a feed's); answers its sequence.

        Asked again until answered; `identity` is its `ce-id` and its `Nats-Msg-Id`, so within two minutes it is stored
        once however often it was sent. Raises `Unavailable`.
        """
        if self._bounds:
            self._bounds.says(said.name)
        headers = envelope(identity, type(said.message), source=self.source, trace="", now=self._said_now())
        sequence = await publish(self.nc, said.name, encode(said.message), {**headers, "Nats-Msg-Id": identity})
        self._wrote(said.stream, sequence)
        return sequence

    def _wrote(self, stream: str, sequence: int) -> None:
        if sequence:
            self.written[stream] = max(sequence, self.written.get(stream, 0))

    # Asking.

    async def ask(self, ask: Ask[Q, A], question: Q, *, timeout: timedelta = timedelta(seconds=5)) -> A:
        """Asks an agent. Raises `AskFailed` with the agent's error, or `Unavailable` when nobody answers."""
        try:
            told = await self.nc.request(ask.name, encode(question), timeout=timeout.total_seconds())
        except NoRespondersError as failure:
            raise Unavailable(f"nobody answers {ask.name}: is the {ask.agent} running?") from failure
        except TimeoutError as failure:
            raise Unavailable(f"{ask.name} was not answered in {timeout.total_seconds():g} s") from failure
        except Error as failure:
            raise Unavailable(f"{ask.name}: {failure}") from failure
        headers = told.headers or {}
        if "Nats-Service-Error-Code" in headers:
            raise AskFailed(int(headers["Nats-Service-Error-Code"]), headers.get("Nats-Service-Error", ""))
        try:
            return decoder(ask.answer).decode(told.data)
        except msgspec.DecodeError as failure:
            raise AskFailed(
                502, f"{ask.name} was answered with something that is no {ask.answer.__name__}"
            ) from failure

    # Its life.

    async def start_views(self) -> None:
        """Returns once every view is complete."""
        for mirror in self._mirrors.values():
            await mirror.start()

    async def stop_views(self) -> None:
        for mirror in self._mirrors.values():
            await mirror.stop()

    def restart_views(self) -> None:
        """After a reconnect."""
        for mirror in self._mirrors.values():
            mirror.restart()

    async def reach(self, upto: dict[str, int]) -> None:
        """Brings every view up to its stream's sequence, which the stream must have reached."""
        for stream, mirror in self._mirrors.items():
            if stream in upto:
                await mirror.reach(upto[stream], stored=True)

    @property
    def mirrors(self) -> Sequence[Mirror]:
        """Of the streams the agent's own views are of: not the clock's."""
        return [mirror for mirror in self._mirrors.values() if mirror is not self._clocks]

    def _mirror(self, stream: str) -> Mirror:
        if stream not in self._mirrors:
            self._mirrors[stream] = Mirror(self.nc, stream)
        return self._mirrors[stream]

    def _store(self, stream: str) -> Store:
        if stream not in self._stores:
            self._stores[stream] = Store(
                self.nc,
                stream,
                source=self.source,
                direct=self._direct,
                now=self._said_now,
                facts_last=self._facts_last,
                failpoint=self.failpoint,
            )
        return self._stores[stream]
