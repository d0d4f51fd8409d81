"""The views of one stream. One follower feeds them, so all of them always stand at the same moment.

A batch is applied whole, to every view at once. Its messages wait for the last one that concerns these views (`Irops-Then`,
else the end of the batch), for the first message of the next batch, or for a heartbeat.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.clock import monotonic, wall
from bus.wire.api import last_matching, last_sequence, next_sequence
from bus.wire.envelope import THEN, batch_end, family
from bus.wire.follow import Follower
from bus.wire.metadata import Metadata
from contracts.subject import Subject

_IN_FLIGHT = 0.02
"""Seconds in which a stored message has usually arrived; after that the stream is asked."""


class Copy(Protocol):
    """A view, as its mirror sees it."""

    @property
    def subject(self) -> Subject[Any]: ...

    def read(self, msg: Msg, metadata: Metadata) -> Any:
        """The entry to put for this message."""

    def put(self, name: str, entry: Any) -> None: ...

    def notify(self, name: str, entry: Any) -> None:
        """Called once the whole batch is in place."""


class Mirror:
    """Add the views, then `start`."""

    def __init__(self, nc: Client, stream: str, *, on_change: Callable[[], None] = lambda: None) -> None:
        """`on_change` is called whenever the views have changed."""
        self.stream = stream
        self._on_change = on_change
        self.sequence = 0
        """Every followed state up to this stream sequence is applied."""
        self.delays: deque[float] = deque(maxlen=4096)
        """Seconds from stored to applied, of the latest messages since the views became complete."""
        self._nc = nc
        self._views: dict[str, list[Copy]] = {}
        self._filters: tuple[str, ...] = ()
        self._follower: Follower | None = None
        self._unapplied: list[tuple[Copy, str, Any, Metadata]] = []
        """Received messages of the batch `_batch`, which is not complete."""
        self._batch = ""
        self._batch_end = 0
        self._current_at = 0.0
        self._proved = 0.0
        self._complete = False
        self._moved = asyncio.Event()

    def add(self, view: Copy) -> None:
        """Raises `RuntimeError` once it has started."""
        if self._follower:
            raise RuntimeError(f"the views of {self.stream} have started: add {view.subject.pattern} before")
        self._views.setdefault(family(view.subject.pattern), []).append(view)

    @property
    def lag(self) -> timedelta:
        """Wall-clock time since the views were last proved current."""
        return timedelta(seconds=monotonic() - self._current_at) if self._current_at else timedelta.max

    async def reach(self, sequence: int, *, stored: bool = False) -> None:
        """Returns once every state up to this stream sequence is applied, with all of the batch it belongs to. Asks the stream
        only when in doubt. Raises `Unavailable`.

        `stored`: the stream is known to have reached the sequence. (A delivery's `settled` may be ahead of it: a batch is
        stored, and delivered, message by message.)
        """
        if not stored:
            await self._within(_IN_FLIGHT, lambda: self.sequence >= sequence)
        stored_upto = sequence if stored else 0
        while self.sequence < sequence:
            goal = self._goal(sequence)
            upcoming = await next_sequence(self._nc, self.stream, self._filters, self._received)
            if upcoming is not None and upcoming <= goal:
                await self._wait_for(upcoming)
            elif upcoming is None and stored_upto < goal:
                stored_upto = await last_sequence(self._nc, self.stream)
                if stored_upto < goal:
                    await asyncio.sleep(0.005)
            else:
                self._nothing_more(upto=goal)

    def _goal(self, sequence: int) -> int:
        """The sequence, or the end of the batch that it is in the middle of."""
        if self._unapplied and self._unapplied[0][3].sequence <= sequence:
            return max(sequence, self._batch_end)
        return sequence

    def _nothing_more(self, *, upto: int) -> None:
        """The stream has nothing for these views between the last message received and `upto`."""
        if self._unapplied and self._unapplied[0][3].sequence <= upto:
            self._apply()
        self.sequence = max(self.sequence, upto)

    @property
    def _received(self) -> int:
        return self._follower.sequence if self._follower else 0

    async def _wait_for(self, sequence: int) -> None:
        """Returns when it has been received, or after a while: a message may be overwritten before it is delivered."""
        await self._within(0.5, lambda: self._received >= sequence)

    async def _within(self, seconds: float, predicate: Callable[[], bool]) -> None:
        if not predicate():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.until(predicate)

    async def until(self, predicate: Callable[[], bool]) -> None:
        """Returns once `predicate()` is true; it is evaluated after each message."""
        while not predicate():
            self._moved.clear()
            await self._moved.wait()

    def wake(self) -> None:
        """Makes every `until` evaluate its predicate."""
        self._moved.set()

    # Life cycle.

    async def start(self) -> None:
        """Returns when the views are complete: every state that was in the stream at this moment is applied.
        Raises `ApiError` where there is no such stream, `Unavailable`; may then be called again."""
        if not self._follower:
            self._filters = tuple({view.subject.filter: None for views in self._views.values() for view in views})
            self._follower = Follower(
                self._nc, self.stream, self._filters, on_message=self._receive, on_idle=self._idle
            )
        await self._follower.start()
        while self._received < (last := await self._last()):
            await self._wait_for(last)
        await self.reach(last)
        self._complete = True

    async def _last(self) -> int:
        asked = (last_matching(self._nc, self.stream, subject) for subject in self._filters)
        return max(await asyncio.gather(*asked))

    async def stop(self) -> None:
        if self._follower:
            await self._follower.stop()

    def restart(self) -> None:
        """Follows again at once. Call it after a reconnect."""
        if self._follower:
            self._follower.restart()

    # What the follower delivers.

    def _receive(self, msg: Msg, metadata: Metadata, proved: float) -> None:
        headers = msg.headers or {}
        batch = headers.get("Nats-Batch-Id", "")
        if self._unapplied and batch != self._batch:
            self._apply()
            self._current_at = max(self._current_at, self._proved)
        self._proved = proved
        self._unapplied += [
            (view, msg.subject, view.read(msg, metadata), metadata) for view in self._views.get(family(msg.subject), ())
        ]
        self._batch, self._batch_end = batch, batch_end(headers, metadata.sequence)
        then = headers.get(THEN)
        nothing_for_us_follows = then is not None and self._views.keys().isdisjoint(then.split())
        if not batch or self._batch_end == metadata.sequence or nothing_for_us_follows:
            self._apply()
            self._current_at = max(self._current_at, proved)
        self._moved.set()

    def _idle(self, proved: float) -> None:
        self._apply()
        self._current_at = max(self._current_at, proved)

    def _apply(self) -> None:
        batch, self._unapplied = self._unapplied, []
        for view, name, entry, _ in batch:
            view.put(name, entry)
        now = wall()
        for view, name, entry, metadata in batch:
            self.sequence = max(self.sequence, metadata.sequence)
            if self._complete:
                self.delays.append((now - metadata.stored_at).total_seconds())
            view.notify(name, entry)
        if batch:
            self._moved.set()
            self._on_change()
