"""A typed, continuously updated copy of state subjects, in memory.

A batch is applied whole: its messages wait until the last that is for this view (`Irops-Ends`, else the batch's end), the next
batch's first, or a heartbeat. `keep`
turns a message into what the agent needs of it; a view holds nothing else.
"""

import asyncio
from collections import deque
from collections.abc import Callable, ItemsView, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from bus.api import last_matching, last_sequence, next_sequence
from bus.clock import monotonic, wall
from bus.envelope import ENDS, batch_end, decoder, is_removal
from bus.follow import Follower
from bus.place import Place
from contracts.subject import Subject

M = TypeVar("M", bound=msgspec.Struct)
V = TypeVar("V")

log = structlog.get_logger("bus")


@dataclass(frozen=True, slots=True)
class Seen(Generic[V]):
    """What a view holds of one subject."""

    value: V
    revision: int
    written_at: datetime


class View(Generic[M, V]):
    """`view[name]` is the latest of that subject. `changed` is told each name after its batch is applied."""

    def __init__(
        self,
        nc: Client,
        subject: Subject[M],
        keep: Callable[[M, int, datetime], V | None],
        *,
        changed: Callable[[str, V | None], None] | None = None,
    ) -> None:
        self.subject = subject
        self.sequence = 0
        """Every state of this subject up to here is applied."""
        self.delays: deque[float] = deque(maxlen=4096)
        """Seconds from being stored to being applied, of the latest messages since it was complete."""
        self._nc = nc
        self._keep = keep
        self._changed = changed
        self._decode = decoder(subject.message).decode
        self._seen: dict[str, Seen[V]] = {}
        self._held: list[tuple[str, Seen[V] | None, Place]] = []
        self._batch = ""
        self._batch_end = 0
        self._current_at = 0.0
        self._proved = 0.0
        self._complete = False
        self._moved = asyncio.Event()
        self._follower = Follower(nc, subject.stream, subject.filter, hear=self._hear, quiet=self._quiet)

    # What agents ask.

    def __getitem__(self, name: str) -> Seen[V]:
        return self._seen[name]

    def get(self, name: str) -> Seen[V] | None:
        return self._seen.get(name)

    def __len__(self) -> int:
        return len(self._seen)

    def __iter__(self) -> Iterator[str]:
        return iter(self._seen)

    def items(self) -> ItemsView[str, Seen[V]]:
        return self._seen.items()

    @property
    def lag(self) -> timedelta:
        """How long ago it was last proved current (wall clock). What a decision may rest on."""
        return timedelta(seconds=monotonic() - self._current_at) if self._current_at else timedelta.max

    async def reach(self, sequence: int, *, stored: bool = False) -> None:
        """Returns once every state up to this stream sequence is applied, and all of a batch that it is part of. Asks the
        stream only when in doubt. `stored`: the stream is known to have got there (a delivery's `settled` may be ahead of
        it: a batch is stored, and delivered, message by message). Raises `Unavailable`."""
        stored_upto = sequence if stored else 0
        while self.sequence < sequence:
            goal = max(sequence, self._batch_end) if self._held and self._held[0][2].sequence <= sequence else sequence
            upcoming = await next_sequence(
                self._nc, self.subject.stream, (self.subject.filter,), self._follower.sequence
            )
            if upcoming is not None and upcoming <= goal:
                await self._heard(upcoming)
            elif upcoming is None and stored_upto < goal:
                stored_upto = await last_sequence(self._nc, self.subject.stream)
                if stored_upto < goal:
                    await asyncio.sleep(0.005)
            else:
                if self._held and self._held[0][2].sequence <= goal:
                    self._apply_held()
                self.sequence = max(self.sequence, goal)

    async def _heard(self, sequence: int) -> None:
        """Returns when it has been heard, or after a while: a message may be overwritten or gone before it is delivered."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.until(lambda: self._follower.sequence >= sequence), 0.5)

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
        """Returns when the view is complete: every state that was in the stream at this moment is applied.
        Raises `ApiError` where there is no such stream, `Unavailable`."""
        await self._follower.start()
        while self._follower.sequence < (
            last := await last_matching(self._nc, self.subject.stream, self.subject.filter)
        ):
            await self._heard(last)
        await self.reach(last)
        self._complete = True

    async def stop(self) -> None:
        await self._follower.stop()

    def restart_soon(self) -> None:
        """To be called on a reconnect."""
        self._follower.anew()

    def _hear(self, msg: Msg, place: Place, proved: float) -> None:
        headers = msg.headers or {}
        batch = headers.get("Nats-Batch-Id", "")
        if self._held and batch != self._batch:
            self._apply_held()
            self._current_at = max(self._current_at, self._proved)
        self._proved = proved
        self._held.append((msg.subject, self._seen_in(msg, place), place))
        self._batch, self._batch_end = batch, batch_end(headers, place.sequence)
        if not batch or self._batch_end == place.sequence or ENDS in headers:
            self._apply_held()
            self._current_at = max(self._current_at, proved)
        self._moved.set()

    def _seen_in(self, msg: Msg, place: Place) -> Seen[V] | None:
        """A state that can't be read or kept counts as absent: an older one in its place would be taken for true."""
        if is_removal(msg.headers):
            return None
        try:
            kept = self._keep(self._decode(msg.data), place.sequence, place.stored_at)
        except Exception:
            log.exception("state cannot be read", subject=msg.subject, sequence=place.sequence)
            return None
        return Seen(kept, place.sequence, place.stored_at) if kept is not None else None

    def _quiet(self, proved: float) -> None:
        self._apply_held()
        self._current_at = max(self._current_at, proved)

    def _apply_held(self) -> None:
        held, self._held = self._held, []
        for name, seen, _ in held:
            if seen is None:
                self._seen.pop(name, None)
            else:
                self._seen[name] = seen
        now = wall()
        for name, seen, place in held:
            self.sequence = max(self.sequence, place.sequence)
            if self._complete:
                self.delays.append((now - place.stored_at).total_seconds())
            if self._changed:
                try:
                    self._changed(name, seen.value if seen else None)
                except Exception:  # one bad entry must not keep the others from being told
                    log.exception("change not taken", subject=name)
        if held:
            self._moved.set()
