"""The views of one stream: one follower feeds them, so all of them always stand at the same moment.

A batch is applied whole, to every view at once: its messages wait until the last that is for these views (`Irops-Then`, else
the batch's end), the next batch's first, or a heartbeat.
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

_ON_ITS_WAY = 0.02
"""Seconds in which what is stored has usually come by itself; then the stream is asked what there is."""


class Copy(Protocol):
    """A view, as its mirror knows it."""

    @property
    def subject(self) -> Subject[Any]: ...

    def read(self, msg: Msg, place: Metadata) -> Any:
        """What the view will hold of it."""

    def put(self, name: str, seen: Any) -> None: ...

    def tell(self, name: str, seen: Any) -> None:
        """Called when all of the batch is in place."""


class Mirror:
    """Add the views, then `start`."""

    def __init__(self, nc: Client, stream: str) -> None:
        self.stream = stream
        self.sequence = 0
        """Every state followed here, up to this stream sequence, is applied."""
        self.delays: deque[float] = deque(maxlen=4096)
        """Seconds from being stored to being applied, of the latest messages since it was complete."""
        self._nc = nc
        self._views: dict[str, list[Copy]] = {}
        self._filters: tuple[str, ...] = ()
        self._follower: Follower | None = None
        self._held: list[tuple[Copy, str, Any, Metadata]] = []
        self._batch = ""
        self._batch_end = 0
        self._current_at = 0.0
        self._proved = 0.0
        self._complete = False
        self._moved = asyncio.Event()

    def add(self, view: Copy) -> None:
        """Raises `RuntimeError` once it has started."""
        if self._follower:
            raise RuntimeError(f"views of {self.stream} are started already: add {view.subject.pattern} before")
        self._views.setdefault(family(view.subject.pattern), []).append(view)

    @property
    def lag(self) -> timedelta:
        """How long ago it was last proved current (wall clock)."""
        return timedelta(seconds=monotonic() - self._current_at) if self._current_at else timedelta.max

    async def reach(self, sequence: int, *, stored: bool = False) -> None:
        """Returns once every state up to this stream sequence is applied, and all of a batch that it is part of. Asks the
        stream only when in doubt. `stored`: the stream is known to have got there (a delivery's `settled` may be ahead of
        it: a batch is stored, and delivered, message by message). Raises `Unavailable`."""
        if not stored:
            await self._within(_ON_ITS_WAY, lambda: self.sequence >= sequence)
        stored_upto = sequence if stored else 0
        while self.sequence < sequence:
            goal = self._goal(sequence)
            upcoming = await next_sequence(self._nc, self.stream, self._filters, self._heard)
            if upcoming is not None and upcoming <= goal:
                await self._hearing(upcoming)
            elif upcoming is None and stored_upto < goal:
                stored_upto = await last_sequence(self._nc, self.stream)
                if stored_upto < goal:
                    await asyncio.sleep(0.005)
            else:
                self._nothing_more(upto=goal)

    def _goal(self, sequence: int) -> int:
        """The sequence, or the end of the batch it is in the middle of."""
        if self._held and self._held[0][3].sequence <= sequence:
            return max(sequence, self._batch_end)
        return sequence

    def _nothing_more(self, *, upto: int) -> None:
        """The stream has nothing for these views between what was heard and here."""
        if self._held and self._held[0][3].sequence <= upto:
            self._apply_held()
        self.sequence = max(self.sequence, upto)

    @property
    def _heard(self) -> int:
        return self._follower.sequence if self._follower else 0

    async def _hearing(self, sequence: int) -> None:
        """Returns when it has been heard, or after a while: a message may be overwritten or gone before it is delivered."""
        await self._within(0.5, lambda: self._heard >= sequence)

    async def _within(self, seconds: float, true: Callable[[], bool]) -> None:
        if not true():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.until(true)

    async def until(self, true: Callable[[], bool]) -> None:
        """Returns once `true()`; asked after each message."""
        while not true():
            self._moved.clear()
            await self._moved.wait()

    def wake(self) -> None:
        """Asks whoever waits in `until` to look again."""
        self._moved.set()

    # Its life.

    async def start(self) -> None:
        """Returns when the views are complete: every state that was in the stream at this moment is applied.
        Raises `ApiError` where there is no such stream, `Unavailable`; it may then be tried again."""
        if not self._follower:
            self._filters = tuple({view.subject.filter: None for views in self._views.values() for view in views})
            self._follower = Follower(self._nc, self.stream, self._filters, on_message=self._hear, on_idle=self._quiet)
        await self._follower.start()
        while self._heard < (last := await self._last()):
            await self._hearing(last)
        await self.reach(last)
        self._complete = True

    async def _last(self) -> int:
        asked = (last_matching(self._nc, self.stream, subject) for subject in self._filters)
        return max(await asyncio.gather(*asked))

    async def stop(self) -> None:
        if self._follower:
            await self._follower.stop()

    def restart(self) -> None:
        """To be called on a reconnect."""
        if self._follower:
            self._follower.restart()

    # What comes.

    def _hear(self, msg: Msg, place: Metadata, proved: float) -> None:
        headers = msg.headers or {}
        batch = headers.get("Nats-Batch-Id", "")
        if self._held and batch != self._batch:
            self._apply_held()
            self._current_at = max(self._current_at, self._proved)
        self._proved = proved
        self._held += [
            (view, msg.subject, view.read(msg, place), place) for view in self._views.get(family(msg.subject), ())
        ]
        self._batch, self._batch_end = batch, batch_end(headers, place.sequence)
        then = headers.get(THEN)
        ours_is_over = then is not None and self._views.keys().isdisjoint(then.split())
        if not batch or self._batch_end == place.sequence or ours_is_over:
            self._apply_held()
            self._current_at = max(self._current_at, proved)
        self._moved.set()

    def _quiet(self, proved: float) -> None:
        self._apply_held()
        self._current_at = max(self._current_at, proved)

    def _apply_held(self) -> None:
        held, self._held = self._held, []
        for view, name, seen, _ in held:
            view.put(name, seen)
        now = wall()
        for view, name, seen, place in held:
            self.sequence = max(self.sequence, place.sequence)
            if self._complete:
                self.delays.append((now - place.stored_at).total_seconds())
            view.tell(name, seen)
        if held:
            self._moved.set()
